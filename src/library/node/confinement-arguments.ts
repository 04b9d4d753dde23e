/** What the functions for programs that confine themselves take: parameter by parameter, in their order. */
import { guardedMethods, type ParametersOf } from "../arguments/guarded.ts";
import { guardedKernel } from "../arguments/port-methods.ts";
import {
  anything,
  bytes,
  callback,
  count,
  either,
  fields,
  list,
  number,
  optional,
  options,
  parameter,
  type Shape,
  table,
  text,
  textThat,
  wordOf,
} from "../arguments/shape.ts";
import { fileLetterBits } from "../../compiler/compiled/index.ts";
import { type confinementText, type HatPool, MOST_HATS, TOKEN_BYTES } from "../../confinement/index.ts";
import { system } from "./system-argument.ts";

const place = parameter("place", optional(options({ root: optional(text), directory: optional(text) })));

const world = parameter(
  "world",
  optional(options({ root: optional(text), directory: optional(text), release: optional(text), system: system.shape })),
);
const task = parameter("task", optional(count));
const pid = parameter("pid", optional(count));

/** A text that the kernel gets as one word of a command: it ends at a NUL. */
function word(what: string, say: (value: string) => string | undefined = () => undefined): Shape {
  return textThat(what, (value) => {
    if (value === "") return "an empty string";
    return value.includes("\0") ? "a string with a NUL" : say(value);
  });
}

const label = word("the label of a profile, or of a stack of profiles");
const hat = word("the name of a hat, without its profile's", (value) =>
  value.startsWith("//") ? "a name that begins with two slashes" : undefined,
);
const hatList = (least: number): Shape => {
  const expected = `${least === 0 ? "at most" : `${least} to`} ${MOST_HATS} names of hats`;
  const names = list(hat, expected);
  return {
    expected,
    trouble: (value, path) => {
      const isFine = !Array.isArray(value) || (value.length >= least && value.length <= MOST_HATS);
      return isFine ? names.trouble(value, path) : `\`${path}\` should be ${expected}, but is ${value.length} names`;
    },
  };
};
/** One name, or so many of them. What is wrong with several is said of these. */
function hatNames(least: 0 | 1): Shape {
  const expected = `the name of a hat, or ${least === 0 ? "up" : least} to ${MOST_HATS} of them`;
  const [one, several] = [either(expected, hat, hatList(least)), hatList(least)];
  return { expected, trouble: (value, path) => (Array.isArray(value) ? several : one).trouble(value, path) };
}
const hats = parameter("hats", hatNames(1));
const hatsOrNone = parameter("hats", hatNames(0));
const token: Shape = {
  expected: `a Uint8Array of ${TOKEN_BYTES} bytes, not all of them zero (\`newToken\`)`,
  trouble: (value, path) => {
    const trouble = bytes.trouble(value, path);
    if (trouble !== undefined) return `\`${path}\` should be ${token.expected}`;
    const isFine = value instanceof Uint8Array && value.length === TOKEN_BYTES && value.some((byte) => byte !== 0);
    return isFine ? undefined : `\`${path}\` should be ${token.expected}`;
  },
};
const isUrl = (value: unknown): boolean => Object.prototype.toString.call(value) === "[object URL]";
const moduleAddress: Shape = {
  expected: "the URL or the absolute path of a module",
  trouble: (value, path) =>
    isUrl(value) || (typeof value === "string" && /^(?:\/|[a-z][a-z+.-]*:)/i.test(value))
      ? undefined
      : `\`${path}\` should be ${moduleAddress.expected}`,
};
const signal = fields("an AbortSignal", {
  addEventListener: callback("listens"),
  removeEventListener: callback("stops listening"),
});
const work = parameter(
  "work",
  options(
    {
      module: moduleAddress,
      name: optional(text),
      arguments: optional(list(anything, "an array")),
      signal: optional(signal),
    },
    "a module, and the name of a function of it",
  ),
);
const aPool = fields("a pool (`createHatPool`)", { run: callback("runs work"), close: callback("ends the workers") });
const site = options(
  {
    serverName: hat,
    defaultHat: optional(hat),
    hats: optional(
      table(hat, "an object of paths and hats", (name, path) =>
        name.startsWith("/") ? undefined : `\`${path}\` should have absolute paths, and \`${name}\` is none`,
      ),
    ),
  },
  "a site",
);
const letters = Object.keys(fileLetterBits);
const permissions = textThat(`letters of ${letters.join("")}`, (value) => {
  if (value === "") return "an empty string";
  const stranger = Array.from(value).find((letter) => !letters.includes(letter));
  return stranger === undefined ? undefined : `a string with ${JSON.stringify(stranger)}`;
});

/** What `confinementText` has a sentence for. */
const KINDS: Readonly<Record<Parameters<typeof confinementText>[0]["kind"], true>> = {
  "no-apparmor": true,
  "no-such-profile": true,
  "no-such-hat": true,
  "no-hats": true,
  "not-a-hat": true,
  denied: true,
  "not-confined": true,
  "no-new-privileges": true,
  "in-a-hat": true,
  "would-hang": true,
  "too-long": true,
  "not-left": true,
  io: true,
  "not-loaded": true,
  "work-failed": true,
  "worker-ended": true,
  "given-up": true,
  "not-told": true,
  "not-connected": true,
  elsewhere: true,
  hidden: true,
  "not-permitted": true,
  "policy-rejected": true,
  "cut-short": true,
};

export const confinementParameters = {
  availability: [place, system],
  changeHat: [hatsOrNone, parameter("token", token), world],
  changeOnExec: [parameter("label", label), world],
  changeProfile: [parameter("label", label), world],
  confinementText: [
    parameter(
      "refusal",
      fields("a refusal of this module", { kind: wordOf("the kind of a refusal", Object.keys(KINDS)) }),
    ),
  ],
  createHatPool: [parameter("options", optional(options({ workers: optional(number(1, 1024)) })))],
  currentLabel: [task, world],
  currentThread: [world],
  enterHat: [hats, world],
  hatOrder: [parameter("site", site), parameter("path", text)],
  newToken: [],
  nodeKernel: [place, system],
  onExecLabel: [task, world],
  peerLabels: [
    parameter("socket", fields("a socket of node:net", { on: callback("listens"), destroyed: anything })),
    world,
  ],
  previousLabel: [task, world],
  queryFile: [parameter("label", label), parameter("path", text), parameter("letters", permissions), world],
  queryLabel: [parameter("label", label), parameter("mediationClass", number(0, 255)), parameter("data", bytes), world],
  queryLink: [parameter("label", label), parameter("link", text), parameter("target", text), world],
  requestPath: [parameter("target", text)],
  runInHat: [hats, work],
  serveInHats: [
    parameter(
      "options",
      options({
        site: either("a site, or a function that gives one", callback("gives the site of a request"), site),
        module: moduleAddress,
        name: optional(text),
        pool: optional(aPool),
        mostBodyBytes: optional(count),
        timeoutMs: optional(number(1, 0x7fff_ffff)),
        onRefused: optional(callback("hears why a request was not served")),
      }),
    ),
  ],
  stackOnExec: [parameter("label", label), world],
  stackProfile: [parameter("label", label), world],
  testHats: [hats, world],
  testProfile: [parameter("label", label), world],
  threadLabels: [pid, world],
  withHat: [hats, parameter("work", callback("runs in the hat")), world],
} satisfies ParametersOf<typeof import("./confinement.ts")>;

function guardedPool(pool: HatPool): HatPool {
  return guardedMethods("pool", pool, { run: [hats, work] });
}

/** The functions of a pool, and of a kernel, look at what they are given as well. */
export const confinementResults = { createHatPool: guardedPool, nodeKernel: guardedKernel };

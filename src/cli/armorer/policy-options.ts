/** What the verbs that read policy have in common: where it is, what it is for, what to read, with how many threads. */
import { isNoKernel } from "../without-apparmor.ts";
import { availableParallelism } from "node:os";
import {
  defaultPolicySettings,
  type PolicyFeatures,
  type PolicySettings,
  featureSetNames,
  isFeatureSetName,
  isFeatureText,
  meantFeatureSet,
  newestFeatureSet,
  refusalText,
  skippedHere,
} from "../../app/index.ts";
import { type Outcome, fail, nearestWord, ok } from "../../foundation/basics/index.ts";
import { type CommandOption, type Invocation, baseDirectory, baseOption } from "./command.ts";
import { plainPath } from "../../foundation/text/index.ts";
import { errnoText, fileRefusalText } from "../errno-texts.ts";
import { featureFileText } from "../feature-files.ts";
import { type Input, listInputs } from "../inputs.ts";
import { displayText } from "../../foundation/text/index.ts";
import { kernelFeaturesPath, packageDirectory } from "../../service/index.ts";
import { DIRECTORY, NAMESPACE, type ValueType, wholeNumber } from "./value-types.ts";

/** Where includes are, beside the directory of profiles. */
export const includeOption: CommandOption = {
  key: "include",
  long: "Include",
  short: "I",
  type: DIRECTORY,
  about: "search DIR for includes; may be repeated",
};

export const jobsOption: CommandOption = {
  key: "jobs",
  long: "jobs",
  short: "j",
  type: wholeNumber("N", 1, 9999),
  about: "threads to compile with",
};

/** For policy that is kept without tunables and abstractions: what the package has of them, after all other directories. */
const starterOption: CommandOption = {
  key: "starter-policy",
  long: "starter-policy",
  about: "search for includes also in the tunables and abstractions that come with armorer",
};

/** The directories that are searched beside the base. */
function includePath(call: Invocation): readonly string[] {
  const named = call.values("include");
  return call.has("starter-policy") ? [...named, baseDirectory(call), `${packageDirectory()}policy`] : named;
}

/** Whether it holds features is seen when it is read: a pipe can be read once only. A file wins over a name. */
const FEATURES: ValueType = {
  name: "FEATURES",
  expected: `a file or directory of features or one of ${featureSetNames.join(", ")}`,
  problemOf: (value, { files }) => {
    const status = files.status(value);
    if (status.ok || isFeatureSetName(value)) return undefined;
    return { why: errnoText(status.error.errno), near: meantFeatureSet(value) };
  },
};

export const policyOptions: readonly CommandOption[] = [
  baseOption,
  includeOption,
  starterOption,
  {
    key: "features",
    long: "features",
    short: "M",
    type: FEATURES,
    about: `the target kernel: a file or directory of features, or one of ${featureSetNames.join(", ")} (the running kernel, else ${newestFeatureSet})`,
  },
  {
    key: "policy-features",
    long: "policy-features",
    type: FEATURES,
    about: "the same for profiles without an abi rule (those of --features, if given)",
  },
  {
    key: "namespace",
    long: "namespace",
    short: "n",
    type: NAMESPACE,
    about: "the namespace of the profiles",
  },
  jobsOption,
];

/** Where features are that go by their name. */
function knownFeaturesPath(name: (typeof featureSetNames)[number]): string {
  const abi = /^abi-(.*)$/.exec(name)?.[1];
  return abi === undefined ? kernelFeaturesPath(name) : `${packageDirectory()}policy/abi/${abi}`;
}

/** A file or directory, or what goes by that name. */
function readFeatures(value: string, call: Invocation): Outcome<string, string> {
  const isName = isFeatureSetName(value) && call.io.files.kind(value) === undefined;
  return readFeatureFile(isName ? knownFeaturesPath(value) : value, call);
}

function readFeatureFile(path: string, call: Invocation): Outcome<string, string> {
  const text = featureFileText(path, call.io);
  if (!text.ok) return fail(`cannot read the features in ${path}: ${fileRefusalText(text.error)}`);
  // An empty file, as /dev/null, is how people ask for a kernel that can do nothing.
  const isNothing = text.value.trim() === "" && call.io.files.kind(path) !== "directory";
  return isNothing || isFeatureText(text.value) ? text : fail(`${path} holds no features of a kernel`);
}

function kernelFeatures(call: Invocation): Outcome<string, string> {
  const path = call.value("features");
  if (path !== undefined) return readFeatures(path, call);
  const running = call.io.kernelAt(call.root === undefined ? {} : { root: call.root }).features();
  if (running.ok) return running;
  const { error } = running;
  // What the running kernel can do, and does not say, would be left out of what is compiled for it.
  if (!isNoKernel(error)) return fail(`cannot read the kernel's features: ${refusalText(error)}`);
  return newestFeatures(call);
}

/** What policy is compiled for, in words. */
export function targetName(call: Invocation): string {
  const given = call.value("features");
  if (given !== undefined) return given;
  const running = call.io.kernelAt(call.root === undefined ? {} : { root: call.root }).features();
  return running.ok ? "the running kernel" : newestFeatureSet;
}

/** The features of an ABI that the package brings. */
export function packagedAbi(version: string, call: Invocation): Outcome<string, string> {
  return readFeatureFile(`${packageDirectory()}policy/abi/${version}`, call);
}

/** The features of the newest kernel the package knows. */
export function newestFeatures(call: Invocation): Outcome<string, string> {
  return readFeatureFile(knownFeaturesPath(newestFeatureSet), call);
}

/** Those of profiles without an abi rule: named alone, else those named with `--features`, else `fallback`. */
function policyFeatures(call: Invocation, kernel: string, fallback: PolicyFeatures): Outcome<PolicyFeatures, string> {
  const file = call.value("policy-features");
  if (file === undefined) return ok(call.has("features") ? { kind: "text", text: kernel } : fallback);
  const policy = readFeatures(file, call);
  return policy.ok ? ok({ kind: "text", text: policy.value }) : policy;
}

/** The settings of a call, or what is wrong with its options; `fallback` is for profiles that name no features in any way. */
export function policySettings(
  call: Invocation,
  fallback: PolicyFeatures = { kind: "default" },
): Outcome<PolicySettings, string> {
  const kernel = kernelFeatures(call);
  if (!kernel.ok) return kernel;
  const policy = policyFeatures(call, kernel.value, fallback);
  if (!policy.ok) return policy;
  return ok(
    defaultPolicySettings({
      base: baseDirectory(call),
      includePath: includePath(call),
      kernelFeatures: kernel.value,
      policyFeatures: policy.value,
      namespace: call.value("namespace"),
      workingDirectory: call.io.workingDirectory,
    }),
  );
}

/** How many threads. */
export function jobCount(call: Invocation): number {
  const count = call.value("jobs");
  return count === undefined ? availableParallelism() : Number(count);
}

/** A text to work on. */
export interface NamedText {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface Inputs {
  readonly texts: readonly NamedText[];
  /** What could not be read, and what there is nothing to read in, in words. */
  readonly refusals: readonly string[];
  /** The former of these. */
  readonly unreadable: readonly Unreadable[];
}

export interface Unreadable {
  readonly path: string;
  readonly reason: string;
  /** Both, in words. */
  readonly refusal: string;
}

function unreadable(path: string, reason: string, refusal = `${path}: ${reason}`): Unreadable {
  return { path, reason, refusal };
}

function readInput(input: Input, call: Invocation): NamedText | Unreadable | undefined {
  switch (input.kind) {
    case "ignored":
      return undefined;
    case "missing":
      return unreadable(input.path, errnoText(input.errno));
    case "broken-directory": {
      const reason = "holds a link that leads nowhere";
      return unreadable(input.path, `it ${reason}`, `${input.path} ${reason}`);
    }
    case "stdin":
      return readStandardInput(call);
    case "file": {
      const bytes = call.io.files.read(input.path, { isOperand: input.path === input.operand });
      return bytes.ok ? { path: input.path, bytes: bytes.value } : unreadable(input.path, fileRefusalText(bytes.error));
    }
  }
}

function readStandardInput({ io }: Invocation): NamedText | Unreadable {
  const bytes = io.input();
  if (bytes.ok) return { path: "stdin", bytes: bytes.value };
  const reason = fileRefusalText(bytes.error);
  return unreadable("stdin", reason, `${bytes.error.path}: ${reason}`);
}

/** A directory's name without slashes after it, which would be doubled before the names of its files. */
function withoutSlashes(path: string, io: Invocation["io"]): string {
  return io.files.kind(path) === "directory" ? path.replace(/(?<=.)\/+$/, "") : path;
}

/** What to say of a directory of which nothing is read. */
function emptyDirectory(operand: string, inputs: readonly Input[], { io }: Invocation): string | undefined {
  if (operand === "-" || io.files.kind(operand) !== "directory") return undefined;
  const path = withoutSlashes(operand, io);
  const isRead = inputs.some((input) => ("operand" in input ? input.operand : "path" in input && input.path) === path);
  return isRead ? undefined : `${path}: there are no files of policy in it`;
}

/** Directories that are passed over by whoever reads a directory of policy: what is in them is included, or is a mark. */
const ASIDE: ReadonlySet<string> = new Set([
  "abi",
  "abstractions",
  "cache",
  "disable",
  "force-complain",
  "local",
  "tunables",
]);
const MOST_NAMES = 3;

/** A file that may be meant by a path that leads nowhere: of that name in the directory of profiles, or nearly of that name where it was looked for. */
function meantFile(operand: string, call: Invocation): string | undefined {
  const { files } = call.io;
  const installed = `${baseDirectory(call)}/${operand}`;
  if (!operand.includes("/") && files.kind(installed) === "file") return installed;
  const slash = operand.lastIndexOf("/");
  const directory = slash < 0 ? "." : operand.slice(0, slash) || "/";
  const listed = files.list(directory);
  const entries = (listed.ok ? listed.value : []).filter(
    ({ kind, name }) => kind === "file" && skippedHere(name) === undefined,
  );
  const near = nearestWord(
    operand.slice(slash + 1),
    entries.map(({ name }) => name),
  );
  return near === undefined ? undefined : `${operand.slice(0, slash + 1)}${near}`;
}

/** Says where policy may be that was meant: what a name that leads nowhere is like, and which directories in one without policy have some. */
export function tellWhereFilesAre(call: Invocation, operands = call.operands): void {
  const { io } = call;
  for (const operand of operands) {
    const meant = operand !== "-" && io.files.kind(operand) === undefined ? meantFile(operand, call) : undefined;
    if (meant !== undefined) io.err(`note: did you mean \`${displayText(meant)}\`?\n`);
    if (operand === "-" || io.files.kind(operand) !== "directory") continue;
    const path = withoutSlashes(operand, io);
    const listed = io.files.list(path);
    const entries = (listed.ok ? listed.value : []).filter(({ name }) => skippedHere(name) === undefined);
    if (entries.some(({ kind }) => kind === "file")) continue;
    const below = entries.flatMap(({ kind, name }) =>
      kind === "directory" && !ASIDE.has(name) ? `${path}/${name}` : [],
    );
    const found = below.filter((one) => {
      const inside = io.files.list(one);
      return inside.ok && inside.value.some(({ kind, name }) => kind === "file" && skippedHere(name) === undefined);
    });
    const more = found.length > MOST_NAMES ? `, and in ${found.length - MOST_NAMES} more` : "";
    if (found.length > 0)
      io.err(`note: ${displayText(`there are files in ${found.toSorted().slice(0, MOST_NAMES).join(", ")}${more}`)}\n`);
  }
}

/** The files that the operands name; `-` is standard input, no operand is the directory of profiles. */
export function readInputs(call: Invocation): Inputs {
  const operands = call.operands.length === 0 ? [baseDirectory(call)] : call.operands;
  const inputs = operands.flatMap((operand): readonly Input[] =>
    operand === "-" ? [{ kind: "stdin" }] : listInputs([withoutSlashes(operand, call.io)], call.io, skippedHere),
  );
  const texts: NamedText[] = [];
  const refusals = operands.flatMap((operand) => emptyDirectory(operand, inputs, call) ?? []);
  const unread: Unreadable[] = [];
  for (const input of inputs) {
    const read = readInput(input, call);
    if (read === undefined) continue;
    if ("bytes" in read) texts.push(read);
    else unread.push(read);
  }
  return { texts, refusals: [...refusals, ...unread.map(({ refusal }) => refusal)], unreadable: unread };
}

/** Each file once, whatever it is called by its operands. */
export function eachOnce(texts: readonly NamedText[], { io }: Invocation): readonly NamedText[] {
  const seen = new Set<string>();
  return texts.filter(({ path }) => {
    const place = plainPath(path.startsWith("/") ? path : `${io.workingDirectory}/${path}`);
    if (seen.has(place)) return false;
    seen.add(place);
    return true;
  });
}

/** Behind a summary of files: none of them has a profile. */
export function noProfileIn(count: number): string {
  return `, and there is no profile in ${count === 1 ? "it" : "them"}`;
}

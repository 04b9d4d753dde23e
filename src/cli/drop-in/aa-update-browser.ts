/** The command `aa-update-browser` (tools 25.2): which of the abstractions for browsers a browser's profile includes. */
import { type PolicyEngine, defaultPolicySettings, loadBrowsers, loadEngine, skippedName } from "../../app/index.ts";
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import { compareBytes, decodeBytes, displayText, encodeBytes } from "../../foundation/text/index.ts";
import { previewFiles } from "../../host/index.ts";
import { packageDirectory } from "../../service/index.ts";
import { fileRefusalText } from "../errno-texts.ts";
import type { CliIo } from "../io.ts";
import type { Tool, ToolCall } from "./tool.ts";
import { fitted } from "../terminal-width.ts";

const SCHEMA = "armorer/browsers/1";

const options = [
  { key: "update", long: "update", short: "u", value: "required" },
  { key: "dry-run", long: "dry-run", short: "d" },
  { key: "list", long: "list", short: "l" },
  { key: "dir", long: "dir", value: "required" },
  { key: "json", long: "json" },
  { key: "help", long: "help", short: "h" },
] as const;

const HELP = fitted(`Usage: aa-update-browser [OPTION]... PROFILE...

Says what a browser may do beside showing pages: which abstractions of abstractions/ubuntu-browsers.d its profile includes.

  -u, --update LIST   these, with commas between them, and no others; '' is none
  -d, --dry-run       print what would be written, and write nothing
  -l, --list          list the abstractions there are
      --dir DIR       abstractions are in DIR (/etc/apparmor.d)
      --json          print JSON instead of text
  -h, --help          print this

Written is the file of that directory that the profile includes as its own; a file that this command has not made is never changed. Where there are
any, plugins-common is one of them. It counts when the profile is loaded again.
`);

/** The module that knows such files. */
type Browsers = Awaited<ReturnType<typeof loadBrowsers>>;

/** What there is to choose from. */
interface Place {
  readonly base: string;
  /** The directory of the abstractions. */
  readonly path: string;
  /** Those that people have written. */
  readonly available: readonly string[];
  /** The files that this command may rewrite, with what is in them. */
  readonly updated: ReadonlyMap<string, Uint8Array>;
}

/** What is to be done for one profile. */
interface Plan {
  readonly profile: string;
  readonly path: string;
  readonly before: Uint8Array | undefined;
  readonly text: string;
}

type State = "written" | "as-before" | "would-be-written" | "not-written";

interface World {
  readonly call: ToolCall;
  readonly browsers: Browsers;
  readonly place: Place;
}

function complain(io: CliIo, text: string): 1 {
  io.err(`${displayText(text)}\n`);
  return 1;
}

function lookAround({ io, value }: ToolCall, { BROWSERS, isUpdatedFile }: Browsers): Outcome<Place, string> {
  const base = (value("dir") ?? "/etc/apparmor.d").replace(/(?<=.)\/+$/, "");
  const path = `${base}/${BROWSERS}`;
  const listing = io.files.list(path);
  if (!listing.ok) return fail(`'${path}' is not a directory: ${fileRefusalText(listing.error)}`);
  const available: string[] = [];
  const updated = new Map<string, Uint8Array>();
  for (const { kind, name } of listing.value) {
    if (kind !== "file" || skippedName(name) !== undefined) continue;
    const bytes = io.files.read(`${path}/${name}`);
    if (!bytes.ok) return fail(`${path}/${name}: ${fileRefusalText(bytes.error)}`);
    if (isUpdatedFile(decodeBytes(bytes.value))) updated.set(name, bytes.value);
    else available.push(name);
  }
  return ok({ base, path, available: available.toSorted(compareBytes), updated });
}

/** The file that is the profile's own; or why there is none. */
function ownFile(profile: string, includes: readonly string[], { browsers, place }: World): Outcome<string, string> {
  const { BROWSERS } = browsers;
  if (includes.length === 0) return fail(`Could not find '#include <${BROWSERS}/...>' in ${profile}`);
  const own = includes.filter((name) => !place.available.includes(name));
  const [first, second] = own;
  if (first === undefined) return fail(`'${BROWSERS}/${includes.at(-1) ?? ""}' is an existing abstraction`);
  if (second !== undefined)
    return fail(`${profile} includes ${own.length} files that may be its own: ${own.join(", ")}`);
  if (!/^[\w+-][\w.+-]*$/.test(first) || skippedName(first) !== undefined)
    return fail(`'${BROWSERS}/${first}' is no file of that directory that could be written`);
  return ok(first);
}

/** Why the profile would be none with this file; `undefined`: it would. */
function problemOfTry(plan: Plan, bytes: Uint8Array, world: World, engine: PolicyEngine): string | undefined {
  const { io } = world.call;
  const features = io.featureText(`${packageDirectory()}policy/abi/5.0`);
  if (!features.ok) return `${features.error.path}: ${fileRefusalText(features.error)}`;
  const settings = defaultPolicySettings({
    base: world.place.base,
    kernelFeatures: features.value,
    workingDirectory: io.workingDirectory,
  });
  const files = previewFiles(io.files);
  const put = files.write(plan.path, encodeBytes(plan.text));
  if (!put.ok) return fileRefusalText(put.error);
  engine.forgetFiles();
  const tried = engine.compile({ path: plan.profile, bytes }, settings, files);
  return tried.diagnostics.find(({ severity }) => severity === "error")?.message;
}

function planOne(profile: string, names: readonly string[], world: World, engine: PolicyEngine): Outcome<Plan, string> {
  const { browsers, call, place } = world;
  const bytes = call.io.files.read(profile, { isOperand: true });
  if (!bytes.ok) return fail(`Could not find '${profile}': ${fileRefusalText(bytes.error)}`);
  const own = ownFile(profile, browsers.browserIncludes(profile, bytes.value), world);
  if (!own.ok) return own;
  const path = `${place.path}/${own.value}`;
  const plan = { profile, path, before: place.updated.get(own.value), text: browsers.browserFileText(names) };
  const why = problemOfTry(plan, bytes.value, world, engine);
  return why === undefined ? ok(plan) : fail(`${profile} would not compile with it: ${why}; nothing was written`);
}

function isAsBefore({ before, text }: Plan): boolean {
  return before !== undefined && decodeBytes(before) === text;
}

/** Writes one file, or says what would be. */
function carryOut(plan: Plan, { call: { has, io } }: World): State {
  const { before, path, profile, text } = plan;
  const isText = !has("json");
  if (has("dry-run")) {
    if (isText) io.verbatim(text);
    if (isText) io.err(`Skipping commit to '${displayText(path)}' (dry run)\n`);
    return isAsBefore(plan) ? "as-before" : "would-be-written";
  }
  if (isAsBefore(plan)) {
    if (isText) io.err(`'${displayText(path)}' is so already; nothing was written\n`);
    return "as-before";
  }
  const written = io.files.write(path, encodeBytes(text), { expected: before ?? "absent", mode: 0o644 });
  if (!written.ok) {
    complain(io, `${path} was not written: ${fileRefusalText(written.error)}`);
    return "not-written";
  }
  if (isText) io.err(`'${displayText(path)}' was written; it counts when ${displayText(profile)} is loaded again\n`);
  return "written";
}

function printJson(world: World, isFine: boolean, profiles: readonly object[], unknown: readonly string[]): void {
  const { call, place } = world;
  const document = { ok: isFine, dryRun: call.has("dry-run"), directory: place.path, available: place.available };
  call.io.json(`${JSON.stringify({ schema: SCHEMA, ...document, unknown, profiles })}\n`);
}

async function update(world: World): Promise<number> {
  const { call, place } = world;
  const { io, operands, value } = call;
  const wanted = [...new Set((value("update") ?? "").split(/[\s,]+/).filter((name) => name !== ""))];
  const names = wanted.filter((name) => place.available.includes(name));
  const unknown = wanted.filter((name) => !names.includes(name));
  for (const name of unknown) complain(io, `'${name}' is not an existing abstraction. Skipping.`);
  if (wanted.length > 0 && names.length === 0)
    return complain(io, "None of these is there; nothing was written, for that would have switched off all others");
  const engine = await loadEngine();
  const plans: Plan[] = [];
  for (const profile of operands) {
    const plan = planOne(profile, names, world, engine);
    if (!plan.ok) return complain(io, plan.error);
    if (plans.every(({ path }) => path !== plan.value.path)) plans.push(plan.value);
  }
  const done = plans.map((plan) => ({
    profile: plan.profile,
    path: plan.path,
    abstractions: names,
    state: carryOut(plan, world),
  }));
  const isFine = unknown.length === 0 && done.every(({ state }) => state !== "not-written");
  if (call.has("json")) printJson(world, isFine, done, unknown);
  return isFine ? 0 : 1;
}

async function run(call: ToolCall): Promise<number> {
  const { has, io } = call;
  const browsers = await loadBrowsers();
  const place = lookAround(call, browsers);
  if (!place.ok) return complain(io, place.error);
  const world = { call, browsers, place: place.value };
  if (has("list")) {
    if (has("json")) printJson(world, true, [], []);
    else io.out(` ${displayText(place.value.available.join(" "))}\n`);
    return 0;
  }
  return update(world);
}

/** Says how it is called; the exit status. */
function wrong(text: string | undefined, io: CliIo): 1 {
  io.err(`aa-update-browser: ${displayText(text ?? "")}\n${HELP}`);
  return 1;
}

export const tool: Tool = {
  name: "aa-update-browser",
  schema: SCHEMA,
  options,
  help: HELP,
  examples: [
    ["aa-update-browser -l", "the abstractions there are"],
    ["aa-update-browser -d -u java,mailto usr.bin.firefox", "what would be written for two of them"],
  ],
  operands: "any",
  wrong,
  before: ({ has, io, operands }) => {
    if (has("help") || has("list")) return undefined;
    if (operands.length === 0) return wrong("name a profile", io);
    return has("update") ? undefined : wrong("say which abstractions: -u LIST, or -u '' for none", io);
  },
  run,
};

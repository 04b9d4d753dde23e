/** The work of a run: every input in turn, from its cache or through the compiler, to the kernel, a file or the terminal. */
import {
  type CacheEntry,
  type CompiledSource,
  type PolicyMarks,
  type PolicySettings,
  type ProfileOutline,
  fullNames,
  loadUnits,
  readPolicyMarks,
  writtenNames,
} from "../../../app/index.ts";
import { Refused } from "../../../foundation/basics/index.ts";
import { type KernelPort, MOST_POLICY_BYTES } from "../../../foundation/ports/index.ts";
import type { CompilePool, CompileRequest, CompileResult } from "../../../service/index.ts";
import { errnoNumber, fileRefusalText, isAbsent } from "../../errno-texts.ts";
import { isHandedOver } from "../../../host/index.ts";
import type { CliIo } from "../../io.ts";
import { displayText, say } from "../../../foundation/text/index.ts";
import {
  type Lookup,
  type RunCache,
  cacheKey,
  findCached,
  keepCompiled,
  modified,
  settingsKey,
  whyForeignIsStale,
} from "./caches.ts";
import { reportRefusal, submitBlob, targetOf, verbOf } from "./kernel-calls.ts";
import { printDiagnostics } from "./messages.ts";
import { type Input, baseName } from "../../inputs.ts";
import { type Settings, warnWithoutFile } from "./settings.ts";

/** What a run works with. */
interface Run {
  readonly settings: Settings;
  readonly policy: PolicySettings;
  readonly cache: RunCache;
  /** `undefined`: nothing is loaded. */
  readonly kernel: KernelPort | undefined;
  readonly pool: CompilePool;
  readonly io: CliIo;
  /** ORACLE 5.0.2: without jobs, an error in a text ends the process; with jobs, it ends that job. */
  readonly stopsAtErrors: boolean;
  readonly marks: PolicyMarks;
  /** All but the file that decides which cache entry is meant. */
  readonly settingsKey: () => string;
  /** What the configuration asks for, before any option: other tools' cache entries hold that, and do not say so. */
  readonly configured: PolicySettings;
}

/** What cannot be read may switch off any profile. */
function readMarks(base: string, io: CliIo): PolicyMarks {
  const marks = readPolicyMarks(base, io.files.list);
  for (const { path, error } of marks.unlisted) if (!isAbsent(error)) throw new Refused("read", path, error.errno);
  return marks;
}

/** A run, ready to start. */
export function startRun(parts: Omit<Run, "marks" | "settingsKey">): Run {
  let key: string | undefined;
  return {
    ...parts,
    marks: readMarks(parts.settings.base, parts.io),
    settingsKey: () => (key ??= settingsKey(parts.policy, parts.io)),
  };
}

/** A source that must be parsed, and how. */
interface Task {
  readonly path: string;
  /** `undefined` for standard input. */
  readonly operand: string | undefined;
  readonly bytes: Uint8Array;
  /** When the file had last been changed, before it was read. */
  readonly modifiedNs: bigint;
  readonly policy: PolicySettings;
  /** `undefined`: neither read from the cache nor written to it. */
  readonly key: string | undefined;
  /** Why what the cache holds for it, if anything, is of no use. */
  readonly whyMissed: string | undefined;
}

type Step = { readonly kind: "done"; readonly status: number } | { readonly kind: "task"; readonly task: Task };

const done = (status: number): Step => ({ kind: "done", status });

/** Works on all inputs; the status of the last that failed, or of the first where that ends the run. */
export async function processInputs(inputs: readonly Input[], run: Run): Promise<number> {
  const { abortOnError } = run.settings;
  if (!abortOnError && !run.stopsAtErrors) return processTogether(inputs, run);
  let last = 0;
  // What comes behind a failure must not even be looked at.
  for (const input of inputs) {
    const status = await processTogether([input], run);
    if (status === 0) continue;
    last = status;
    if (abortOnError || input.kind === "file" || input.kind === "stdin") return last;
  }
  return last;
}

async function processTogether(inputs: readonly Input[], run: Run): Promise<number> {
  let status = 0;
  const tasks: Task[] = [];
  for (const input of inputs) {
    const step = await prepare(input, run);
    if (step.kind === "task") tasks.push(step.task);
    else if (step.status !== 0) status = step.status;
  }
  const goal = goalOf(run.settings);
  const dumps = dumpsOf(goal, run.settings);
  let index = 0;
  for await (const result of run.pool.run(
    tasks.map((task) => ({
      ...task,
      goal,
      dumps,
      observe: task.key !== undefined && run.cache.writable !== undefined,
    })),
  )) {
    const task = tasks[index];
    index += 1;
    if (task === undefined) continue;
    const outcome = finish(task, result, run);
    if (outcome !== 0) status = outcome;
  }
  return status;
}

/** Printing comes before loading, and one printout before another. */
function goalOf({ action, debug, dump }: Settings): CompileRequest["goal"] {
  if (action === "names") return "outline";
  if (action === "preprocess") return "preprocessed";
  if (dump.has("variables")) return "variables";
  if (dump.has("expanded-variables")) return "expanded-variables";
  if (debug) return "structures";
  return action === "remove" ? "check" : "compile";
}

/** Both print the finished automaton: there is none before it is minimal. */
const STATES = ["dfa-states-post-minimize", "dfa-states"];

/** What of automata is printed; nothing is by runs that do not come to the point where they are built. */
function dumpsOf(goal: CompileRequest["goal"], { action, dump }: Settings): CompileRequest["dumps"] {
  if (goal !== "compile" && goal !== "expanded-variables" && action !== "remove") return undefined;
  const states = STATES.filter((flag) => dump.has(flag)).length;
  const dumps = {
    patterns: dump.has("rule-exprs"),
    states,
    graph: dump.has("dfa-graph"),
    packed: dump.has("dfa-compressed-states"),
  };
  return dumps.patterns || dumps.graph || dumps.packed || states > 0 ? dumps : undefined;
}

/** Everything that can be said of an input without parsing it. */
async function prepare(input: Input, run: Run): Promise<Step> {
  const { io, settings } = run;
  switch (input.kind) {
    case "missing":
      io.err(`File ${displayText(input.path)} not found, skipping...\n`);
      return done(errnoNumber(input.errno));
    case "ignored":
      io.err(`Ignoring: '${displayText(input.name)}'\n`);
      return done(0);
    case "broken-directory":
      io.err(`There was an error while loading profiles from ${displayText(input.path)}\n`);
      return done(errnoNumber(input.errno));
    case "stdin":
      return prepareStdin(run);
    case "file":
      return settings.binary ? done(processBlob(input.path, run)) : prepareFile(input.path, input.operand, run);
  }
}

function prepareStdin(run: Run): Step {
  const { io, settings, policy } = run;
  const read = io.input(settings.binary ? { mostBytes: MOST_POLICY_BYTES } : {});
  if (!read.ok) {
    io.err(`Error: Could not read profile stdin: ${fileRefusalText(read.error)}.\n`);
    return done(errnoNumber("ENOENT"));
  }
  const bytes = read.value;
  if (settings.binary) return done(loadBlob("stdin", bytes, run));
  if (settings.writeCache) {
    const text = "apparmor_parser: cannot use or update cache, disable, or force-complain via stdin";
    const fatal = warnWithoutFile(settings, io, "cache", text);
    if (fatal !== undefined) return done(fatal);
  }
  return {
    kind: "task",
    task: { path: "stdin", operand: undefined, bytes, modifiedNs: 0n, policy, key: undefined, whyMissed: undefined },
  };
}

async function prepareFile(path: string, operand: string, run: Run): Promise<Step> {
  const { io, settings } = run;
  const name = baseName(path);
  if (settings.action !== "remove" && settings.action !== "preprocess" && run.marks.stateOf(name) === "disabled") {
    if (!settings.quiet) io.err(say`Skipping profile in ${settings.base}/disable: ${displayText(name)}\n`);
    return done(0);
  }
  const forced = settings.action !== "remove" && run.marks.complains(name);
  if (forced) {
    const where = `${settings.base}/force-complain`;
    io.err(say`Warning: found ${displayText(name)} in ${where}, forcing complain mode\n`);
  }
  const policy = forced ? { ...run.policy, forceComplain: true } : run.policy;
  // What goes into a namespace has no place in a cache that other calls read.
  const cached = !forced && !isHandedOver(path) && settings.namespace === undefined && run.cache.directories.length > 0;
  const key = cached ? cacheKey(path, run.settingsKey(), io) : undefined;
  const found = key === undefined || !settings.readCache ? undefined : findCached(run.cache, path, key, io);
  const hit = found?.kind === "current" ? useEntry(found.entry, run) : undefined;
  if (hit !== undefined) return hit;
  const modifiedNs = key === undefined ? 0n : modified(path, io);
  const bytes = io.files.read(path, { isOperand: path === operand });
  if (!bytes.ok) {
    io.err(`Error: Could not read profile ${displayText(path)}: ${fileRefusalText(bytes.error)}.\n`);
    return done(errnoNumber(bytes.error.errno));
  }
  const task: Task = { path, operand, bytes: bytes.value, modifiedNs, policy, key, whyMissed: undefined };
  return found === undefined ? { kind: "task", task } : judge(found, task, run);
}

/** An entry that another tool wrote may be used all the same; `--debug-cache` prints why one is not used. */
async function judge(found: Lookup, task: Task, run: Run): Promise<Step> {
  if (found.kind !== "foreign") return { kind: "task", task: { ...task, whyMissed: found.why } };
  const { configured, io } = run;
  if (run.settingsKey() !== settingsKey(configured, io)) {
    const whyMissed = `cache file '${found.entry.path}' does not record the options it was made with`;
    return { kind: "task", task: { ...task, whyMissed } };
  }
  const { files } = await run.pool.check({ ...task, goal: "check", observe: false });
  const whyMissed = whyForeignIsStale(found.entry, files, io);
  const hit = whyMissed === undefined ? useEntry(found.entry, run) : undefined;
  return hit ?? { kind: "task", task: { ...task, whyMissed } };
}

function useEntry(entry: CacheEntry, run: Run): Step | undefined {
  const { io, settings } = run;
  if (settings.showCache) io.err(say`Cache hit: ${entry.path}\n`);
  const status = loadBlob(entry.path, entry.bytes, run);
  // The kernel may know better than the cache; then the policy is compiled anew.
  return status !== 0 && settings.rebuildRefused ? undefined : done(status);
}

function loadBlob(path: string, bytes: Uint8Array, run: Run): number {
  const { io, kernel, settings } = run;
  if (settings.action === "remove" || bytes.length < SHORTEST_BLOB) return refuseBlob(path, bytes, run);
  const verbose = settings.verbose && settings.action !== "stdout" && settings.action !== "ofile";
  return submitBlob(io, kernel, settings.action, { path, bytes, verbose });
}

/** What is shorter does not even hold a tag. */
const SHORTEST_BLOB = 9;

/** No blob says what is to be unloaded, and one that is too short is none. */
function refuseBlob(path: string, bytes: Uint8Array, { io, kernel }: Run): number {
  if (kernel === undefined) return 0;
  const short = bytes.length < SHORTEST_BLOB;
  io.err(short ? `Cannot read profile from file ${displayText(path)}\n` : "Error: Invalid load option specified: 2\n");
  return short ? 255 : errnoNumber("EINVAL");
}

function processBlob(path: string, run: Run): number {
  const bytes = run.io.files.read(path, { isOperand: true, mostBytes: MOST_POLICY_BYTES });
  if (bytes.ok) return loadBlob(path, bytes.value, run);
  run.io.err(`Error: Could not read profile ${displayText(path)}: ${fileRefusalText(bytes.error)}.\n`);
  return errnoNumber(bytes.error.errno);
}

/** What is done with a source that was parsed or compiled. */
function finish(task: Task, result: CompileResult, run: Run): number {
  const { io, settings } = run;
  const { source } = result;
  // What was made before the failure is reported before the failure.
  if (!source.ok) printDumped(result.dumped, io);
  const good = printDiagnostics(source, { operand: task.operand, whyMissed: task.whyMissed, settings }, io);
  if (source.ok) printDumped(result.dumped, io);
  if (result.printed !== undefined) {
    io.verbatim(result.printed.text);
    for (const note of result.printed.notes) io.err(`${displayText(note)}\n`);
  }
  if (!good) return 1;
  if (result.printed !== undefined) return 0;
  switch (settings.action) {
    case "preprocess":
    case "names":
      for (const name of source.profiles.flatMap(writtenNames)) io.out(say`${name}\n`);
      return 0;
    case "remove":
      return unload(source.profiles, run);
    case "add":
    case "replace":
    case "stdout":
    case "ofile":
      return deliver(task, result, run);
  }
}

function printDumped(text: string, io: CliIo): void {
  if (text !== "") io.err(text);
}

function deliver(task: Task, result: CompileResult, run: Run): number {
  const { io, settings } = run;
  const { units } = result.source;
  const bytes = Buffer.concat(units.map((unit) => unit.bytes));
  if (settings.action === "stdout") io.binary(bytes);
  // What is refused here is said when the file is to take its place.
  else settings.output?.write(bytes);
  if (refusesCaching(task, run)) return 1;
  keepInCache(task, { bytes, result }, run);
  if (settings.action === "stdout" || settings.action === "ofile") return 0;
  return load(units, run);
}

function keepInCache(
  task: Task,
  { bytes, result }: { readonly bytes: Uint8Array; readonly result: CompileResult },
  run: Run,
): void {
  const { io, settings } = run;
  // A run that dumps its insides prints more than it would the next time; nothing of it is kept.
  if (task.key === undefined || settings.dump.size > 0) return;
  const { modifiedNs: ofIncluded, observations } = result;
  // Other tools judge by time alone: without one, nothing is left for them.
  if (ofIncluded === undefined || task.modifiedNs === 0n) return;
  const modifiedNs = ofIncluded > task.modifiedNs ? ofIncluded : task.modifiedNs;
  keepCompiled(
    run.cache,
    task.path,
    { key: task.key, bytes, modifiedNs, observations },
    { io, show: settings.showCache },
  );
}

/** Says why a wanted cache is not written; whether that counts as an error. */
function refusesCaching({ bytes, operand, path, policy }: Task, { io, settings }: Run): boolean {
  const isWanted = settings.writeCache && operand !== undefined && settings.warnings.has("cache");
  if (!isWanted || !(policy.forceComplain || settings.skipCache)) return false;
  const fatal = settings.errors.has("cache");
  const from = `${displayText(operand)} (${displayText(path)} line ${lastLine(bytes)})`;
  const name = displayText(baseName(path));
  const why = policy.forceComplain
    ? `Caching disabled for: '${name}' due to force complain`
    : `Failed to create cache: ${name}`;
  io.err(`Warning${fatal ? " converted to Error" : ""} from ${from}: ${why}\n`);
  return fatal;
}

/** Where upstream is when it has read the text. */
function lastLine(bytes: Uint8Array): number {
  return bytes.reduce((lines, byte) => (byte === 0x0a ? lines + 1 : lines), 1);
}

/** Stops at the first profile the kernel will not have. */
function load(units: CompiledSource["units"], run: Run): number {
  const { io, kernel, settings } = run;
  for (const { outline, refusal } of loadUnits(units, targetOf(kernel, settings.action), "stop")) {
    if (refusal !== undefined) return reportRefusal(io, settings.action, displayText(outline.name), refusal);
    if (settings.verbose) announce(outline, run);
  }
  return 0;
}

/** Children come before their parents, as the parser says it. */
function announce(outline: ProfileOutline, run: Run): void {
  for (const child of outline.children) announce(child, run);
  run.io.out(`${verbOf(run.settings.action).succeeded} succeeded for "${displayText(outline.name)}".\n`);
}

/** Stops at the first profile that is not there, as apparmor_parser does and clients know. */
function unload(profiles: readonly ProfileOutline[], run: Run): number {
  const { io, kernel, settings } = run;
  for (const profile of profiles) {
    const { name } = profile;
    const [full = name] = fullNames(profile);
    const outcome = kernel?.remove(full);
    if (outcome !== undefined && !outcome.ok) return reportRefusal(io, "remove", displayText(name), outcome.error);
    if (settings.verbose) io.out(`Removal succeeded for "${displayText(name)}".\n`);
  }
  return 0;
}

/**
 * The command `apparmor_parser`: the same argv in, the same exit codes and texts out as with version 5.0.2 (tools 3, docs/spec/clients.md).
 * What needs no compiler (`--version`, `--help`, cache hits, `-B`) does not load it.
 */
import { Refused } from "../../../foundation/basics/index.ts";
import { displayText, say } from "../../../foundation/text/index.ts";
import { type PolicySettings, purgeCache } from "../../../app/index.ts";
import type { FileStorePort, KernelPort } from "../../../foundation/ports/index.ts";
import type { CompilePool } from "../../../service/index.ts";
import { type OptionEvent, permuteArgv, scanOptions } from "../../getopt.ts";
import { errnoNumber, fileRefusalText } from "../../errno-texts.ts";
import type { CliIo } from "../../io.ts";
import { printCacheDirectories, setUpCache } from "./caches.ts";
import { applyConfig } from "./config-file.ts";
import { limitJobs, workerCount } from "./jobs.ts";
import { listInputs } from "../../inputs.ts";
import { type ParserOption, optionTable } from "./option-table.ts";
import { processInputs, startRun } from "./process.ts";
import { type Settings, applyOption, defaultSettings, warnWithoutFile } from "./settings.ts";

/** The feature set that stands for a kernel of which nothing is known: one that knows files, capabilities and little more. */
const UNKNOWN_KERNEL = "";

/** What the caller provides, so that the compiler comes in only when it is needed. */
interface ParserWorld {
  readonly io: CliIo;
  /** As `compilePool`: this command keeps no automata. */
  readonly openPool: (workers: number, cache: undefined, files: FileStorePort) => CompilePool;
}

/** Options that count before the configuration file is read. */
const EARLY: ReadonlySet<ParserOption> = new Set(["config-file", "warn", "werror"]);

/** The options are gone through twice, and complaints are made both times: clients have seen both lines for many years. */
function takeEarly(events: readonly OptionEvent<ParserOption>[], settings: Settings, io: CliIo): number | undefined {
  for (const event of events) {
    if (event.kind === "error") io.err(say`apparmor_parser: ${event.text}\n`);
    if (event.kind !== "option" || !EARLY.has(event.key)) continue;
    if (event.key === "config-file") settings.configFile = event.value ?? "";
    const status = applyOption(settings, event, io);
    if (status !== undefined) return status;
  }
  return undefined;
}

function takeAll(events: readonly OptionEvent<ParserOption>[], settings: Settings, io: CliIo): number | undefined {
  for (const event of events) {
    if (event.kind === "operand") continue;
    if (event.kind === "error") {
      io.err(say`apparmor_parser: ${event.text}\n`);
      return 1;
    }
    const status = applyOption(settings, event, io);
    if (status !== undefined) return status;
  }
  if (settings.actionCount <= 1) return undefined;
  io.err("apparmor_parser: Too many actions given on the command line.\n");
  return 1;
}

/** What `--Optimize` and `--prompt-compat` say of the tables; the rest of the flags change how upstream works, not what comes out. */
function encodingOf(settings: Settings): PolicySettings["encoding"] {
  const { optimizations, promptCompat } = settings;
  return {
    diffEncode: optimizations.has("diff-encode"),
    equivalenceClasses: optimizations.has("equiv"),
    promptCompat: promptCompat === "flag" || promptCompat === "ignore" ? promptCompat : "table",
  };
}

function policySettings(settings: Settings, features: string, workingDirectory: string): PolicySettings {
  const { base, includePath, overrideAbi, namespace, complain, readImpliesExec } = settings;
  return {
    base,
    includePath,
    kernelFeatures: features,
    policyFeatures: settings.policyFeatures ?? { kind: "default" },
    overrideAbi,
    namespace: namespace === "" ? undefined : namespace,
    forceComplain: complain,
    readImpliesExec,
    workingDirectory,
    encoding: encodingOf(settings),
  };
}

/** Whether the run talks to the kernel. */
function loads(settings: Settings): boolean {
  return settings.loads && !["names", "preprocess", "stdout", "ofile"].includes(settings.action);
}

/** Runs the command; the exit status. */
export async function runParser(argv: readonly string[], world: ParserWorld): Promise<number> {
  const { io } = world;
  const settings = defaultSettings();
  const stopAt = io.environment["POSIXLY_CORRECT"] === undefined ? "end" : "first-operand";
  const first = takeEarly(scanOptions<ParserOption>(optionTable, argv, { stopAt }), settings, io);
  // The second pass sees argv as the first left it: an option that lacks its value takes the first operand.
  const again = permuteArgv<ParserOption>(optionTable, argv, { stopAt });
  const events = scanOptions<ParserOption>(optionTable, again, { stopAt });
  const atFirst = first ?? applyConfig(settings, io);
  const configured = { ...settings, includePath: [...settings.includePath] };
  try {
    const early = atFirst ?? takeAll(events, settings, io);
    if (early !== undefined) return early;
    const operands = events.flatMap((event) => (event.kind === "operand" ? [event.value] : []));
    const status = await runWithSettings({ settings, configured }, operands, world);
    return finishOutput(settings, status, io);
  } finally {
    settings.output?.discard();
  }
}

/** Where `parser.conf` has the caches. Nothing is said: whoever asks has run the parser, which has said what is wrong with the file. */
export function configuredCaches(io: CliIo): readonly string[] {
  const settings = defaultSettings();
  applyConfig(settings, { ...io, out: () => undefined, err: () => undefined });
  return settings.cache.locations;
}

/** Puts the output file in its place: also when compiling failed and nothing is in it, as clients know it. */
function finishOutput(settings: Settings, status: number, io: CliIo): number {
  const done = settings.output?.commit();
  if (done === undefined || done.ok) return status;
  const { error } = done;
  const path = displayText(error.path);
  io.err(`apparmor_parser: Unable to write to output file ${path}: ${fileRefusalText(error)}\n`);
  // ORACLE 5.0.2: it leaves with the errno below zero.
  return status === 0 ? 256 - errnoNumber(error.errno) : status;
}

interface AllSettings {
  readonly settings: Settings;
  /** Before any option on the command line. */
  readonly configured: Settings;
}

async function runWithSettings(
  { settings, configured }: AllSettings,
  operands: readonly string[],
  world: ParserWorld,
): Promise<number> {
  const { io } = world;
  // These take away what `--warn` gives, whichever comes last.
  if (settings.quiet || settings.action === "names" || settings.action === "remove") settings.warnings = new Set();
  const kernel = io.kernelAt(settings.subdomainfs === undefined ? {} : { directory: settings.subdomainfs });
  const features = kernelFeatures(settings, io.kernelAt({}), io);
  if (features === undefined) settings.writeCache = false;
  if (settings.compresses && !(features ?? "").includes("compressed_load")) {
    const text = "WARNING: Kernel does not support compressed policies. Defaulting to uncompressed";
    const fatal = warnWithoutFile(settings, io, "debug-cache", text);
    if (fatal !== undefined) return fatal;
  }
  const { jobs, warning } = limitJobs(settings);
  const fatal = warning === undefined ? undefined : warnWithoutFile(settings, io, "jobs", warning);
  if (fatal !== undefined) return fatal;
  if (settings.printCacheDirectory) return printCacheDirectories(settings, features, io);
  const loading = loads(settings) || (settings.purgeCache && settings.loads);
  const { subdomainfs } = settings;
  const isPlace = subdomainfs === undefined || io.files.kind(subdomainfs) === "directory";
  if (loading && (!isPlace || kernel.directory() === undefined)) {
    io.err("Warning: unable to find a suitable fs in /proc/mounts, is it mounted?\nUse --subdomainfs to override.\n");
    return 1;
  }
  if (settings.purgeCache) return purge(settings.cache.locations[0], io);
  const cache = setUpCache(settings, features, io);
  if (typeof cache === "number") return cache;
  const inputs = listInputs(operands, io);
  const pool = world.openPool(workerCount(jobs, inputs.length), undefined, io.files);
  try {
    const settled = (one: Settings): PolicySettings =>
      policySettings(one, features ?? UNKNOWN_KERNEL, io.workingDirectory);
    const compiling = { policy: settled(settings), configured: settled(configured) };
    const parts = { settings, ...compiling, cache, kernel: loading ? kernel : undefined, pool, io };
    return await processInputs(inputs, startRun({ ...parts, stopsAtErrors: jobs === 0n }));
  } finally {
    await pool.close();
  }
}

function purge(location: string | undefined, io: CliIo): number {
  if (location === undefined) return 0;
  const purged = purgeCache(io.files, location);
  if (purged.ok) return 0;
  io.err(say`Failed to clear cache files (${location}): ${fileRefusalText(purged.error)}\n`);
  return 1;
}

/** The features the policy is compiled for; without any, and unless no cache is wanted anyway, that is said. */
function kernelFeatures(settings: Settings, kernel: KernelPort, io: CliIo): string | undefined {
  if (settings.kernelFeatures !== undefined) return settings.kernelFeatures;
  // Those of the running kernel: `--subdomainfs` says where policy goes, not what it is for.
  const features = kernel.features();
  if (features.ok) return features.value;
  // Policy for a kernel that is not known grants what the kernel would have refused.
  const { error } = features;
  if (error.kind === "not-permitted") throw new Refused("read", error.path, "EACCES");
  if (error.kind === "io" && error.errno !== "ENOENT") throw new Refused("read", error.path, error.errno);
  if (settings.readCache || settings.writeCache) {
    const hint = "interface file missing. (Kernel needs AppArmor 2.4 compatibility patch.)";
    io.err(`Cache read/write disabled: ${hint}\n`);
  }
  return undefined;
}

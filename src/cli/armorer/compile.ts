import { type CheckedSource, type CompileWork, type PolicySettings, fullNames, resultCache } from "../../app/index.ts";
import type { Outcome } from "../../foundation/basics/index.ts";
import { type FileReport, type FindSource, frameDiagnostics, jsonReport } from "../../foundation/diagnostics/index.ts";
import { type FileId, type SourceFile, displayText, sourceFile } from "../../foundation/text/index.ts";
import { nodeClock, nodeDigest } from "../../host/index.ts";
import { bytesOfUnits, runCached } from "../../service/index.ts";
import { cacheDirectoryOf, cacheOptions } from "./cache-directory.ts";
import { type Command, EXIT, type Invocation, printJson, usageError } from "./command.ts";
import { type CompilePool, compilePool } from "../../service/index.ts";
import { type Misplaced, type Target, deliver, overwritten, targetOf } from "./compile-target.ts";
import { markedFiles, tellMarked } from "./marked-files.ts";
import { paint } from "./paint.ts";
import {
  eachOnce,
  type NamedText,
  jobCount,
  policyOptions,
  policySettings,
  readInputs,
  targetName,
  tellWhereFilesAre,
  noProfileIn,
} from "./policy-options.ts";
import { startProgress } from "./progress.ts";
import { tellerOf, tellWithheld } from "./told-once.ts";
import { anyText } from "./value-types.ts";
import { watchFiles } from "../../service/index.ts";
import { missingIncludes, whereIncludesAre } from "./where-includes-are.ts";

interface FileOutcome {
  readonly path: string;
  readonly ok: boolean;
  readonly cached: boolean;
  readonly bytes: number;
  readonly milliseconds: number;
  readonly profiles: readonly string[];
  readonly work: CompileWork;
  readonly written: string | undefined | null;
  readonly diagnostics: CheckedSource["diagnostics"];
  /** Those that diagnostics point into. */
  readonly texts: CheckedSource["texts"];
  /** What to watch; none where nobody does. */
  readonly files: readonly string[];
}

/** What was done for the automata of files that were compiled; `states` had to be computed for those that were built. */
function tellWork(outcomes: readonly FileOutcome[]): Readonly<Record<"built" | "cached" | "states", number>> {
  const sum = (count: (work: CompileWork) => number): number =>
    outcomes.reduce((total, { work }) => total + count(work), 0);
  return {
    built: sum(({ built }) => built),
    cached: sum(({ wanted, built }) => wanted - built),
    states: sum(({ states }) => states),
  };
}

interface Aside extends Pick<Effective, "disabled" | "complaining"> {
  readonly refusals: readonly string[];
}

function report(outcomes: readonly FileOutcome[], { complaining, disabled, refusals }: Aside, call: Invocation): void {
  const { io } = call;
  const texts = new Map<FileId, SourceFile>();
  for (const outcome of outcomes) for (const text of outcome.texts) texts.set(text.id, text);
  const find = (file: FileId): SourceFile | undefined => texts.get(file);
  const reports = outcomes.map(({ diagnostics, path, ok, texts: own }) => ({
    file: own.find((text) => text.path === path) ?? sourceFile(path, ""),
    ok,
    diagnostics,
  }));
  if (call.json) {
    const diagnostics = jsonReport(reports, find).files;
    const files = outcomes.map((outcome, index) => ({
      path: outcome.path,
      ok: outcome.ok,
      cached: outcome.cached,
      bytes: outcome.bytes,
      milliseconds: outcome.milliseconds,
      profiles: outcome.profiles,
      automata: tellWork([outcome]),
      written: outcome.written ?? null,
      diagnostics: diagnostics[index]?.diagnostics ?? [],
    }));
    const target = targetName(call);
    const marked = { disabled, complaining: [...complaining] };
    printJson(io, "armorer/compile/1", { target, files, ...marked, refusals, automata: tellWork(outcomes) });
    return;
  }
  printDiagnostics(reports, find, call);
  if (call.has("quiet")) return;
  for (const { path, ok, cached, bytes, milliseconds, profiles } of outcomes) {
    if (!ok) io.err([`${displayText(path)}: `, paint("not compiled", "error"), "\n"]);
    else if (call.has("verbose")) {
      const how = cached ? "from the cache" : `${milliseconds.toFixed(0)} ms`;
      io.err(`${displayText(path)}: ${profiles.length} profiles, ${bytes} bytes, ${how}\n`);
    }
  }
  if (call.has("verbose")) {
    const { built, cached, states } = tellWork(outcomes);
    io.err(`compiled for ${displayText(targetName(call))}\n`);
    io.err(`automata built ${built}, from the cache ${cached}, states worked out ${states}\n`);
  }
  const good = outcomes.filter(({ ok }) => ok);
  const size = good.reduce((sum, { bytes }) => sum + bytes, 0);
  const hits = good.filter(({ cached }) => cached).length;
  const nowhere = call.has("output") || good.length === 0 ? "" : ", written nowhere (--output PATH says where)";
  const cached = hits > 0 ? `, ${hits} from the cache` : "";
  const without = withoutProfiles(good);
  io.err(`${good.length} of ${outcomes.length} files compiled, ${size} bytes${cached}${without}${nowhere}\n`);
}

/** Said where nothing of what was compiled is a profile. */
function withoutProfiles(good: readonly FileOutcome[]): string {
  if (good.length === 0 || good.some(({ profiles }) => profiles.length > 0)) return "";
  return noProfileIn(good.length);
}

/** Once for a place; `--quiet` leaves errors. */
function printDiagnostics(reports: readonly FileReport[], find: FindSource, call: Invocation): void {
  const teller = tellerOf(reports.map(({ file }) => file.path));
  const shown = reports.map((one) => {
    const errors = one.diagnostics.filter(({ severity }) => severity === "error");
    return { ...one, diagnostics: teller.tell(call.has("quiet") ? errors : one.diagnostics) };
  });
  call.io.err(frameDiagnostics(shown, { find }));
  if (!call.has("quiet")) tellWithheld(teller, call);
}

/** What one run has of the next, when it watches. */
interface Workshop {
  readonly pool: CompilePool;
  readonly cache: string | undefined;
}

async function compileOnce(
  marked: Effective,
  call: Invocation,
  { pool, cache }: Workshop,
): Promise<Outcome<FileOutcome[], Misplaced>> {
  const policy = policySettings(call);
  if (!policy.ok) return { ok: false, error: { text: policy.error, isUsage: true } };
  const target = targetOf(call, marked.texts.length);
  if (!target.ok) return target;
  const lost = overwritten(marked.texts, target.value, call);
  if (lost !== undefined) {
    if (target.value.kind === "file") target.value.output.discard();
    return { ok: false, error: { text: lost, isUsage: true } };
  }
  try {
    return { ok: true, value: await compileAll(marked, policy.value, target.value, { call, pool, cache }) };
  } finally {
    if (target.value.kind === "file") target.value.output.discard();
  }
}

async function compileAll(
  { complaining, texts }: Effective,
  policy: PolicySettings,
  target: Target,
  { call, pool, cache }: Workshop & { readonly call: Invocation },
): Promise<FileOutcome[]> {
  const progress = startProgress(call.io, texts.length, nodeClock.monotonicMs);
  const outcomes: FileOutcome[] = [];
  const requests = texts.map((text) => ({
    ...text,
    policy: complaining.has(text.path) ? { ...policy, forceComplain: true } : policy,
    goal: "compile" as const,
    observe: cache !== undefined,
  }));
  const results = cache === undefined ? undefined : resultCache(cache, call.io.files, nodeDigest);
  for await (const result of runCached(pool, requests, results, call.io)) {
    const path = texts[outcomes.length]?.path ?? "";
    progress.step(path);
    const { ok, units, profiles, work } = result.source;
    const bytes = bytesOfUnits(units);
    outcomes.push({
      path,
      ok,
      cached: result.cached,
      bytes: bytes.length,
      milliseconds: result.milliseconds,
      profiles: profiles.flatMap(fullNames),
      work,
      written: ok ? deliver(path, bytes, target, call) : undefined,
      // The bytes are where they belong, and what is known by now of thousands of files is not asked for again.
      diagnostics: result.source.diagnostics,
      texts: result.source.texts,
      files: call.has("watch") ? result.source.files : [],
    });
  }
  progress.clear();
  return outcomes;
}

/** What of the texts is compiled, and how. */
interface Effective {
  readonly texts: readonly NamedText[];
  /** Paths of what `disable/` switches off and is left out. */
  readonly disabled: readonly string[];
  /** Paths of what `force-complain/` has complain. */
  readonly complaining: ReadonlySet<string>;
}

/** Of a directory, what would be loaded: without what `disable/` switches off, and as `force-complain/` has it. A file that is named is compiled. */
function effective(texts: readonly NamedText[], call: Invocation): Effective {
  const found = texts.map(({ path }) => path).filter((path) => !call.operands.includes(path));
  if (found.length === 0) return { texts, disabled: [], complaining: new Set() };
  const { complaining, disabled } = markedFiles(found, call);
  if (!call.has("quiet")) {
    tellMarked("armorer compile: switched off by `disable/` and not compiled", disabled, call);
    tellMarked("armorer compile: in complain mode because of `force-complain/`", complaining, call);
  }
  return { texts: texts.filter(({ path }) => !disabled.has(path)), disabled: [...disabled], complaining };
}

function tellWhereIncludesAre(outcomes: readonly FileOutcome[], texts: readonly NamedText[], call: Invocation): void {
  const missing = outcomes.flatMap(({ diagnostics, texts: own }) =>
    missingIncludes(diagnostics, (file) => own.find((text) => text.id === file)),
  );
  if (missing.length === 0) return;
  const where = whereIncludesAre(
    missing,
    texts.map(({ path }) => path),
    call,
  );
  if (where !== undefined) call.io.err(`armorer compile: ${where}\n`);
}

function misplaced({ isUsage, text }: Misplaced, { io }: Invocation): number {
  if (isUsage) return usageError(io, "compile", displayText(text));
  io.err(`armorer compile: ${displayText(text)}\n`);
  return EXIT.bad;
}

async function runOnce(call: Invocation, workshop: Workshop): Promise<{ status: number; watched: readonly string[] }> {
  const { texts: all, refusals } = readInputs(call);
  for (const refusal of refusals) call.io.err(`armorer compile: ${displayText(refusal)}\n`);
  tellWhereFilesAre(call);
  // Of nothing there is no report: the reasons are all there is to say.
  if (all.length === 0 && !call.has("watch")) return { status: EXIT.bad, watched: [] };
  const marked = effective(eachOnce(all, call), call);
  const { texts } = marked;
  const compiled = await compileOnce(marked, call, workshop);
  if (!compiled.ok) return { status: misplaced(compiled.error, call), watched: [] };
  const outcomes = compiled.value;
  report(outcomes, { ...marked, refusals }, call);
  tellWhereIncludesAre(outcomes, texts, call);
  const fine = refusals.length === 0 && outcomes.every(({ ok, written }) => ok && written !== null);
  return { status: fine ? EXIT.fine : EXIT.bad, watched: outcomes.flatMap(({ files }) => files) };
}

async function run(call: Invocation): Promise<number> {
  if (call.json && call.value("output") === "-") {
    return usageError(call.io, "compile", "standard output takes compiled policy or --json, not both");
  }
  const jobs = jobCount(call);
  const cache = cacheDirectoryOf(call);
  const pool = compilePool(jobs, cache, call.io.files, call.root);
  try {
    let since = Date.now();
    let { status, watched } = await runOnce(call, { pool, cache });
    if (!call.has("watch") || status === EXIT.usage) return status;
    for (;;) {
      const change = watchFiles([...watched, ...call.operands], since);
      call.io.err("waiting for changes\n");
      await change;
      since = Date.now();
      pool.forgetFiles();
      // What did not change comes from the cache; for the rest the pool still has its parsed texts and automata.
      ({ status, watched } = await runOnce(call, { pool, cache }));
    }
  } finally {
    await pool.close();
  }
}

export const command: Command = {
  name: "compile",
  summary: "compile profiles into the form the kernel reads",
  isSlow: true,
  paths: "all",
  usage: "[OPTION]... [FILE|DIR]...",
  examples: [
    ["armorer compile -o /tmp/policy /etc/apparmor.d", "one file of compiled policy for each file of profiles"],
    ["armorer compile --watch usr.bin.man", "compile again whenever the file, or what it includes, changes"],
  ],
  options: [
    ...policyOptions,
    {
      key: "output",
      long: "output",
      short: "o",
      type: anyText("PATH", "a file, a directory or `-`"),
      about: "write to this file, directory or `-`",
    },
    ...cacheOptions,
    { key: "watch", long: "watch", short: "w", about: "keep running: recompile what changes" },
    { key: "verbose", long: "verbose", short: "v", about: "report on every file" },
    { key: "quiet", long: "quiet", short: "q", about: "report errors only" },
  ],
  conflicts: [
    ["quiet", "verbose"],
    ["cache", "no-cache"],
  ],
  details:
    "Without operands the directory of profiles is compiled; `-` is standard input. A file that cannot be compiled never\n" +
    "stops the others. Of several files, or a directory of them, and where PATH is a directory, one FILE.bin is written for each. Name the kernel\n" +
    "with --features where the result must not depend on the machine. Exit status: 0 all were compiled, 1 one was not, 2 wrong use.",
  run,
};

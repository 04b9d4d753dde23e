import { type ResultCache, fullNames, resultCache } from "../../app/index.ts";
import { renderHuman, jsonReport } from "../../foundation/diagnostics/index.ts";
import { type FileId, type SourceFile, displayText, sourceFile } from "../../foundation/text/index.ts";
import { nodeClock, nodeDigest } from "../../host/index.ts";
import { type CachedResult, runCached } from "../cached-pool.ts";
import { type Command, EXIT, type Invocation, printJson, usageError } from "../command.ts";
import { type CompilePool, compilePool } from "../compile-pool.ts";
import { errnoText } from "../errno-texts.ts";
import { baseName } from "../inputs.ts";
import {
  type NamedText,
  defaultCacheDirectory,
  jobCount,
  policyOptions,
  policySettings,
  readInputs,
} from "../policy-options.ts";
import { startProgress } from "../progress.ts";
import { watchFiles } from "../watch.ts";

interface FileOutcome {
  readonly path: string;
  readonly ok: boolean;
  readonly cached: boolean;
  readonly bytes: number;
  readonly milliseconds: number;
  readonly profiles: readonly string[];
  readonly written: string | undefined;
  readonly result: CachedResult;
}

/** Where compiled policy goes. */
type Target =
  | { readonly kind: "nowhere" }
  | { readonly kind: "directory"; readonly path: string }
  | { readonly kind: "stream"; readonly write: (bytes: Uint8Array) => void; readonly path: string };

function targetOf(call: Invocation, fileCount: number): Target | string {
  const path = call.value("output");
  if (path === undefined) return { kind: "nowhere" };
  if (path === "-") return { kind: "stream", path, write: (bytes) => call.io.out(bytes) };
  if (call.io.files.kind(path) === "directory" || path.endsWith("/") || fileCount > 1) {
    if (call.io.files.kind(path) === "directory") return { kind: "directory", path: path.replace(/\/+$/, "") };
    const made = call.io.files.makeDirectory(path, 0o755);
    return made.ok ? { kind: "directory", path: path.replace(/\/+$/, "") } : `${path}: ${errnoText(made.error.errno)}`;
  }
  const write = call.io.openOutput(path);
  return write === undefined ? `${path}: cannot be written` : { kind: "stream", path, write };
}

function cacheOf(call: Invocation): ResultCache | undefined {
  if (call.has("no-cache")) return undefined;
  const directory = call.value("cache") ?? defaultCacheDirectory(call);
  const parent = directory.slice(0, directory.lastIndexOf("/"));
  for (const path of [parent, directory]) {
    if (path !== "" && call.io.files.kind(path) === undefined) call.io.files.makeDirectory(path, 0o700);
  }
  return call.io.files.kind(directory) === "directory" ? resultCache(directory, call.io.files, nodeDigest) : undefined;
}

function deliver(path: string, bytes: Uint8Array, target: Target, call: Invocation): string | undefined {
  if (target.kind === "nowhere") return undefined;
  if (target.kind === "stream") {
    target.write(bytes);
    return target.path;
  }
  const file = `${target.path}/${baseName(path)}.bin`;
  const written = call.io.files.write(file, bytes, { mode: 0o600 });
  if (written.ok) return file;
  call.io.err(`armorer compile: ${displayText(file)}: ${errnoText(written.error.errno)}\n`);
  return undefined;
}

function report(outcomes: readonly FileOutcome[], refusals: readonly string[], call: Invocation): void {
  const { io } = call;
  const texts = new Map<FileId, SourceFile>();
  for (const { result } of outcomes) for (const text of result.source.texts) texts.set(text.id, text);
  const find = (file: FileId): SourceFile | undefined => texts.get(file);
  const reports = outcomes.map(({ path, ok, result }) => ({
    file: result.source.texts.find((text) => text.path === path) ?? sourceFile(path, ""),
    ok,
    diagnostics: result.source.diagnostics,
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
      written: outcome.written ?? null,
      diagnostics: diagnostics[index]?.diagnostics ?? [],
    }));
    printJson(io, "armorer/compile/1", { files, refusals });
    return;
  }
  const colors = io.isTerminal("err") && io.environment["NO_COLOR"] === undefined;
  io.err(renderHuman(call.has("quiet") ? reports.filter(({ ok }) => !ok) : reports, { find, colors }));
  if (call.has("quiet")) return;
  for (const { path, ok, cached, bytes, milliseconds, profiles } of outcomes) {
    if (!ok) io.err(`${displayText(path)}: not compiled\n`);
    else if (call.has("verbose")) {
      const how = cached ? "from the cache" : `${milliseconds.toFixed(0)} ms`;
      io.err(`${displayText(path)}: ${profiles.length} profiles, ${bytes} bytes, ${how}\n`);
    }
  }
  const good = outcomes.filter(({ ok }) => ok);
  const size = good.reduce((sum, { bytes }) => sum + bytes, 0);
  const hits = good.filter(({ cached }) => cached).length;
  io.err(
    `${good.length} of ${outcomes.length} files compiled, ${size} bytes${hits > 0 ? `, ${hits} from the cache` : ""}\n`,
  );
}

async function compileOnce(
  texts: readonly NamedText[],
  call: Invocation,
  pool: CompilePool,
): Promise<FileOutcome[] | string> {
  const policy = policySettings(call);
  if (!policy.ok) return policy.error;
  const target = targetOf(call, texts.length);
  if (typeof target === "string") return target;
  const progress = startProgress(call.io, texts.length, nodeClock.monotonicMs);
  const outcomes: FileOutcome[] = [];
  const requests = texts.map((text) => ({
    ...text,
    policy: policy.value,
    goal: "compile" as const,
    observe: !call.has("no-cache"),
  }));
  for await (const result of runCached(pool, requests, cacheOf(call), call.io)) {
    const path = texts[outcomes.length]?.path ?? "";
    progress.step(path);
    const { ok, units, profiles } = result.source;
    const bytes = Buffer.concat(units.map((unit) => unit.bytes));
    outcomes.push({
      path,
      ok,
      cached: result.cached,
      bytes: bytes.length,
      milliseconds: result.milliseconds,
      profiles: profiles.flatMap((profile) => fullNames(profile)),
      written: ok ? deliver(path, bytes, target, call) : undefined,
      // The bytes are where they belong; what is told later needs none of them.
      result: { ...result, source: { ...result.source, units: [] } },
    });
  }
  progress.clear();
  return outcomes;
}

async function runOnce(call: Invocation, jobs: number): Promise<{ status: number; watched: readonly string[] }> {
  const { texts, refusals } = readInputs(call);
  for (const refusal of refusals) call.io.err(`armorer compile: ${displayText(refusal)}\n`);
  const pool = compilePool(jobs);
  try {
    const outcomes = await compileOnce(texts, call, pool);
    if (typeof outcomes === "string") {
      return { status: usageError(call.io, "compile", displayText(outcomes)), watched: [] };
    }
    report(outcomes, refusals, call);
    const fine = refusals.length === 0 && outcomes.every(({ ok }) => ok);
    return { status: fine ? EXIT.fine : EXIT.bad, watched: outcomes.flatMap(({ result }) => result.source.files) };
  } finally {
    await pool.close();
  }
}

async function run(call: Invocation): Promise<number> {
  const jobs = jobCount(call);
  if (jobs === undefined) return usageError(call.io, "compile", "--jobs needs a number");
  let { status, watched } = await runOnce(call, jobs);
  if (!call.has("watch") || status === EXIT.usage) return status;
  for (;;) {
    call.io.err("waiting for changes\n");
    await watchFiles([...watched, ...call.operands]);
    // The cache sees to it that only what changed is compiled.
    ({ status, watched } = await runOnce(call, jobs));
  }
}

export const command: Command = {
  name: "compile",
  summary: "compile profiles to what the kernel reads",
  usage: "[OPTION]... [FILE|DIR]...",
  options: [
    ...policyOptions,
    {
      key: "output",
      long: "output",
      short: "o",
      value: "required",
      valueName: "PATH",
      about: "write to this file, directory or `-`",
    },
    { key: "cache", long: "cache", value: "required", valueName: "DIR", about: "keep results here (~/.cache/armorer)" },
    { key: "no-cache", long: "no-cache", about: "keep no results and use none" },
    { key: "watch", long: "watch", short: "w", about: "go on: compile again what changes" },
    { key: "verbose", long: "verbose", short: "v", about: "tell of every file" },
    { key: "quiet", long: "quiet", short: "q", about: "tell of errors only" },
  ],
  details:
    "Without operands the directory of profiles is compiled; `-` is standard input. A file that cannot be compiled never\n" +
    "stops the others. Several files, or an existing directory as PATH, give one FILE.bin each.",
  run,
};

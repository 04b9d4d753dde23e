/**
 * The long campaign: `npm run fuzz:campaign -- [--target T[,T...]] [--inputs N] [--seed S] [--start I] [--weighted]`. Prints a line of JSON for
 * each target and every failure with the input; exits with 1 when there is one. It looks at the clock, so no test does.
 *
 * Inputs are tried in a process of its own, which writes down which one it begins: one that hangs, or dies, costs itself and is named; the next one goes
 * on behind it.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execArgv, execPath, exit, stderr, stdout } from "node:process";
import { fileURLToPath } from "node:url";
import { noWords, scriptArguments, wholeNumber } from "../../support/script-options.ts";
import type { ChunkRequest } from "./chunk.ts";
import { type Failure, renderFailure, type RunReport } from "./run.ts";
import type { Target } from "./target.ts";
import { targets } from "./targets/index.ts";

/** An input that takes more CPU time hangs; on a busy machine a process may wait for minutes for some of it. */
const HANGS_AFTER_MS = 120_000;
/** Without CPU time for so long, it waits for something that does not come. */
const WAITS_AFTER_MS = 1_200_000;
/** How many inputs a process tries: what a target keeps between them is a part of what is tried, but not for ever. */
const CHUNK = 50_000;
/** A target with so many failures is not tried further. */
const MOST_FAILURES = 20;

const asked = scriptArguments(
  `usage: npm run fuzz:campaign -- [--target T[,T]...] [--inputs N] [--seed S] [--start I] [--weighted]

  --target T  ${targets.map(({ name }) => name).join(", ")}; without it all
  --inputs N  of each target (10000)
  --seed S    other inputs (1)
  --start I   the first of them (0)
  --weighted  N inputs in all, shared out by what they cost
`,
  {
    target: { type: "string" },
    inputs: { type: "string", default: "10000" },
    seed: { type: "string", default: "1" },
    start: { type: "string", default: "0" },
    weighted: { type: "boolean", default: false },
  },
  ({ target, ...values }, words) => {
    noWords(words);
    const names = target?.split(",");
    const unknown = names?.find((name) => !targets.some((one) => one.name === name));
    if (unknown !== undefined) throw new Error(`there is no target ${unknown}`);
    return {
      chosen: targets.filter(({ name }) => names === undefined || names.includes(name)),
      inputs: wholeNumber("--inputs", values.inputs),
      seed: wholeNumber("--seed", values.seed, Number.MIN_SAFE_INTEGER),
      start: wholeNumber("--start", values.start, 0),
      isWeighted: values.weighted,
    };
  },
);

interface Moment {
  /** The number of the input. */
  readonly at: number;
  readonly sinceMs: number;
  readonly cpuMs: number;
}

/** CPU time of a process and its threads so far, in hundredths of a second at best; 0 when it has ended (proc_pid_stat(5)). */
function cpuMs(pid: number | undefined): number {
  try {
    // The name, which may hold anything, ends with the last bracket; utime and stime are fields 14 and 15.
    const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return 0;
  }
}

/** Tries a stretch of inputs; what it gives may end before the stretch, behind an input that hung or ended the process. */
function tryChunk(stretch: Omit<ChunkRequest, "progress">): Promise<RunReport> {
  const { target, seed, start } = stretch;
  const folder = mkdtempSync(join(tmpdir(), "armorer-campaign-"));
  const request: ChunkRequest = { ...stretch, progress: join(folder, "at") };
  writeFileSync(request.progress, String(start));
  const at = (): number => Number(readFileSync(request.progress, "utf8").trim());
  return new Promise((resolve) => {
    const words = [...execArgv, fileURLToPath(new URL("chunk.js", import.meta.url)), JSON.stringify(request)];
    const child = spawn(execPath, words, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    let report: RunReport | undefined;
    let why: string | undefined;
    const moment = (): Moment => ({ at: at(), sinceMs: Date.now(), cpuMs: cpuMs(child.pid) });
    let last = moment();
    const watchdog = setInterval(() => {
      const now = moment();
      if (now.at !== last.at) last = now;
      else if (now.cpuMs - last.cpuMs > HANGS_AFTER_MS || now.sinceMs - last.sinceMs > WAITS_AFTER_MS) {
        why = `no end after ${now.cpuMs - last.cpuMs} ms of CPU time, ${now.sinceMs - last.sinceMs} ms in all`;
        child.kill("SIGKILL");
      }
    }, 1000);
    child.on("message", (message: RunReport) => (report = message));
    child.on("close", (status, signal) => {
      clearInterval(watchdog);
      const message = why ?? `it ended the process (${signal ?? status})`;
      const lost: Failure = { index: at(), message, input: "", smallest: "" };
      rmSync(folder, { recursive: true });
      resolve(report ?? { target, seed, inputs: lost.index - start + 1, deep: 0, failures: [lost], slowestMs: 0 });
    });
  });
}

async function tryTarget({ name }: Target, seed: number, start: number, inputs: number): Promise<RunReport> {
  let all: RunReport = { target: name, seed, inputs: 0, deep: 0, failures: [], slowestMs: 0 };
  while (all.inputs < inputs && all.failures.length < MOST_FAILURES) {
    const size = Math.min(CHUNK, inputs - all.inputs);
    const one = await tryChunk({ target: name, seed, start: start + all.inputs, inputs: size });
    const known = new Set(all.failures.map(({ message }) => message));
    all = {
      ...all,
      inputs: all.inputs + one.inputs,
      deep: all.deep + one.deep,
      failures: [...all.failures, ...one.failures.filter(({ message }) => !known.has(message))],
      slowestMs: Math.max(all.slowestMs, one.slowestMs),
    };
    stderr.write(`${name} ${all.inputs} of ${inputs}\n`);
    if (one.inputs === 0) break;
  }
  return all;
}

const { chosen, inputs, isWeighted, seed, start } = asked;
const doses = chosen.reduce((sum, { dose }) => sum + dose, 0);
let failed = false;
for (const target of chosen) {
  // With `--weighted`, the inputs are shared out by how many of them a second allows.
  const share = isWeighted ? Math.ceil((inputs * target.dose) / doses) : inputs;
  const report = await tryTarget(target, seed, start, share);
  const { failures, ...rest } = report;
  stdout.write(`${JSON.stringify({ ...rest, failures: failures.length })}\n`);
  for (const failure of failures) stdout.write(`${renderFailure(report, failure)}\n`);
  if (failures.length > 0) failed = true;
}
exit(failed ? 1 : 0);

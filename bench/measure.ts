/** Runs commands in turn, several times each, and gives medians: what is compared is measured in one run, interleaved. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Contender {
  readonly name: string;
  readonly argv: readonly string[];
  readonly stdin?: string;
  /** Before each run, not measured. */
  readonly before?: () => void;
}

/** Units: milliseconds; peak is the largest resident set of any process of the command, in MiB. */
interface Figures {
  readonly name: string;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMib: number;
  readonly status: number;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

function runOnce(contender: Contender, scratch: string): Omit<Figures, "name"> {
  contender.before?.();
  const report = join(scratch, "time");
  const started = process.hrtime.bigint();
  const run = spawnSync("/usr/bin/time", ["-q", "-f", "%U %S %M", "-o", report, ...contender.argv], {
    input: contender.stdin ?? "",
    stdio: ["pipe", "ignore", "ignore"],
  });
  const wallMs = Number(process.hrtime.bigint() - started) / 1e6;
  const [user = 0, system = 0, peak = 0] = readFileSync(report, "utf8").trim().split(" ").map(Number);
  return { wallMs, cpuMs: (user + system) * 1000, peakMib: peak / 1024, status: run.status ?? 1 };
}

/** Measures all contenders `runs` times, in turn, after one run that is thrown away. Needs `/usr/bin/time` (package `time`). */
export function measure(contenders: readonly Contender[], runs: number): Figures[] {
  const scratch = mkdtempSync(join(tmpdir(), "armorer-bench-"));
  try {
    const all = contenders.map((): Omit<Figures, "name">[] => []);
    for (let round = -1; round < runs; round += 1) {
      contenders.forEach((contender, i) => {
        const figures = runOnce(contender, scratch);
        if (round >= 0) all[i]?.push(figures);
      });
    }
    return contenders.map(({ name }, i) => {
      const figures = all[i] ?? [];
      return {
        name,
        wallMs: median(figures.map((one) => one.wallMs)),
        cpuMs: median(figures.map((one) => one.cpuMs)),
        peakMib: Math.max(...figures.map((one) => one.peakMib)),
        status: Math.max(...figures.map((one) => one.status)),
      };
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** A table of figures with ratios to the last contender, which is the oracle. */
export function printFigures(title: string, figures: readonly Figures[]): void {
  const oracle = figures.at(-1);
  console.log(`\n${title}`);
  for (const one of figures) {
    const ratio =
      oracle === undefined || one === oracle
        ? ""
        : `  wall ×${(one.wallMs / oracle.wallMs).toFixed(2)}  cpu ×${(one.cpuMs / oracle.cpuMs).toFixed(2)}`;
    console.log(
      `  ${one.name.padEnd(24)} wall ${one.wallMs.toFixed(0).padStart(7)} ms  cpu ${one.cpuMs.toFixed(0).padStart(7)} ms  peak ${one.peakMib.toFixed(0).padStart(4)} MiB  exit ${one.status}${ratio}`,
    );
  }
}

import { closeSync, openSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs, styleText } from "node:util";
import { KERNEL_NAMES, type KernelName, openOracle, prepareLab, renderLabProblem } from "../index.ts";
import { armorer, POLICY_DIRECTORY } from "./armorer.ts";
import { comparedWith } from "./compared.ts";
import type { Product } from "./product.ts";
import { type KernelReport, playTour, renderTable } from "./tour.ts";

const USAGE = `usage: npm run tour -- [--kernel ${KERNEL_NAMES.join("|")}] [--report FILE] [--quiet]

  --kernel K     one kernel instead of all; may be given several times
  --report FILE  write what happened as JSON
  --quiet        only the table at the end
`;

function paint(line: string): string {
  if (!process.stdout.isTTY) return line;
  if (/^ +✗/.test(line)) return styleText("red", line);
  if (/^ +✓/.test(line)) return styleText("green", line);
  if (/^ +kernel:/.test(line)) return styleText("yellow", line);
  return /^ +(?:armorer:|»|\$)/.test(line) || /^ +[a-i]\) /.test(line) ? styleText("bold", line) : line;
}

/** Lets several tours speak at once and be heard one after the other: the first live, the others from what they said meanwhile. */
class Chorus {
  readonly #waiting: string[][];
  readonly #done: boolean[];
  #current = 0;

  constructor(count: number) {
    this.#waiting = Array.from({ length: count }, () => []);
    this.#done = Array.from({ length: count }, () => false);
  }

  say(voice: number, line: string): void {
    if (voice === this.#current) process.stdout.write(`${paint(line)}\n`);
    else this.#waiting[voice]?.push(line);
  }

  end(voice: number): void {
    this.#done[voice] = true;
    while (this.#done[this.#current] === true) {
      this.#current += 1;
      for (const line of this.#waiting[this.#current] ?? []) process.stdout.write(`${paint(line)}\n`);
    }
  }
}

/** Plays the tour on the kernels, as many at once as there are processors; `undefined` for one that could not be played. */
async function playAll(
  kernels: readonly KernelName[],
  product: Product,
  quiet: boolean,
): Promise<readonly (KernelReport | undefined)[]> {
  const chorus = new Chorus(kernels.length);
  const reports: (KernelReport | undefined)[] = kernels.map(() => undefined);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let voice = next++; voice < kernels.length; voice = next++) {
      const kernel = kernels[voice];
      if (kernel === undefined) return;
      const played = await playTour(kernel, product, (line) => !quiet && chorus.say(voice, line));
      if (played.ok) reports[voice] = played.value;
      else process.stderr.write(`${renderLabProblem(played.error)}\n`);
      chorus.end(voice);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(cpus().length, kernels.length)) }, worker));
  return reports;
}

const OPTIONS = {
  kernel: { type: "string", multiple: true },
  report: { type: "string" },
  quiet: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** The options of the call; `undefined` after a complaint. */
function readArgv() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return undefined;
  }
}

/** Why a report cannot be written there, before anything is booted; nothing is changed. */
function reportRefusal(path: string): string | undefined {
  try {
    closeSync(openSync(path, "a"));
    return undefined;
  } catch (error) {
    return `the report cannot be written: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function main(): Promise<number> {
  const values = readArgv();
  if (values === undefined) return 2;
  const wanted = values.kernel ?? KERNEL_NAMES;
  const kernels = KERNEL_NAMES.filter((name) => wanted.includes(name));
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const unknown = wanted.find((name) => !kernels.some((one) => one === name));
  if (unknown !== undefined) {
    process.stderr.write(`there is no kernel ${unknown}\n\n${USAGE}`);
    return 2;
  }
  const refusal = values.report === undefined ? undefined : reportRefusal(values.report);
  if (refusal !== undefined) {
    process.stderr.write(`${refusal}\n`);
    return 2;
  }
  const ready = await prepareLab((line) => process.stderr.write(`${line}\n`));
  if (!ready.ok) {
    process.stderr.write(`${renderLabProblem(ready.error)}\n`);
    return 2;
  }
  const oracle = await openOracle();
  const product = oracle.ok ? comparedWith(oracle.value, armorer, POLICY_DIRECTORY) : armorer;
  const reports = await playAll(kernels, product, values.quiet);
  const report = { kernels: reports.filter((one) => one !== undefined) };
  process.stdout.write(`\n${renderTable(report)}\n`);
  if (values.report !== undefined) writeFileSync(values.report, `${JSON.stringify(report, undefined, 2)}\n`);
  const failed = report.kernels.flatMap((kernel) => kernel.steps).some((step) => !step.ok);
  return failed || report.kernels.length < kernels.length ? 1 : 0;
}

process.exitCode = await main();

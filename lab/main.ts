import { join } from "node:path";
import { parseArgs } from "node:util";
import { rmSync, writeFileSync } from "node:fs";
import { bootLab } from "./boot.ts";
import { cacheDirectory } from "./cache.ts";
import { KERNEL_NAMES, type KernelName } from "./kernels.ts";
import { detachMounts } from "./mounts.ts";
import { openOracle } from "./oracle.ts";
import { prepareLab } from "./prepare.ts";
import { type LabProblem, renderLabProblem } from "./problem.ts";
import { renderFeatureTree, resultOf } from "./report.ts";
import { APPARMOR_DIRECTORY } from "./steps.ts";

const USAGE = `usage: node build/lab/main.js COMMAND

  setup [--refresh]                    install what is missing (as root), fetch kernels, guest and oracle; --refresh fetches all anew
  run [--kernel K] [--json] -- CMD...  boot a kernel (${KERNEL_NAMES.join(", ")}; default 6.12), run a command, show what it said and the kernel's records
  features [--kernel K] [--json] [FILE]  print a kernel's feature tree as a feature file
  oracle [ARG...]                      run Debian sid's apparmor_parser; files it reads must be given on standard input
`;

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function giveUp(problem: LabProblem): number {
  say(renderLabProblem(problem));
  return 2;
}

function kernelOf(name: string | undefined): KernelName | undefined {
  return KERNEL_NAMES.find((kernel) => kernel === (name ?? "6.12"));
}

async function setUp(refresh: boolean): Promise<number> {
  detachMounts(cacheDirectory());
  if (refresh) rmSync(cacheDirectory(), { recursive: true, force: true });
  const prepared = await prepareLab(say);
  return prepared.ok ? 0 : giveUp(prepared.error);
}

async function runInGuest(kernel: KernelName, argv: readonly string[], json: boolean): Promise<number> {
  const report = await bootLab({ kernel, steps: [{ kind: "run", id: "command", argv, timeoutMs: 60_000 }] });
  if (!report.ok) return giveUp(report.error);
  const result = resultOf(report.value, "command");
  if (json) printJson(report.value);
  else {
    process.stdout.write(result.stdout);
    process.stderr.write(result.stderr);
    for (const event of result.events) say(event);
  }
  if (result.execErrno !== undefined) say(`${argv[0]}: ${result.execErrno}`);
  return result.exitCode ?? 1;
}

/** One document, as every verb of `armorer` prints it. */
function printJson(document: object): void {
  process.stdout.write(`${JSON.stringify({ schema: "armorer/lab/1", ...document })}\n`);
}

async function showFeatures(kernel: KernelName, file: string | undefined, json: boolean): Promise<number> {
  const path = join(APPARMOR_DIRECTORY, "features");
  const report = await bootLab({ kernel, steps: [{ kind: "tree", id: "features", path }] });
  if (!report.ok) return giveUp(report.error);
  const text = renderFeatureTree(resultOf(report.value, "features").names);
  if (json) printJson({ kernel, features: text });
  else if (file === undefined) process.stdout.write(text);
  else writeFileSync(file, text);
  return 0;
}

async function askOracle(args: readonly string[]): Promise<number> {
  const oracle = await openOracle();
  if (!oracle.ok) return giveUp(oracle.error);
  const chunks: Buffer[] = [];
  if (!process.stdin.isTTY) for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  const answer = await oracle.value.parse(args, { stdin: Buffer.concat(chunks) });
  process.stdout.write(answer.stdout);
  process.stderr.write(answer.stderr);
  return answer.status ?? 1;
}

/** argv, parsed; `undefined` after a complaint. */
function readArgv(args: readonly string[]) {
  const options = { kernel: { type: "string" }, json: { type: "boolean" }, refresh: { type: "boolean" } } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return undefined;
  }
}

async function main(argv: readonly string[]): Promise<number> {
  const [command = "", ...rest] = argv;
  if (command === "oracle") return await askOracle(rest);
  const parsed = readArgv(rest);
  if (parsed === undefined) return 2;
  const { values, positionals } = parsed;
  const kernel = kernelOf(values.kernel);
  if (kernel === undefined) say(`unknown kernel ${values.kernel}: there are ${KERNEL_NAMES.join(", ")}`);
  else if (command === "setup") return await setUp(values.refresh === true);
  else if (command === "run" && positionals.length > 0)
    return await runInGuest(kernel, positionals, values.json === true);
  else if (command === "features") return await showFeatures(kernel, positionals[0], values.json === true);
  const isHelp = command === "--help" || command === "-h";
  if (isHelp) process.stdout.write(USAGE);
  else say(["", "setup", "run", "features"].includes(command) ? USAGE : `there is no command ${command}\n\n${USAGE}`);
  return isHelp ? 0 : 2;
}

process.exitCode = await main(process.argv.slice(2));

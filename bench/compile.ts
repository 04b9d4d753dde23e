/**
 * The compile benches, each against the oracle in the same run: whole policy, warm cache, one profile, a large set, growth, memory.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { openOracle, renderLabProblem, withProc } from "../lab/index.ts";
import { benchArguments } from "./arguments.ts";
import { type Contender, measure, printFigures } from "./measure.ts";
import { writePolicySet } from "./policy-set.ts";

const USAGE = `usage: npm run bench -- [--runs N] [--large N] [BENCH]...

  a   all of Debian's policy, caches off
  b   the same through a warm cache
  c   one profile, in a cold process and by the library
  d   a large set of profiles that share abstractions
  e   sets of growing size

  --runs N    pairs of runs of each (5)
  --large N   profiles of the large set (1500)

All of them by default. Needs root and the oracle of the lab (\`npm run lab -- setup\`).
`;

const {
  names,
  numbers: { large: largest, runs },
} = benchArguments(USAGE, { numbers: { runs: 5, large: 1500 }, names: ["a", "b", "c", "d", "e"] });
const repository = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

const oracle = await openOracle();
if (!oracle.ok) {
  console.error(renderLabProblem(oracle.error));
  process.exit(1);
}
const { root } = oracle.value;
// The oracle writes no cache where it finds no /proc.
if (!existsSync(join(root, "proc/self"))) {
  const [program = "", ...argv] = withProc(root, [process.execPath, ...process.argv.slice(1)]);
  process.exit(spawnSync(program, argv, { stdio: "inherit" }).status ?? 1);
}
const ours = [join(repository, "bin/apparmor_parser")];
const theirs = ["chroot", root, "apparmor_parser"];
process.on("exit", () => rmSync(join(root, `tmp/armorer-bench-${process.pid}`), { recursive: true, force: true }));

/** A directory both can read: below the oracle's root, where it has the shorter name. */
function place(name: string): { readonly inside: string; readonly outside: string } {
  const inside = `/tmp/armorer-bench-${process.pid}/${name}`;
  const outside = join(root, inside);
  rmSync(outside, { recursive: true, force: true });
  mkdirSync(outside, { recursive: true });
  return { inside, outside };
}

/** The same command line for both parsers; `{}` stands for the shared directory. */
function pair(
  shared: { readonly inside: string; readonly outside: string },
  args: readonly string[],
  rest: Omit<Contender, "name" | "argv"> = {},
): Contender[] {
  const fill = (directory: string): string[] => args.map((argument) => argument.replaceAll("{}", directory));
  return [
    { name: "armorer", argv: [...ours, ...fill(shared.outside)], ...rest },
    { name: "apparmor_parser 5.0.2", argv: [...theirs, ...fill(shared.inside)], ...rest },
  ];
}

const shipped = place("shipped");
cpSync(oracle.value.profiles, join(shipped.outside, "base"), { recursive: true });
cpSync(join(repository, "tests/corpus/features"), join(shipped.outside, "features"), { recursive: true });
const common = ["--config-file", "/dev/null", "-M", "{}/features/debian-kernel-7.2", "-b", "{}/base"];

/** By the oracle's time: below, at and above the middle of those that take it longer than its own start. */
const ONE_PROFILE = [
  ["small", "samba-dcerpcd"],
  ["middle-sized", "php-fpm"],
  ["large", "transmission"],
] as const;

const benches: Readonly<Record<string, () => void>> = {
  a: () =>
    printFigures(
      "(a) Debian sid /etc/apparmor.d, caches off, two jobs",
      measure(pair(shipped, [...common, "-Q", "-K", "-j2", "{}/base"]), runs),
    ),
  b: () =>
    printFigures(
      "(b) the same through a warm cache",
      measure(pair(shipped, [...common, "-Q", "-W", "-L", "{}/cache", "-j2", "{}/base"]), runs),
    ),
  c: () => {
    for (const [size, name] of ONE_PROFILE) {
      const figures = measure(pair(shipped, [...common, "-Q", "-K", `{}/base/${name}`]), runs);
      printFigures(`(c) one ${size} profile (${name}), cold process`, figures);
      measureLibrary(join(shipped.outside, "base"), name, figures.at(-1)?.wallMs ?? 0);
    }
  },
  d: () => large(largest, Math.min(runs, 1)),
  e: () => {
    for (const count of [10, 100, 400, largest]) large(count, 1);
  },
};

/** The library call alone: the first compile in a process that has loaded the library, and later ones, which share nothing with it. */
function measureLibrary(base: string, name: string, oracleMs: number): void {
  const features = readFileSync(join(repository, "tests/corpus/features/debian-kernel-7.2"), "utf8");
  const argv = [join(repository, "build/bench/library.js"), join(base, name), base];
  const calls = Array.from({ length: runs }, () => {
    const { stdout } = spawnSync(process.execPath, argv, { input: features, encoding: "utf8" });
    const { first, later }: Record<string, number | undefined> = JSON.parse(stdout);
    return { first: first ?? Number.NaN, later: later ?? Number.NaN };
  });
  for (const key of ["first", "later"] as const) {
    const median = calls.map((call) => call[key]).toSorted((a, b) => a - b)[runs >> 1] ?? Number.NaN;
    console.log(
      `  ${key} library call`.padEnd(26) +
        ` wall ${median.toFixed(0).padStart(7)} ms  wall ×${(median / oracleMs).toFixed(2)}`,
    );
  }
}

function large(count: number, times: number): void {
  const set = place(`large-${count}`);
  writePolicySet(join(set.outside, "base"), { profiles: count });
  cpSync(join(repository, "tests/corpus/features"), join(set.outside, "features"), { recursive: true });
  const figures = measure(pair(set, [...common, "-Q", "-K", "-j2", "{}/base"]), times);
  printFigures(`(d/e) ${count} profiles that share abstractions`, figures);
  for (const { name, cpuMs } of figures)
    console.log(`  ${name.padEnd(24)} ${(cpuMs / count).toFixed(2)} ms CPU a profile`);
  rmSync(set.outside, { recursive: true, force: true });
}

if (!existsSync(join(repository, "dist"))) {
  console.error("run `npm run build` first");
  process.exit(1);
}
for (const name of names.length > 0 ? names : Object.keys(benches)) benches[name]?.();

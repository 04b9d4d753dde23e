// Prepares what the tests compare with (real kernels, Debian's parser), then runs every test that was built, or those whose path
// holds one of the words given (`src/`: the units, for which nothing is prepared). Without the lab (not root, no network) it says what is missing; those tests are then skipped.
import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { run } from "node:test";
import { report } from "./test-progress.mjs";

/** Long files start first: at the end no processor waits for one that was begun late. */
const longFirst = [
  "tests/differential/compile-random",
  "tests/differential/compile-shipped",
  "tests/contract/clients",
  "tests/kernel/",
  "tests/contract/kernel",
  "tests/differential/",
  "tests/policy/",
  "lab/",
  "tests/property/",
  "tests/contract/",
];

function rank(path) {
  const found = longFirst.findIndex((start) => path.startsWith(start));
  return found === -1 ? longFirst.length : found;
}

const USAGE = `usage: node scripts/test.mjs [WORD]...

Runs the tests that were built whose path holds one of the words; without words all.
`;

const words = process.argv.slice(2);
if (words.some((word) => word.startsWith("-"))) {
  const isHelp = words.includes("--help") || words.includes("-h");
  (isHelp ? process.stdout : process.stderr).write(USAGE);
  process.exit(isHelp ? 0 : 2);
}
const built = existsSync("build") ? readdirSync("build", { recursive: true, encoding: "utf8" }) : [];
const all = built.filter((path) => path.endsWith(".test.js"));
if (all.length === 0 || !existsSync("build/lab/index.js")) {
  console.error("no tests are built: run `npm run build` first");
  process.exit(1);
}
const lost = words.filter((word) => !all.some((path) => path.includes(word)));
if (lost.length > 0) {
  console.error(`no test has ${lost.map((word) => `"${word}"`).join(", ")} in its path below build/`);
  process.exit(1);
}
const files = all
  .filter((path) => words.length === 0 || words.some((word) => path.includes(word)))
  .toSorted()
  .toSorted((a, b) => rank(a) - rank(b))
  .map((path) => `build/${path}`);

async function labEnvironment() {
  const { prepareLab, openOracle, renderLabProblem } = await import("../build/lab/index.js");
  const ready = await prepareLab((line) => console.error(line));
  const oracle = ready.ok ? await openOracle() : ready;
  if (oracle.ok) return { ARMORER_ORACLE: oracle.value.root };
  console.error(
    `without the lab, tests against real kernels and Debian's parser are skipped:\n${renderLabProblem(oracle.error)}`,
  );
  return {};
}

// The units beside the code need nobody but themselves.
const isUnit = (path) => path.startsWith("build/src/");
if (!files.every(isUnit)) Object.assign(process.env, await labEnvironment());
// Every file is a process of its own, which gets what this one was started with.
process.execArgv.push("--enable-source-maps");
// COST: on two processors two files at a time take about half the time that one at a time takes, as Node would have it there.
const tests = run({ files: files.map((file) => resolve(file)), concurrency: Math.max(2, availableParallelism()) });
tests.on("test:fail", () => (process.exitCode = 1));
for await (const text of report(tests)) process.stdout.write(text);

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

const words = process.argv.slice(2);
if (!existsSync("build/lab/index.js")) {
  console.error("no tests are built: run `npm run build` first");
  process.exit(1);
}
const files = readdirSync("build", { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".test.js") && (words.length === 0 || words.some((word) => path.includes(word))))
  .toSorted()
  .toSorted((a, b) => rank(a) - rank(b))
  .map((path) => `build/${path}`);
const without = words.filter((word) => !files.some((path) => path.includes(word)));
if (files.length === 0 || without.length > 0) {
  console.error(`no test has a path with ${without.join(" or ")} in it`);
  process.exit(1);
}

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

/**
 * Reading and understanding the whole shipped policy, without compiling it, beside the oracle's `--preprocess` of the same files:
 * a cold process of each, then the library again and again in one warm process. `node build/bench/check.js [--runs N]`.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { openOracle, renderLabProblem } from "../lab/index.ts";
import { nodeFiles } from "../src/host/index.ts";
import { parseFeatures } from "../src/language/features/index.ts";
import { createResolveSession, resolvePolicy } from "../src/language/resolve/index.ts";
import { benchArguments } from "./arguments.ts";
import { measure, printFigures } from "./measure.ts";

const repository = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const USAGE = `usage: node build/bench/check.js [--runs N]

  --runs N    pairs of runs (5)
`;
const {
  numbers: { runs },
  text,
} = benchArguments(USAGE, { numbers: { runs: 5 }, texts: ["once"] });
const once = text("once");

/** Loads every profile of a directory; gives how many diagnostics there were. */
function checkAll(directory: string): number {
  const files = nodeFiles();
  const session = createResolveSession(files);
  const features = readFileSync(join(repository, "tests/corpus/features/debian-kernel-7.2"), "utf8");
  const kernelFeatures = parseFeatures(features).tree;
  let said = 0;
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if (!statSync(path).isFile()) continue;
    said += resolvePolicy({ path }, { files, search: [directory], session, kernelFeatures }).diagnostics.length;
  }
  return said;
}

if (once !== "") {
  checkAll(once);
  process.exit(0);
}

const oracle = await openOracle();
if (!oracle.ok) {
  console.error(renderLabProblem(oracle.error));
  process.exit(1);
}
const { root, profiles } = oracle.value;
const theirs = [
  "chroot",
  root,
  "apparmor_parser",
  "--config-file",
  "/dev/null",
  "-q",
  "-Q",
  "-K",
  "-j1",
  "--preprocess",
  "/etc/apparmor.d",
];
const ours = [process.execPath, join(repository, "build/bench/check.js"), "--once", profiles];
printFigures(
  "Debian sid /etc/apparmor.d read and checked, not compiled; cold process",
  measure(
    [
      { name: "armorer", argv: ours },
      { name: "apparmor_parser 5.0.2", argv: theirs },
    ],
    runs,
  ),
);
const warm: number[] = [];
for (let round = 0; round < 10; round += 1) {
  const started = process.cpuUsage();
  checkAll(profiles);
  const { user, system } = process.cpuUsage(started);
  warm.push((user + system) / 1000);
}
console.log(
  `  the same in a warm process: ${(warm.toSorted((a, b) => a - b)[5] ?? 0).toFixed(0)} ms CPU (median of 10)`,
);

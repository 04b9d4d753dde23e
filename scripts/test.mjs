// Prepares what the tests compare with (real kernels, Debian's parser), then runs every test that was built, or those whose path
// holds one of the WORDs given. Without the lab (not root, no network) it says what is missing; those tests are then skipped.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";

const filters = process.argv.slice(2);
const files = readdirSync("build", { recursive: true, encoding: "utf8" })
  .filter(
    (path) => path.endsWith(".test.js") && (filters.length === 0 || filters.some((filter) => path.includes(filter))),
  )
  .toSorted()
  .map((path) => `build/${path}`);
if (files.length === 0 || !existsSync("build/lab/index.js")) {
  console.error("no tests found: run `npm run build` first");
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

const env = { ...process.env, ...(await labEnvironment()) };
const { status } = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...files], { stdio: "inherit", env });
process.exit(status ?? 1);

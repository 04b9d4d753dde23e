/**
 * The long campaign: `npm run fuzz:campaign -- [--target T[,T...]] [--inputs N] [--seed S] [--start I] [--weighted]`. Prints a line of JSON for
 * each target and every failure with the input; exits with 1 when there is one. It looks at the clock, so no test does.
 */
import { argv, exit, stderr, stdout } from "node:process";
import { parseArgs } from "node:util";
import { renderFailure, runTarget } from "./run.ts";
import { targets } from "./targets/index.ts";

const SLOW_MS = 2000;

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    target: { type: "string" },
    inputs: { type: "string", default: "10000" },
    seed: { type: "string", default: "1" },
    start: { type: "string", default: "0" },
    weighted: { type: "boolean", default: false },
  },
});
const names = values.target?.split(",");
const chosen = targets.filter(({ name }) => names === undefined || names.includes(name));
const [inputs, seed, start] = [Number(values.inputs), Number(values.seed), Number(values.start)];
if (chosen.length !== (names?.length ?? chosen.length) || ![inputs, seed, start].every(Number.isSafeInteger)) {
  stderr.write(`the targets are ${targets.map(({ name }) => name).join(", ")}; inputs, seed and start are numbers\n`);
  exit(2);
}
const doses = chosen.reduce((sum, { dose }) => sum + dose, 0);
let failed = false;
for (const target of chosen) {
  // With `--weighted`, the inputs are shared out by how many of them a second allows.
  const share = values.weighted ? Math.ceil((inputs * target.dose) / doses) : inputs;
  const onProgress = (done: number): void => {
    if (done % 10_000 === 0) stderr.write(`${target.name} ${done} of ${share}\n`);
  };
  const report = runTarget(target, { seed, start, inputs: share, slowMs: SLOW_MS, onProgress });
  const { failures, ...rest } = report;
  stdout.write(`${JSON.stringify({ ...rest, failures: failures.length })}\n`);
  for (const failure of failures) stdout.write(`${renderFailure(report, failure)}\n`);
  if (failures.length > 0) failed = true;
}
exit(failed ? 1 : 0);

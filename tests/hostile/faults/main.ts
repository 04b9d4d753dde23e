/**
 * `npm run faults`: all points of all scenarios, or of those whose name holds one of the WORDs given; `--most N` takes about so many
 * points of each.
 */
import { foundBy, scriptArguments, wholeNumber } from "../../support/script-options.ts";
import { tryScenario } from "./harness.ts";
import { scenarios } from "./scenarios.ts";

const { most, wanted } = scriptArguments(
  "usage: npm run faults -- [--most N] [WORD]...\n\n  --most N  about so many points of each scenario\n  WORD      the scenarios whose name holds one of the words\n",
  { most: { type: "string" } },
  (values, words) => ({
    most: values.most === undefined ? Infinity : wholeNumber("--most", values.most),
    wanted: foundBy(words, scenarios, ({ name }) => name),
  }),
);
let points = 0;
let wrong = 0;
for (const scenario of wanted) {
  const tally = await tryScenario(scenario, most);
  points += tally.points;
  wrong += tally.findings.length;
  console.log(`${scenario.name}: ${tally.points} points, ${tally.findings.length} findings`);
  const groups = new Map<string, string[]>();
  for (const { call, point, wrong: what } of tally.findings) {
    const key = `${call?.path}: ${what}`.slice(0, 260);
    groups.set(key, [...(groups.get(key) ?? []), `${call?.name} ${point.fault}@${point.index}`]);
  }
  for (const [key, where] of groups)
    console.log(`  ${key} [${where.slice(0, 4).join(" ")}${where.length > 4 ? " …" : ""}]`);
}
console.log(`${points} points, ${wrong} findings`);
process.exitCode = wrong === 0 ? 0 : 1;

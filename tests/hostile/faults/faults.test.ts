/** A small dose of `npm run faults`: every command, each at some of its points. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Scenario, tryScenario } from "./harness.ts";
import { scenarios } from "./scenarios.ts";

const DOSE = 40;

for (const scenario of scenarios) {
  test(`${scenario.name}: whole files and policy, a sentence and a status, wherever a call fails`, async (t) => {
    const { points, findings } = await tryScenario(scenario, DOSE);
    t.diagnostic(`${points} points`);
    assert.deepEqual(findings, []);
  });
}

/** A command that does what none may do, to see that the harness would find it. */
const careless: Scenario = {
  name: "careless",
  command: "apparmor_parser",
  argv: ["-K", "-r", "/p"],
  plan: { p: "profile p { include if exists <x> }\n", "etc/apparmor.d/x": "/x r,\n" },
  optional: /^$/,
};

test("what is passed over is found", async () => {
  const { findings } = await tryScenario(careless);
  assert.ok(findings.some(({ point, wrong }) => point.fault === "ENOENT" && wrong.startsWith("status 0")));
});

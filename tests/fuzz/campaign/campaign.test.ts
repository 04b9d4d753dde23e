/** A short run of every target of the campaign; `npm run fuzz:campaign` is the long one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inputsOf, renderFailure, runTarget } from "./run.ts";
import type { Target } from "./target.ts";
import { targets } from "./targets/index.ts";

for (const target of targets)
  test(`${target.dose} inputs made of others break no law of ${target.name}`, () => {
    const report = runTarget(target, { seed: 20261129, inputs: target.dose });
    assert.deepEqual(
      report.failures.map((failure) => renderFailure(report, failure)),
      [],
    );
    assert.ok(report.deep > target.dose / 200, `only ${report.deep} of ${report.inputs} got far`);
  });

const planted: Target = {
  name: "planted",
  seeds: () => ["profile x { /a r, }"],
  words: ["bad"],
  dose: 3000,
  law: (input) => {
    assert.ok(!/bad.*r/s.test(input), "a planted fault");
    return true;
  },
};

test("a fault is found, made small, and found again by its number", () => {
  const options = { seed: 3, inputs: planted.dose };
  const [failure] = runTarget(planted, options).failures;
  assert.ok(failure !== undefined);
  assert.equal(failure.smallest, "badr");
  const [again] = runTarget(planted, { ...options, start: failure.index, inputs: 1 }).failures;
  assert.deepEqual(again, failure);
});

function made(seed: number): unknown {
  return Array.from({ length: 50 }, (_, index) => inputsOf(planted, seed)(index));
}

test("the same seed gives the same inputs, another gives others", () => {
  assert.deepEqual(made(1), made(1));
  assert.notDeepEqual(made(1), made(2));
});

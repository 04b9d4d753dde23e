/** The graph over labels against the monitor, asked for every path of small worlds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkWorld, randomWorld } from "../support/reach-law.ts";

const DOSE = Number(process.env["ARMORER_REACH_WORLDS"] ?? "40");

test("every step that a program takes is in the graph, and every step of the graph is taken", () => {
  const tally = { execs: 0, missed: 0, plants: 0 };
  for (let seed = 1; seed <= DOSE; seed += 1) {
    const text = randomWorld(seed);
    const { execs, missed, plants } = checkWorld(text);
    assert.equal(missed, 0, `seed ${seed}\n${text}`);
    tally.execs += execs;
    tally.plants += plants;
  }
  assert.ok(tally.execs > 10 * DOSE && tally.plants > DOSE, JSON.stringify(tally));
});

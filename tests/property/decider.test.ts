/** Profiles made ready for many questions answer as they did before. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { createDecider, queryProfile } from "../../src/analysis/tables/index.ts";
import { witnesses } from "../../src/compiler/automata/index.ts";
import type { CompiledProfile } from "../../src/compiler/compiled/index.ts";
import { anyProfile } from "../support/compiled.ts";

/** For each output of both automata an input that leads to it, and that input with a byte more or less. */
function inputsOf({ file, policydb }: CompiledProfile): readonly Uint8Array[] {
  const found = [file, policydb].flatMap((automaton) => (automaton ? [...witnesses(automaton.dfa).values()] : []));
  return found.flatMap((bytes) => {
    const plain = bytes.filter((symbol) => symbol < 256);
    return [plain, plain.slice(1), [...plain, 0], plain.slice(0, -1)].map((list) => Uint8Array.from(list));
  });
}

test("a profile made ready for many questions gives the same answers", () => {
  let granted = 0;
  const property = fc.property(
    anyProfile,
    fc.array(fc.uint8Array({ maxLength: 12 }), { maxLength: 4 }),
    fc.constantFrom("6.1", "6.12", "7.2"),
    (profile, random, kernel) => {
      const decide = createDecider(profile, kernel);
      for (const data of [...random, ...inputsOf(profile)]) {
        for (const classNumber of [0, 2, data[0] ?? 3, 10, 32]) {
          for (const isOwner of [true, false]) {
            const wanted = queryProfile(profile, classNumber, data, { kernel, isOwner });
            assert.deepEqual(decide(classNumber, data, isOwner), wanted);
            if ((wanted?.allow ?? 0) !== 0) granted += 1;
          }
        }
      }
    },
  );
  fc.assert(property, { seed: 20_26, numRuns: 100 });
  assert.ok(granted > 1000, `${granted}`);
});

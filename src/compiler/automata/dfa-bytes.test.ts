import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { build, combine, rules } from "../../../tests/support/automata-rules.ts";
import { dfaFromBytes, dfaToBytes, seal } from "./dfa-bytes.ts";
import { createAutomata, type Dfa } from "./index.ts";

const runs = { numRuns: 2000, seed: 20_240_714 };
const bytesOf = rules.map((list) => dfaToBytes(build(createAutomata({ combine }), list)));

/** Every table that is read can be walked. */
function assertSound(dfa: Dfa): void {
  const { stateCount, rows, symbols, targets } = dfa;
  assert.equal(rows.length, stateCount + 1);
  assert.equal(rows[1], 0);
  assert.equal(rows[stateCount], symbols.length);
  assert.equal(targets.length, symbols.length);
  assert.ok([...dfa.defaults, ...targets].every((target) => target < stateCount));
  for (let state = 1; state < stateCount; state += 1) {
    const list = symbols.slice(rows[state], rows[state + 1]);
    assert.ok((rows[state] ?? 0) <= (rows[state + 1] ?? 0));
    assert.ok(list.every((symbol, at) => symbol <= 256 && (at === 0 || symbol > (list[at - 1] ?? 0))));
  }
}

test("forged bytes with a good check give a sound table or none", () => {
  let read = 0;
  const changes = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat({ max: 6 }), fc.nat({ max: 255 }))), {
    minLength: 1,
    maxLength: 2,
  });
  fc.assert(
    fc.property(bytesOf, changes, fc.constantFrom(0, 0, 0, 0, 1, 2), (bytes, list, cut) => {
      const forged = bytes.slice(0, bytes.length - cut);
      for (const [place, value] of list) forged[12 + (place % (forged.length - 12))] = value;
      const dfa = dfaFromBytes(seal(forged));
      if (dfa === undefined) return;
      read += 1;
      assertSound(dfa);
    }),
    runs,
  );
  assert.ok(read > 100, `only ${read} forgeries were read`);
});

test("a count that promises more than there are bytes is refused before memory is taken for it", () => {
  const forged = Uint8Array.of(0x41, 0x44, 0x46, 0x31, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f, 0);
  assert.equal(dfaFromBytes(seal(forged)), undefined);
});

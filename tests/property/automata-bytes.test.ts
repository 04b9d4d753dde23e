import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { createAutomata, dfaFromBytes, dfaToBytes } from "../../src/compiler/automata/index.ts";
import { build, combine, rules } from "../support/automata-rules.ts";

const runs = { numRuns: 300, seed: 20_240_713 };
const dfas = rules.map((list) => build(createAutomata({ combine }), list));

test("an automaton written as bytes reads back as it was", () => {
  fc.assert(
    fc.property(dfas, (dfa) => assert.deepEqual(dfaFromBytes(dfaToBytes(dfa)), dfa)),
    runs,
  );
});

test("outputs of 32 bits and states out of order survive", () => {
  const dfa = {
    stateCount: 300,
    outputs: Uint32Array.from({ length: 300 }, (_, state) => (state === 0 ? 0 : 0xffff_ffff - state)),
    defaults: Uint32Array.from({ length: 300 }, (_, state) => (state === 0 ? 0 : 299 - state)),
    rows: Uint32Array.from({ length: 301 }, (_, state) => 2 * Math.max(0, state - 1)),
    symbols: Uint16Array.from({ length: 598 }, (_, at) => (at % 2 === 0 ? 0 : 256)),
    targets: Uint32Array.from({ length: 598 }, (_, at) => (at * 7) % 300),
  };
  assert.deepEqual(dfaFromBytes(dfaToBytes(dfa)), dfa);
});

test("a truncated, lengthened or changed copy is not read", () => {
  fc.assert(
    fc.property(dfas, fc.nat(), fc.integer({ min: 1, max: 255 }), (dfa, place, change) => {
      const bytes = dfaToBytes(dfa);
      assert.equal(dfaFromBytes(bytes.subarray(0, place % bytes.length)), undefined);
      assert.equal(dfaFromBytes(Uint8Array.of(...bytes, change)), undefined);
      const changed = bytes.slice();
      changed[place % bytes.length] = (changed[place % bytes.length] ?? 0) ^ change;
      assert.equal(dfaFromBytes(changed), undefined);
    }),
    runs,
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  combineAutomata,
  createAutomata,
  type Dfa,
  firstDifference,
  firstUncovered,
  matches,
  shortestAccepted,
  step,
  walk as walkBytes,
  walkProduct,
  witnesses,
} from "../../src/compiler/automata/index.ts";
import { build, combine, rules, run, SYMBOLS } from "../support/automata-rules.ts";
import { inputs, stepSlowly } from "../support/brute-automata.ts";

const runs = { numRuns: 400, seed: 20_240_712 };
const SHORT = [...inputs(SYMBOLS, 4)];
const dfas = rules.map((list) => build(createAutomata({ combine }), list));

/** The length of a shortest input of at most four symbols for which `isWanted` holds. */
function shortest(isWanted: (input: readonly number[]) => boolean): number | undefined {
  const lengths = SHORT.filter(isWanted).map((input) => input.length);
  return lengths.length === 0 ? undefined : Math.min(...lengths);
}

/** `witness` is as short as any; those longer than four symbols are only checked to be that. */
function assertShortest(witness: readonly number[] | undefined, isWanted: (input: readonly number[]) => boolean): void {
  const expected = shortest(isWanted);
  if (witness === undefined) assert.equal(expected, undefined);
  else {
    assert.ok(isWanted(witness), witness.join(" "));
    if (expected === undefined) assert.ok(witness.length > 4);
    else assert.equal(witness.length, expected);
  }
}

test("a step by search gives what the row says", () => {
  fc.assert(
    fc.property(dfas, (dfa) => {
      for (let state = 0; state < dfa.stateCount; state += 1) {
        for (let symbol = 0; symbol <= 256; symbol += 1) {
          assert.equal(step(dfa, state, symbol), stepSlowly(dfa, state, symbol));
        }
      }
    }),
    runs,
  );
});

test("a walk from any state is its steps, one after the other", () => {
  const bytes = fc.array(fc.constantFrom(...SYMBOLS.filter((symbol) => symbol < 256), 0, 255), { maxLength: 6 });
  fc.assert(
    fc.property(dfas, bytes, (dfa, input) => {
      for (let start = 0; start < dfa.stateCount; start += 1) {
        const expected = input.reduce((state, symbol) => stepSlowly(dfa, state, symbol), start);
        assert.equal(walkBytes(dfa, start, Uint8Array.from(input)), expected);
      }
    }),
    runs,
  );
});

test("the shortest accepted input is accepted and none is shorter; each output has such a witness", () => {
  fc.assert(
    fc.property(dfas, (dfa) => {
      assertShortest(shortestAccepted(dfa), (input) => matches(dfa, input) !== 0);
      const found = witnesses(dfa);
      for (const output of [1, 2, 3, 4, 5, 6, 7]) {
        const gives = (input: readonly number[]): boolean => run(dfa, input) === output;
        assertShortest(found.get(output), gives);
        assertShortest(
          shortestAccepted(dfa, (other) => other === output),
          gives,
        );
      }
    }),
    runs,
  );
});

test("two automata have no first difference exactly when their tables are equal; else it is a shortest one", () => {
  fc.assert(
    fc.property(dfas, dfas, (left, right) => {
      const found = firstDifference(left, right);
      assert.ok(found.ok);
      assert.equal(found.value === undefined, sameTables(left, right));
      assertShortest(found.value?.witness, (input) => run(left, input) !== run(right, input));
      if (found.value === undefined) return;
      assert.equal(found.value.left, run(left, found.value.witness));
      assert.equal(found.value.right, run(right, found.value.witness));
    }),
    runs,
  );
});

function sameTables(left: Dfa, right: Dfa): boolean {
  try {
    assert.deepEqual(left, right);
    return true;
  } catch {
    return false;
  }
}

test("what an automaton does not cover of another is a shortest input only the other accepts", () => {
  fc.assert(
    fc.property(dfas, dfas, (outer, inner) => {
      const found = firstUncovered(outer, inner);
      assert.ok(found.ok);
      assertShortest(found.value?.witness, (input) => run(inner, input) !== 0 && run(outer, input) === 0);
    }),
    runs,
  );
});

const operations: Readonly<Record<string, (left: number, right: number) => number>> = {
  union: (left, right) => left | right,
  intersection: (left, right) => left & right,
  difference: (left, right) => (right === 0 ? left : 0),
};

for (const [name, operation] of Object.entries(operations)) {
  test(`the ${name} of two automata gives for every short input the ${name} of the outputs`, () => {
    fc.assert(
      fc.property(dfas, dfas, (left, right) => {
        const built = combineAutomata(left, right, operation);
        assert.ok(built.ok);
        for (const input of SHORT) {
          assert.equal(run(built.value, input), operation(run(left, input), run(right, input)), input.join(" "));
        }
      }),
      runs,
    );
  });
}

test("the union of two automata has the table of the automaton of all their rules", () => {
  fc.assert(
    fc.property(rules, rules, (list, others) => {
      const session = createAutomata({ combine });
      const built = combineAutomata(build(session, list), build(session, others), (left, right) => left | right);
      assert.ok(built.ok);
      assert.deepEqual(built.value, build(session, [...list, ...others]));
    }),
    runs,
  );
});

test("a walk over a product visits each pair once, with an input that leads there", () => {
  fc.assert(
    fc.property(dfas, dfas, (left, right) => {
      const seen = new Set<string>();
      const walked = walkProduct(left, right, (state) => {
        const key = `${state.leftState} ${state.rightState}`;
        assert.ok(!seen.has(key));
        seen.add(key);
        const witness = state.witness();
        assert.equal(walk(left, witness), state.leftState);
        assert.equal(walk(right, witness), state.rightState);
        return false;
      });
      assert.ok(walked.ok);
      for (const input of SHORT) {
        const key = `${walk(left, input)} ${walk(right, input)}`;
        assert.ok(key === "0 0" || seen.has(key), key);
      }
    }),
    { ...runs, numRuns: 150 },
  );
});

function walk(dfa: Dfa, input: readonly number[]): number {
  return input.reduce((state, symbol) => stepSlowly(dfa, state, symbol), 1);
}

import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { createAutomata, type Dfa } from "../../src/compiler/automata/index.ts";
import { build, combine, expectedOutput, rules, run, SYMBOLS } from "../support/automata-rules.ts";
import { countClasses, inputs, type Pattern, stepSlowly } from "../support/brute-automata.ts";

const runs = { numRuns: 500, seed: 20_240_711 };

test("an automaton gives for every short input the labels of the patterns that match it", () => {
  fc.assert(
    fc.property(rules, (list) => {
      const dfa = build(createAutomata({ combine }), list);
      for (const input of inputs(SYMBOLS, 4))
        assert.equal(run(dfa, input), expectedOutput(list, input), input.join(" "));
    }),
    { ...runs, numRuns: 300 },
  );
});

test("no two states of an automaton are equal, but one may equal the start", () => {
  fc.assert(
    fc.property(rules, (list) => {
      const dfa = build(createAutomata({ combine }), list);
      const classes = countClasses(dfa);
      assert.ok(dfa.stateCount === classes || dfa.stateCount === classes + 1, `${dfa.stateCount} for ${classes}`);
      if (dfa.stateCount === classes + 1) assert.equal(countClasses(withoutStart(dfa)), classes);
    }),
    runs,
  );
});

/** The same table with the start's row cut off: if nothing is lost, the start equals another state. */
function withoutStart(dfa: Dfa): Dfa {
  const outputs = dfa.outputs.slice();
  const defaults = dfa.defaults.slice();
  outputs[1] = 0;
  defaults[1] = 0;
  const length = (dfa.rows[2] ?? 0) - (dfa.rows[1] ?? 0);
  const rows = dfa.rows.map((row, state) => (state < 2 ? 0 : row - length));
  return { ...dfa, outputs, defaults, rows, symbols: dfa.symbols.slice(length), targets: dfa.targets.slice(length) };
}

test("rows are normal: numbered breadth first, symbols ascending, the default is what most bytes do and is not repeated", () => {
  fc.assert(
    fc.property(rules, (list) => checkForm(build(createAutomata({ combine }), list))),
    runs,
  );
});

function checkForm(dfa: Dfa): void {
  let highest = 1;
  const reach = (target: number): void => {
    assert.ok(target <= highest + 1, "numbers are given in order of discovery");
    assert.notEqual(target, 1, "nothing leads to the start");
    highest = Math.max(highest, target);
  };
  assert.equal(dfa.rows[1], 0, "the dead state has no exceptions");
  for (let state = 1; state < dfa.stateCount; state += 1) {
    const fallback = dfa.defaults[state] ?? 0;
    const counts = new Map<number, number>();
    reach(fallback);
    for (let at = dfa.rows[state] ?? 0; at < (dfa.rows[state + 1] ?? 0); at += 1) {
      const target = dfa.targets[at] ?? 0;
      if (at > (dfa.rows[state] ?? 0)) assert.ok((dfa.symbols[at] ?? 0) > (dfa.symbols[at - 1] ?? 0));
      assert.notEqual(target, dfa.symbols[at] === 256 ? 0 : fallback);
      reach(target);
    }
    for (let byte = 0; byte < 256; byte += 1) {
      const target = stepSlowly(dfa, state, byte);
      counts.set(target, (counts.get(target) ?? 0) + 1);
    }
    assert.equal(counts.get(fallback) ?? 0, Math.max(...counts.values()));
  }
  assert.equal(highest, dfa.stateCount - 1);
}

test("what is built does not depend on the order of patterns, nor on what was built before in the session", () => {
  fc.assert(
    fc.property(fc.array(rules, { maxLength: 4 }), (lists) => {
      const there = createAutomata({ combine });
      const back = createAutomata({ combine });
      const forward = lists.map((list) => build(there, list));
      const backward = lists.toReversed().map((list) => build(back, list.toReversed()));
      assert.deepEqual(forward, backward.toReversed());
      assert.deepEqual(
        forward,
        lists.map((list) => build(createAutomata({ combine }), list)),
      );
      assert.equal(there.statistics().canonical, back.statistics().canonical);
    }),
    runs,
  );
});

test("the same language spelled in another way gives the same table", () => {
  fc.assert(
    fc.property(rules, (list) => {
      const respelled = list.map((rule) => ({ ...rule, pattern: respell(rule.pattern) }));
      assert.deepEqual(build(createAutomata({ combine }), respelled), build(createAutomata({ combine }), list));
    }),
    runs,
  );
});

/** Sets become alternatives of their halves, stars two stars and a twin, alternatives turn around. */
function respell(pattern: Pattern): Pattern {
  switch (pattern.kind) {
    case "set": {
      const members = membersOf(pattern);
      const halves = [members.filter((byte) => byte % 2 === 0), members.filter((byte) => byte % 2 === 1)];
      return { kind: "alternative", parts: halves.map((bytes) => ({ kind: "set", bytes, isNegated: false })) };
    }
    case "star": {
      const star = { kind: "star", bytes: membersOf(pattern), isNegated: false } as const;
      const more = { kind: "sequence", parts: [{ ...star, kind: "set" }, star] } as const;
      return { kind: "alternative", parts: [more, { kind: "sequence", parts: [star, pattern] }] };
    }
    case "outOfBand":
      return pattern;
    case "sequence":
      return { kind: "sequence", parts: pattern.parts.map(respell) };
    case "alternative":
      return { kind: "alternative", parts: [...pattern.parts, ...pattern.parts].toReversed().map(respell) };
  }
}

function membersOf(set: { readonly bytes: readonly number[]; readonly isNegated: boolean }): number[] {
  return Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => set.bytes.includes(byte) !== set.isNegated);
}

test("canonical states are distinct across the automata of a session", () => {
  fc.assert(
    fc.property(fc.array(rules, { minLength: 1, maxLength: 4 }), (lists) => {
      const session = createAutomata({ combine });
      const dfas = lists.map((list) => build(session, list));
      assert.equal(session.statistics().canonical, countClasses(side(dfas)));
    }),
    { ...runs, numRuns: 300 },
  );
});

test("components of several states are shared whatever state they are entered by and however they are spelled", () => {
  const anything = fc.constantFrom<Pattern>(
    { kind: "star", bytes: [], isNegated: true },
    { kind: "star", bytes: [47], isNegated: true },
  );
  fc.assert(
    fc.property(rules, anything, fc.array(rules, { minLength: 1, maxLength: 2 }), (list, star, prefixes) => {
      const session = createAutomata({ combine });
      const looping = list.map((rule) => ({ ...rule, pattern: sequence(star, rule.pattern) }));
      const respelled = looping.map((rule) => ({ ...rule, pattern: respell(rule.pattern) }));
      const entered = prefixes
        .flat()
        .flatMap((prefix) => [
          respelled.map((rule) => ({ ...rule, pattern: sequence(prefix.pattern, rule.pattern) })),
          looping.map((rule) => ({ ...rule, pattern: sequence(prefix.pattern, rule.pattern) })),
        ]);
      const dfas = [...entered, respelled, looping].map((rulesOfOne) => build(session, rulesOfOne));
      assert.equal(session.statistics().canonical, countClasses(side(dfas)));
    }),
    { ...runs, numRuns: 300 },
  );
});

function sequence(...parts: readonly Pattern[]): Pattern {
  return { kind: "sequence", parts };
}

/** All tables in one, side by side, sharing nothing but the dead state. */
function side(dfas: readonly Dfa[]): Dfa {
  const parts = { outputs: [0], defaults: [0], rows: [0, 0], symbols: [] as number[], targets: [] as number[] };
  for (const dfa of dfas) {
    const shift = parts.outputs.length - 1;
    const move = (target: number): number => (target === 0 ? 0 : target + shift);
    const end = parts.symbols.length;
    parts.outputs.push(...dfa.outputs.slice(1));
    parts.defaults.push(...Array.from(dfa.defaults.slice(1), move));
    parts.rows.push(...Array.from(dfa.rows.slice(2), (row) => row + end));
    parts.symbols.push(...dfa.symbols);
    parts.targets.push(...Array.from(dfa.targets, move));
  }
  return {
    stateCount: parts.outputs.length,
    outputs: Uint32Array.from(parts.outputs),
    defaults: Uint32Array.from(parts.defaults),
    rows: Uint32Array.from(parts.rows),
    symbols: Uint16Array.from(parts.symbols),
    targets: Uint32Array.from(parts.targets),
  };
}

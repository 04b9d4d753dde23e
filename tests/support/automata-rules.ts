/** Random rules over few letters, and what they mean: the plain way. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { AutomataSession, Dfa } from "../../src/compiler/automata/index.ts";
import { matchesPattern, type Pattern, stepSlowly, toTerm } from "./brute-automata.ts";

interface Rule {
  readonly pattern: Pattern;
  readonly label: number;
}

/** Few letters, so that patterns meet; 99 stands for all bytes that no pattern names. */
const LETTERS = [97, 98, 47];
export const SYMBOLS = [...LETTERS, 99, 256];

const letters = fc.uniqueArray(fc.constantFrom(...LETTERS), { maxLength: 3 });
const setOf = <Kind extends "set" | "star">(kind: Kind) =>
  fc.record({ kind: fc.constant(kind), bytes: letters, isNegated: fc.boolean() });

const patterns: fc.Arbitrary<Pattern> = fc.letrec<{ pattern: Pattern }>((tie) => ({
  pattern: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    setOf("set"),
    setOf("star"),
    fc.constant<Pattern>({ kind: "outOfBand" }),
    fc.record({ kind: fc.constant("sequence" as const), parts: fc.array(tie("pattern"), { maxLength: 5 }) }),
    fc.record({ kind: fc.constant("alternative" as const), parts: fc.array(tie("pattern"), { maxLength: 3 }) }),
  ),
})).pattern;

export const rules: fc.Arbitrary<readonly Rule[]> = fc.array(
  fc.record({ pattern: patterns, label: fc.nat({ max: 3 }) }),
  {
    maxLength: 5,
  },
);

/** Different sets of labels give different outputs, but {3} gives none. */
export function combine(labels: readonly number[]): number {
  return labels.reduce((bits, label) => bits | (1 << label), 0) & 0b0111;
}

export function build(session: AutomataSession, list: readonly Rule[]): Dfa {
  const built = session.build(list.map((rule) => toTerm(session, rule.pattern, session.accept(rule.label))));
  assert.ok(built.ok);
  return built.value;
}

export function expectedOutput(list: readonly Rule[], input: readonly number[]): number {
  const labels = new Set(list.filter((rule) => matchesPattern(rule.pattern, input)).map((rule) => rule.label));
  return labels.size === 0 ? 0 : combine([...labels]);
}

export function run(dfa: Dfa, input: readonly number[]): number {
  return dfa.outputs[input.reduce((state, symbol) => stepSlowly(dfa, state, symbol), 1)] ?? 0;
}

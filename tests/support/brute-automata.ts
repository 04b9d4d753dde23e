/**
 * The slow truth about automata, for tests: patterns as trees, matched by sets of positions in the tree; and the number of
 * states a minimal automaton must have, by Moore's refinement over full rows.
 */
import type { AutomataSession, Dfa, Term } from "../../src/compiler/automata/index.ts";

export type Pattern =
  | { readonly kind: "set"; readonly bytes: readonly number[]; readonly isNegated: boolean }
  | { readonly kind: "star"; readonly bytes: readonly number[]; readonly isNegated: boolean }
  | { readonly kind: "outOfBand" }
  | { readonly kind: "sequence"; readonly parts: readonly Pattern[] }
  | { readonly kind: "alternative"; readonly parts: readonly Pattern[] };

export function setOf(bytes: readonly number[], isNegated = false): Uint32Array {
  const set = new Uint32Array(8).fill(isNegated ? 0xffffffff : 0);
  for (const byte of bytes) set[byte >> 5] = ((set[byte >> 5] ?? 0) ^ (1 << (byte & 31))) >>> 0;
  return set;
}

/** `pattern` followed by `next`, as a term. */
export function toTerm(session: AutomataSession, pattern: Pattern, next: Term): Term {
  switch (pattern.kind) {
    case "set":
      return session.set(setOf(pattern.bytes, pattern.isNegated), next);
    case "star":
      return session.star(setOf(pattern.bytes, pattern.isNegated), next);
    case "outOfBand":
      return session.outOfBand(next);
    case "sequence":
      return pattern.parts.reduceRight((tail, part) => toTerm(session, part, tail), next);
    case "alternative":
      return session.alternative(pattern.parts.map((part) => toTerm(session, part, next)));
  }
}

/** Whether the whole input matches; symbols 0..255 and 256. */
export function matchesPattern(pattern: Pattern, input: readonly number[]): boolean {
  return endsOf(pattern, input, new Set([0])).has(input.length);
}

function endsOf(pattern: Pattern, input: readonly number[], starts: ReadonlySet<number>): ReadonlySet<number> {
  switch (pattern.kind) {
    case "set":
      return new Set([...starts].filter((at) => takes(pattern, input[at])).map((at) => at + 1));
    case "star": {
      const ends = new Set(starts);
      for (const at of ends) if (takes(pattern, input[at])) ends.add(at + 1);
      return ends;
    }
    case "outOfBand":
      return new Set([...starts].filter((at) => input[at] === 256).map((at) => at + 1));
    case "sequence":
      return pattern.parts.reduce((ends, part) => endsOf(part, input, ends), starts);
    case "alternative":
      return new Set(pattern.parts.flatMap((part) => [...endsOf(part, input, starts)]));
  }
}

function takes(
  set: { readonly bytes: readonly number[]; readonly isNegated: boolean },
  symbol: number | undefined,
): boolean {
  return symbol !== undefined && symbol < 256 && set.bytes.includes(symbol) !== set.isNegated;
}

/** Where `symbol` leads from `state`, read off the table the plain way. */
export function stepSlowly(dfa: Dfa, state: number, symbol: number): number {
  const start = dfa.rows[state] ?? 0;
  const end = dfa.rows[state + 1] ?? 0;
  for (let at = start; at < end; at += 1) if (dfa.symbols[at] === symbol) return dfa.targets[at] ?? 0;
  return symbol === 256 ? 0 : (dfa.defaults[state] ?? 0);
}

/** The number of classes of states of `dfa` that no input tells apart. */
export function countClasses(dfa: Dfa): number {
  let classes = Array.from(dfa.outputs);
  let count = 0;
  for (;;) {
    const names = new Map<string, number>();
    const next = classes.map((own, state) => {
      const row = Array.from({ length: 257 }, (_, symbol) => classes[stepSlowly(dfa, state, symbol)]);
      const name = `${own}:${row.join(",")}`;
      const number = names.get(name) ?? names.size;
      names.set(name, number);
      return number;
    });
    if (names.size === count) return count;
    count = names.size;
    classes = next;
  }
}

/** All inputs over `symbols` of at most `length`. */
export function* inputs(symbols: readonly number[], length: number): Generator<readonly number[]> {
  yield [];
  if (length === 0) return;
  for (const input of inputs(symbols, length - 1)) for (const symbol of symbols) yield [symbol, ...input];
}

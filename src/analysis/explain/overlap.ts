/**
 * Whether a pattern and an automaton have an input in common, without building an automaton of the pattern: the states that its parts lead to
 * are followed from left to right.
 */
import { type Dfa, step } from "../../compiler/automata/index.ts";
import { type GlobNode, hasByte } from "../../language/globs/index.ts";

type States = ReadonlySet<number>;

/**
 * Asks of one automaton after the other pattern. Yes may be wrong (of bytes that a negated class never means), no is not.
 *
 * Cost: for each part of the pattern the rows of the states that it can begin in.
 */
export function mayOverlap(pattern: GlobNode, dfa: Dfa): boolean {
  for (const state of behind(pattern, dfa, new Set([1]))) if (dfa.outputs[state] !== 0) return true;
  return false;
}

function behind(node: GlobNode, dfa: Dfa, from: States): States {
  if (from.size === 0) return from;
  switch (node.kind) {
    case "literal":
      return behindLiteral(node.bytes, dfa, from);
    case "sequence":
      return node.parts.reduce((states, part) => behind(part, dfa, states), from);
    case "alternative":
      return new Set(node.branches.flatMap((branch) => [...behind(branch, dfa, from)]));
    case "set": {
      const found = new Set<number>();
      for (const state of from) addTargets(node, dfa, state, found);
      return found;
    }
    case "star": {
      const found = new Set(from);
      // what is added while the set is walked is walked, too
      for (const state of found) addTargets(node, dfa, state, found);
      return found;
    }
  }
}

function behindLiteral(bytes: Uint8Array, dfa: Dfa, from: States): States {
  const found = new Set<number>();
  for (const start of from) {
    let state = start;
    for (let at = 0; at < bytes.length && state !== 0; at += 1) state = step(dfa, state, bytes[at] ?? 0);
    if (state !== 0) found.add(state);
  }
  return found;
}

type Class = Extract<GlobNode, { readonly kind: "set" | "star" }>;

/** Where a byte of the class leads, but not to the dead state. */
function addTargets({ set, negated }: Class, dfa: Dfa, state: number, found: Set<number>): void {
  let count = 0;
  for (const word of set) for (let bits = word; bits !== 0; bits &= bits - 1) count += 1;
  let left = negated ? 256 - count : count;
  for (let at = dfa.rows[state] ?? 0; at < (dfa.rows[state + 1] ?? 0); at += 1) {
    const symbol = dfa.symbols[at] ?? 256;
    if (symbol > 255 || hasByte(set, symbol) === negated) continue;
    left -= 1;
    const target = dfa.targets[at] ?? 0;
    if (target !== 0) found.add(target);
  }
  const rest = dfa.defaults[state] ?? 0;
  if (left > 0 && rest !== 0) found.add(rest);
}

/** Whether the automaton has an input that begins with these bytes, or seems to. */
export function leadsInto(bytes: Iterable<number>, dfa: Dfa): boolean {
  let state = 1;
  for (const byte of bytes) {
    state = step(dfa, state, byte);
    if (state === 0) return false;
  }
  return true;
}

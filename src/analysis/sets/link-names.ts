/**
 * A kernel asks about a link twice: its name must carry `l`, and so must the pair of names (kernel-abi 7.7). Sets have pairs alone. Mostly whoever
 * grants the pair grants the name; but a `prompt` rule takes `l` from a name where a pair with another target keeps it by a rule of lower
 * priority (compile-semantics 4.1). There it is taken from the pairs, too.
 */
import { type Dfa, step } from "../../compiler/automata/index.ts";
import { FileBit, GrantTable } from "./grants.ts";
import type { Grant, SetPart } from "./types.ts";

const LINKS = FileBit.l | FileBit.freeLink;
/** Which halves lack it. */
const OWNER = 1;
const OTHERS = 2;

function lacking({ bits, others }: Grant): number {
  return ((bits & FileBit.l) === 0 ? OWNER : 0) | ((others & FileBit.l) === 0 ? OTHERS : 0);
}

function without({ bits, execs, others }: Grant, halves: number): Grant {
  return {
    bits: (halves & OWNER) === 0 ? bits : bits & ~LINKS,
    others: (halves & OTHERS) === 0 ? others : others & ~LINKS,
    execs,
  };
}

/** All states that are reached from one. */
function* reached(dfa: Dfa, start: number, isFollowed: (symbol: number) => boolean): Generator<number> {
  const seen = new Set([start]);
  for (const state of seen) {
    yield state;
    if (dfa.defaults[state] !== 0) seen.add(dfa.defaults[state]!);
    for (let at = dfa.rows[state]!; at < dfa.rows[state + 1]!; at += 1)
      if (dfa.targets[at] !== 0 && isFollowed(dfa.symbols[at]!)) seen.add(dfa.targets[at]!);
  }
}

/** Names that lack what a pair of theirs has, with the halves. */
function shortNames(
  { dfa, grants }: SetPart,
  start: number,
  namesOf: (state: number) => Grant,
): ReadonlyMap<number, number> {
  const behind = new Map<number, number>();
  const halvesBehind = (first: number): number => {
    let halves = behind.get(first) ?? 0;
    if (behind.has(first)) return halves;
    for (const state of reached(dfa, first, () => true)) halves |= 3 & ~lacking(grants[dfa.outputs[state]!]!);
    behind.set(first, halves);
    return halves;
  };
  const short = new Map<number, number>();
  for (const state of reached(dfa, start, (symbol) => symbol !== 0)) {
    const pairs = step(dfa, state, 0);
    const halves = pairs === 0 ? 0 : lacking(namesOf(state)) & halvesBehind(pairs);
    if (halves !== 0) short.set(state, halves);
  }
  return short;
}

/** The part with pairs that a kernel allows by their name, too. It begins in the state `start`. `namesOf`: what is granted at a state. */
export function withLinkNames(part: SetPart, start: number, namesOf: (state: number) => Grant): SetPart {
  const { dfa, grants } = part;
  if (grants.every((grant) => lacking(grant) === (OWNER | OTHERS))) return part;
  const short = shortNames(part, start, namesOf);
  if (short.size === 0) return part;
  const table = new GrantTable();
  // Behind a name that lacks it there is a copy of what is behind it.
  const states = Array.from({ length: dfa.stateCount }, (_, state) => ({ state, halves: 0 }));
  const copies = new Map<string, number>();
  const copyOf = (state: number, halves: number): number => {
    if (state === 0 || halves === 0) return state;
    const key = `${state} ${halves}`;
    const copy = copies.get(key) ?? states.push({ state, halves }) - 1;
    copies.set(key, copy);
    return copy;
  };
  const rows = [0];
  const defaults: number[] = [];
  const cells: { readonly symbol: number; readonly target: number }[] = [];
  for (const { state, halves } of states) {
    const own = halves === 0 ? (short.get(state) ?? 0) : 0;
    if (own !== 0) cells.push({ symbol: 0, target: copyOf(step(dfa, state, 0), own) });
    for (let at = dfa.rows[state]!; at < dfa.rows[state + 1]!; at += 1)
      if (own === 0 || dfa.symbols[at] !== 0)
        cells.push({ symbol: dfa.symbols[at]!, target: copyOf(dfa.targets[at]!, halves) });
    defaults.push(copyOf(dfa.defaults[state]!, halves));
    rows.push(cells.length);
  }
  return {
    ...part,
    grants: table.grants,
    dfa: {
      stateCount: states.length,
      outputs: Uint32Array.from(states, ({ halves, state }) =>
        table.number(without(grants[dfa.outputs[state]!]!, halves)),
      ),
      defaults: Uint32Array.from(defaults),
      rows: Uint32Array.from(rows),
      symbols: Uint16Array.from(cells, ({ symbol }) => symbol),
      targets: Uint32Array.from(cells, ({ target }) => target),
    },
  };
}

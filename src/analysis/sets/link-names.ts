/**
 * A kernel asks about a link twice: its name must carry `l`, and so must the pair of names (kernel-abi 7.7). Sets are of pairs. Mostly whoever
 * grants the pair grants the name; but a `prompt` rule takes `l` from a name where a pair keeps it by a rule of lower priority
 * (compile-semantics 4.1), and a negated class in a name matches the NUL between two names, of which the first is no name of that rule. There it
 * is taken from the pairs, too.
 */
import { type Dfa, step } from "../../compiler/automata/index.ts";
import { FileBit, GrantTable } from "./grants.ts";
import type { Grant, SetPart } from "./types.ts";

const LINKS = FileBit.l | FileBit.freeLink;
/** Which halves lack it. */
const OWNER = 1;
const OTHERS = 2;
const BOTH = OWNER | OTHERS;

/** Automata that know behind the first NUL of an input what came before it. */
interface BehindNames {
  /** Its outputs are places in `states`. */
  readonly dfa: Dfa;
  readonly states: readonly StateBehind[];
}

interface StateBehind {
  /** Of the automaton it was made from. */
  readonly state: number;
  /** The class of the name before the first NUL; 0 in names. */
  readonly name: number;
}

/**
 * The automaton with copies of what is behind names. State 1 is where names begin; all states keep their numbers. `classOf` gives the class of
 * a name by its state; of class 0 nothing is remembered, and there are no copies.
 *
 * Errors: none. Cost: for each class, the states behind its names.
 */
export function behindNames(dfa: Dfa, classOf: (name: number) => number): BehindNames {
  const names = new Set(reached(dfa, 1, (symbol) => symbol !== 0));
  const states: StateBehind[] = Array.from({ length: dfa.stateCount }, (_, state) => ({ state, name: 0 }));
  const copies = new Map<string, number>();
  const copyOf = (state: number, name: number): number => {
    if (state === 0 || name === 0) return state;
    const key = `${state} ${name}`;
    const copy = copies.get(key) ?? states.push({ state, name }) - 1;
    copies.set(key, copy);
    return copy;
  };
  const rows = [0];
  const defaults: number[] = [];
  const cells: { readonly symbol: number; readonly target: number }[] = [];
  // what is added while the list is walked is walked, too
  for (let at = 0; at < states.length; at += 1) {
    const { state, name } = states[at]!;
    const behind = step(dfa, state, 0);
    const own = name === 0 && behind !== 0 && names.has(state) ? classOf(state) : 0;
    if (own !== 0) cells.push({ symbol: 0, target: copyOf(behind, own) });
    for (let cell = dfa.rows[state]!; cell < dfa.rows[state + 1]!; cell += 1)
      if (own === 0 || dfa.symbols[cell] !== 0)
        cells.push({ symbol: dfa.symbols[cell]!, target: copyOf(dfa.targets[cell]!, name) });
    defaults.push(copyOf(dfa.defaults[state]!, name));
    rows.push(cells.length);
  }
  return {
    states,
    dfa: {
      stateCount: states.length,
      outputs: Uint32Array.from(states, (_, at) => at),
      defaults: Uint32Array.from(defaults),
      rows: Uint32Array.from(rows),
      symbols: Uint16Array.from(cells, ({ symbol }) => symbol),
      targets: Uint32Array.from(cells, ({ target }) => target),
    },
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

/** The part with the pairs that a kernel allows by their name, too. `names` says at the same states what the profile allows. */
export function withLinkNames(part: SetPart, names: SetPart): SetPart {
  const { dfa, grants } = part;
  if (grants.every((grant) => lacking(grant) === BOTH)) return part;
  const grantOf = (state: number): Grant => grants[dfa.outputs[state]!]!;
  // COST: of what has no `l` to lose there are no copies
  const granted = new Map<number, number>();
  const grantedBehind = (first: number): number => {
    let halves = granted.get(first) ?? 0;
    if (granted.has(first)) return halves;
    for (const state of reached(dfa, first, () => true)) halves |= BOTH & ~lacking(grantOf(state));
    granted.set(first, halves);
    return halves;
  };
  const made = behindNames(
    dfa,
    (state) => lacking(names.grants[names.dfa.outputs[state]!]!) & grantedBehind(step(dfa, state, 0)),
  );
  if (made.states.length === dfa.stateCount) return part;
  const table = new GrantTable();
  const outputs = Uint32Array.from(made.states, ({ state, name }) => table.number(without(grantOf(state), name)));
  return { ...part, dfa: { ...made.dfa, outputs }, grants: table.grants };
}

/**
 * What denials cut out of globs may be gone from an automaton: where nothing is allowed, and nothing denied in silence, no state is. Here every
 * such input leads to a state again, which knows what the glob around it allows, so that a rule for the glob may go through it and a logged
 * denial may be said there.
 */
import { type Dfa, step } from "../automata/index.ts";
import type { Backgrounds } from "./state-patterns.ts";
import type { Work } from "./work.ts";

interface CutOuts {
  /** The states of the automaton, and behind them those for what is cut out. */
  readonly dfa: Dfa;
  /** The states that hold around a state; 0 for none. */
  readonly around: (state: number) => readonly number[];
}

/** Undefined: the work is spent. */
export function withCutOuts(dfa: Dfa, { nearest, older }: Backgrounds, work: Work): CutOuts | undefined {
  const { stateCount } = dfa;
  const holes: number[] = [];
  const numbers = new Map<number, number>();
  /** What is cut out of a state; 0 where that is nothing. */
  const holeIn = (around: number): number => {
    if (around === 0) return 0;
    const known = numbers.get(around);
    if (known !== undefined) return known;
    holes.push(around);
    numbers.set(around, stateCount + holes.length - 1);
    return stateCount + holes.length - 1;
  };
  const defaults: number[] = [];
  const rows = [0];
  const symbols: number[] = [];
  const targets: number[] = [];
  for (let state = 0; state < stateCount + holes.length; state += 1) {
    const own = state < stateCount ? state : 0;
    const around = state < stateCount ? (nearest.get(state) ?? 0) : holes[state - stateCount]!;
    const before = state < stateCount ? (older.get(state) ?? 0) : 0;
    const rest = dfa.defaults[own]!;
    defaults.push(rest === 0 ? holeIn(dfa.defaults[around]! || dfa.defaults[before]!) : rest);
    const named = new Set([own, around, before].flatMap((each) => (each === 0 ? [] : [...rowOf(dfa, each)])));
    if (!work.spend(1 + named.size)) return undefined;
    for (const symbol of [...named].toSorted((a, b) => a - b)) {
      const target = step(dfa, own, symbol);
      symbols.push(symbol);
      targets.push(target === 0 ? holeIn(step(dfa, around, symbol) || step(dfa, before, symbol)) : target);
    }
    rows.push(symbols.length);
  }
  const count = stateCount + holes.length;
  return {
    dfa: {
      stateCount: count,
      outputs: Uint32Array.from({ length: count }, (_, state) => dfa.outputs[state] ?? 0),
      defaults: Uint32Array.from(defaults),
      rows: Uint32Array.from(rows),
      symbols: Uint16Array.from(symbols),
      targets: Uint32Array.from(targets),
    },
    around: (state) => [holes[state - stateCount] ?? nearest.get(state) ?? 0, older.get(state) ?? 0],
  };
}

function rowOf({ rows, symbols }: Dfa, state: number): Uint16Array {
  return symbols.subarray(rows[state], rows[state + 1]);
}

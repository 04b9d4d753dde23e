/** Automata whose outputs are numbers of grants: made of compiled ones, combined, and made into compiled ones again. */
import { type Outcome } from "../../foundation/basics/index.ts";
import { combineAutomata, type Dfa, step, type TooManyStates } from "../../compiler/automata/index.ts";
import { type CompiledAutomaton, startState } from "../../compiler/compiled/index.ts";
import { entryOf, type Grant, grantOf, type Grants, type GrantTable } from "./grants.ts";

/** The automaton that accepts nothing. */
export const emptyDfa: Dfa = tables([0, 0], [0, 0], [0, 0, 0], [], []);

function tables(outputs: number[], defaults: number[], rows: number[], symbols: number[], targets: number[]): Dfa {
  return {
    stateCount: outputs.length,
    outputs: Uint32Array.from(outputs),
    defaults: Uint32Array.from(defaults),
    rows: Uint32Array.from(rows),
    symbols: Uint16Array.from(symbols),
    targets: Uint32Array.from(targets),
  };
}

/** The automaton with grants for outputs, entered at its start; nothing at all where there is none. */
export function grantsOf(automaton: CompiledAutomaton | undefined, table: GrantTable, grants: Grants): Dfa {
  if (automaton === undefined) return emptyDfa;
  const { dfa } = automaton;
  const known = new Map<number, number>();
  const outputs = dfa.outputs.map((output, state) => {
    if (state === 0) return 0;
    const before = state === 1 ? undefined : known.get(output);
    if (before !== undefined) return before;
    const number = grants.number(grantOf(automaton, state, table));
    if (state > 1) known.set(output, number);
    return number;
  });
  return enteredAt({ ...dfa, outputs }, startState(automaton, table));
}

/** The same automaton entered at another state, which changes places with state 1. */
export function enteredAt(dfa: Dfa, start: number): Dfa {
  if (start === 1) return dfa;
  if (start === 0) return emptyDfa;
  const swap = (state: number): number => (state === 1 ? start : state === start ? 1 : state);
  const rows: number[] = [0];
  const symbols: number[] = [];
  const targets: number[] = [];
  for (let state = 0; state < dfa.stateCount; state += 1) {
    const from = swap(state);
    for (let at = dfa.rows[from]!; at < dfa.rows[from + 1]!; at += 1) {
      symbols.push(dfa.symbols[at]!);
      targets.push(swap(dfa.targets[at]!));
    }
    rows.push(symbols.length);
  }
  const moved = Array.from({ length: dfa.stateCount }, (_, state) => swap(state));
  return tables(
    moved.map((from) => dfa.outputs[from]!),
    moved.map((from) => swap(dfa.defaults[from]!)),
    rows,
    symbols,
    targets,
  );
}

/** What follows one byte. */
export function after(dfa: Dfa, byte: number): Dfa {
  return enteredAt(dfa, step(dfa, 1, byte));
}

/** The same with another output at its start. */
export function withStartOutput(dfa: Dfa, output: number): Dfa {
  return { ...dfa, outputs: dfa.outputs.map((own, state) => (state === 1 ? output : own)) };
}

/** One byte, then the automaton. */
export function behind(byte: number, dfa: Dfa): Dfa {
  const up = (state: number): number => (state === 0 ? 0 : state + 1);
  const rows = [...dfa.rows].slice(1);
  return tables(
    [0, 0, ...dfa.outputs.subarray(1)],
    [0, 0, ...Array.from(dfa.defaults.subarray(1), up)],
    [0, 0, 1, ...rows.slice(1).map((row) => row + 1)],
    [byte, ...dfa.symbols],
    [2, ...Array.from(dfa.targets, up)],
  );
}

/** What `combine` makes of the grants of two automata; minimal. */
export function combined(
  left: Dfa,
  right: Dfa,
  grants: Grants,
  combine: (left: Grant, right: Grant) => Grant,
): Outcome<Dfa, TooManyStates> {
  return combineAutomata(left, right, grants.memo(combine));
}

/** Accepts nothing. */
export function isEmpty(dfa: Dfa): boolean {
  return dfa.outputs.every((output) => output === 0);
}

/** As a kernel would have it: a table of permissions, the owner's and others' side by side. */
export function compiledOf(dfa: Dfa, table: GrantTable, grants: Grants): CompiledAutomaton {
  const names: string[] = [];
  const placeOf = (name: string): number => {
    if (!names.includes(name)) names.push(name);
    return names.indexOf(name);
  };
  const used = [...new Set(dfa.outputs)].filter((output) => output !== 0);
  const entries = [0, ...used].flatMap((output) => {
    const { owner, other } = grants.get(output);
    return [entryOf(owner, placeOf), entryOf(other, placeOf)];
  });
  const places = new Map(used.map((output, place) => [output, place + 1]));
  return {
    dfa: { ...dfa, outputs: dfa.outputs.map((output) => places.get(output) ?? 0) },
    permissions: {
      kind: "table",
      version: 3,
      entries,
      index: Uint32Array.from([0, ...used], (_, place) => 2 * place),
      accept2: Uint32Array.from([0, ...used], () => (table === "file" ? 1 : 0)),
    },
    transitions: names,
    diffEncoded: false,
    equivalenceClasses: false,
  };
}

/**
 * One class of the policydb automaton by itself, as texts with a NUL between them: what else a kernel writes into the strings of the
 * class (types, numbers, marks between the parts) is walked while the automaton is unfolded, and is not in it.
 *
 * A *place* is a phase of the string with a state of the automaton. State 1 of what comes out is the first place.
 */
import type { Dfa } from "../automata/index.ts";
import { type CompiledAutomaton, permissionsOf } from "../compiled/index.ts";
import type { SaidBits } from "./layers.ts";
import type { Work } from "./work.ts";

export interface Place {
  readonly phase: number;
  readonly state: number;
}

/** Where strings lead that no kernel makes: rules may say anything about them. */
export const NOT_ASKED: Place = { phase: -1, state: -1 };

export type Said = { readonly [Layer in keyof SaidBits]: number };

export interface Strings {
  readonly first: Place;
  /** The phase that bytes but NUL lead to; -1: only `special` leads on. */
  readonly text: (phase: number) => number;
  /** What NUL and bytes with a meaning of their own lead to, ascending. */
  readonly special: (place: Place) => readonly (readonly [byte: number, to: Place | undefined])[];
  /** Where all other bytes lead that are no text. */
  readonly others?: (place: Place) => Place | undefined;
  /** `isFirst`: nothing of the string is read yet. */
  readonly said: (place: Place, isFirst: boolean) => Said;
}

export interface Unfolded {
  readonly dfa: Dfa;
  readonly bits: SaidBits;
  /** By state, and the state of the automaton. */
  readonly phases: readonly number[];
  readonly states: readonly number[];
}

export const saidNothing: Said = { allow: 0, audit: 0, quiet: 0, prompt: 0 };

/** What is said at a state of a policydb automaton, as far as it is asked for. */
export function saidAt(automaton: CompiledAutomaton, state: number, asked: number): Said {
  if (state === 0) return saidNothing;
  const { allow, audit, quiet, prompt } = permissionsOf(automaton, state, "policydb");
  const open = prompt & ~allow;
  return {
    allow: allow & asked,
    audit: audit & (allow | open) & asked,
    quiet: quiet & ~allow & asked,
    prompt: open & asked,
  };
}

export function joinSaid(left: Said, right: Said): Said {
  return {
    allow: left.allow | right.allow,
    audit: left.audit | right.audit,
    quiet: left.quiet | right.quiet,
    prompt: left.prompt | right.prompt,
  };
}

/** Places by number: 0 is none, 1 the first. */
class Places {
  readonly list: Place[] = [{ phase: 0, state: 0 }];
  private readonly numbers = new Map<number, number>();
  private readonly stateCount: number;

  constructor(stateCount: number, first: Place) {
    this.stateCount = stateCount;
    // entered once: the same state with text before it is another place
    this.list.push(first);
  }

  numberOf(place: Place | undefined): number {
    if (place === undefined || place.state === 0) return 0;
    const key = (place.phase + 1) * this.stateCount + place.state;
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    this.numbers.set(key, this.list.length);
    this.list.push(place);
    return this.list.length - 1;
  }
}

/** Undefined: the work is spent. Cost: places and their transitions. */
export function unfold(dfa: Dfa, strings: Strings, work: Work): Unfolded | undefined {
  const places = new Places(dfa.stateCount, strings.first);
  const { list } = places;
  const defaults = [0];
  const rows = [0, 0];
  const symbols: number[] = [];
  const targets: number[] = [];
  for (let at = 1; at < list.length; at += 1) {
    const place = list[at]!;
    const isAsked = place !== NOT_ASKED;
    const next = isAsked ? strings.text(place.phase) : -1;
    const special = new Map(isAsked ? strings.special(place) : []);
    const own = next >= 0 ? rowOf(dfa, place.state, special) : [];
    if (!work.spend(1 + special.size + own.length)) return undefined;
    const rest = next >= 0 ? { phase: next, state: dfa.defaults[place.state]! } : strings.others?.(place);
    defaults.push(isAsked ? places.numberOf(rest) : at);
    const row = [...special].map(([byte, to]) => [byte, places.numberOf(to)] as const);
    for (const cell of own) {
      row.push([dfa.symbols[cell]!, places.numberOf({ phase: next, state: dfa.targets[cell]! })]);
    }
    for (const [symbol, target] of row.toSorted(([left], [right]) => left - right)) {
      symbols.push(symbol);
      targets.push(target);
    }
    rows.push(symbols.length);
  }
  const bits = saidByPlace(list, strings, work);
  if (bits === undefined) return undefined;
  return {
    dfa: {
      stateCount: list.length,
      outputs: new Uint32Array(list.length),
      defaults: Uint32Array.from(defaults),
      rows: Uint32Array.from(rows),
      symbols: Uint16Array.from(symbols),
      targets: Uint32Array.from(targets),
    },
    bits,
    phases: list.map(({ phase }) => phase),
    states: list.map(({ state }) => state),
  };
}

/** The cells of a state's row for bytes that have no meaning of their own. */
function rowOf(dfa: Dfa, state: number, special: ReadonlyMap<number, unknown>): readonly number[] {
  const cells: number[] = [];
  for (let cell = dfa.rows[state]!; cell < dfa.rows[state + 1]!; cell += 1) {
    const symbol = dfa.symbols[cell]!;
    if (symbol < 256 && !special.has(symbol)) cells.push(cell);
  }
  return cells;
}

function saidByPlace(places: readonly Place[], strings: Strings, work: Work): SaidBits | undefined {
  const said: Said[] = [];
  for (const [at, place] of places.entries()) {
    if (!work.spend(1)) return undefined;
    said.push(at === 0 || place === NOT_ASKED ? saidNothing : strings.said(place, at === 1));
  }
  const layer = (name: keyof Said): Uint32Array => Uint32Array.from(said, (each) => each[name]);
  return { allow: layer("allow"), audit: layer("audit"), quiet: layer("quiet"), prompt: layer("prompt") };
}

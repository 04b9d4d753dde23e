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

/** Undefined: the work is spent. Cost: places and their transitions. */
export function unfold(dfa: Dfa, strings: Strings, work: Work): Unfolded | undefined {
  const numbers = new Map<number, number>();
  const places: Place[] = [{ phase: 0, state: 0 }];
  const numberOf = (place: Place | undefined): number => {
    if (place === undefined || place.state === 0) return 0;
    const key = (place.phase + 1) * dfa.stateCount + place.state;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, places.length);
    places.push(place);
    return places.length - 1;
  };
  // entered once: the same state with text before it is another place
  places.push(strings.first);
  const defaults = [0];
  const rows = [0, 0];
  const symbols: number[] = [];
  const targets: number[] = [];
  for (let at = 1; at < places.length; at += 1) {
    const place = places[at]!;
    const { phase, state } = place;
    if (place === NOT_ASKED) {
      defaults.push(at);
      rows.push(symbols.length);
      continue;
    }
    const next = strings.text(phase);
    const isText = next >= 0;
    const special = new Map(strings.special(place));
    const first = dfa.rows[state]!;
    const end = dfa.rows[state + 1]!;
    if (!work.spend(1 + special.size + (isText ? end - first : 0))) return undefined;
    defaults.push(numberOf(isText ? { phase: next, state: dfa.defaults[state]! } : strings.others?.(place)));
    const row = [...special].map(([byte, to]) => [byte, numberOf(to)] as const);
    if (isText) {
      for (let cell = first; cell < end; cell += 1) {
        const symbol = dfa.symbols[cell]!;
        if (symbol < 256 && !special.has(symbol))
          row.push([symbol, numberOf({ phase: next, state: dfa.targets[cell]! })]);
      }
    }
    for (const [symbol, target] of row.toSorted(([left], [right]) => left - right)) {
      symbols.push(symbol);
      targets.push(target);
    }
    rows.push(symbols.length);
  }
  const bits = saidByPlace(places, strings, work);
  if (bits === undefined) return undefined;
  return {
    dfa: {
      stateCount: places.length,
      outputs: new Uint32Array(places.length),
      defaults: Uint32Array.from(defaults),
      rows: Uint32Array.from(rows),
      symbols: Uint16Array.from(symbols),
      targets: Uint32Array.from(targets),
    },
    bits,
    phases: places.map(({ phase }) => phase),
    states: places.map(({ state }) => state),
  };
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

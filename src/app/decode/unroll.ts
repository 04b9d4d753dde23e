/**
 * An automaton as a list of patterns. A depth-first walk writes down what leads to each accepting state; a state that stays where
 * it is for most bytes becomes `*` or `**`. Loops over several states cannot be written so: they are left out and the list says
 * that it is not all. So does it when it grows too long: an automaton of n states may have 2^n paths.
 */
import type { Dfa } from "../../compiler/automata/index.ts";

/** What leads to a state that gives something. */
export interface UnrolledPattern {
  readonly pattern: string;
  readonly state: number;
}

export interface Unrolled {
  readonly patterns: readonly UnrolledPattern[];
  /** Every accepted text fits one of the patterns, and the other way round. */
  readonly complete: boolean;
}

export interface UnrollLimits {
  readonly patterns: number;
  readonly steps: number;
}

const defaultLimits: UnrollLimits = { patterns: 2000, steps: 200_000 };
const SLASH = 47;
const OUT_OF_BAND = 256;
const SPECIAL = new Set(Array.from('*?[]{}^\\",', (char) => char.charCodeAt(0)));

function byteText(byte: number): string {
  if (byte === OUT_OF_BAND) return "\\{oob}";
  if (byte <= 0x20 || byte >= 0x7f) return `\\x${byte.toString(16).padStart(2, "0")}`;
  const char = String.fromCharCode(byte);
  return SPECIAL.has(byte) ? `\\${char}` : char;
}

/** `a` for one byte, `[a-cx]` for several. */
function setText(bytes: readonly number[], negated: boolean): string {
  const [first] = bytes;
  if (bytes.length === 1 && first !== undefined && !negated) return byteText(first);
  const parts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    let end = at;
    while (bytes[end + 1] === (bytes[end] ?? 0) + 1) end += 1;
    const [low, high] = [byteText(bytes[at] ?? 0), byteText(bytes[end] ?? 0)];
    parts.push(end - at > 1 ? `${low}-${high}` : end > at ? low + high : low);
    at = end + 1;
  }
  return `[${negated ? "^" : ""}${parts.join("")}]`;
}

interface Arc {
  readonly target: number;
  readonly text: string;
}

/** The ways out of a state, without its own loop. */
function arcsOf(dfa: Dfa, state: number): { readonly loop: string; readonly arcs: readonly Arc[] } {
  const sets = new Map<number, number[]>();
  const named: number[] = [];
  let slashStays = true;
  for (let at = dfa.rows[state] ?? 0; at < (dfa.rows[state + 1] ?? 0); at += 1) {
    const symbol = dfa.symbols[at] ?? 0;
    const target = dfa.targets[at] ?? 0;
    if (symbol !== OUT_OF_BAND) named.push(symbol);
    if (symbol === SLASH && target !== state) slashStays = false;
    if (target !== 0) sets.set(target, [...(sets.get(target) ?? []), symbol]);
  }
  const byDefault = dfa.defaults[state] ?? 0;
  const own = sets.get(state);
  const loop = byDefault === state ? (slashStays ? "**" : "*") : own === undefined ? "" : `${setText(own, false)}*`;
  sets.delete(state);
  const arcs = [...sets].map(([target, symbols]) => ({ target, text: setText(symbols, false) }));
  if (byDefault !== 0 && byDefault !== state) arcs.push({ target: byDefault, text: anyBut(named) });
  return { loop, arcs };
}

function anyBut(named: readonly number[]): string {
  const others = named.filter((symbol) => symbol !== 0);
  if (others.length === 1 && others[0] === SLASH) return "?";
  return setText(others, true);
}

/** The patterns of an automaton, in order of their bytes. */
export function unroll(dfa: Dfa, start = 1, limits: UnrollLimits = defaultLimits): Unrolled {
  const patterns: UnrolledPattern[] = [];
  let complete = true;
  let steps = 0;
  const path = new Set<number>();
  const stack: { state: number; text: string; leave: boolean }[] = [{ state: start, text: "", leave: false }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { state, text, leave } = top;
    if (leave) {
      path.delete(state);
      continue;
    }
    steps += 1;
    if (steps > limits.steps || patterns.length >= limits.patterns) return { patterns, complete: false };
    const { loop, arcs } = arcsOf(dfa, state);
    const here = text + loop;
    if (dfa.outputs[state] !== 0) patterns.push({ pattern: here, state });
    path.add(state);
    stack.push({ state, text, leave: true });
    for (const arc of arcs.toReversed()) {
      if (path.has(arc.target)) complete = false;
      else stack.push({ state: arc.target, text: here + arc.text, leave: false });
    }
  }
  return { patterns, complete };
}

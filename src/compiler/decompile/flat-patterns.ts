/**
 * Patterns without alternation: a row of byte sets, some of them repeated. Bytes that an automaton never tells apart are one
 * *class*; the slash and NUL are classes of their own, so that the sets of `?`, `*` and `**` are sets of classes. A NUL is only ever by
 * itself, between two fields.
 */
import { byteClasses, type Dfa } from "../automata/index.ts";
import { byteText, classText } from "./state-patterns.ts";

const SLASH = 0x2f;

/** A set of classes; sets are compared by identity, so each is made once (`Alphabet.setOf`). */
export interface ClassSet {
  readonly members: readonly number[];
  readonly has: Uint8Array;
  /** As the engine wants it: byte b is bit b & 31 of number b >> 5. */
  readonly bytes: Uint32Array;
  readonly text: string;
  /** A text that never matches NUL, as negated classes do. */
  readonly closedText: string;
  /** In bytes. */
  readonly size: number;
  /** No class but a list of bytes: `exact` in the sense of exec rules. */
  readonly isExact: boolean;
}

/** One element of a pattern: a byte of the set, any number of them, or one or none. */
export interface Item {
  readonly set: ClassSet;
  readonly star: boolean;
  readonly isOptional?: boolean;
}

export type FlatPattern = readonly Item[];

export class Alphabet {
  /** Class of each byte. */
  readonly classOf: Uint8Array;
  /** A byte of each class. */
  readonly byteOf: readonly number[];
  readonly slash: number;
  readonly nul: number;
  /** All but the slash and NUL; all but NUL. */
  readonly component: ClassSet;
  readonly path: ClassSet;
  private readonly sets = new Map<string, ClassSet>();
  private readonly singles: (ClassSet | undefined)[] = [];

  constructor(dfa: Dfa) {
    const coarse = byteClasses(dfa);
    const numbers = new Map<number, number>();
    const byteOf: number[] = [];
    this.classOf = coarse.map((old, byte) => {
      const key = byte === SLASH ? 256 : byte === 0 ? 257 : old;
      const known = numbers.get(key);
      if (known !== undefined) return known;
      numbers.set(key, byteOf.length);
      byteOf.push(byte);
      return byteOf.length - 1;
    });
    this.byteOf = byteOf;
    this.slash = this.classOf[SLASH]!;
    this.nul = this.classOf[0]!;
    const every = byteOf.map((_, number) => number);
    this.path = this.setOf(every.filter((number) => number !== this.nul));
    this.component = this.setOf(every.filter((number) => number !== this.nul && number !== this.slash));
  }

  /** The set of these classes, in ascending order. */
  setOf(members: readonly number[]): ClassSet {
    const key = members.join(" ");
    const known = this.sets.get(key);
    if (known !== undefined) return known;
    const has = new Uint8Array(this.byteOf.length);
    for (const member of members) has[member] = 1;
    const bytes = new Uint32Array(8);
    const list: number[] = [];
    for (let byte = 0; byte < 256; byte += 1) {
      if (has[this.classOf[byte]!] === 0) continue;
      bytes[byte >> 5]! |= 1 << (byte & 31);
      list.push(byte);
    }
    const set = { members, has, bytes, size: list.length, ...spelled(list) };
    this.sets.set(key, set);
    return set;
  }

  single(member: number): ClassSet {
    return (this.singles[member] ??= this.setOf([member]));
  }
}

/** Bytes of a class that are named one by one, where all others could be. */
const MOST_LISTED = 128;

/** A set of bytes as the language spells it, where no byte is NUL. */
function spelled(bytes: readonly number[]): Pick<ClassSet, "text" | "closedText" | "isExact"> {
  const short = shortest(bytes);
  return { ...short, closedText: short.text.startsWith("[^") ? `[${classText(bytes)}]` : short.text };
}

function shortest(bytes: readonly number[]): Pick<ClassSet, "text" | "isExact"> {
  const [first] = bytes;
  if (bytes.length === 1 && first !== undefined) return { text: byteText(first), isExact: true };
  const known = new Set(bytes);
  const others = Array.from({ length: 255 }, (_, at) => at + 1).filter((byte) => !known.has(byte));
  if (others.length === 0) return { text: "{?,/}", isExact: false };
  if (others.length === 1 && others[0] === SLASH) return { text: "?", isExact: false };
  if (bytes.length > MOST_LISTED) return { text: `[^${classText(others)}]`, isExact: false };
  return { text: `[${classText(bytes)}]`, isExact: true };
}

/** Whether a rule of the pattern outranks globs where programs are executed. */
export function isExact(pattern: FlatPattern): boolean {
  return pattern.every(({ set, star }) => !star && set.isExact);
}

/** Equal for equal patterns. */
export function patternKey(pattern: FlatPattern): string {
  return pattern
    .map(({ set, star, isOptional }) => `${set.text}${star ? "*" : isOptional === true ? "?" : ""}`)
    .join("");
}

/** Whether the pattern matches the input, a row of classes, from a place on. */
export function accepts(pattern: FlatPattern, input: readonly number[], from = 0): boolean {
  if (pattern.length < MOST_IN_MASK) return acceptsShort(pattern, input, from);
  let places = closure(pattern, [0]);
  for (let at = from; at < input.length; at += 1) {
    const symbol = input[at]!;
    const next: number[] = [];
    for (const place of places) {
      const item = pattern[place];
      if (item !== undefined && item.set.has[symbol] === 1) next.push(item.star ? place : place + 1);
    }
    if (next.length === 0) return false;
    places = closure(pattern, next);
  }
  return places.includes(pattern.length);
}

/** Patterns of fewer elements have their places in one number. */
const MOST_IN_MASK = 31;

/** COST: an index asks this of every glob for every input. */
function acceptsShort(pattern: FlatPattern, input: readonly number[], from: number): boolean {
  const { length } = pattern;
  let skipped = 0;
  for (let place = 0; place < length; place += 1) if (maySkip(pattern[place])) skipped |= 1 << place;
  const withSkipped = (places: number): number => {
    let all = places;
    let more = all & skipped;
    while (more !== 0) {
      more = (more << 1) & ~all;
      all |= more;
      more &= skipped;
    }
    return all;
  };
  let places = withSkipped(1);
  for (let at = from; at < input.length; at += 1) {
    const symbol = input[at]!;
    let next = 0;
    for (let left = places & ~(1 << length); left !== 0; left &= left - 1) {
      const place = 31 - Math.clz32(left & -left);
      const { set, star } = pattern[place]!;
      if (set.has[symbol] === 1) next |= 1 << (star ? place : place + 1);
    }
    if (next === 0) return false;
    places = withSkipped(next);
  }
  return ((places >> length) & 1) === 1;
}

function closure(pattern: FlatPattern, places: readonly number[]): readonly number[] {
  if (places.length === 1 && !maySkip(pattern[places[0]!])) return places;
  const found = new Set<number>();
  for (const place of places) {
    let at = place;
    found.add(at);
    while (maySkip(pattern[at])) found.add((at += 1));
  }
  return [...found];
}

/** Whether an input may have nothing for the element. */
export function maySkip(item: Item | undefined): boolean {
  return item !== undefined && (item.star || item.isOptional === true);
}

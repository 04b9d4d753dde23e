/**
 * The patterns of rules as an automaton that is made while it is walked: a state is a set of *places* in patterns (subset construction), and it is
 * known by number. Patterns may be added at any time: sets that were made before hold nothing of them and stay what they are.
 */
import type { ClassSet, FlatPattern } from "./flat-patterns.ts";
import type { Work } from "./work.ts";

const ONCE = 0;
const STAR = 1;
const OPTIONAL = 2;
/** Places in all sets together. COST: 4 bytes each, and a set is gone through for each class that it tells apart. */
const MOST_PLACES = 2 ** 23;
/** Sets of more classes are looked at together. */
const NARROW = 6;
/** Different sets of more classes that are told apart at once. */
const MOST_WIDE = 30;

interface PlaceSet {
  readonly places: Int32Array;
  /** A bit for every 32nd place: what is not in it is not in the set. */
  readonly outline: number;
  /** The same set without the places of rules that may not be left out (`isWithin`). */
  readonly fixed: Int32Array;
  readonly cover: number;
  behind: Behind | undefined;
}

/** What follows a set. */
interface Behind {
  /** By class; -1: not worked out yet. */
  readonly row: Int32Array;
  /** Classes that no narrow set names behave alike where the same wide sets have them. */
  readonly named: Uint8Array;
  readonly wide: readonly ClassSet[];
  readonly alike: Map<number, number>;
}

export class RuleSets {
  /** All sets together are too large. */
  isFull = false;
  private readonly width: number;
  private readonly work: Work;
  private readonly coverOf: (labels: readonly number[]) => number;
  /** By place: what is read there, `undefined` at the end of a pattern; how often; the pattern; whether it is of a fixed rule. */
  private readonly reads: (ClassSet | undefined)[] = [];
  private readonly kinds: number[] = [];
  private readonly labels: number[] = [];
  private readonly isFixed: boolean[] = [];
  private readonly starts: number[] = [];
  private readonly sets: PlaceSet[] = [];
  private readonly byHash = new Map<number, number[]>();
  private marks = new Uint32Array(1024);
  private generation = 0;
  private size = 0;

  /** `coverOf`: a number for what the patterns with these labels, ascending, say together. */
  constructor(width: number, work: Work, coverOf: (labels: readonly number[]) => number) {
    this.width = width;
    this.work = work;
    this.coverOf = coverOf;
    this.intern([]);
  }

  /** Patterns have the labels 0, 1, 2 …; `isFixed`: a set without it is never as good as one with it. */
  add(pattern: FlatPattern, isFixed: boolean): void {
    const label = this.starts.length;
    this.starts.push(this.reads.length);
    for (const { set, star, isOptional } of pattern) {
      this.reads.push(set);
      this.kinds.push(star ? STAR : isOptional === true ? OPTIONAL : ONCE);
      this.labels.push(label);
      this.isFixed.push(isFixed);
    }
    this.reads.push(undefined);
    this.kinds.push(ONCE);
    this.labels.push(label);
    this.isFixed.push(isFixed);
    while (this.marks.length < this.reads.length) {
      const grown = new Uint32Array(this.marks.length * 2);
      grown.set(this.marks);
      this.marks = grown;
    }
  }

  /** The beginnings of all patterns. */
  start(): number {
    const found: number[] = [];
    this.generation += 1;
    for (const place of this.starts) this.enter(place, found);
    return this.intern(found);
  }

  cover(set: number): number {
    return this.sets[set]!.cover;
  }

  /** The set behind a set and a class. */
  next(set: number, symbol: number): number {
    const own = this.sets[set]!;
    own.behind ??= this.behindOf(own.places);
    const { row, named, wide, alike } = own.behind;
    const known = row[symbol]!;
    if (known >= 0) return known;
    let key = 0;
    if (named[symbol] === 0) for (let at = 0; at < wide.length; at += 1) key |= wide[at]!.has[symbol]! << at;
    let target = named[symbol] === 0 ? alike.get(key) : undefined;
    if (target === undefined) {
      target = this.made(own.places, symbol);
      if (named[symbol] === 0) alike.set(key, target);
    }
    row[symbol] = target;
    return target;
  }

  /** The set behind an input. */
  run(set: number, input: readonly number[]): number {
    return input.reduce((at, symbol) => this.next(at, symbol), set);
  }

  /** Whether all that the one set says, and will say, the other says as well. */
  isWithin(inner: number, outer: number): boolean {
    const [one, other] = [this.sets[inner]!, this.sets[outer]!];
    if ((one.outline & ~other.outline) !== 0 || one.places.length > other.places.length) return false;
    if (one.fixed.length !== other.fixed.length || !one.fixed.every((place, at) => other.fixed[at] === place))
      return false;
    let at = 0;
    let isInner = true;
    for (const place of one.places) {
      while (at < other.places.length && other.places[at]! < place) at += 1;
      isInner = other.places[at] === place;
      if (!isInner) break;
    }
    this.work.spend(1 + (at >> 2));
    return isInner;
  }

  private enter(place: number, found: number[]): void {
    for (let at = place; this.marks[at] !== this.generation; at += 1) {
      this.marks[at] = this.generation;
      found.push(at);
      if (this.kinds[at] === ONCE) return;
    }
  }

  private behindOf(places: Int32Array): Behind {
    const named = new Uint8Array(this.width);
    const wide: ClassSet[] = [];
    for (const place of places) {
      const set = this.reads[place];
      if (set === undefined) continue;
      if (set.members.length <= NARROW) for (const member of set.members) named[member] = 1;
      else if (!wide.includes(set)) wide.push(set);
    }
    if (wide.length > MOST_WIDE) named.fill(1);
    this.work.spend(this.width + places.length);
    return { row: new Int32Array(this.width).fill(-1), named, wide, alike: new Map() };
  }

  private made(places: Int32Array, symbol: number): number {
    this.work.spend(places.length);
    const found: number[] = [];
    this.generation += 1;
    for (const place of places) {
      if (this.reads[place]?.has[symbol] !== 1) continue;
      this.enter(this.kinds[place] === STAR ? place : place + 1, found);
    }
    return this.intern(found);
  }

  private intern(found: readonly number[]): number {
    let isSorted = true;
    for (let at = 1; at < found.length && isSorted; at += 1) isSorted = found[at - 1]! < found[at]!;
    const places = Int32Array.from(found);
    if (!isSorted) places.sort();
    this.work.spend(isSorted ? places.length : places.length * 4);
    let hash = 0;
    let outline = 0;
    for (const place of places) {
      hash = (Math.imul(hash, 0x01000193) ^ place) | 0;
      outline |= 1 << (place & 31);
    }
    let same = this.byHash.get(hash);
    if (same === undefined) this.byHash.set(hash, (same = []));
    const known = same.find((set) => isSame(this.sets[set]!.places, places));
    if (known !== undefined) return known;
    same.push(this.sets.length);
    const labels = found.filter((place) => this.reads[place] === undefined).map((place) => this.labels[place]!);
    const fixed = places.filter((place) => this.isFixed[place]);
    this.sets.push({ places, outline, fixed, cover: this.coverOf(labels), behind: undefined });
    this.size += found.length;
    if (this.size > MOST_PLACES) this.isFull = true;
    return this.sets.length - 1;
  }
}

function isSame(one: Int32Array, other: Int32Array): boolean {
  return one.length === other.length && one.every((place, at) => other[at] === place);
}

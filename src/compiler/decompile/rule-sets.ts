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
  /**
   * The places of all sets one after another, and behind those of each set the ones of rules that may not be left out (`isWithin`).
   * COST: sets are made by the hundred thousand, and an array for each takes longer to make and to collect than to fill.
   */
  private places = new Int32Array(1024);
  /** By set: where its places begin, where those of rules that may not be left out, and where these end. */
  private readonly starting: number[] = [];
  private readonly fixedFrom: number[] = [];
  private readonly ending: number[] = [];
  /** By set: a bit for every 32nd place: what is not in it is not in the set. */
  private readonly outlines: number[] = [];
  private readonly covers: number[] = [];
  private readonly behind: (Behind | undefined)[] = [];
  /** The last set of each hash, and by set the one before it. */
  private readonly byHash = new Map<number, number>();
  private readonly before: number[] = [];
  private marks = new Uint32Array(1024);
  private generation = 0;
  private size = 0;
  /** Places of the set that is being made. */
  private readonly found: number[] = [];

  /** `coverOf`: a number for what the patterns with these labels, ascending, say together. */
  constructor(width: number, work: Work, coverOf: (labels: readonly number[]) => number) {
    this.width = width;
    this.work = work;
    this.coverOf = coverOf;
    this.intern();
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
    if (this.marks.length < this.reads.length) {
      const grown = new Uint32Array(Math.max(this.reads.length, this.marks.length * 2));
      grown.set(this.marks);
      this.marks = grown;
    }
  }

  /** The beginnings of all patterns. */
  start(): number {
    this.generation += 1;
    for (const place of this.starts) this.enter(place);
    return this.intern();
  }

  cover(set: number): number {
    return this.covers[set]!;
  }

  /** The set behind a set and a class. */
  next(set: number, symbol: number): number {
    const { row, named, wide, alike } = (this.behind[set] ??= this.behindOf(set));
    const known = row[symbol]!;
    if (known >= 0) return known;
    let key = 0;
    if (named[symbol] === 0) for (let at = 0; at < wide.length; at += 1) key |= wide[at]!.has[symbol]! << at;
    let target = named[symbol] === 0 ? alike.get(key) : undefined;
    if (target === undefined) {
      target = this.made(set, symbol);
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
    const { places, outlines, starting, fixedFrom, ending } = this;
    if ((outlines[inner]! & ~outlines[outer]!) !== 0) return false;
    const [from, end] = [starting[inner]!, fixedFrom[inner]!];
    const [first, last] = [starting[outer]!, fixedFrom[outer]!];
    if (end - from > last - first) return false;
    if (!isSame(places, { from: end, to: ending[inner]! }, { from: last, to: ending[outer]! })) return false;
    let at = first;
    let isInner = true;
    for (let one = from; one < end && isInner; one += 1) {
      const place = places[one]!;
      while (at < last && places[at]! < place) at += 1;
      isInner = at < last && places[at] === place;
    }
    this.work.spend(1 + ((at - first) >> 2));
    return isInner;
  }

  private enter(place: number): void {
    for (let at = place; this.marks[at] !== this.generation; at += 1) {
      this.marks[at] = this.generation;
      this.found.push(at);
      if (this.kinds[at] === ONCE) return;
    }
  }

  private behindOf(of: number): Behind {
    const named = new Uint8Array(this.width);
    const wide: ClassSet[] = [];
    const end = this.fixedFrom[of]!;
    for (let at = this.starting[of]!; at < end; at += 1) {
      const set = this.reads[this.places[at]!];
      if (set === undefined) continue;
      if (set.members.length <= NARROW) for (const member of set.members) named[member] = 1;
      else if (!wide.includes(set)) wide.push(set);
    }
    if (wide.length > MOST_WIDE) named.fill(1);
    this.work.spend(this.width + end - this.starting[of]!);
    return { row: new Int32Array(this.width).fill(-1), named, wide, alike: new Map() };
  }

  private made(from: number, symbol: number): number {
    const end = this.fixedFrom[from]!;
    this.work.spend(end - this.starting[from]!);
    this.generation += 1;
    for (let at = this.starting[from]!; at < end; at += 1) {
      const place = this.places[at]!;
      if (this.reads[place]?.has[symbol] === 1) this.enter(this.kinds[place] === STAR ? place : place + 1);
    }
    return this.intern();
  }

  /** The number of the set of the places that were found; they are found no longer. */
  private intern(): number {
    const { found } = this;
    let isSorted = true;
    for (let at = 1; at < found.length && isSorted; at += 1) isSorted = found[at - 1]! < found[at]!;
    if (!isSorted) found.sort((left, right) => left - right);
    this.work.spend(isSorted ? found.length : found.length * 4);
    const starting = this.ending.at(-1) ?? 0;
    const fixedFrom = starting + found.length;
    this.reserve(fixedFrom + found.length);
    const { places } = this;
    let hash = 0;
    let outline = 0;
    let fixedEnd = fixedFrom;
    let end = starting;
    for (let at = 0; at < found.length; at += 1) {
      const place = found[at]!;
      places[end] = place;
      end += 1;
      hash = (Math.imul(hash, 0x01000193) ^ place) | 0;
      outline |= 1 << (place & 31);
      if (this.isFixed[place] === true) {
        places[fixedEnd] = place;
        fixedEnd += 1;
      }
    }
    const last = this.byHash.get(hash) ?? -1;
    for (let set = last; set >= 0; set = this.before[set]!) {
      const own = { from: this.starting[set]!, to: this.fixedFrom[set]! };
      if (!isSame(places, own, { from: starting, to: fixedFrom })) continue;
      found.length = 0;
      return set;
    }
    const number = this.starting.length;
    this.byHash.set(hash, number);
    this.before.push(last);
    this.starting.push(starting);
    this.fixedFrom.push(fixedFrom);
    this.ending.push(fixedEnd);
    this.outlines.push(outline);
    this.behind.push(undefined);
    this.covers.push(this.coverOf(this.labelsOf(found)));
    this.size += found.length;
    if (this.size > MOST_PLACES) this.isFull = true;
    found.length = 0;
    return number;
  }

  /** Of the patterns that end there. */
  private labelsOf(places: readonly number[]): readonly number[] {
    const labels: number[] = [];
    for (const place of places) if (this.reads[place] === undefined) labels.push(this.labels[place]!);
    return labels;
  }

  private reserve(size: number): void {
    if (size <= this.places.length) return;
    const grown = new Int32Array(Math.max(size, this.places.length * 2));
    grown.set(this.places);
    this.places = grown;
  }
}

interface Range {
  readonly from: number;
  readonly to: number;
}

function isSame(places: Int32Array, one: Range, other: Range): boolean {
  const length = one.to - one.from;
  if (length !== other.to - other.from) return false;
  for (let at = 0; at < length; at += 1) if (places[one.from + at] !== places[other.from + at]) return false;
  return true;
}

/**
 * From one input to a pattern as wide as its grants allow: bytes become classes and `?`, gaps become `**` or `*`, what a star
 * covers is dropped. Every step is checked on the automaton, so whatever comes out is granted wherever the pattern matches.
 */
import type { DenseRows } from "./dense-rows.ts";
import type { ClassSet, FlatPattern, Item } from "./flat-patterns.ts";

/** Whether the pattern may be taken: all states its inputs lead to grant what is wanted. */
type IsGranted = (pattern: FlatPattern) => boolean;
type IsGrantedAt = (state: number) => boolean;

/** Below it are control bytes, which nobody lists one by one. */
const SPACE = 0x20;
/** Longer inputs are left as they are. */
const MAX_WIDENED = 400;
const MOST_REPEATS = 20;

interface Checks {
  readonly isGranted: IsGranted;
  readonly isGrantedAt: IsGrantedAt;
}

interface Widened extends Item {
  /** A class of the set: with it the pattern has an input to try first; a star stands for nothing there. */
  readonly example: number;
}

export function widen(rows: DenseRows, start: readonly Widened[], checks: Checks): FlatPattern {
  if (start.length > MAX_WIDENED) return start;
  const widening = new Widening(rows, checks, start);
  widening.widenBytes();
  widening.insertStars();
  widening.completeClasses();
  // what comes behind the first byte of a number may be more than that: `[1-9]{,[0-9]}`
  if (widening.repeatClasses()) widening.completeClasses();
  return widening.items;
}

function isWithin(set: ClassSet, other: ClassSet): boolean {
  return set.members.every((member) => other.has[member] === 1);
}

class Widening {
  private readonly rows: DenseRows;
  private readonly isGranted: IsGranted;
  private readonly isGrantedAt: IsGrantedAt;
  items: readonly Widened[];
  /** The states behind the examples of these items, as far as they were asked for. */
  private states: number[] = [];
  private examplesOf: readonly Widened[] = [];

  constructor(rows: DenseRows, { isGranted, isGrantedAt }: Checks, items: readonly Widened[]) {
    this.rows = rows;
    this.isGranted = isGranted;
    this.isGrantedAt = isGrantedAt;
    this.items = items;
  }

  private take(items: readonly Widened[]): boolean {
    if (!this.isGranted(items)) return false;
    this.items = items;
    return true;
  }

  private with(place: number, removed: number, added: readonly Widened[]): readonly Widened[] {
    this.rows.work.spend(this.items.length);
    return this.items.toSpliced(place, removed, ...added);
  }

  private isSeparator({ example }: Widened): boolean {
    const { slash, nul } = this.rows.alphabet;
    return example === slash || example === nul;
  }

  widenBytes(): void {
    const { component, path, nul } = this.rows.alphabet;
    for (const [place, item] of this.items.entries()) {
      if (this.isSeparator(item)) continue;
      // a path begins with a slash, but any other text may be one byte of any kind, and more
      const isFirst = place === 0 || this.items[place - 1]?.example === nul;
      if (isFirst && this.take(this.with(place, 1, [{ ...item, set: path }]))) continue;
      if (this.isLikelyAs(place, component)) this.take(this.with(place, 1, [{ ...item, set: component }]));
    }
  }

  /** COST: most bytes are those of a name, and two inputs show it sooner than the whole pattern does. */
  private isLikelyAs(place: number, { members }: ClassSet): boolean {
    const { next, width } = this.rows;
    const before = this.stateAt(place) * width;
    return [members[0], members.at(-1)].every(
      (member) => member === undefined || this.isGrantedBehind(next[before + member]!, place + 1),
    );
  }

  insertStars(): void {
    const { path, component, slash } = this.rows.alphabet;
    for (let place = 0; place <= this.items.length; place += 1) {
      for (const set of [path, component]) {
        if (this.isStarred(place, set)) break;
        const example = component.members[0] ?? path.members[0]!;
        const star = { set, example, star: true };
        // behind a slash `?**` is easier to read than `**?`, and says as much where both may be said
        const isFirst = this.items[place - 1]?.example === slash && this.items[place]?.set === component;
        const places = isFirst && set === path ? [place + 1, place] : [place];
        const put = places.find((at) => this.isLikely(at, set) && this.take(this.with(at, 0, [star])));
        if (put === undefined) continue;
        place = this.dropCovered(put);
        break;
      }
    }
    this.items = this.items.filter(({ star, set }, place) => {
      const [next, last] = [this.items[place + 1], this.items[place + 2]];
      // `*?*` says no more than `?*`
      return !(
        star &&
        next !== undefined &&
        last?.star === true &&
        isWithin(set, next.set) &&
        isWithin(next.set, last.set)
      );
    });
  }

  /** Whether a star that does as much stands beside the gap. */
  private isStarred(place: number, set: ClassSet): boolean {
    return [this.items[place - 1], this.items[place]].some((item) => item?.star === true && isWithin(set, item.set));
  }

  /** Tries some inputs with something in the gap before the whole pattern is looked at. */
  private isLikely(place: number, set: ClassSet): boolean {
    const { slash, component } = this.rows.alphabet;
    const some = component.members[0] ?? 0;
    const other = component.members.at(-1) ?? 0;
    const before = this.stateAt(place);
    const isGood = (...middle: readonly number[]): boolean =>
      this.isGrantedBehind(this.rows.run(before, middle), place);
    return (
      isGood(some) && isGood(other) && isGood(some, other, some) && (set.has[slash] !== 1 || isGood(slash, some, slash))
    );
  }

  /** Where the examples before a place lead. */
  private stateAt(place: number): number {
    if (this.examplesOf !== this.items) {
      this.examplesOf = this.items;
      this.states = [this.rows.start];
    }
    for (let at = this.states.length; at <= place; at += 1) {
      const { star, example } = this.items[at - 1]!;
      const before = this.states[at - 1]!;
      this.states.push(star ? before : this.rows.next[before * this.rows.width + example]!);
    }
    return this.states[place]!;
  }

  /** Whether the examples from a place on lead from a state to one that grants. */
  private isGrantedBehind(from: number, place: number): boolean {
    let state = from;
    let at = place;
    for (; at < this.items.length && state !== 0; at += 1) {
      const { star, example } = this.items[at]!;
      if (!star) state = this.rows.next[state * this.rows.width + example]!;
    }
    this.rows.work.spend(1 + at - place);
    return state !== 0 && this.isGrantedAt(state);
  }

  /** Removes what stands beside a star and is covered by it; gives the star's new place. */
  private dropCovered(star: number): number {
    let place = star;
    const isCovered = (item: Widened | undefined): boolean =>
      item !== undefined && isWithin(item.set, this.items[place]!.set);
    while (isCovered(this.items[place + 1]) && this.take(this.with(place + 1, 1, []))) continue;
    while (isCovered(this.items[place - 1]) && this.take(this.with(place - 1, 1, []))) place -= 1;
    return place;
  }

  /** Whether no other byte is tried here: a letter is part of a name, a digit of a number. */
  private isByItself({ example, set }: Widened): boolean {
    const { slash, nul, byteOf } = this.rows.alphabet;
    if (example === slash || example === nul) return true;
    const byte = byteOf[example]!;
    return set.size === 1 && !(byte >= 0x30 && byte <= 0x39);
  }

  /** Other bytes that do as well where one or a few stand. */
  completeClasses(): void {
    const { alphabet, width, next } = this.rows;
    for (const [place, item] of this.items.entries()) {
      if (item.star || this.isByItself(item)) continue;
      const here = this.stateAt(place);
      const known = new Map<number, boolean>();
      const more = alphabet.path.members.filter((member) => {
        if (item.set.has[member] === 1) return false;
        const target = next[here * width + member]!;
        let isGood = known.get(target);
        if (isGood === undefined) known.set(target, (isGood = this.isGrantedBehind(target, place + 1)));
        return isGood;
      });
      this.rows.work.spend(width);
      // a slash only as one byte of many, control bytes too: in a negated class
      const every = alphabet.setOf([...item.set.members, ...more].toSorted((a, b) => a - b));
      const isNegated = every.text.startsWith("[^");
      const added = more.filter(
        (member) => isNegated || (member !== alphabet.slash && alphabet.byteOf[member]! >= SPACE),
      );
      if (added.length === 0) continue;
      const set = alphabet.setOf([...item.set.members, ...added].toSorted((a, b) => a - b));
      this.take(this.with(place, 1, [{ ...item, set }]));
    }
  }

  /** Classes once more, as often as that may be: `[0-9]{,[0-9]}{,[0-9]}`; whether there are any. */
  repeatClasses(): boolean {
    const whole = this.items;
    for (let place = 0; place < this.items.length; place += 1) {
      const item = this.items[place]!;
      const isBeside = [this.items[place - 1], this.items[place + 1]].some(
        (other) => other?.star === true && isWithin(item.set, other.set),
      );
      if (item.star || isBeside || item.set.size === 1 || this.items[place + 1]?.set === item.set) continue;
      const before = this.items;
      let count = 0;
      while (count < MOST_REPEATS && this.isRepeatable(place + count)) {
        if (!this.take(this.with(place + 1, 0, [{ ...item, isOptional: true }]))) break;
        count += 1;
      }
      // as often as one likes: no rule says that
      if (count === MOST_REPEATS) this.items = before;
      else place += count;
    }
    return this.items !== whole;
  }

  /** Tries one input with the byte at the place once more. */
  private isRepeatable(place: number): boolean {
    const state = this.rows.run(this.stateAt(place), [this.items[place]!.example]);
    return this.isGrantedBehind(state, place);
  }
}

/**
 * From one input to a pattern as wide as its grants allow: bytes become classes and `?`, gaps become `**` or `*`, what a star
 * covers is dropped. Every step is checked on the automaton, so whatever comes out is granted wherever the pattern matches.
 */
import type { DenseRows } from "./dense-rows.ts";
import type { ClassSet, FlatPattern, Item } from "./flat-patterns.ts";

/** Whether the pattern may be taken: all states its inputs lead to grant what is wanted. */
type IsGranted = (pattern: FlatPattern) => boolean;
type IsGrantedAt = (state: number) => boolean;

/** Longer inputs are left as they are. */
const MAX_WIDENED = 400;

interface Checks {
  readonly isGranted: IsGranted;
  readonly isGrantedAt: IsGrantedAt;
  /** A NUL stands between two texts, and is not one of the bytes of a class. */
  readonly isPair: boolean;
}

interface Widened extends Item {
  /** A class of the set: with it the pattern has an input to try first; a star stands for nothing there. */
  readonly example: number;
}

export function widen(
  rows: DenseRows,
  input: readonly { readonly set: ClassSet; readonly example: number }[],
  checks: Checks,
): FlatPattern {
  const start = input.map(({ set, example }) => ({ set, example, star: false }));
  if (input.length > MAX_WIDENED) return start;
  const widening = new Widening(rows, checks, start);
  widening.widenBytes();
  widening.insertStars();
  widening.completeClasses();
  return widening.items;
}

function isWithin(set: ClassSet, other: ClassSet): boolean {
  return set.members.every((member) => other.has[member] === 1);
}

class Widening {
  private readonly rows: DenseRows;
  private readonly isGranted: IsGranted;
  private readonly isGrantedAt: IsGrantedAt;
  private readonly isPair: boolean;
  items: readonly Widened[];

  constructor(rows: DenseRows, { isGranted, isGrantedAt, isPair }: Checks, items: readonly Widened[]) {
    this.rows = rows;
    this.isGranted = isGranted;
    this.isGrantedAt = isGrantedAt;
    this.isPair = isPair;
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
    const { component, noSlash, nul } = this.rows.alphabet;
    let isBehindNul = false;
    for (const [place, item] of this.items.entries()) {
      if (this.isPair && item.example === nul) isBehindNul = true;
      if (this.isSeparator(item)) continue;
      if (isBehindNul && this.take(this.with(place, 1, [{ ...item, set: noSlash }]))) continue;
      this.take(this.with(place, 1, [{ ...item, set: component }]));
    }
  }

  insertStars(): void {
    const { all, path, component, nul } = this.rows.alphabet;
    for (let place = 0; place <= this.items.length; place += 1) {
      const isBehindNul = this.isPair && this.items.slice(0, place).some(({ example }) => example === nul);
      for (const set of isBehindNul ? [all, path, component] : [path, component]) {
        if (this.isStarred(place, set)) break;
        const example = component.members[0] ?? path.members[0]!;
        if (!this.isLikely(place, set) || !this.take(this.with(place, 0, [{ set, example, star: true }]))) continue;
        place = this.dropCovered(place);
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
    const symbols = this.items.filter(({ star }) => !star).map(({ example }) => example);
    const at = this.items.slice(0, place).filter(({ star }) => !star).length;
    const before = this.rows.run(this.rows.start, symbols.slice(0, at));
    const after = symbols.slice(at);
    const some = component.members[0] ?? 0;
    const other = component.members.at(-1) ?? 0;
    const tries = [[some], [other], [some, other, some], ...(set.has[slash] === 1 ? [[slash, some, slash]] : [])];
    return tries.every((middle) => {
      const state = this.rows.run(before, [...middle, ...after]);
      return state !== 0 && this.isGrantedAt(state);
    });
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
    const { slash, nul, noSlash, byteOf } = this.rows.alphabet;
    if (example === slash) return true;
    if (example === nul || set === noSlash) return this.isPair;
    const byte = byteOf[example]!;
    return set.size === 1 && !(byte >= 0x30 && byte <= 0x39);
  }

  /** Other bytes that do as well where one or a few stand. */
  completeClasses(): void {
    const { alphabet, width, next } = this.rows;
    let state = this.rows.start;
    for (const [place, item] of this.items.entries()) {
      if (item.star) continue;
      const here = state;
      state = this.rows.run(here, [item.example]);
      if (this.isByItself(item)) continue;
      const suffix = this.items
        .slice(place + 1)
        .filter(({ star }) => !star)
        .map(({ example }) => example);
      const known = new Map<number, boolean>();
      const more = (this.isPair ? alphabet.path : alphabet.all).members.filter((member) => {
        if (item.set.has[member] === 1) return false;
        const target = next[here * width + member]!;
        let isGood = known.get(target);
        if (isGood === undefined) {
          const end = this.rows.run(target, suffix);
          isGood = end !== 0 && this.isGrantedAt(end);
          known.set(target, isGood);
        }
        return isGood;
      });
      // a slash as one byte of many only where NUL is one, too: in a negated class
      const isNegated = more.includes(alphabet.nul);
      const added = isNegated ? more : more.filter((member) => member !== alphabet.slash);
      if (added.length === 0) continue;
      const set = alphabet.setOf([...item.set.members, ...added].toSorted((a, b) => a - b));
      this.take(this.with(place, 1, [{ ...item, set }]));
    }
  }
}

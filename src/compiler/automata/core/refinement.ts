/**
 * Partition refinement inside one component: finds the classes of states that no input distinguishes, taking everything outside
 * for different from everything inside. Moore's rounds, but a state is looked at again only if a target of it changed class,
 * and of the parts of a class the largest keeps its number (Hopcroft's argument); so a state changes class at most log2(n) times.
 *
 * In the example the component {t15, t16, t17} splits by output into {t15} and {t16, t17}. All rows are then NUL → 0, `/` → 0, a and b →
 * {t16, t17}, else {t15}, so nothing splits further: that `/*ab` had to remember an a makes no difference.
 */
import { fold, Int32Vector, Uint16Vector } from "./collections.ts";
import type { i32 } from "./environment.ts";
import { leadingZeros, release32, sortNumbers } from "./environment.ts";
import type { Frames } from "./frames.ts";
import { Row } from "./row.ts";

/** Rows one after the other: the default first (its symbol means nothing), then the exceptions. */
class RowList {
  readonly outputs: Int32Vector = new Int32Vector();
  readonly starts: Int32Vector = new Int32Vector();
  readonly symbols: Uint16Vector = new Uint16Vector();
  readonly targets: Int32Vector = new Int32Vector();

  get count(): i32 {
    return this.outputs.length;
  }

  clear(): void {
    this.outputs.length = 0;
    this.starts.length = 0;
    this.symbols.length = 0;
    this.targets.length = 0;
    this.starts.push(0);
  }

  push(row: Row): void {
    this.outputs.push(row.output);
    this.symbols.push(0);
    this.targets.push(row.fallback);
    for (let at = 0; at < row.count; at += 1) {
      this.symbols.push(row.symbols[at]!);
      this.targets.push(row.targets[at]!);
    }
    this.starts.push(this.targets.length);
  }

  load(index: i32, row: Row): void {
    const start = this.starts.data[index]!;
    row.output = this.outputs.data[index]!;
    row.fallback = this.targets.data[start]!;
    row.count = this.starts.data[index + 1]! - start - 1;
    for (let at = 0; at < row.count; at += 1) {
      row.symbols[at] = this.symbols.data[start + 1 + at]!;
      row.targets[at] = this.targets.data[start + 1 + at]!;
    }
  }

  equals(index: i32, other: i32): boolean {
    const start = this.starts.data[index]!;
    const otherStart = this.starts.data[other]!;
    const length = this.starts.data[index + 1]! - start;
    if (this.outputs.data[index] !== this.outputs.data[other]) return false;
    if (this.starts.data[other + 1]! - otherStart !== length) return false;
    for (let at = 0; at < length; at += 1) {
      if (this.symbols.data[start + at] !== this.symbols.data[otherStart + at]) return false;
      if (this.targets.data[start + at] !== this.targets.data[otherStart + at]) return false;
    }
    return true;
  }
}

/** Places are positions in the component; class numbers are dense from 0. */
export class Refinement {
  private readonly frames: Frames;
  private first: i32 = 0;
  private size: i32 = 0;
  private classCount: i32 = 0;
  private readonly row: Row = new Row();
  /** By place. */
  private readonly classes: Int32Vector = new Int32Vector();
  private readonly leaders: Int32Vector = new Int32Vector();
  private readonly isDirty: Int32Vector = new Int32Vector();
  /** Doubly linked lists of the places of each class. */
  private readonly nexts: Int32Vector = new Int32Vector();
  private readonly previous: Int32Vector = new Int32Vector();
  private readonly heads: Int32Vector = new Int32Vector();
  /** By class: how many places, and how many of them are dirty. */
  private readonly sizes: Int32Vector = new Int32Vector();
  private readonly dirtySizes: Int32Vector = new Int32Vector();
  /** The predecessors of place p: `sources[sourceStarts[p]..sourceStarts[p + 1])`. */
  private readonly sourceStarts: Int32Vector = new Int32Vector();
  private readonly sources: Int32Vector = new Int32Vector();
  private readonly dirty: Int32Vector = new Int32Vector();
  private readonly changed: Int32Vector = new Int32Vector();
  /** Of the round: the row of each dirty place under the classes as they are, and how many places have it. */
  private readonly signatures: RowList = new RowList();
  private readonly counts: Int32Vector = new Int32Vector();
  private readonly hashes: Int32Vector = new Int32Vector();
  /** A hash table of leaders: open addressing, -1 is free. */
  private slots: Int32Array = new Int32Array(64);
  /** By class: the leader of its largest dirty part; by leader: the class its part gets; -1 for none yet. */
  private readonly keepers: Int32Vector = new Int32Vector();
  private readonly numbers: Int32Vector = new Int32Vector();
  /** By class: the hash of its future, of the next longer one; all of these, sorted. */
  private readonly futures: Int32Vector = new Int32Vector();
  private readonly nextFutures: Int32Vector = new Int32Vector();
  private readonly sorted: Int32Vector = new Int32Vector();
  /** The rows of the classes, normal, relative. */
  private readonly quotient: RowList = new RowList();

  constructor(frames: Frames) {
    this.frames = frames;
  }

  /** Refines the frames from `first` on, whose targets are relative; gives the number of classes. */
  run(first: i32): i32 {
    this.first = first;
    this.size = this.frames.count - first;
    this.start();
    this.findSources();
    while (this.dirty.length > 0) {
      this.sign();
      this.split();
      this.markSources();
    }
    this.makeQuotient();
    return this.classCount;
  }

  classOf(place: i32): i32 {
    return this.classes.data[place]!;
  }

  /** The normal row of a class; relative targets are complements of classes. */
  loadClass(number: i32, row: Row): void {
    this.quotient.load(number, row);
  }

  /**
   * A class that only depends on what the component accepts: hashes of ever longer futures, until one occurs once; the smallest
   * such. (Should hashes collide for ever, class 0: then equal components may stay apart, which only costs states.)
   */
  root(): i32 {
    const count = this.classCount;
    let futures = this.futures;
    let next = this.nextFutures;
    const sorted = this.sorted;
    futures.reset(count, -1);
    next.reset(count, 0);
    sorted.reset(count, 0);
    for (let round = 0; round < count; round += 1) {
      for (let at = 0; at < count; at += 1) {
        const hash = this.hashFuture(at, futures.data);
        next.data[at] = hash;
        sorted.data[at] = hash;
      }
      sortNumbers(sorted.data, count);
      const unique = firstUnique(sorted);
      if (unique >= 0) return next.indexOf(sorted.data[unique]!);
      const done = futures;
      futures = next;
      next = done;
    }
    return 0;
  }

  private hashFuture(number: i32, futures: Int32Array): i32 {
    const row = this.row;
    this.quotient.load(number, row);
    if (row.fallback < 0) row.fallback = futures[~row.fallback]! | (1 << 31);
    for (let at = 0; at < row.count; at += 1) {
      if (row.targets[at]! < 0) row.targets[at] = futures[~row.targets[at]!]! | (1 << 31);
    }
    return row.hash();
  }

  /** All places in class 0, all dirty. */
  private start(): void {
    const size = this.size;
    this.classCount = 1;
    this.classes.reset(size, 0);
    this.leaders.reset(size, 0);
    this.isDirty.reset(size, 0);
    this.nexts.reset(size, 0);
    this.previous.reset(size, 0);
    this.heads.length = 0;
    this.sizes.length = 0;
    this.dirtySizes.length = 0;
    this.dirty.length = 0;
    this.keepers.length = 0;
    this.heads.push(-1);
    this.sizes.push(0);
    this.dirtySizes.push(size);
    for (let place = 0; place < size; place += 1) {
      this.link(place, 0);
      this.isDirty.data[place] = 1;
      this.dirty.push(place);
    }
  }

  private findSources(): void {
    const frames = this.frames;
    const first = this.first;
    const size = this.size;
    const sourceStarts = this.sourceStarts;
    const sources = this.sources;
    const start = frames.starts.data[first]!;
    sourceStarts.length = 0;
    sourceStarts.extend(size + 2, 0);
    for (let at = start; at < frames.targets.length; at += 1) {
      const target = frames.targets.data[at]!;
      if (target < 0) sourceStarts.increase(~target + 2, 1);
    }
    for (let place = 2; place <= size + 1; place += 1) sourceStarts.increase(place, sourceStarts.data[place - 1]!);
    sources.length = 0;
    sources.extend(sourceStarts.data[size + 1]!, 0);
    for (let place = 0; place < size; place += 1) {
      for (let at = frames.starts.data[first + place]!; at < frames.ends.data[first + place]!; at += 1) {
        const target = frames.targets.data[at]!;
        if (target >= 0) continue;
        sources.data[sourceStarts.data[~target + 1]!] = place;
        sourceStarts.increase(~target + 1, 1);
      }
    }
  }

  private loadPlace(place: i32): void {
    const row = this.row;
    const classes = this.classes;
    this.frames.loadRow(this.first + place, row);
    if (row.fallback < 0) row.fallback = ~classes.data[~row.fallback]!;
    for (let at = 0; at < row.count; at += 1) {
      if (row.targets[at]! < 0) row.targets[at] = ~classes.data[~row.targets[at]!]!;
    }
    row.normalise();
  }

  /** Gives each dirty place its leader: the first dirty one of its class with the same row. */
  private sign(): void {
    const dirty = this.dirty;
    const signatures = this.signatures;
    const leaders = this.leaders;
    const counts = this.counts;
    const hashes = this.hashes;
    signatures.clear();
    counts.length = 0;
    counts.extend(dirty.length, 0);
    hashes.length = 0;
    this.clearSlots(2 * dirty.length);
    for (let index = 0; index < dirty.length; index += 1) {
      const place = dirty.data[index]!;
      this.loadPlace(place);
      signatures.push(this.row);
      hashes.push(fold(this.row.hash(), this.classes.data[place]!));
      const leader = this.findLeader(index);
      leaders.data[place] = leader;
      counts.increase(leader, 1);
    }
  }

  private clearSlots(needed: i32): void {
    let capacity = this.slots.length;
    while (capacity < needed) capacity *= 2;
    if (capacity > this.slots.length) {
      release32(this.slots);
      this.slots = new Int32Array(capacity);
    }
    this.slots.fill(-1, 0, slotCount(needed));
  }

  /** An earlier leader of the same class with the same row, or `index` itself, which then becomes one. */
  private findLeader(index: i32): i32 {
    const slots = this.slots;
    const hashes = this.hashes;
    const dirty = this.dirty;
    const classes = this.classes;
    const mask = slotCount(2 * dirty.length) - 1;
    const hash = hashes.data[index]!;
    const own = classes.data[dirty.data[index]!];
    let at = hash & mask;
    for (let leader = slots[at]!; leader >= 0; leader = slots[at]!) {
      const isSame = hashes.data[leader] === hash && classes.data[dirty.data[leader]!] === own;
      if (isSame && this.signatures.equals(leader, index)) return leader;
      at = (at + 1) & mask;
    }
    slots[at] = index;
    return index;
  }

  /** Splits the classes of dirty places by leader; the largest part keeps the number. */
  private split(): void {
    const dirty = this.dirty;
    const numbers = this.numbers;
    this.changed.length = 0;
    this.chooseKeepers();
    for (let index = 0; index < dirty.length; index += 1) {
      const place = dirty.data[index]!;
      const leader = this.leaders.data[place]!;
      if (numbers.data[leader] === -1) numbers.data[leader] = this.newClass();
      const number = numbers.data[leader]!;
      if (number !== this.classes.data[place]) this.move(place, number);
    }
  }

  /** Finds the part of each dirty class that keeps the number; where that is a dirty part, the clean rest moves at once. */
  private chooseKeepers(): void {
    const dirty = this.dirty;
    const counts = this.counts;
    const keepers = this.keepers;
    const numbers = this.numbers;
    const sizes = this.sizes;
    const dirtySizes = this.dirtySizes;
    keepers.extend(this.classCount, -1);
    numbers.length = 0;
    numbers.extend(dirty.length, -1);
    for (let index = 0; index < dirty.length; index += 1) {
      if (counts.data[index] === 0) continue;
      const own = this.classes.data[dirty.data[index]!]!;
      const keeper = keepers.data[own]!;
      if (keeper < 0 || counts.data[index]! > counts.data[keeper]!) keepers.data[own] = index;
    }
    for (let index = 0; index < dirty.length; index += 1) {
      const own = this.classes.data[dirty.data[index]!]!;
      const clean = sizes.data[own]! - dirtySizes.data[own]!;
      if (keepers.data[own] !== index || clean >= counts.data[index]!) continue;
      numbers.data[index] = own;
      if (clean > 0) this.moveClean(this.heads.data[own]!, this.newClass());
    }
    for (let index = 0; index < dirty.length; index += 1) {
      const own = this.classes.data[dirty.data[index]!]!;
      keepers.data[own] = -1;
      dirtySizes.data[own] = 0;
    }
  }

  private moveClean(head: i32, number: i32): void {
    let place = head;
    while (place >= 0) {
      const next = this.nexts.data[place]!;
      if (this.isDirty.data[place] === 0) this.move(place, number);
      place = next;
    }
  }

  private newClass(): i32 {
    this.heads.push(-1);
    this.sizes.push(0);
    this.dirtySizes.push(0);
    this.classCount += 1;
    return this.classCount - 1;
  }

  private move(place: i32, number: i32): void {
    const next = this.nexts.data[place]!;
    const previous = this.previous.data[place]!;
    const own = this.classes.data[place]!;
    if (next >= 0) this.previous.data[next] = previous;
    if (previous >= 0) this.nexts.data[previous] = next;
    else this.heads.data[own] = next;
    this.sizes.increase(own, -1);
    this.link(place, number);
    this.changed.push(place);
  }

  private link(place: i32, number: i32): void {
    const head = this.heads.data[number]!;
    this.classes.data[place] = number;
    this.nexts.data[place] = head;
    this.previous.data[place] = -1;
    if (head >= 0) this.previous.data[head] = place;
    this.heads.data[number] = place;
    this.sizes.increase(number, 1);
  }

  /** The places that lead to a place that changed class are the next dirty ones. */
  private markSources(): void {
    const dirty = this.dirty;
    const isDirty = this.isDirty;
    const changed = this.changed;
    const sourceStarts = this.sourceStarts;
    const sources = this.sources;
    for (let index = 0; index < dirty.length; index += 1) isDirty.data[dirty.data[index]!] = 0;
    dirty.length = 0;
    for (let index = 0; index < changed.length; index += 1) {
      const place = changed.data[index]!;
      for (let at = sourceStarts.data[place]!; at < sourceStarts.data[place + 1]!; at += 1) {
        const source = sources.data[at]!;
        if (isDirty.data[source] === 1) continue;
        isDirty.data[source] = 1;
        dirty.push(source);
        this.dirtySizes.increase(this.classes.data[source]!, 1);
      }
    }
  }

  private makeQuotient(): void {
    this.quotient.clear();
    for (let number = 0; number < this.classCount; number += 1) {
      this.loadPlace(this.heads.data[number]!);
      this.quotient.push(this.row);
    }
  }
}

/** The place of the first number that occurs once; -1 for none. */
function firstUnique(sorted: Int32Vector): i32 {
  const last = sorted.length - 1;
  for (let at = 0; at <= last; at += 1) {
    const isFirst = at === 0 || sorted.data[at - 1] !== sorted.data[at];
    const isLast = at === last || sorted.data[at + 1] !== sorted.data[at];
    if (isFirst && isLast) return at;
  }
  return -1;
}

/** The least power of two that is enough, at least 64. */
function slotCount(needed: i32): i32 {
  return needed <= 64 ? 64 : 1 << (32 - leadingZeros(needed - 1));
}

/**
 * Terms: what may still follow, as interned sets of *heads* (partial derivatives in Antimirov's sense).
 *
 * A head is the first step of a pattern: "a byte of this set, then that term", "the out-of-band symbol, then that term", or
 * "accept with this label". A term is the set of the heads it may begin with, so the union of terms is a union of sets, and a
 * state of the subset construction is again a term. A star is the term that holds the head "a byte of the set, then this same
 * term" beside the heads of what follows; hence `[^/][^/]*` and what is left of it after one byte share that head.
 *
 * Of the example (see the door's `index.ts`), right to left, with `[^/]` for any byte of a name:
 *
 *     t2 = accept 0    t5 = [^/]·t5 | [ab]·t2    t6 = /·t5              the pattern /*[ab]
 *                      t7 = b·t2                 t8 = a·t7
 *                      t9 = [^/]·t9 | a·t7       t10 = /·t9             the pattern /*ab
 *     t3 = accept 1    t11 = c·t3                t12 = /·t11            the pattern /c
 *     t13 = /·t5 | /·t9 | /·t11                                         all three: the start
 *
 * General stars, of more than one byte set, are not needed: no glob has them. That keeps derivatives free of the closure under
 * concatenation that Antimirov's need.
 *
 * The list of a set is in no special order; two lists are compared with marks, and the hash of a set is a sum over its heads.
 */
import { ByteSets } from "./byte-sets.ts";
import { fold, Index, Int32Vector, mix } from "./collections.ts";
import type { f64, i32 } from "./environment.ts";
import { release32 } from "./environment.ts";

/** The kinds of heads that are in the place of a byte set's number. */
export const ACCEPT: i32 = -1;
export const OUT_OF_BAND: i32 = -2;
/** Stands for a pattern that was too large to build. */
export const REFUSED: i32 = -3;

/** The term without heads: nothing matches. */
export const EMPTY: i32 = 0;

export class Terms {
  readonly byteSets: ByteSets = new ByteSets();
  /** By head: the byte set, `ACCEPT` or `OUT_OF_BAND`. */
  readonly headSets: Int32Vector = new Int32Vector();
  /** By head: the term that follows, or the label. */
  readonly headTargets: Int32Vector = new Int32Vector();
  /** By head: if its target is a star that begins with it, what follows that star; else -1. */
  private readonly headRests: Int32Vector = new Int32Vector();
  /** By head: the term of this head alone, or -1. */
  private readonly headTerms: Int32Vector = new Int32Vector();
  private readonly headIndex: Index = new Index();
  /** Heads of term t: `members[starts[t]..starts[t+1])`. */
  readonly starts: Int32Vector = new Int32Vector();
  readonly members: Int32Vector = new Int32Vector();
  private readonly index: Index = new Index();
  private readonly starIndex: Index = new Index();

  /** By head. */
  private readonly headHashes: Int32Vector = new Int32Vector();
  /** The union in the making: a list, the sum of the hashes of its heads, and `stamp` as a mark on each of them. */
  private readonly marks: Int32Vector = new Int32Vector();
  private stamp: i32 = 1;
  private list: Int32Array = new Int32Array(256);
  private size: i32 = 0;
  private sum: i32 = 0;
  /** Heads added to unions so far, the measure of work. */
  work: f64 = 0;
  /** The term of a pattern that was too large to build. */
  refused: i32 = 0;

  constructor() {
    this.starts.push(0);
    this.intern();
    this.refused = this.single(this.head(REFUSED, 0));
  }

  get bytes(): f64 {
    const ofHeads = this.headSets.bytes + this.headTargets.bytes + this.headRests.bytes + this.headTerms.bytes;
    const ofTerms = this.starts.bytes + this.members.bytes;
    const indexes = this.headIndex.bytes + this.index.bytes + this.starIndex.bytes;
    return ofHeads + this.headHashes.bytes + this.marks.bytes + ofTerms + indexes;
  }

  get count(): i32 {
    return this.starts.length - 1;
  }

  get headCount(): i32 {
    return this.headSets.length;
  }

  accept(label: i32): i32 {
    return this.single(this.head(ACCEPT, label));
  }

  outOfBand(next: i32): i32 {
    return next === EMPTY ? EMPTY : this.single(this.head(OUT_OF_BAND, next));
  }

  step(set: i32, next: i32): i32 {
    return next === EMPTY || this.byteSets.isEmpty(set) ? EMPTY : this.single(this.head(set, next));
  }

  /** The first `length` bytes, then `next`. */
  literal(bytes: Uint8Array, length: i32, next: i32): i32 {
    let term = next;
    for (let at = length - 1; at >= 0; at -= 1) term = this.step(bytes[at]!, term);
    return term;
  }

  /** `set* next`; of two stars in a row one that covers the other stands for both. */
  star(set: i32, next: i32): i32 {
    if (next === EMPTY || this.byteSets.isEmpty(set)) return next;
    const first = this.members.data[this.starts.data[next]!]!;
    const rest = this.headTargets.data[first] === next ? this.headRests.data[first]! : -1;
    if (rest >= 0 && this.headSets.data[first]! >= 0) {
      const inner = this.headSets.data[first]!;
      if (this.byteSets.includes(inner, set)) return next;
      if (this.byteSets.includes(set, inner)) return this.star(set, rest);
    }
    return this.newStar(set, next);
  }

  /** Adds the heads of `term` to the union in the making. */
  add(term: i32): void {
    const start = this.starts.data[term]!;
    const end = this.starts.data[term + 1]!;
    if (this.size + end - start > this.list.length) this.growList(this.size + end - start);
    const stamp = this.stamp;
    const list = this.list;
    const members = this.members.data;
    const marks = this.marks.data;
    const hashes = this.headHashes.data;
    let size = this.size;
    let sum = this.sum;
    for (let at = start; at < end; at += 1) {
      const head = members[at]!;
      if (marks[head] === stamp) continue;
      marks[head] = stamp;
      list[size] = head;
      size += 1;
      sum = (sum + hashes[head]!) | 0;
    }
    this.size = size;
    this.sum = sum;
    this.work += end - start;
  }

  /** How many heads the union in the making has. */
  get pending(): i32 {
    return this.size;
  }

  /** The sum of their hashes. */
  get pendingSum(): i32 {
    return this.sum;
  }

  /** Takes back all but the first `size` heads of the union in the making, whose hashes sum up to `sum`. */
  retract(size: i32, sum: i32): void {
    for (let at = size; at < this.size; at += 1) this.marks.data[this.list[at]!] = 0;
    this.size = size;
    this.sum = sum;
  }

  /** Begins another union. */
  clear(): void {
    this.size = 0;
    this.sum = 0;
    this.stamp += 1;
    if (this.stamp < 0x7fff_ffff) return;
    this.marks.data.fill(0);
    this.stamp = 1;
  }

  /** The term of the union in the making, which stays as it is. */
  intern(): i32 {
    this.index.seek(this.sum);
    for (let id = this.index.next(); id >= 0; id = this.index.next()) if (this.isPending(id)) return id;
    const id = this.count;
    this.members.reserve(this.size);
    const members = this.members.data;
    const start = this.members.length;
    for (let at = 0; at < this.size; at += 1) members[start + at] = this.list[at]!;
    this.members.length = start + this.size;
    this.starts.push(this.members.length);
    this.index.add(this.sum, id);
    return id;
  }

  /** Forgets the terms from `count` on (heads stay: no head leads to them). */
  truncate(count: i32): void {
    this.starts.length = count + 1;
    this.members.length = this.starts.data[count]!;
    this.index.truncate(count);
  }

  /** The term of the union in the making; another begins. */
  finish(): i32 {
    const id = this.intern();
    this.clear();
    return id;
  }

  private single(head: i32): i32 {
    const known = this.headTerms.data[head]!;
    if (known >= 0) return known;
    this.addHead(head);
    const term = this.finish();
    this.headTerms.data[head] = term;
    return term;
  }

  private addHead(head: i32): void {
    if (this.marks.data[head] === this.stamp) return;
    if (this.size === this.list.length) this.growList(this.size + 1);
    this.marks.data[head] = this.stamp;
    this.list[this.size] = head;
    this.size += 1;
    this.sum = (this.sum + this.headHashes.data[head]!) | 0;
  }

  private growList(length: i32): void {
    const list = new Int32Array(2 * length);
    list.set(this.list);
    release32(this.list);
    this.list = list;
  }

  private isPending(id: i32): boolean {
    const start = this.starts.data[id]!;
    const end = this.starts.data[id + 1]!;
    if (end - start !== this.size) return false;
    const stamp = this.stamp;
    const members = this.members.data;
    const marks = this.marks.data;
    for (let at = start; at < end; at += 1) if (marks[members[at]!] !== stamp) return false;
    return true;
  }

  private head(set: i32, target: i32): i32 {
    const hash = fold(fold(0, set), target);
    this.headIndex.seek(hash);
    for (let id = this.headIndex.next(); id >= 0; id = this.headIndex.next()) {
      if (this.headSets.data[id] === set && this.headTargets.data[id] === target) return id;
    }
    return this.newHead(set, target, -1);
  }

  private newHead(set: i32, target: i32, rest: i32): i32 {
    const id = this.headSets.length;
    this.headSets.push(set);
    this.headTargets.push(target);
    this.headRests.push(rest);
    this.headTerms.push(-1);
    this.headHashes.push(mix(id + 1));
    this.marks.push(0);
    this.headIndex.add(fold(fold(0, set), target), id);
    return id;
  }

  private newStar(set: i32, next: i32): i32 {
    const hash = fold(fold(1, set), next);
    this.starIndex.seek(hash);
    for (let head = this.starIndex.next(); head >= 0; head = this.starIndex.next()) {
      if (this.headSets.data[head] === set && this.headRests.data[head] === next) return this.headTargets.data[head]!;
    }
    // INVARIANT: the head is new, so the set that holds it is new: it gets the next number, and its list begins with the head.
    const head = this.newHead(set, this.count, next);
    this.starIndex.add(hash, head);
    this.addHead(head);
    this.add(next);
    return this.finish();
  }
}

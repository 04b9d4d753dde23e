/**
 * Subset construction, one state at a time. The heads of a term are dealt to the bytes they take: heads with a wide set make the
 * default, the others (and what wide sets lack) the explicit bytes. A target is the union of the terms its heads lead to;
 * most explicit bytes lead to the default's union and a few heads more, so that union is kept and only added to.
 *
 * The example goes on: from t13 only `/` leads anywhere, to t14 = c·t3 | [^/]·t9 | a·t7 | [^/]·t5 | [ab]·t2. There `[^/]` is wide (253
 * bytes), so t15 = [^/]·t9 | a·t7 | [^/]·t5 | [ab]·t2 is the default, and NUL, `/`, a, b, c are explicit: NUL and `/` because the wide
 * set lacks them, a → t16 = t15 | accept 0 | b·t2, b → t17 = t15 | accept 0, c → t18 = t15 | accept 1.
 */
import { lowestBit } from "./byte-sets.ts";
import { fold, Int32Vector } from "./collections.ts";
import type { i32 } from "./environment.ts";
import { toByte, toInt16 } from "./environment.ts";
import type { LabelSets } from "./labels.ts";
import { OUT_OF_BAND_SYMBOL, type Row } from "./row.ts";
import { type StateSource, UNKNOWN } from "./states.ts";
import { ACCEPT, EMPTY, OUT_OF_BAND, REFUSED, type Terms } from "./terms.ts";

/** The states are terms. */
export class Expansion implements StateSource {
  /** By state: its canonical state, `UNKNOWN`, or its place in the search under way (see `search.ts`). */
  readonly results: Int32Vector = new Int32Vector();
  /** Whether a pattern was met that was too large to build. */
  hasRefused: boolean = false;
  private readonly terms: Terms;
  private readonly labelSets: LabelSets;
  private readonly labels: Int32Vector = new Int32Vector();
  /** Targets after the out-of-band symbol. */
  private readonly outOfBand: Int32Vector = new Int32Vector();
  /** Heads with a wide set. */
  private readonly wide: Int32Vector = new Int32Vector();
  /** By byte: a linked list of the heads with a narrow set that holds it: places in `dealt`, 0 ends. */
  private readonly firsts: Int32Array = new Int32Array(256);
  private readonly dealt: Int32Vector = new Int32Vector();
  private readonly nexts: Int32Vector = new Int32Vector();
  /** By byte: a hash of its list. Bytes of one class (a digit) mostly have the same list, so the same target. */
  private readonly sums: Int32Array = new Int32Array(256);
  /** By hash of a list: a byte that has it and whose target is known, or -1. */
  private readonly solved: Int16Array = new Int16Array(64);
  /** By byte: whether a wide set lacks it. */
  private readonly isLacking: Uint8Array = new Uint8Array(256);
  /** The bytes that are explicit: one bit each, and as a list, ascending. */
  private readonly explicit: Int32Array = new Int32Array(8);
  private readonly bytes: Uint8Array = new Uint8Array(256);
  private byteCount: i32 = 0;
  private readonly byteTargets: Int32Array = new Int32Array(256);

  constructor(terms: Terms, labelSets: LabelSets) {
    this.terms = terms;
    this.labelSets = labelSets;
    this.dealt.push(0);
    this.nexts.push(0);
    this.results.push(0);
  }

  /** Writes the normal row of the state into `row`; targets are states, which may be new. */
  expand(state: i32, row: Row): void {
    this.deal(state);
    this.listBytes();
    row.clear();
    row.output = this.labels.length === 0 ? 0 : this.labelSets.combine(this.labels);
    row.fallback = this.findFallback();
    this.findTargets(row.fallback);
    this.emit(row);
    this.results.extend(this.terms.count, UNKNOWN);
    this.reset();
  }

  private deal(state: i32): void {
    const terms = this.terms;
    const byteSets = terms.byteSets;
    const members = terms.members.data;
    const headSets = terms.headSets.data;
    const end = terms.starts.data[state + 1]!;
    for (let at = terms.starts.data[state]!; at < end; at += 1) {
      const head = members[at]!;
      const set = headSets[head]!;
      if (set === ACCEPT) this.labels.push(terms.headTargets.data[head]!);
      else if (set === OUT_OF_BAND) this.outOfBand.push(terms.headTargets.data[head]!);
      else if (set === REFUSED) this.hasRefused = true;
      else if (set < 256) this.dealByte(set, head);
      else {
        const isWide = byteSets.isWide(set);
        if (isWide) this.wide.push(head);
        const listed = byteSets.listed.data;
        const listEnd = byteSets.starts.data[set + 1]!;
        for (let i = byteSets.starts.data[set]!; i < listEnd; i += 1) {
          if (isWide) this.lack(listed[i]!);
          else this.dealByte(listed[i]!, head);
        }
      }
    }
  }

  private dealByte(byte: i32, head: i32): void {
    this.nexts.push(this.firsts[byte]!);
    this.firsts[byte] = this.dealt.length;
    this.sums[byte] = fold(this.sums[byte]!, head);
    this.dealt.push(head);
    this.explicit[byte >> 5] = this.explicit[byte >> 5]! | (1 << (byte & 31));
  }

  private lack(byte: i32): void {
    this.isLacking[byte] = 1;
    this.explicit[byte >> 5] = this.explicit[byte >> 5]! | (1 << (byte & 31));
  }

  /** The union of what follows the wide heads; it stays in the making when there is more than nothing. */
  private findFallback(): i32 {
    const wide = this.wide;
    const terms = this.terms;
    if (wide.length === 0) return EMPTY;
    for (let at = 0; at < wide.length; at += 1) terms.add(terms.headTargets.data[wide.data[at]!]!);
    return wide.length === 1 ? terms.headTargets.data[wide.data[0]!]! : terms.intern();
  }

  private findTargets(fallback: i32): void {
    const terms = this.terms;
    const bytes = this.bytes;
    const byteCount = this.byteCount;
    const byteTargets = this.byteTargets;
    const isLacking = this.isLacking;
    const kept = terms.pending;
    const sum = terms.pendingSum;
    this.solved.fill(-1);
    for (let at = 0; at < byteCount; at += 1) {
      const byte = bytes[at]!;
      if (isLacking[byte] === 1) continue;
      const target = this.findTarget(byte, kept);
      byteTargets[byte] = target < 0 ? fallback : target;
      if (terms.pending > kept) terms.retract(kept, sum);
    }
    terms.clear();
    for (let at = 0; at < byteCount; at += 1) {
      const byte = bytes[at]!;
      if (isLacking[byte] === 1) byteTargets[byte] = this.findLackingTarget(byte);
    }
  }

  /** The target of a byte that all wide heads take; -1 if it is the default. `kept` heads of the union are the default's. */
  private findTarget(byte: i32, kept: i32): i32 {
    const terms = this.terms;
    const first = this.firsts[byte]!;
    if (kept === 0 && this.nexts.data[first] === 0) return terms.headTargets.data[this.dealt.data[first]!]!;
    const slot = this.sums[byte]! & 63;
    const twin = this.solved[slot]!;
    this.solved[slot] = toInt16(byte);
    if (twin >= 0 && this.isSameList(this.firsts[twin]!, first)) return this.byteTargets[twin]!;
    this.addDealt(first);
    return terms.pending === kept ? -1 : terms.intern();
  }

  private isSameList(place: i32, other: i32): boolean {
    let at = place;
    let otherAt = other;
    while (at > 0 && this.dealt.data[at] === this.dealt.data[otherAt]) {
      at = this.nexts.data[at]!;
      otherAt = this.nexts.data[otherAt]!;
    }
    return at === otherAt;
  }

  private addDealt(first: i32): void {
    const terms = this.terms;
    for (let at = first; at > 0; at = this.nexts.data[at]!) {
      terms.add(terms.headTargets.data[this.dealt.data[at]!]!);
    }
  }

  private findLackingTarget(byte: i32): i32 {
    const terms = this.terms;
    const wide = this.wide;
    for (let at = 0; at < wide.length; at += 1) {
      const head = wide.data[at]!;
      if (terms.byteSets.has(terms.headSets.data[head]!, byte)) terms.add(terms.headTargets.data[head]!);
    }
    this.addDealt(this.firsts[byte]!);
    const target = terms.intern();
    terms.clear();
    return target;
  }

  private emit(row: Row): void {
    const bytes = this.bytes;
    const byteCount = this.byteCount;
    const byteTargets = this.byteTargets;
    for (let at = 0; at < byteCount; at += 1) row.push(bytes[at]!, byteTargets[bytes[at]!]!);
    // A default that no byte takes must not count as a way from state to state.
    row.normalise();
    if (this.outOfBand.length === 0) return;
    for (let at = 0; at < this.outOfBand.length; at += 1) this.terms.add(this.outOfBand.data[at]!);
    row.push(OUT_OF_BAND_SYMBOL, this.terms.intern());
    this.terms.clear();
  }

  private reset(): void {
    for (let at = 0; at < this.byteCount; at += 1) {
      const byte = this.bytes[at]!;
      this.firsts[byte] = 0;
      this.sums[byte] = 0;
      this.isLacking[byte] = 0;
      this.explicit[byte >> 5] = 0;
    }
    this.labels.length = 0;
    this.outOfBand.length = 0;
    this.wide.length = 0;
    this.dealt.length = 1;
    this.nexts.length = 1;
  }

  private listBytes(): void {
    let count = 0;
    for (let index = 0; index < 8; index += 1) {
      for (let bits = this.explicit[index]!; bits !== 0; bits &= bits - 1) {
        this.bytes[count] = toByte(32 * index + lowestBit(bits));
        count += 1;
      }
    }
    this.byteCount = count;
  }
}

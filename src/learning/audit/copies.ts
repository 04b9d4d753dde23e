/**
 * Which events are copies of one that another route has brought already (audit-events 5.2). Several events share the id of one system call, so it takes the
 * event's content and its process, too.
 */
import { encodeBytes } from "../../foundation/text/index.ts";
import { wordsOf } from "./bytes.ts";
import type { AuditEvent } from "./event.ts";
import { classKey } from "./groups.ts";

/** 64 bits of an event's content. COST: who finds two contents with one sum still needs the kernel to give both the same id. */
export interface ContentSum {
  readonly one: number;
  readonly other: number;
}

export type ChangingSum = { -readonly [Part in keyof ContentSum]: ContentSum[Part] };

function sumOf(text: string): ContentSum {
  const bytes = encodeBytes(text);
  return sumOfWords(wordsOf(bytes), 0, bytes.length);
}

/** As FNV-1a does, and a second one that mixes otherwise; four bytes a step. */
function sumOfWords(words: DataView, start: number, end: number): ContentSum {
  let [one, other] = [0x811c9dc5 ^ (end - start), 0x050c5d1f];
  for (let at = start; at < end; at += 4) {
    const word = at + 4 <= end ? words.getInt32(at, true) : lastWord(words, at, end);
    one = Math.imul(one ^ word, 0x01000193);
    one ^= one >>> 15;
    other = Math.imul(other ^ word ^ (other >>> 15), 0x85ebca6b);
  }
  return { one: one | 0, other: other | 0 };
}

function lastWord(words: DataView, start: number, end: number): number {
  let word = 0;
  for (let at = end - 1; at >= start; at -= 1) word = (word << 8) | words.getUint8(at);
  return word;
}

/** Of everything but the name. */
export function sumOfRest(event: AuditEvent): ContentSum {
  return sumOf(classKey(event));
}

export function sumWithName(rest: ContentSum, name: string | undefined): ContentSum {
  return name === undefined ? rest : added(rest, sumOf(name));
}

/** Makes `rest` the sum with a name as bytes. */
export function addBytes(rest: ChangingSum, words: DataView, [start, end]: readonly [number, number]): void {
  const { one, other } = added(rest, sumOfWords(words, start, end));
  rest.one = one;
  rest.other = other;
}

function added({ one, other }: ContentSum, more: ContentSum): ContentSum {
  return { one: Math.imul(one, 31) ^ more.one, other: Math.imul(other, 37) ^ more.other };
}

export function contentSum(event: AuditEvent): ContentSum {
  return sumWithName(sumOfRest(event), event.name);
}

/** An appearance of an event: the id of its record, and its process. COST: one object is used for all lines, so nobody keeps it. */
export interface Appearance {
  /** Seconds since 1970, `NO_TIME` where the record does not say. */
  sec: number;
  ms: number;
  /** -1: the record has no number. */
  serial: number;
  /** Where in a quarter of an hour it was, in ms; -1: unknown. Time zones differ by whole quarters, so that dates in local time have it, too. */
  phase: number;
  /** -1: unknown. */
  pid: number;
  line: number;
  /** Of the time that a syslog line begins with, to the second; 0: it begins otherwise. */
  stamp: number;
}

/** A number for the time at the start of a syslog line: `Nov 22 08:52:44`, `2026-11-22T08:52:44`. */
export function stampOf(bytes: Uint8Array, start: number): number {
  const length = stampLength(bytes, start);
  let stamp = length;
  for (let at = start; at < start + length; at += 1) stamp = Math.imul(stamp ^ (bytes[at] ?? 0), 0x01000193);
  return length === 0 ? 0 : stamp | 1;
}

const COLON = 0x3a;

function stampLength(bytes: Uint8Array, start: number): number {
  if (bytes[start + 3] === 0x20 && bytes[start + 9] === COLON && bytes[start + 12] === COLON) return 15;
  return bytes[start + 4] === 0x2d && bytes[start + 10] === 0x54 && bytes[start + 13] === COLON ? 19 : 0;
}

const MOST_KEYS = 1 << 15;
const SLOTS = MOST_KEYS * 2;
/** Numbers of a key: serial, place, both sums. COST: side by side, so that a key is one line of the processor's cache. */
const STRIDE = 4;
/** COST: numbers of a real log follow each other, so that keys do; in one that somebody made up, they are not looked for without end. */
const MOST_PROBES = 64;

/** Keys of four numbers, open addressing by the serial; a slot is free while its serial is NaN. */
class KeyTable {
  private readonly slots = new Float64Array(SLOTS * STRIDE).fill(Number.NaN);
  size = 0;

  /** The slot of the key, or the complement of the free one where it belongs; there is always one of the two. */
  find(serial: number, place: number, { one, other }: ContentSum): number {
    const { slots } = this;
    let slot = (serial + (one & 7)) & (SLOTS - 1);
    for (let probe = 0; ; probe += 1) {
      const at = slot * STRIDE;
      const held = slots[at] ?? 0;
      if (Number.isNaN(held) || probe === MOST_PROBES) return ~slot;
      if (held === serial && slots[at + 1] === place && slots[at + 2] === one && slots[at + 3] === other) return slot;
      slot = (slot + 1) & (SLOTS - 1);
    }
  }

  put(slot: number, serial: number, place: number, { one, other }: ContentSum): void {
    const at = slot * STRIDE;
    this.slots[at] = serial;
    this.slots[at + 1] = place;
    this.slots[at + 2] = one;
    this.slots[at + 3] = other;
    this.size += 1;
  }

  clear(): void {
    if (this.size > 0) this.slots.fill(Number.NaN);
    this.size = 0;
  }
}

/**
 * The last appearances. COST: 32,768 of them or more are remembered, in two generations of which the older one is dropped whole; numbers in
 * tables, since a set of texts costs as much as reading a line.
 */
export class RecentAppearances {
  private young = new KeyTable();
  private old = new KeyTable();

  private readonly twins = new KeyTable();
  private readonly balances = new Int32Array(SLOTS);

  /** Whether it has been there; from now on it has. */
  isCopy(at: Appearance, sum: ContentSum): boolean {
    const hasId = at.serial >= 0 && at.phase >= 0;
    return (hasId && this.isKnownId(at, sum)) || this.isTwin(at, sum, hasId ? 1 : -1);
  }

  /**
   * Text of the journal has each event twice, once without an id (audit-events 5.5). Of the events that one process caused in one second with
   * one content, as many are copies as came in the other form.
   */
  private isTwin({ stamp, pid }: Appearance, sum: ContentSum, way: 1 | -1): boolean {
    if (stamp === 0) return false;
    // COST: all events of a second would be looked for in one place
    const key = (stamp ^ Math.imul(pid, 0x9e3779b1) ^ sum.one) >>> 0;
    if (this.twins.size >= MOST_KEYS) this.twins.clear();
    const found = this.twins.find(key, pid, sum);
    const slot = found < 0 ? ~found : found;
    const balance = found < 0 ? 0 : (this.balances[slot] ?? 0);
    if (found < 0) this.twins.put(slot, key, pid, sum);
    this.balances[slot] = balance + way;
    return balance * way < 0;
  }

  private isKnownId({ serial, phase, pid }: Appearance, sum: ContentSum): boolean {
    // a process id has 22 bits
    const place = phase * 0x400000 + (pid & 0x3fffff);
    const slot = this.young.find(serial, place, sum);
    if (slot >= 0 || this.old.find(serial, place, sum) >= 0) return true;
    if (this.young.size < MOST_KEYS) this.young.put(~slot, serial, place, sum);
    else {
      [this.young, this.old] = [this.old, this.young];
      this.young.clear();
      this.young.put(~this.young.find(serial, place, sum), serial, place, sum);
    }
    return false;
  }
}

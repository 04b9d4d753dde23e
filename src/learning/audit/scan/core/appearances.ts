/** Which events are copies of one that another route has brought already (audit-events 5.2). */
import type { f64, i32 } from "./environment.ts";
import { lowBits, multiply, toFloat } from "./environment.ts";

const MOST_KEYS: i32 = 1 << 15;
const SLOTS: i32 = MOST_KEYS * 2;
/** Numbers of a key: serial, place, both sums. COST: side by side, so that a key is one line of the processor's cache. */
const STRIDE: i32 = 4;
/** COST: numbers of a real log follow each other, so that keys do; in one that somebody made up, they are not looked for without end. */
const MOST_PROBES: i32 = 64;

/** Keys of four numbers, open addressing by the serial, which is kept as one more than it is: a slot is free while that is 0. */
class KeyTable {
  private readonly slots: Float64Array = new Float64Array(SLOTS * STRIDE);
  size: i32 = 0;

  /** The slot of the key, or the complement of the free one where it belongs; there is always one of the two. */
  find(serial: f64, place: f64, one: i32, other: i32): i32 {
    const slots = this.slots;
    const key = serial + 1;
    let slot = (lowBits(serial) + (one & 7)) & (SLOTS - 1);
    for (let probe: i32 = 0; probe < MOST_PROBES; probe += 1) {
      const at = slot * STRIDE;
      const held = slots[at]!;
      if (held === 0) return ~slot;
      if (held === key && slots[at + 1] === place && slots[at + 2] === toFloat(one) && slots[at + 3] === toFloat(other))
        return slot;
      slot = (slot + 1) & (SLOTS - 1);
    }
    return ~slot;
  }

  /** Puts a key where `find` said, but for its sums. */
  put(slot: i32, serial: f64, place: f64): void {
    const at = slot * STRIDE;
    this.slots[at] = serial + 1;
    this.slots[at + 1] = place;
    this.size += 1;
  }

  putSums(slot: i32, one: i32, other: i32): void {
    const at = slot * STRIDE;
    this.slots[at + 2] = toFloat(one);
    this.slots[at + 3] = toFloat(other);
  }

  clear(): void {
    if (this.size > 0) this.slots.fill(0);
    this.size = 0;
  }
}

const PROCESS_IDS: f64 = 0x400000;

/**
 * The last appearances. COST: 32,768 of them or more are remembered, in two generations of which the older one is dropped whole; numbers in
 * tables, since a set of texts costs as much as reading a line.
 */
export class RecentAppearances {
  private young: KeyTable = new KeyTable();
  private old: KeyTable = new KeyTable();
  private readonly twins: KeyTable = new KeyTable();
  private readonly balances: Int32Array = new Int32Array(SLOTS);
  /** Of the appearance: its record's number, and where in a quarter of an hour it was; -1: unknown. */
  serial: f64 = -1;
  phase: i32 = -1;
  pid: i32 = -1;
  stamp: i32 = 0;
  one: i32 = 0;
  other: i32 = 0;

  /** The same of an appearance whose content was put in before. */
  isCopyOf(serial: f64, phase: i32, pid: i32, stamp: i32): boolean {
    this.serial = serial;
    this.phase = phase;
    this.pid = pid;
    this.stamp = stamp;
    return this.isCopy();
  }

  /** Whether it has been there; from now on it has. */
  isCopy(): boolean {
    const hasId = this.serial >= 0 && this.phase >= 0;
    if (hasId && this.isKnownId()) return true;
    return this.isTwin(hasId ? 1 : -1);
  }

  /**
   * Text of the journal has each event twice, once without an id (audit-events 5.5). Of the events that one process caused in one second with
   * one content, as many are copies as came in the other form.
   */
  private isTwin(way: i32): boolean {
    if (this.stamp === 0) return false;
    // COST: all events of a second would be looked for in one place
    const mixed: i32 = this.stamp ^ multiply(this.pid, -1640531535) ^ this.one;
    const key = toFloat(mixed & 0x7fffffff);
    const twins = this.twins;
    if (twins.size >= MOST_KEYS) twins.clear();
    const pid = toFloat(this.pid);
    const found = twins.find(key, pid, this.one, this.other);
    const slot = found < 0 ? ~found : found;
    const balance: i32 = found < 0 ? 0 : this.balances[slot]!;
    if (found < 0) this.put(twins, slot, key, pid);
    this.balances[slot] = balance + way;
    return balance * way < 0;
  }

  private isKnownId(): boolean {
    const serial = this.serial;
    const one = this.one;
    const other = this.other;
    // a process id has 22 bits
    const place = toFloat(this.phase) * PROCESS_IDS + toFloat(this.pid & 0x3fffff);
    const slot = this.young.find(serial, place, one, other);
    if (slot >= 0 || this.old.find(serial, place, one, other) >= 0) return true;
    if (this.young.size < MOST_KEYS) {
      this.put(this.young, ~slot, serial, place);
      return false;
    }
    const young = this.old;
    this.old = this.young;
    this.young = young;
    young.clear();
    this.put(young, ~young.find(serial, place, one, other), serial, place);
    return false;
  }

  private put(table: KeyTable, slot: i32, serial: f64, place: f64): void {
    table.put(slot, serial, place);
    table.putSums(slot, this.one, this.other);
  }
}

/** Serial numbers of records, and the holes in them (audit-events 6; `../../loss.ts`). */
import type { f64, i32 } from "./environment.ts";
import { UNKNOWN, toFloat } from "./environment.ts";

/** Gaps that late records may still fill; of more, the first half is settled. */
const MOST_GAPS: i32 = 4096;
const SETTLED_AT_ONCE: i32 = 2048;
/** Numbers of a gap: the first and the last serial that nobody has seen, and when the record behind it was written. */
export const GAP: i32 = 4;
const REBOOT_MS: f64 = 1000;
/** `../../event.ts`. */
const NO_TIME: f64 = -1;
const NONE_YET: f64 = -1;

export class Serials {
  readonly gaps: Float64Array = new Float64Array((MOST_GAPS + 2) * GAP);
  count: i32 = 0;
  /** Serials that are missing for good. */
  settled: f64 = 0;
  /** 1: others than AppArmor's events have numbers in the log, or records share them. */
  shared: i32 = 0;
  private top: f64 = NONE_YET;
  private topTime: f64 = UNKNOWN;

  see(serial: f64, sec: f64, ms: i32): void {
    const time: f64 = sec === NO_TIME ? UNKNOWN : sec * 1000 + toFloat(ms);
    if (this.top === NONE_YET) {
      this.top = serial;
      this.topTime = time;
      return;
    }
    if (serial > this.top) {
      if (serial > this.top + 1) this.addGap(this.top + 1, serial - 1, sec, ms);
      this.top = serial;
      this.topTime = time;
      return;
    }
    if (serial < this.top && time > this.topTime + REBOOT_MS) {
      // a smaller serial at a later time: the machine was started again
      this.settle(this.count);
      this.top = serial;
      this.topTime = time;
      return;
    }
    if (serial === this.top) this.shared = 1;
    this.fillGap(serial);
  }

  private addGap(first: f64, last: f64, sec: f64, ms: i32): void {
    this.put(this.count, first, last, sec, toFloat(ms));
    this.count += 1;
    if (this.count > MOST_GAPS) this.settle(SETTLED_AT_ONCE);
  }

  // oxlint-disable-next-line max-params -- the numbers of a gap. COST: an object for each
  private put(index: i32, first: f64, last: f64, sec: f64, ms: f64): void {
    const at = index * GAP;
    this.gaps[at] = first;
    this.gaps[at + 1] = last;
    this.gaps[at + 2] = sec;
    this.gaps[at + 3] = ms;
  }

  /** The first `count` gaps stay as they are, whatever comes. */
  private settle(count: i32): void {
    for (let index: i32 = 0; index < count; index += 1) {
      this.settled += this.gaps[index * GAP + 1]! - this.gaps[index * GAP]! + 1;
    }
    this.move(count, 0);
  }

  /** Moves the gaps from one place on to another. */
  private move(from: i32, to: i32): void {
    const numbers = (this.count - from) * GAP;
    const ahead = (to - from) * GAP;
    const start = from * GAP;
    if (ahead < 0) for (let at = start; at < start + numbers; at += 1) this.gaps[at + ahead] = this.gaps[at]!;
    else for (let at = start + numbers - 1; at >= start; at -= 1) this.gaps[at + ahead] = this.gaps[at]!;
    this.count += to - from;
  }

  /** A record that comes late closes the hole it left. */
  private fillGap(serial: f64): void {
    // COST: other records of an event come right behind it, and leave no hole.
    if (this.count === 0 || this.gaps[(this.count - 1) * GAP + 1]! < serial) return;
    const index = this.lastUpTo(serial);
    if (index < 0) return;
    const at = index * GAP;
    const first: f64 = this.gaps[at]!;
    const last: f64 = this.gaps[at + 1]!;
    if (last < serial) return;
    if (first === last) this.move(index + 1, index);
    else if (serial === first) this.gaps[at] = serial + 1;
    else if (serial === last) this.gaps[at + 1] = serial - 1;
    else this.split(index, serial);
  }

  private split(index: i32, serial: f64): void {
    const at = index * GAP;
    const sec: f64 = this.gaps[at + 2]!;
    const ms: f64 = this.gaps[at + 3]!;
    this.move(index, index + 1);
    this.put(index, this.gaps[at]!, serial - 1, sec, ms);
    this.gaps[at + GAP] = serial + 1;
    if (this.count > MOST_GAPS) this.settle(SETTLED_AT_ONCE);
  }

  /** The index of the last gap that begins at `serial` or before; -1: none does. The gaps are in order, and none overlap. */
  private lastUpTo(serial: f64): i32 {
    let low: i32 = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.gaps[middle * GAP]! <= serial) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

/**
 * Events of which all is known are counted where they are found, once their owner has said so (`count`): an event and the process that caused it were
 * told once, and another one that differs in time and number alone is one more. The owner takes what was counted when he asks for it.
 */
import type { f64, i32 } from "./environment.ts";
import { toFloat } from "./environment.ts";
import { MOST_NAMES } from "./names.ts";
import { MOST_TEMPLATES } from "./templates.ts";

/** Names have the first places, templates without a hole for one those behind them. */
export const FIRST_UNNAMED: i32 = MOST_NAMES;
const MOST: i32 = MOST_NAMES + MOST_TEMPLATES;
/** Numbers of a tally: how often since it was taken last; the time of the last one, and its line. */
export const TALLY: i32 = 4;
export class Tallies {
  readonly numbers: Float64Array = new Float64Array(MOST * TALLY);
  /** Places that were counted at since the owner took them all. */
  readonly touched: Int32Array = new Int32Array(MOST);
  count: i32 = 0;
  /** By place: 1 if it is among these. */
  private readonly marks: Uint8Array = new Uint8Array(MOST);
  /** By place: one more than the process whose events are counted here. */
  private readonly owners: Int32Array = new Int32Array(MOST);
  /** 1: some place has one. */
  private used: i32 = 0;

  /** From now on events of the process `pid` are counted here. */
  begin(place: i32, pid: i32): void {
    this.owners[place] = pid + 1;
    this.used = 1;
  }

  /** Whether an event was counted: nobody need hear of it. */
  // oxlint-disable-next-line max-params -- what an event says beside its content. COST: an object for each
  take(place: i32, pid: i32, sec: f64, ms: i32, line: f64): boolean {
    if (this.owners[place] !== pid + 1) return false;
    const at = place * TALLY;
    const numbers = this.numbers;
    const before: f64 = numbers[at]!;
    if (this.marks[place] === 0) {
      this.marks[place] = 1;
      this.touched[this.count] = place;
      this.count += 1;
    }
    numbers[at] = before + 1;
    numbers[at + 1] = sec;
    numbers[at + 2] = toFloat(ms);
    numbers[at + 3] = line;
    return true;
  }

  /** All was taken. */
  clear(): void {
    for (let index: i32 = 0; index < this.count; index += 1) {
      const place: i32 = this.touched[index]!;
      this.numbers[place * TALLY] = 0;
      this.marks[place] = 0;
    }
    this.count = 0;
  }

  /** Places mean something else from now on. */
  forget(): void {
    if (this.used === 0) return;
    this.owners.fill(0);
    this.used = 0;
  }
}

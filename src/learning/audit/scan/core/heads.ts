/** Heads of lines (`../../heads.ts`), and the ids in them. */
import type { f64, i32 } from "./environment.ts";
import { wordAt } from "./environment.ts";
import { numberEnd, smallValue, valueOf } from "./bytes.ts";

/** `audit(SEC.MS:SERIAL)`. */
export class Id {
  sec: f64 = 0;
  ms: i32 = 0;
  serial: f64 = 0;

  /** Reads it at `at`; gives the end, or -1. The widths are those the slow way reads (carriers.ts). */
  read(bytes: Uint8Array, at: i32): i32 {
    // "audi", "t("
    if (wordAt(bytes, at) !== 0x69647561 || bytes[at + 4] !== 0x74 || bytes[at + 5] !== 0x28) return -1;
    const start = at + 6;
    const sec = numberEnd(bytes, start, 15);
    if (sec < 0 || bytes[sec] !== 0x2e) return -1;
    const ms = numberEnd(bytes, sec + 1, 9);
    if (ms < 0 || bytes[ms] !== 0x3a) return -1;
    const serial = numberEnd(bytes, ms + 1, 15);
    if (serial < 0 || bytes[serial] !== 0x29) return -1;
    this.sec = valueOf(bytes, start, sec);
    this.ms = smallValue(bytes, sec + 1, ms);
    this.serial = valueOf(bytes, ms + 1, serial);
    return serial + 1;
  }
}

export const MOST_HEADS: i32 = 16;
/** Words of four bytes in each of the two parts of a head. */
export const MOST_WORDS: i32 = 64;
/** In the shape of a head: any digit may be here. */
export const ANY_DIGIT: i32 = 0;
const SIGN_BITS: i32 = -2139062144;

/**
 * Heads that were recognised, four bytes at a time: what the bytes are where they matter (`values` under `masks`), and where any digit
 * may be (`digits`: the highest bit of such a byte). Two parts to each, before and behind the id.
 */
export class Heads {
  count: i32 = 0;
  private readonly values: Int32Array = new Int32Array(MOST_HEADS * 2 * MOST_WORDS);
  private readonly masks: Int32Array = new Int32Array(MOST_HEADS * 2 * MOST_WORDS);
  private readonly digits: Int32Array = new Int32Array(MOST_HEADS * 2 * MOST_WORDS);
  private readonly lengths: Int32Array = new Int32Array(MOST_HEADS * 2);
  private readonly ofEntries: Uint8Array = new Uint8Array(MOST_HEADS);

  /** Adds a head whose two parts are at the start of `bytes`. */
  add(bytes: Uint8Array, before: i32, behind: i32, ofEntries: i32): void {
    const head = this.count;
    this.ofEntries[head] = ofEntries === 1 ? 1 : 0;
    this.put(head * 2, bytes, 0, before);
    this.put(head * 2 + 1, bytes, before, behind);
    this.count = head + 1;
  }

  private put(part: i32, bytes: Uint8Array, start: i32, length: i32): void {
    this.lengths[part] = length;
    for (let at: i32 = 0; at < length; at += 4) {
      let value: i32 = 0;
      let mask: i32 = 0;
      let digits: i32 = 0;
      for (let index: i32 = 0; index < 4 && at + index < length; index += 1) {
        const byte: i32 = bytes[start + at + index]!;
        value = value | (byte << (index * 8));
        if (byte === ANY_DIGIT) digits = digits | (0x80 << (index * 8));
        else mask = mask | (0xff << (index * 8));
      }
      const place = part * MOST_WORDS + (at >> 2);
      this.values[place] = value;
      this.masks[place] = mask;
      this.digits[place] = digits;
    }
  }

  /** Whether it is a head of lines of this kind: those of a log, or (1) those that entries of the journal become. */
  isOf(head: i32, ofEntries: i32): boolean {
    return this.ofEntries[head] === ofEntries;
  }

  /** Where the event begins in a line whose head this is, behind its mark; its id is in `id` then. -1: it has another head. */
  behind(head: i32, bytes: Uint8Array, start: i32, id: Id): i32 {
    if (!this.fits(head * 2, bytes, start)) return -1;
    const close = id.read(bytes, start + this.lengths[head * 2]!);
    if (close < 0 || !this.fits(head * 2 + 1, bytes, close)) return -1;
    return close + this.lengths[head * 2 + 1]!;
  }

  private fits(part: i32, bytes: Uint8Array, start: i32): boolean {
    const end = start + this.lengths[part]!;
    let place = part * MOST_WORDS;
    for (let at = start; at < end; at += 4) {
      const word = wordAt(bytes, at);
      if ((word & this.masks[place]!) !== this.values[place]) return false;
      const digits: i32 = this.digits[place]!;
      // of a digit, what is left is below ten: then adding 0x76 leaves the highest bit alone
      const left: i32 = word ^ 0x30303030;
      if (((left | ((left & ~SIGN_BITS) + 0x76767676)) & digits) !== 0) return false;
      place += 1;
    }
    return true;
  }
}

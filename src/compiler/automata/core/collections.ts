/**
 * Growing typed arrays and a hash index of small integers. COST: a first engine with arrays and strings as keys spent 37 % of
 * its time collecting garbage; nothing here allocates per element.
 */
import type { f64, i32 } from "./environment.ts";
import { multiply, release16, release32, toFloat, toUint16 } from "./environment.ts";

/** Spreads the bits of `value` (the finaliser of MurmurHash3, 0x85ebca6b and 0xc2b2ae35); a signed 32-bit number. */
export function mix(value: i32): i32 {
  let hash = value;
  hash = multiply(hash ^ (hash >>> 16), -2048144789);
  hash = multiply(hash ^ (hash >>> 13), -1028477387);
  return hash ^ (hash >>> 16);
}

/** A signed 32-bit hash of a sequence, one value at a time (Fibonacci hashing, 0x9e3779b1). */
export function fold(hash: i32, value: i32): i32 {
  const mixed = multiply(hash ^ value, -1640531535);
  return mixed ^ (mixed >>> 15);
}

function grown(length: i32): i32 {
  return length < 1 << 20 ? length * 2 : length + (length >> 1);
}

/** Room to begin with. COST: most automata that are made of two others are small, and a hundred lists are cleared for each. */
const FEW = 16;

/** A list of signed 32-bit numbers. `data` is replaced when it grows: read it again after a `push`. */
export class Int32Vector {
  data: Int32Array = new Int32Array(FEW);
  length: i32 = 0;

  push(value: i32): void {
    if (this.length === this.data.length) this.reserve(1);
    this.data[this.length] = value;
    this.length += 1;
  }

  /** Makes room for `count` more. */
  reserve(count: i32): void {
    const needed = this.length + count;
    if (needed <= this.data.length) return;
    const twice = grown(this.data.length);
    const data = new Int32Array(twice < needed ? needed : twice);
    data.set(this.data);
    release32(this.data);
    this.data = data;
  }

  /** What its elements take; room to grow is not counted, so that growing is never what breaks a limit. */
  get bytes(): f64 {
    return 4 * toFloat(this.length);
  }

  /** At least `length` long; new places hold `value`. */
  extend(length: i32, value: i32): void {
    if (length <= this.length) return;
    this.reserve(length - this.length);
    this.data.fill(value, this.length, length);
    this.length = length;
  }

  /** `length` places that hold `value`. */
  reset(length: i32, value: i32): void {
    this.length = 0;
    this.extend(length, value);
  }

  /** The first place of the number, which must be there. */
  indexOf(value: i32): i32 {
    let at = 0;
    while (this.data[at] !== value) at += 1;
    return at;
  }

  /** Adds to the element at `at`. */
  increase(at: i32, by: i32): void {
    this.data[at] = this.data[at]! + by;
  }
}

/** A list of unsigned 16-bit numbers. */
export class Uint16Vector {
  data: Uint16Array = new Uint16Array(FEW);
  length: i32 = 0;

  get bytes(): f64 {
    return 2 * toFloat(this.length);
  }

  push(value: i32): void {
    if (this.length === this.data.length) this.reserve(1);
    this.data[this.length] = toUint16(value);
    this.length += 1;
  }

  /** `length` places whose values are to be written. */
  reset(length: i32): void {
    this.length = 0;
    this.reserve(length);
    this.length = length;
  }

  private reserve(count: i32): void {
    const needed = this.length + count;
    if (needed <= this.data.length) return;
    const twice = grown(this.data.length);
    const data = new Uint16Array(twice < needed ? needed : twice);
    data.set(this.data);
    release16(this.data);
    this.data = data;
  }
}

/**
 * A multimap from hash to identifiers, which the owner keeps with their contents: `seek(hash)`, then `next()` until it gives
 * -1, comparing contents; `add` what was not there. Open addressing; slot i is `slots[2i]` hash, `slots[2i + 1]` identifier + 1.
 */
export class Index {
  private slots: Int32Array = new Int32Array(2 * FEW);
  private mask: i32 = FEW - 1;
  private count: i32 = 0;
  private sought: i32 = 0;
  private cursor: i32 = 0;

  get bytes(): f64 {
    return 16 * toFloat(this.count);
  }

  seek(hash: i32): void {
    this.sought = hash;
    this.cursor = mix(hash) & this.mask;
  }

  next(): i32 {
    const slots = this.slots;
    const mask = this.mask;
    const sought = this.sought;
    let at = this.cursor;
    for (let id = slots[2 * at + 1]!; id !== 0; id = slots[2 * at + 1]!) {
      const isMatch = slots[2 * at] === sought;
      at = (at + 1) & mask;
      if (isMatch) {
        this.cursor = at;
        return id - 1;
      }
    }
    return -1;
  }

  add(hash: i32, id: i32): void {
    if (4 * this.count >= 3 * (this.mask + 1)) this.rebuild(2 * (this.mask + 1), 0x7fffffff);
    this.place(hash, id);
  }

  /** Forgets the identifiers from `limit` on. */
  truncate(limit: i32): void {
    this.rebuild(this.mask + 1, limit);
  }

  private place(hash: i32, id: i32): void {
    let at = mix(hash) & this.mask;
    while (this.slots[2 * at + 1] !== 0) at = (at + 1) & this.mask;
    this.slots[2 * at] = hash;
    this.slots[2 * at + 1] = id + 1;
    this.count += 1;
  }

  private rebuild(capacity: i32, limit: i32): void {
    const old = this.slots;
    this.slots = new Int32Array(2 * capacity);
    this.mask = capacity - 1;
    this.count = 0;
    for (let at = 0; at < old.length; at += 2) {
      const id = old[at + 1]! - 1;
      if (id >= 0 && id < limit) this.place(old[at]!, id);
    }
    release32(old);
  }
}

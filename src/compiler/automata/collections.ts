/**
 * Growing typed arrays and a hash index of small integers. COST: a first engine with arrays and strings as keys spent 37 % of
 * its time collecting garbage; nothing here allocates per element.
 */

/** Spreads the bits of `value` (the finaliser of MurmurHash3); a signed 32-bit number. */
export function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** A signed 32-bit hash of a sequence, one value at a time. */
export function fold(hash: number, value: number): number {
  const mixed = Math.imul(hash ^ value, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}

function grown(length: number): number {
  return length < 1 << 20 ? length * 2 : length + (length >> 1);
}

/** A list of signed 32-bit numbers. `data` is replaced when it grows: read it again after a `push`. */
export class Int32Vector {
  data = new Int32Array(256);
  length = 0;

  push(value: number): void {
    if (this.length === this.data.length) this.reserve(1);
    this.data[this.length] = value;
    this.length += 1;
  }

  /** Makes room for `count` more. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.data.length) return;
    const data = new Int32Array(Math.max(needed, grown(this.data.length)));
    data.set(this.data.subarray(0, this.length));
    this.data = data;
  }

  get bytes(): number {
    return 4 * this.length;
  }

  /** At least `length` long; new places hold `value`. */
  extend(length: number, value: number): void {
    if (length <= this.length) return;
    this.reserve(length - this.length);
    this.data.fill(value, this.length, length);
    this.length = length;
  }
}

/** A list of unsigned 16-bit numbers. */
export class Uint16Vector {
  data = new Uint16Array(256);
  length = 0;

  get bytes(): number {
    return 2 * this.length;
  }

  push(value: number): void {
    if (this.length === this.data.length) this.reserve(1);
    this.data[this.length] = value;
    this.length += 1;
  }

  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.data.length) return;
    const data = new Uint16Array(Math.max(needed, grown(this.data.length)));
    data.set(this.data.subarray(0, this.length));
    this.data = data;
  }
}

/** The sum of what some lists or indexes hold, in bytes; room to grow is not counted, so that growing is never what breaks a limit. */
export function sumBytes(parts: readonly { readonly bytes: number }[]): number {
  return parts.reduce((sum, part) => sum + part.bytes, 0);
}

/**
 * A multimap from hash to identifiers, which the owner keeps with their contents: `seek(hash)`, then `next()` until it gives
 * -1, comparing contents; `add` what was not there. Open addressing; slot i is `slots[2i]` hash, `slots[2i + 1]` identifier + 1.
 */
export class Index {
  private slots = new Int32Array(4096);
  private mask = 2047;
  private count = 0;
  private sought = 0;
  private cursor = 0;

  get bytes(): number {
    return 16 * this.count;
  }

  seek(hash: number): void {
    this.sought = hash | 0;
    this.cursor = mix(hash) & this.mask;
  }

  next(): number {
    const { slots, mask, sought } = this;
    let at = this.cursor;
    for (;;) {
      const id = slots[2 * at + 1]!;
      if (id === 0) return -1;
      const isMatch = slots[2 * at] === sought;
      at = (at + 1) & mask;
      if (isMatch) {
        this.cursor = at;
        return id - 1;
      }
    }
  }

  add(hash: number, id: number): void {
    if (4 * this.count >= 3 * (this.mask + 1)) this.rebuild(2 * (this.mask + 1), Infinity);
    this.place(hash | 0, id);
  }

  /** Forgets the identifiers from `limit` on. */
  truncate(limit: number): void {
    this.rebuild(this.mask + 1, limit);
  }

  private place(hash: number, id: number): void {
    let at = mix(hash) & this.mask;
    while (this.slots[2 * at + 1] !== 0) at = (at + 1) & this.mask;
    this.slots[2 * at] = hash;
    this.slots[2 * at + 1] = id + 1;
    this.count += 1;
  }

  private rebuild(capacity: number, limit: number): void {
    const old = this.slots;
    this.slots = new Int32Array(2 * capacity);
    this.mask = capacity - 1;
    this.count = 0;
    for (let at = 0; at < old.length; at += 2) {
      const id = old[at + 1]! - 1;
      if (id >= 0 && id < limit) this.place(old[at]!, id);
    }
  }
}

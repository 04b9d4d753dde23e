import type { i32 } from "./environment.ts";

/** COST: nobody makes us look at more, however he chooses names. */
const MOST_PROBES: i32 = 16;

/**
 * A table of indexes by hash: open addressing; a slot is a hash and an index + 1, which is 0 while it is free. COST: side by side, most are not
 * looked up. `seek`, then `next` until it gives -1.
 */
export class IndexTable {
  private readonly slots: Int32Array;
  private readonly mask: i32;
  private hash: i32 = 0;
  private probe: i32 = 0;

  constructor(size: i32) {
    this.slots = new Int32Array(size * 2);
    this.mask = size - 1;
  }

  seek(hash: i32): void {
    this.hash = hash;
    this.probe = 0;
  }

  /** The next index of the hash; -1 when there is none. */
  next(): i32 {
    const slots = this.slots;
    const hash = this.hash;
    while (this.probe < MOST_PROBES) {
      const slot = ((hash + this.probe) & this.mask) * 2;
      const held: i32 = slots[slot + 1]!;
      if (held === 0) return -1;
      this.probe += 1;
      if (slots[slot] === hash) return held - 1;
    }
    return -1;
  }

  put(hash: i32, index: i32): void {
    const slots = this.slots;
    for (let probe: i32 = 0; probe < MOST_PROBES; probe += 1) {
      const slot = ((hash + probe) & this.mask) * 2;
      if (slots[slot + 1] !== 0) continue;
      slots[slot] = hash;
      slots[slot + 1] = index + 1;
      return;
    }
  }

  clear(): void {
    this.slots.fill(0);
  }
}

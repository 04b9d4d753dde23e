/** Interned sets of bytes. The first 256 are the sets of one byte, by byte. */
import { fold, Index, Int32Vector } from "./collections.ts";
import type { i32 } from "./environment.ts";
import { leadingZeros } from "./environment.ts";

/** A set with more members is *wide*: it is written as a default and its missing bytes. */
const WIDE: i32 = 128;

/** Interned sets of bytes; a set is a small number. */
export class ByteSets {
  private readonly bits: Int32Vector = new Int32Vector();
  private readonly sizes: Int32Vector = new Int32Vector();
  /** The listed bytes of set s are `listed[starts[s]..starts[s+1])`: the members, or what a wide set lacks; ascending. */
  readonly starts: Int32Vector = new Int32Vector();
  readonly listed: Int32Vector = new Int32Vector();
  private readonly index: Index = new Index();
  /** What `intern` takes: byte b is bit b & 31 of number b >> 5. */
  readonly pending: Int32Array = new Int32Array(8);

  constructor() {
    this.starts.push(0);
    for (let byte = 0; byte < 256; byte += 1) {
      this.pending.fill(0);
      this.pending[byte >> 5] = 1 << (byte & 31);
      this.intern();
    }
  }

  /** The number of the pending set. */
  intern(): i32 {
    let hash = 0;
    for (let i = 0; i < 8; i += 1) hash = fold(hash, this.pending[i]!);
    this.index.seek(hash);
    for (let id = this.index.next(); id >= 0; id = this.index.next()) if (this.equals(id)) return id;
    return this.add(hash);
  }

  isWide(set: i32): boolean {
    return this.sizes.data[set]! > WIDE;
  }

  isEmpty(set: i32): boolean {
    return this.sizes.data[set] === 0;
  }

  has(set: i32, byte: i32): boolean {
    return ((this.bits.data[8 * set + (byte >> 5)]! >>> (byte & 31)) & 1) === 1;
  }

  /** Whether every byte of `inner` is in `outer`. */
  includes(outer: i32, inner: i32): boolean {
    const bits = this.bits.data;
    for (let i = 0; i < 8; i += 1) if ((bits[8 * inner + i]! & ~bits[8 * outer + i]!) !== 0) return false;
    return true;
  }

  private equals(id: i32): boolean {
    for (let i = 0; i < 8; i += 1) if (this.bits.data[8 * id + i] !== this.pending[i]) return false;
    return true;
  }

  private add(hash: i32): i32 {
    const id = this.sizes.length;
    let size = 0;
    for (let i = 0; i < 8; i += 1) {
      this.bits.push(this.pending[i]!);
      for (let bits = this.pending[i]!; bits !== 0; bits &= bits - 1) size += 1;
    }
    this.sizes.push(size);
    for (let i = 0; i < 8; i += 1) {
      const listed = size > WIDE ? ~this.pending[i]! : this.pending[i]!;
      for (let bits = listed; bits !== 0; bits &= bits - 1) this.listed.push(32 * i + lowestBit(bits));
    }
    this.starts.push(this.listed.length);
    this.index.add(hash, id);
    return id;
  }
}

/** The place of the lowest bit that is set. */
export function lowestBit(bits: i32): i32 {
  return 31 - leadingZeros(bits & -bits);
}

/** Interned sets of bytes. The first 256 are the sets of one byte, by byte. */
import { fold, Index, Int32Vector } from "./collections.ts";

/** A set with more members is *wide*: it is written as a default and its missing bytes. */
const WIDE = 128;

/** Interned sets of bytes; a set is a small number. */
export class ByteSets {
  private readonly words = new Int32Vector();
  private readonly sizes = new Int32Vector();
  /** The listed bytes of set s are `listed[starts[s]..starts[s+1])`: the members, or what a wide set lacks; ascending. */
  readonly starts = new Int32Vector();
  readonly listed = new Int32Vector();
  private readonly index = new Index();
  private readonly scratch = new Int32Array(8);

  constructor() {
    this.starts.push(0);
    const words = new Uint32Array(8);
    for (let byte = 0; byte < 256; byte += 1) {
      words.fill(0);
      words[byte >> 5] = (1 << (byte & 31)) >>> 0;
      this.intern(words);
    }
  }

  /** The number of the set; `words` as `AutomataSession.set` takes them. */
  intern(words: Uint32Array): number {
    let hash = 0;
    for (let i = 0; i < 8; i += 1) {
      this.scratch[i] = words[i] ?? 0;
      hash = fold(hash, this.scratch[i]!);
    }
    this.index.seek(hash);
    for (let id = this.index.next(); id >= 0; id = this.index.next()) if (this.equals(id)) return id;
    return this.add(hash);
  }

  isWide(set: number): boolean {
    return this.sizes.data[set]! > WIDE;
  }

  isEmpty(set: number): boolean {
    return this.sizes.data[set] === 0;
  }

  has(set: number, byte: number): boolean {
    return ((this.words.data[8 * set + (byte >> 5)]! >>> (byte & 31)) & 1) === 1;
  }

  /** Whether every byte of `inner` is in `outer`. */
  includes(outer: number, inner: number): boolean {
    const words = this.words.data;
    for (let i = 0; i < 8; i += 1) if ((words[8 * inner + i]! & ~words[8 * outer + i]!) !== 0) return false;
    return true;
  }

  private equals(id: number): boolean {
    for (let i = 0; i < 8; i += 1) if (this.words.data[8 * id + i] !== this.scratch[i]) return false;
    return true;
  }

  private add(hash: number): number {
    const id = this.sizes.length;
    let size = 0;
    for (let i = 0; i < 8; i += 1) {
      this.words.push(this.scratch[i]!);
      for (let bits = this.scratch[i]!; bits !== 0; bits &= bits - 1) size += 1;
    }
    this.sizes.push(size);
    for (let i = 0; i < 8; i += 1) {
      const listed = size > WIDE ? ~this.scratch[i]! : this.scratch[i]!;
      for (let bits = listed; bits !== 0; bits &= bits - 1) this.listed.push(32 * i + lowestBit(bits));
    }
    this.starts.push(this.listed.length);
    this.index.add(hash, id);
    return id;
  }
}

/** The place of the lowest bit that is set. */
export function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

/**
 * The product of two automata: every pair of states that one input leads to, breadth first, so that the input which leads to a
 * pair is a shortest one. Rows are merged, so a pair costs its exceptions and not 256.
 */
import type { Dfa } from "../automata/index.ts";

/** Pairs of states in order of discovery, each with the pair and the symbol it was first reached from. */
export class ProductWalk {
  readonly #left: Dfa;
  readonly #right: Dfa;
  /** Open addressing, pair number + 1; grown at half full. */
  #slots = new Int32Array(1 << 12);
  lefts = new Uint32Array(1 << 10);
  rights = new Uint32Array(1 << 10);
  #parents = new Int32Array(1 << 10);
  #symbols = new Uint16Array(1 << 10);
  count = 0;

  constructor(left: Dfa, right: Dfa) {
    this.#left = left;
    this.#right = right;
  }

  /** Adds a pair unless it is known. */
  reach(left: number, right: number, parent: number, symbol: number): void {
    const mask = this.#slots.length - 1;
    let slot = hash(left, right) & mask;
    for (let pair = this.#slots[slot]!; pair !== 0; pair = this.#slots[slot]!) {
      if (this.lefts[pair - 1] === left && this.rights[pair - 1] === right) return;
      slot = (slot + 1) & mask;
    }
    if (this.count === this.lefts.length) this.#grow();
    this.lefts[this.count] = left;
    this.rights[this.count] = right;
    this.#parents[this.count] = parent;
    this.#symbols[this.count] = symbol;
    this.count += 1;
    this.#slots[slot] = this.count;
    if (this.count * 2 > this.#slots.length) this.#rehash();
  }

  /** Reaches every pair one symbol after `pair`: the exceptions of either row, and one byte for all others. */
  expand(pair: number, withOutOfBand: boolean): void {
    const [a, b] = [this.#left, this.#right];
    const [left, right] = [this.lefts[pair]!, this.rights[pair]!];
    if (left === 0 && right === 0) return;
    let i = a.rows[left]!;
    let j = b.rows[right]!;
    const iEnd = a.rows[left + 1]!;
    const jEnd = b.rows[right + 1]!;
    let plain = 0; // the smallest byte that neither row names
    let isPlainKnown = false;
    while (i < iEnd || j < jEnd) {
      const symbol = Math.min(i < iEnd ? a.symbols[i]! : 512, j < jEnd ? b.symbols[j]! : 512);
      const isLeft = i < iEnd && a.symbols[i] === symbol;
      const isRight = j < jEnd && b.symbols[j] === symbol;
      const isByte = symbol < 256;
      if (isByte && !isPlainKnown && symbol === plain) plain += 1;
      else isPlainKnown = true;
      if (isByte || withOutOfBand) {
        const leftNext = isLeft ? a.targets[i]! : isByte ? a.defaults[left]! : 0;
        const rightNext = isRight ? b.targets[j]! : isByte ? b.defaults[right]! : 0;
        this.reach(leftNext, rightNext, pair, symbol);
      }
      if (isLeft) i += 1;
      if (isRight) j += 1;
    }
    if (plain < 256) this.reach(a.defaults[left]!, b.defaults[right]!, pair, plain);
  }

  /** The symbols that lead to a pair. */
  inputOf(pair: number): readonly number[] {
    const symbols: number[] = [];
    for (let at = pair; this.#parents[at]! >= 0; at = this.#parents[at]!) symbols.push(this.#symbols[at]!);
    return symbols.toReversed();
  }

  #grow(): void {
    const size = this.lefts.length * 2;
    this.lefts = copied(new Uint32Array(size), this.lefts);
    this.rights = copied(new Uint32Array(size), this.rights);
    this.#parents = copied(new Int32Array(size), this.#parents);
    this.#symbols = copied(new Uint16Array(size), this.#symbols);
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let pair = 0; pair < this.count; pair += 1) {
      let slot = hash(this.lefts[pair]!, this.rights[pair]!) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = pair + 1;
    }
  }
}

function copied<T extends Uint32Array | Int32Array | Uint16Array>(to: T, from: T): T {
  to.set(from);
  return to;
}

function hash(left: number, right: number): number {
  let mixed = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  return mixed ^ (mixed >>> 13);
}

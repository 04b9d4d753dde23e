/** One row of a table in the making: a default target and the exceptions to it. What the targets number is the user's affair. */
import { fold } from "./collections.ts";
import type { i32 } from "./environment.ts";
import { sortNumbers, toUint16 } from "./environment.ts";

/** The symbol after the bytes. The default of a row never applies to it; where it is absent, it leads to 0. */
export const OUT_OF_BAND_SYMBOL: i32 = 256;

export class Row {
  output: i32 = 0;
  fallback: i32 = 0;
  count: i32 = 0;
  readonly symbols: Uint16Array = new Uint16Array(257);
  readonly targets: Int32Array = new Int32Array(257);
  /** Scratch of `normalise`: the target of each byte, and the same sorted. */
  private readonly full: Int32Array = new Int32Array(256);
  private readonly sorted: Int32Array = new Int32Array(256);

  clear(): void {
    this.output = 0;
    this.fallback = 0;
    this.count = 0;
  }

  /** Symbols must come in ascending order. */
  push(symbol: i32, target: i32): void {
    this.symbols[this.count] = toUint16(symbol);
    this.targets[this.count] = target;
    this.count += 1;
  }

  /**
   * Brings the row into the one form all rows of the same function have: the default is the target of most bytes (of several
   * the one with the smallest byte), no exception repeats it, and the out-of-band symbol is listed where it does not lead to 0.
   */
  normalise(): void {
    if (this.count >= 128) this.chooseFallback();
    const symbols = this.symbols;
    const targets = this.targets;
    const fallback = this.fallback;
    let kept = 0;
    for (let at = 0; at < this.count; at += 1) {
      const symbol = symbols[at]!;
      const target = targets[at]!;
      if (target === (symbol === OUT_OF_BAND_SYMBOL ? 0 : fallback)) continue;
      symbols[kept] = symbol;
      targets[kept] = target;
      kept += 1;
    }
    this.count = kept;
  }

  hash(): i32 {
    let hash = fold(fold(this.count, this.output), this.fallback);
    for (let at = 0; at < this.count; at += 1) hash = fold(fold(hash, this.symbols[at]!), this.targets[at]!);
    return hash;
  }

  copyFrom(other: Row): void {
    this.output = other.output;
    this.fallback = other.fallback;
    this.count = other.count;
    for (let at = 0; at < other.count; at += 1) {
      this.symbols[at] = other.symbols[at]!;
      this.targets[at] = other.targets[at]!;
    }
  }

  /** With fewer than 128 exceptions the default has a majority; more need counting. */
  private chooseFallback(): void {
    const full = this.full;
    full.fill(this.fallback);
    let outOfBand = 0;
    for (let at = 0; at < this.count; at += 1) {
      if (this.symbols[at] === OUT_OF_BAND_SYMBOL) outOfBand = this.targets[at]!;
      else full[this.symbols[at]!] = this.targets[at]!;
    }
    this.fallback = this.mostFrequent();
    this.count = 0;
    for (let byte = 0; byte < 256; byte += 1) if (full[byte] !== this.fallback) this.push(byte, full[byte]!);
    if (outOfBand !== 0) this.push(OUT_OF_BAND_SYMBOL, outOfBand);
  }

  /** The value that `full` holds most often, of several the one met first. */
  private mostFrequent(): i32 {
    const full = this.full;
    const sorted = this.sorted;
    sorted.set(full);
    sortNumbers(sorted, 256);
    let most = 0;
    for (let start = 0; start < 256;) {
      const end = this.runEnd(start);
      if (end - start > most) most = end - start;
      start = end;
    }
    for (let byte = 0; byte < 256; byte += 1) if (this.countOf(full[byte]!) === most) return full[byte]!;
    return full[0]!;
  }

  private runEnd(start: i32): i32 {
    let end = start + 1;
    while (end < 256 && this.sorted[end] === this.sorted[start]) end += 1;
    return end;
  }

  private countOf(value: i32): i32 {
    let count = 0;
    for (let byte = 0; byte < 256; byte += 1) if (this.full[byte] === value) count += 1;
    return count;
  }
}

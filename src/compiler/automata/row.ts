/** One row of a table in the making: a default target and the exceptions to it. What the targets number is the user's affair. */
import { fold } from "./collections.ts";

/** The symbol after the bytes. The default of a row never applies to it; where it is absent, it leads to 0. */
export const OUT_OF_BAND_SYMBOL = 256;

export class Row {
  output = 0;
  fallback = 0;
  count = 0;
  readonly symbols = new Uint16Array(257);
  readonly targets = new Int32Array(257);

  clear(): void {
    this.output = 0;
    this.fallback = 0;
    this.count = 0;
  }

  /** Symbols must come in ascending order. */
  push(symbol: number, target: number): void {
    this.symbols[this.count] = symbol;
    this.targets[this.count] = target;
    this.count += 1;
  }

  /**
   * Brings the row into the one form all rows of the same function have: the default is the target of most bytes (of several
   * the one with the smallest byte), no exception repeats it, and the out-of-band symbol is listed where it does not lead to 0.
   */
  normalise(): void {
    if (this.count >= 128) this.chooseFallback();
    const { symbols, targets, fallback } = this;
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

  hash(): number {
    let hash = fold(fold(this.count, this.output), this.fallback);
    for (let at = 0; at < this.count; at += 1) hash = fold(fold(hash, this.symbols[at]!), this.targets[at]!);
    return hash;
  }

  copyFrom(other: Row): void {
    this.output = other.output;
    this.fallback = other.fallback;
    this.count = other.count;
    this.symbols.set(other.symbols.subarray(0, other.count));
    this.targets.set(other.targets.subarray(0, other.count));
  }

  /** With fewer than 128 exceptions the default has a majority; more need counting. */
  private chooseFallback(): void {
    const full = new Int32Array(256).fill(this.fallback);
    let outOfBand = 0;
    for (let at = 0; at < this.count; at += 1) {
      if (this.symbols[at] === OUT_OF_BAND_SYMBOL) outOfBand = this.targets[at]!;
      else full[this.symbols[at]!] = this.targets[at]!;
    }
    const counts = new Map<number, number>();
    for (const target of full) counts.set(target, (counts.get(target) ?? 0) + 1);
    let most = 0;
    for (const [target, count] of counts) {
      if (count <= most) continue;
      most = count;
      this.fallback = target;
    }
    this.count = 0;
    for (let byte = 0; byte < 256; byte += 1) if (full[byte] !== this.fallback) this.push(byte, full[byte]!);
    if (outOfBand !== 0) this.push(OUT_OF_BAND_SYMBOL, outOfBand);
  }
}

/**
 * What the two compilations of this directory do not share: JavaScript by tsc, and WebAssembly by the AssemblyScript compiler, for
 * which `scripts/wasm/environment.ts` replaces this file. All other files here keep to what both languages have in
 * common: no closures, no destructuring, no `for … of`, and `i32` where a number is a signed 32-bit one.
 */

/** A signed 32-bit number. */
export type i32 = number;
export type f64 = number;
/** Narrow numbers, in tables only. */
type u8 = number;
type i16 = number;
type u16 = number;

/** The low 32 bits of the product. */
export function multiply(a: i32, b: i32): i32 {
  return Math.imul(a, b);
}

/** How many of the 32 bits above the highest one that is set are not. */
export function leadingZeros(bits: i32): i32 {
  return Math.clz32(bits);
}

export function toByte(value: i32): u8 {
  return value;
}

export function toInt16(value: i32): i16 {
  return value;
}

export function toUint16(value: i32): u16 {
  return value;
}

export function toFloat(value: i32): f64 {
  return value;
}

/** Sorts the first `count` numbers, ascending. */
export function sortNumbers(list: Int32Array, count: i32): void {
  list.subarray(0, count).sort();
}

/** Nobody reads this list any more. In WebAssembly nothing else would free it. */
export function release32(_list: Int32Array): void {}

export function release16(_list: Uint16Array): void {}

/** What is asked of an `Int32Vector` here; its own file needs this one. */
interface NumberList {
  readonly data: Int32Array;
  readonly length: i32;
}

/** Asks the owner of the session what a set of labels comes to. */
export class Combiner {
  private readonly ask: (labels: readonly i32[]) => i32;

  constructor(ask: (labels: readonly i32[]) => i32) {
    this.ask = ask;
  }

  /** `labels` are sorted, without duplicates, not empty. */
  combine(labels: NumberList): i32 {
    return this.ask(Array.from(labels.data.subarray(0, labels.length)));
  }
}

/**
 * What the two compilations of this directory do not share: JavaScript by tsc, and WebAssembly by the AssemblyScript compiler, for
 * which `scripts/wasm/scan-environment.ts` replaces this file. All other files here keep to what both languages have in
 * common (docs/decisions/006): no closures, no destructuring, no `for … of`, and `i32` where a number is a signed 32-bit one.
 */

/** A signed 32-bit number. */
export type i32 = number;
export type f64 = number;
/** Narrow numbers, in tables only. */
type u8 = number;

/** What no number is, or is more or less than. */
export const UNKNOWN: f64 = Number.NaN;

/** The low 32 bits of the product. */
export function multiply(a: i32, b: i32): i32 {
  return Math.imul(a, b);
}

export function toByte(value: i32): u8 {
  return value;
}

export function toFloat(value: i32): f64 {
  return value;
}

/** The low 32 bits of a whole number. */
export function lowBits(value: f64): i32 {
  return value | 0;
}

/** What is left of a whole number that is not negative. */
export function remainder(value: f64, divisor: i32): i32 {
  return value % divisor;
}

/** Four bytes as one number. Behind the last byte of each table are some that may be read and say nothing. */
export function wordAt(bytes: Uint8Array, at: i32): i32 {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/** The first place of a byte from `start` on; `end`: it is in none before that. */
export function placeOf(bytes: Uint8Array, byte: i32, start: i32, end: i32): i32 {
  const found = bytes.indexOf(byte, start);
  return found < 0 || found > end ? end : found;
}

/** The first place of `byte` from `start` on right behind one of two others; `end`: there is none before that. */
// oxlint-disable-next-line max-params -- three bytes in a place of bytes. COST: an object for each call
export function placeBehind(bytes: Uint8Array, byte: i32, one: i32, other: i32, start: i32, end: i32): i32 {
  for (let at = placeOf(bytes, byte, start, end); at < end; at = placeOf(bytes, byte, at + 1, end)) {
    const before = bytes[at - 1];
    if (before === one || before === other) return at;
  }
  return end;
}

/** The last place of a byte from `start` on and before `end`; `start - 1`: there is none. */
export function lastPlaceOf(bytes: Uint8Array, byte: i32, start: i32, end: i32): i32 {
  let at = end - 1;
  while (at >= start && bytes[at] !== byte) at -= 1;
  return at;
}

/** The first place from `start` on that holds no digit. */
export function digitsEnd(bytes: Uint8Array, start: i32): i32 {
  let end = start;
  while (bytes[end]! >= 0x30 && bytes[end]! <= 0x39) end += 1;
  return end;
}

/** The number that at most eight digits are. */
export function digitsValue(bytes: Uint8Array, start: i32, end: i32): i32 {
  let value: i32 = 0;
  for (let at = start; at < end; at += 1) value = value * 10 + bytes[at]! - 0x30;
  return value;
}

/**
 * The first place from `start` on that is not plain within a quoted text: no visible ASCII and no blank, a quote or a backslash, but for `\\"`.
 * `end` or behind it: there is none before that.
 */
export function plainEnd(bytes: Uint8Array, start: i32, end: i32): i32 {
  let at = start;
  while (at < end) {
    const byte = bytes[at]!;
    if (byte === 0x5c && bytes[at + 1] === 0x22) at += 1;
    else if (byte < 0x20 || byte > 0x7e || byte === 0x22 || byte === 0x5c) return at;
    at += 1;
  }
  return at;
}

/**
 * Copies a text without the backslashes in front of its quotes; gives where the copy ends, or -1: there is a backslash in front of something else.
 * What is behind the copy, up to fifteen bytes, may change as well.
 */
// oxlint-disable-next-line max-params -- two places of bytes. COST: an object for each call
export function copyUnescaped(to: Uint8Array, at: i32, from: Uint8Array, start: i32, end: i32): i32 {
  let length = at;
  for (let place = start; place < end; place += 1) {
    if (from[place] === 0x5c) {
      place += 1;
      if (from[place] !== 0x22) return -1;
    }
    to[length] = from[place]!;
    length += 1;
  }
  return length;
}

/** As `copyBytes`, where what is behind the copy, up to fifteen bytes, may change as well. */
// oxlint-disable-next-line max-params -- two places of bytes. COST: an object for each call
export function copyLoosely(to: Uint8Array, at: i32, from: Uint8Array, start: i32, length: i32): void {
  for (let index = 0; index < length; index += 1) to[at + index] = from[start + index]!;
}

// oxlint-disable-next-line max-params -- two places of bytes. COST: an object for each call
export function copyBytes(to: Uint8Array, at: i32, from: Uint8Array, start: i32, length: i32): void {
  to.set(from.subarray(start, start + length), at);
}

/** Whether `length` bytes are the same. */
// oxlint-disable-next-line max-params -- two places of bytes. COST: an object for each call
export function isSame(bytes: Uint8Array, at: i32, other: Uint8Array, start: i32, length: i32): boolean {
  for (let index = 0; index < length; index += 1) if (bytes[at + index] !== other[start + index]) return false;
  return true;
}

/** A number for bytes, to find equal ones by. The two environments may give different ones. */
export function hashBytes(bytes: Uint8Array, start: i32, end: i32): i32 {
  let hash = 0x811c9dc5 ^ (end - start);
  for (let at = start; at < end; at += 1) hash = multiply(hash ^ bytes[at]!, 0x01000193);
  return hash ^ (hash >>> 15);
}

/** Plain ASCII as bytes. */
export function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

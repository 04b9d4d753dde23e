/** Bytes with a meaning, and numbers in decimal. */
import type { f64, i32 } from "./environment.ts";
import { digitsEnd, digitsValue, toFloat } from "./environment.ts";

export const LINE_FEED: i32 = 0x0a;
export const BLANK: i32 = 0x20;
export const QUOTE: i32 = 0x22;
export const COMMA: i32 = 0x2c;
export const COLON: i32 = 0x3a;
export const SEMICOLON: i32 = 0x3b;
export const EQUALS: i32 = 0x3d;
export const BACKSLASH: i32 = 0x5c;
export const UNDERSCORE: i32 = 0x5f;
export const OPEN: i32 = 0x7b;
export const CLOSE: i32 = 0x7d;
export const TILDE: i32 = 0x7e;

export function isDigit(byte: i32): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Where the number that starts at `at` ends, with at most `most` digits; -1 when there is none, or it is longer. */
export function numberEnd(bytes: Uint8Array, at: i32, most: i32): i32 {
  const end = digitsEnd(bytes, at);
  return end > at && end - at <= most ? end : -1;
}

const FEW: i32 = 8;
const BEYOND_FEW: i32 = 100000000;

/** Of at most nine digits. */
export function smallValue(bytes: Uint8Array, start: i32, end: i32): i32 {
  const split = end - FEW;
  if (split <= start) return digitsValue(bytes, start, end);
  return digitsValue(bytes, start, split) * BEYOND_FEW + digitsValue(bytes, split, end);
}

/** Of at most fifteen digits. */
export function valueOf(bytes: Uint8Array, start: i32, end: i32): f64 {
  const split = end - FEW;
  if (split <= start) return toFloat(digitsValue(bytes, start, end));
  return toFloat(digitsValue(bytes, start, split)) * toFloat(BEYOND_FEW) + toFloat(digitsValue(bytes, split, end));
}

/** Bytes with a meaning, and numbers in decimal. */
import type { f64, i32 } from "./environment.ts";
import { toFloat } from "./environment.ts";

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
  let end = at;
  while (isDigit(bytes[end]!)) end += 1;
  return end > at && end - at <= most ? end : -1;
}

/** Of at most nine digits. */
export function smallValue(bytes: Uint8Array, start: i32, end: i32): i32 {
  let value: i32 = 0;
  for (let at = start; at < end; at += 1) {
    const digit: i32 = bytes[at]!;
    value = value * 10 + digit - 0x30;
  }
  return value;
}

const SMALL: i32 = 9;
const BEYOND_SMALL: f64 = 1000000000;

/** Of at most fifteen digits. */
export function valueOf(bytes: Uint8Array, start: i32, end: i32): f64 {
  const split = end - SMALL;
  if (split <= start) return toFloat(smallValue(bytes, start, end));
  return toFloat(smallValue(bytes, start, split)) * BEYOND_SMALL + toFloat(smallValue(bytes, split, end));
}

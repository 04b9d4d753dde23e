import type { i32 } from "./environment.ts";
import { multiply } from "./environment.ts";
import { BLANK, COLON, isDigit } from "./bytes.ts";

const DASH: i32 = 0x2d;
const CAPITAL_T: i32 = 0x54;

const POINT: i32 = 0x2e;
const BRACKET: i32 = 0x5b;
/** As far as a time reaches. */
export const MOST_STAMP: i32 = 24;

/**
 * A number for the second at the start of a line of syslog or of the journal: `Nov 22 08:52:44`, `2026-11-22T08:52:44`,
 * `Sun 2026-11-22 08:52:44`, `1795338034.`, `[    6.`; 0: the line begins otherwise.
 */
export function stampOf(bytes: Uint8Array, start: i32): i32 {
  const length = stampLength(bytes, start);
  let stamp: i32 = length;
  for (let at = start; at < start + length; at += 1) {
    const byte: i32 = bytes[at]!;
    stamp = multiply(stamp ^ byte, 0x01000193);
  }
  return length === 0 ? 0 : stamp | 1;
}

function stampLength(bytes: Uint8Array, start: i32): i32 {
  if (bytes[start + 3] === BLANK && bytes[start + 9] === COLON && bytes[start + 12] === COLON) return 15;
  if (bytes[start + 4] === DASH && bytes[start + 10] === CAPITAL_T && bytes[start + 13] === COLON) return 19;
  if (bytes[start + 3] === BLANK && bytes[start + 8] === DASH && bytes[start + 17] === COLON) return 23;
  return bytes[start] === BRACKET || isDigit(bytes[start]!) ? secondsLength(bytes, start) : 0;
}

/** Digits up to a point. */
function secondsLength(bytes: Uint8Array, start: i32): i32 {
  let at = start + 1;
  while (at < start + MOST_STAMP && (bytes[at] === BLANK || isDigit(bytes[at]!))) at += 1;
  return bytes[at] === POINT ? at + 1 - start : 0;
}

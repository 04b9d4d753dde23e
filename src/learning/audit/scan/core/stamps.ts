import type { i32 } from "./environment.ts";
import { multiply } from "./environment.ts";
import { BLANK, COLON } from "./bytes.ts";

const DASH: i32 = 0x2d;
const CAPITAL_T: i32 = 0x54;

/** A number for the time at the start of a syslog line: `Nov 22 08:52:44`, `2026-11-22T08:52:44`; 0: the line begins otherwise. */
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
  return bytes[start + 4] === DASH && bytes[start + 10] === CAPITAL_T && bytes[start + 13] === COLON ? 19 : 0;
}

/** 64 bits of an event's content, to tell copies by; text by text. */
import type { i32 } from "./environment.ts";
import { multiply, wordAt } from "./environment.ts";

export class Sum {
  one: i32 = 0;
  other: i32 = 0;

  /** Of bytes: as FNV-1a does, and a second one that mixes otherwise; four bytes a step. */
  start(bytes: Uint8Array, start: i32, end: i32): void {
    let one: i32 = -2128831035 ^ (end - start);
    let other: i32 = 0x050c5d1f;
    for (let at = start; at < end; at += 4) {
      const word = at + 4 <= end ? wordAt(bytes, at) : lastWord(bytes, at, end);
      one = multiply(one ^ word, 0x01000193);
      one = one ^ (one >>> 15);
      other = multiply(other ^ word ^ (other >>> 15), -2048144789);
    }
    this.one = one;
    this.other = other;
  }

  /** Puts what is before it to it. */
  putBehind(one: i32, other: i32): void {
    this.one = multiply(one, 31) ^ this.one;
    this.other = multiply(other, 37) ^ this.other;
  }
}

function lastWord(bytes: Uint8Array, start: i32, end: i32): i32 {
  let word: i32 = 0;
  for (let at = end - 1; at >= start; at -= 1) {
    const byte: i32 = bytes[at]!;
    word = (word << 8) | byte;
  }
  return word;
}

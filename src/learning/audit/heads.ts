/**
 * What precedes the events of a log is the same in all its lines but for numbers: `Nov 22 08:52:44 h kernel: [    6.325044] audit: type=1400
 * audit(1795338034.254:54): `. A head that was read once need only be compared, digit for digit, where digits do not matter.
 *
 * Digits matter where they say who wrote a line, or what: priorities (`<30>`, `30,421,…;`), record types; process ids behind a tag are
 * part of a word. So a run of digits is free only behind a blank or the marks of a time (`HARMLESS`), never at the start of the line; and its
 * length is not.
 */
import { isDigit } from "./scan/core/bytes.ts";
import { ANY_DIGIT } from "./scan/core/heads.ts";

/** A head without the value of what does not matter in it. */
export interface HeadShape {
  /** The bytes of what precedes `audit(`; `ANY_DIGIT` for any digit. */
  readonly before: Uint8Array;
  /** What follows the id, the mark of the event included. */
  readonly behind: Uint8Array;
}

const ID = "audit(";
const HARMLESS = " :.-T+,";

/** Plain text that nothing has to be undone in, and that cannot be JSON or hold another record. */
const PLAIN = /^[ -~]*$/;
const SPECIAL = /["'{\\]/;

/** The shape of a head that is followed by `mark`; `undefined` when it has none that could be compared. */
export function headShape(head: string, mark: string): HeadShape | undefined {
  const at = head.indexOf(ID);
  const end = head.indexOf(")", at);
  if (at < 0 || end < 0 || !PLAIN.test(head) || SPECIAL.test(head)) return undefined;
  const before = asciiBytes(head.slice(0, at));
  for (let start = 1; start < at; start += 1) {
    if (!isDigit(before[start] ?? 0) || !HARMLESS.includes(head.charAt(start - 1))) continue;
    while (isDigit(before[start] ?? 0)) {
      before[start] = ANY_DIGIT;
      start += 1;
    }
  }
  return { before, behind: asciiBytes(head.slice(end + 1) + mark) };
}

function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

export function isSameHead(one: HeadShape, other: HeadShape): boolean {
  return isSameBytes(one.before, other.before) && isSameBytes(one.behind, other.behind);
}

function isSameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

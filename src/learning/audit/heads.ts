/**
 * What precedes the events of a log is the same in all its lines but for numbers: `Nov 22 08:52:44 h kernel: [    6.325044] audit: type=1400
 * audit(1795338034.254:54): `. A head that was read once need only be compared, digit for digit, where digits do not matter.
 *
 * Digits matter where they say who wrote a line, or what: priorities (`<30>`, `30,421,…;`), record types, process ids behind a tag are nobody's
 * business but part of a word. So a run of digits is free only behind a blank or the marks of a time (`HARMLESS`), never at
 * the start of the line; and its length is not.
 */

/** A head, its digits that do not matter as 0. */
export interface HeadShape {
  /** Character codes of what precedes `audit(`; `DIGIT` for any digit. */
  readonly before: Uint16Array;
  /** What follows the id, up to the event. */
  readonly behind: string;
}

/** The id in a head that was recognised. */
export interface HeadId {
  sec: number;
  ms: number;
  serial: number;
}

const DIGIT = 0;
const ID = "audit(";
const HARMLESS = " :.-T+,";

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Plain text that nothing has to be undone in, and that cannot be JSON or hold another record. */
const PLAIN = /^[ -~]*$/;
const SPECIAL = /["'{\\]/;

/** The shape of a head; `undefined` when it has none that could be compared. */
export function headShape(head: string): HeadShape | undefined {
  const at = head.indexOf(ID);
  if (at < 0 || !PLAIN.test(head) || SPECIAL.test(head)) return undefined;
  const before = Uint16Array.from({ length: at }, (_, index) => head.charCodeAt(index));
  for (let start = 1; start < at; start += 1) {
    if (!isDigit(before[start] ?? 0) || !HARMLESS.includes(head.charAt(start - 1))) continue;
    while (isDigit(before[start] ?? 0)) {
      before[start] = DIGIT;
      start += 1;
    }
  }
  const end = head.indexOf(")", at);
  return end < 0 ? undefined : { before, behind: head.slice(end + 1) };
}

/** Where the number that starts at `at` ends, with at most `most` digits; -1 when there is none, or it is longer. */
function numberEnd(text: string, at: number, most: number): number {
  let end = at;
  while (isDigit(text.charCodeAt(end))) end += 1;
  return end > at && end - at <= most ? end : -1;
}

/** Value of digits. COST: a slice and `Number` take three times as long. */
function valueOf(text: string, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at += 1) value = value * 10 + text.charCodeAt(at) - 0x30;
  return value;
}

/** Reads `audit(SEC.MS:SERIAL)` at `at` into `id`; gives the end, or -1. The widths are those the slow way reads (carriers.ts). */
export function readId(text: string, at: number, id: HeadId): number {
  if (!text.startsWith(ID, at)) return -1;
  const sec = numberEnd(text, at + ID.length, 15);
  if (sec < 0 || text.charCodeAt(sec) !== 0x2e) return -1;
  const ms = numberEnd(text, sec + 1, 9);
  if (ms < 0 || text.charCodeAt(ms) !== 0x3a) return -1;
  const serial = numberEnd(text, ms + 1, 15);
  if (serial < 0 || text.charCodeAt(serial) !== 0x29) return -1;
  id.sec = valueOf(text, at + ID.length, sec);
  id.ms = valueOf(text, sec + 1, ms);
  id.serial = valueOf(text, ms + 1, serial);
  return serial + 1;
}

/** Whether the text from `start` to `end` has the shape; its id is in `id` then. */
export function hasShape({ before, behind }: HeadShape, text: string, range: readonly [number, number], id: HeadId): boolean {
  const [start, end] = range;
  const close = readId(text, start + before.length, id);
  if (close < 0 || close + behind.length !== end || !text.startsWith(behind, close)) return false;
  for (let index = 0; index < before.length; index += 1) {
    const wanted = before[index];
    const code = text.charCodeAt(start + index);
    if (wanted === DIGIT ? !isDigit(code) : code !== wanted) return false;
  }
  return true;
}

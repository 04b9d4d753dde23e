/**
 * What precedes the events of a log is the same in all its lines but for numbers: `Nov 22 08:52:44 h kernel: [    6.325044] audit: type=1400
 * audit(1795338034.254:54): `. A head that was read once need only be compared, digit for digit, where digits do not matter.
 *
 * Digits matter where they say who wrote a line, or what: priorities (`<30>`, `30,421,…;`), record types; process ids behind a tag are
 * part of a word. So a run of digits is free only behind a blank or the marks of a time (`HARMLESS`), never at the start of the line; and its
 * length is not.
 */
import { isDigit } from "./bytes.ts";

/** A head without the value of what does not matter in it. */
export interface HeadShape {
  /** The bytes of what precedes `audit(`; `ANY_DIGIT` for any digit. */
  readonly before: Uint8Array;
  /** What follows the id, the mark of the event included. */
  readonly behind: Uint8Array;
}

/** The id in a head that was recognised. */
interface HeadId {
  sec: number;
  ms: number;
  serial: number;
}

const ANY_DIGIT = 0;
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

const ID_BYTES = asciiBytes(ID);

/** Where the number that starts at `at` ends, with at most `most` digits; -1 when there is none, or it is longer. */
function numberEnd(bytes: Uint8Array, at: number, most: number): number {
  let end = at;
  while (isDigit(bytes[end] ?? 0)) end += 1;
  return end > at && end - at <= most ? end : -1;
}

function valueOf(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at += 1) value = value * 10 + (bytes[at] ?? 0) - 0x30;
  return value;
}

/** Reads `audit(SEC.MS:SERIAL)` at `at` into `id`; gives the end, or -1. The widths are those the slow way reads (carriers.ts). */
export function readId(bytes: Uint8Array, at: number, id: HeadId): number {
  for (let index = 0; index < ID_BYTES.length; index += 1) if (bytes[at + index] !== ID_BYTES[index]) return -1;
  const start = at + ID_BYTES.length;
  const sec = numberEnd(bytes, start, 15);
  if (sec < 0 || bytes[sec] !== 0x2e) return -1;
  const ms = numberEnd(bytes, sec + 1, 9);
  if (ms < 0 || bytes[ms] !== 0x3a) return -1;
  const serial = numberEnd(bytes, ms + 1, 15);
  if (serial < 0 || bytes[serial] !== 0x29) return -1;
  id.sec = valueOf(bytes, start, sec);
  id.ms = valueOf(bytes, sec + 1, ms);
  id.serial = valueOf(bytes, ms + 1, serial);
  return serial + 1;
}

/** Where the event begins in a line whose head has the shape, behind its mark; its id is in `id` then. -1: it has another head. */
export function behindHead({ before, behind }: HeadShape, bytes: Uint8Array, start: number, id: HeadId): number {
  for (let index = 0; index < before.length; index += 1) {
    const wanted = before[index];
    const byte = bytes[start + index] ?? 0;
    if (wanted === ANY_DIGIT ? !isDigit(byte) : byte !== wanted) return -1;
  }
  const close = readId(bytes, start + before.length, id);
  if (close < 0) return -1;
  for (let index = 0; index < behind.length; index += 1) if (bytes[close + index] !== behind[index]) return -1;
  return close + behind.length;
}

/**
 * Entries of the journal as JSON, one a line, without `JSON.parse`. What reading an entry in full looks at (carriers.ts) is copied into another
 * line: the values of four fields, `;` behind each, an id where fields hold it, and the message without its escapes. Entries that give the same
 * line hold the same event, so templates take this line for the entry:
 *
 *   {"_TRANSPORT":"kernel","SYSLOG_IDENTIFIER":"kernel","MESSAGE":"audit: type=1400 audit(1795338034.254:54): apparmor=\"DENIED\" …"}
 *   kernel;kernel;;;audit: type=1400 audit(1795338034.254:54): apparmor="DENIED" …
 *
 * INVARIANT: an entry has a line only if nothing in it is open to doubt: plain ASCII, each field a text, no field that matters twice or escaped
 * in another way than as `\"`. All others are read in full.
 */
import type { i32 } from "./environment.ts";
import { asciiBytes, copyLoosely, copyUnescaped, isSame, plainEnd, toByte } from "./environment.ts";
import {
  BACKSLASH,
  BLANK,
  CLOSE,
  COLON,
  COMMA,
  LINE_FEED,
  OPEN,
  QUOTE,
  SEMICOLON,
  UNDERSCORE,
  isDigit,
} from "./bytes.ts";

/** The fields that matter; no two names have one length. The first four are written to the line as they are. */
const NAMES = asciiBytes(
  "_TRANSPORT SYSLOG_IDENTIFIER SYSLOG_FACILITY _AUDIT_TYPE _AUDIT_ID _SOURCE_REALTIME_TIMESTAMP MESSAGE ",
);
const COUNT: i32 = 7;
const WRITTEN: i32 = 4;
const TRANSPORT: i32 = 0;
const SERIAL: i32 = 4;
const MICROSECONDS: i32 = 5;
const MESSAGE: i32 = 6;
const MOST_NAME: i32 = 32;

const ID = asciiBytes("audit(");
const AUDIT = asciiBytes("audit");
/** What the journal makes of a record that it has from the audit subsystem: the id is in fields, not in the message. */
const RECORD = asciiBytes('AVC apparmor=\\"');
const POINT = asciiBytes(".");
const NUMBER = asciiBytes(":");
const ID_END = asciiBytes(") ");
/** Characters that may follow a backslash. With `\\u` a name that matters could be written in another way; it is read in full. */
const ESCAPED = asciiBytes('"\\/bfnrt');

/** Seconds, in a number of microseconds that is exact. */
const LEAST_DIGITS: i32 = 7;
const MOST_DIGITS: i32 = 16;
const NINE: i32 = 0x39;
/** Longer entries are read in full. */
const MOST_ENTRY: i32 = 1 << 14;

/** The line of the last entry. */
export class EntryLine {
  /** With a line feed behind it, and room for what is copied loosely. */
  readonly bytes: Uint8Array = new Uint8Array(MOST_ENTRY + 64);
  length: i32 = 0;
  /** Where each field's text begins and ends; 0: the entry has no such field. */
  private readonly starts: Int32Array = new Int32Array(COUNT);
  private readonly ends: Int32Array = new Int32Array(COUNT);
  /** By its length: where a name begins in `NAMES`, and its number; -1: there is none. */
  private readonly names: Int32Array = new Int32Array(MOST_NAME);
  private readonly numbers: Int32Array = new Int32Array(MOST_NAME);
  private readonly escaped: Uint8Array = new Uint8Array(256);

  constructor() {
    for (let at: i32 = 0; at < ESCAPED.length; at += 1) this.escaped[ESCAPED[at]!] = 1;
    this.names.fill(-1);
    let start: i32 = 0;
    let number: i32 = 0;
    for (let at: i32 = 0; at < NAMES.length; at += 1) {
      if (NAMES[at] !== BLANK) continue;
      this.names[at - start] = start;
      this.numbers[at - start] = number;
      number += 1;
      start = at + 1;
    }
  }

  /** Makes the line of the entry that begins at `start`; gives the entry's end, where a line feed is, or -1. `end`: of what is there. */
  read(entry: Uint8Array, start: i32, end: i32): i32 {
    const found = this.findFields(entry, start, end);
    return found >= 0 && this.write(entry) ? found : -1;
  }

  /** Goes through `{"NAME":"text","NAME":"text"}`. */
  private findFields(entry: Uint8Array, start: i32, last: i32): i32 {
    if (entry[start] !== OPEN || entry[start + 1] !== QUOTE) return -1;
    this.starts.fill(0);
    const longest = start + MOST_ENTRY;
    const most = (last < longest ? last : longest) - 2;
    let at = start + 2;
    while (at < most) {
      const colon = this.textEnd(entry, at, most) + 1;
      if (colon === 0 || entry[colon] !== COLON || entry[colon + 1] !== QUOTE) return -1;
      const text = colon + 2;
      const end = this.textEnd(entry, text, most);
      if (end < 0) return -1;
      const number = this.numberOf(entry, at, colon - 1);
      if (number >= 0) {
        // it was there before
        if (this.starts[number] !== 0 || text === end) return -1;
        this.starts[number] = text;
        this.ends[number] = end;
      }
      if (entry[end + 1] === CLOSE) return entry[end + 2] === LINE_FEED ? end + 2 : -1;
      if (entry[end + 1] !== COMMA || entry[end + 2] !== QUOTE) return -1;
      at = end + 3;
    }
    return -1;
  }

  /** The number of a field if it matters, or -1. */
  private numberOf(entry: Uint8Array, from: i32, to: i32): i32 {
    const length = to - from;
    if (length >= MOST_NAME) return -1;
    const name: i32 = this.names[length]!;
    return name >= 0 && isSame(entry, from, NAMES, name, length) ? this.numbers[length]! : -1;
  }

  /** Where the quote is that ends a text; -1: what is in it is not plain, or goes on behind `most`. */
  private textEnd(bytes: Uint8Array, start: i32, most: i32): i32 {
    let at = plainEnd(bytes, start, most);
    while (at < most) {
      if (bytes[at] === QUOTE) return at;
      if (bytes[at] !== BACKSLASH || this.escaped[bytes[at + 1]!] === 0) return -1;
      at = plainEnd(bytes, at + 2, most);
    }
    return -1;
  }

  private write(entry: Uint8Array): boolean {
    const bytes = this.bytes;
    this.length = 0;
    for (let number: i32 = 0; number < WRITTEN; number += 1) {
      const start: i32 = this.starts[number]!;
      const end: i32 = start > 0 ? this.ends[number]! : 0;
      for (let at = start; at < end; at += 1) if (!isOfWord(entry[at]!)) return false;
      if (start > 0) this.put(entry, start, end - start);
      bytes[this.length] = toByte(SEMICOLON);
      this.length += 1;
    }
    const from: i32 = this.starts[MESSAGE]!;
    if (from === 0 || (this.isOfAudit(entry) && !this.writeId(entry))) return false;
    return this.writeMessage(entry, from, this.ends[MESSAGE]!);
  }

  private isOfAudit(entry: Uint8Array): boolean {
    const start: i32 = this.starts[TRANSPORT]!;
    const end: i32 = this.ends[TRANSPORT]!;
    return start > 0 && end - start === AUDIT.length && isSame(entry, start, AUDIT, 0, AUDIT.length);
  }

  private writeId(entry: Uint8Array): boolean {
    const time: i32 = this.starts[MICROSECONDS]!;
    const timeEnd: i32 = this.ends[MICROSECONDS]!;
    const serial: i32 = this.starts[SERIAL]!;
    const serialEnd: i32 = this.ends[SERIAL]!;
    const message: i32 = this.starts[MESSAGE]!;
    if (time === 0 || serial === 0 || !isSame(entry, message, RECORD, 0, RECORD.length)) return false;
    if (timeEnd - time < LEAST_DIGITS || timeEnd - time > MOST_DIGITS || entry[time] === NINE) return false;
    for (let at = time; at < timeEnd; at += 1) if (!isDigit(entry[at]!)) return false;
    this.put(ID, 0, ID.length);
    this.put(entry, time, timeEnd - 6 - time);
    this.put(POINT, 0, POINT.length);
    this.put(entry, timeEnd - 6, 3);
    this.put(NUMBER, 0, NUMBER.length);
    this.put(entry, serial, serialEnd - serial);
    this.put(ID_END, 0, ID_END.length);
    return true;
  }

  private put(from: Uint8Array, start: i32, length: i32): void {
    copyLoosely(this.bytes, this.length, from, start, length);
    this.length += length;
  }

  private writeMessage(entry: Uint8Array, from: i32, to: i32): boolean {
    const end = copyUnescaped(this.bytes, this.length, entry, from, to);
    if (end < 0) return false;
    this.bytes[end] = toByte(LINE_FEED);
    this.length = end;
    return true;
  }
}

/** Letters, digits and `_`: nothing that digits could be free behind (heads.ts). */
function isOfWord(byte: i32): boolean {
  return isDigit(byte) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a) || byte === UNDERSCORE;
}

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
import { asciiText, isAt, isDigit } from "./bytes.ts";
import type { Appearance } from "./copies.ts";
import type { InspectedLine } from "./parse.ts";
import { type KnownEvent, Templates } from "./templates.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const BLANK = 0x20;
const TILDE = 0x7e;
const LINE_FEED = 0x0a;

const asciiBytes = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** The fields that matter; no two names have one length. The first four are written to the line as they are. */
const NAMES = [
  "_TRANSPORT",
  "SYSLOG_IDENTIFIER",
  "SYSLOG_FACILITY",
  "_AUDIT_TYPE",
  "_AUDIT_ID",
  "_SOURCE_REALTIME_TIMESTAMP",
  "MESSAGE",
].map(asciiBytes);
const WRITTEN = 4;
const [TRANSPORT, SERIAL, MICROSECONDS, MESSAGE] = [0, 4, 5, 6] as const;
/** By its length: the number of a name, or -1. */
const BY_LENGTH = Int8Array.from({ length: 32 }, (_, length) => NAMES.findIndex((name) => name.length === length));

const ID = asciiBytes("audit(");
const AUDIT = asciiBytes("audit");
/** What the journal makes of a record that it has from the audit subsystem: the id is in fields, not in the message. */
const RECORD = asciiBytes('AVC apparmor=\\"');
/** Characters that may follow a backslash. With `\\u` a name that matters could be written in another way; it is read in full. */
const ESCAPED = asciiBytes('"\\/bfnrt');
const isEscaped = Uint8Array.from({ length: 256 }, (_, byte) => (ESCAPED.includes(byte) ? 1 : 0));

/** Seconds, in a number of microseconds that is exact. */
const [LEAST_DIGITS, MOST_DIGITS, NINE] = [7, 16, 0x39] as const;
/** Longer entries are read in full. */
const MOST_ENTRY = 1 << 14;

/** The templates of a log's entries: as `Templates` for lines, which would take the line of an entry for one of the log. */
export class EntryTemplates {
  end = 0;
  private readonly line = new EntryLine();
  private readonly templates: Templates;

  constructor(inspect: (line: string) => InspectedLine) {
    this.templates = new Templates(inspect);
  }

  find(bytes: Uint8Array, start: number, at: Appearance): KnownEvent | undefined {
    this.end = this.line.read(bytes, start);
    return this.end < 0 ? undefined : this.templates.find(this.line.bytes, 0, at);
  }

  keep(): void {
    this.templates.keep();
  }

  learn(bytes: Uint8Array, [start, end]: readonly [number, number], at: Appearance): void {
    const { line } = this;
    if (line.read(bytes, start) !== end) return;
    this.templates.learn(line.bytes, [0, line.length], at, asciiText(bytes, start, end));
  }
}

/** The line of the last entry. */
class EntryLine {
  /** With a line feed behind it. */
  readonly bytes = new Uint8Array(MOST_ENTRY);
  length = 0;
  /** Where each field's text begins and ends; 0: the entry has no such field. */
  private readonly starts = new Int32Array(NAMES.length);
  private readonly ends = new Int32Array(NAMES.length);

  /** Makes the line of the entry that begins at `start`; gives the entry's end, where a line feed is, or -1. */
  read(entry: Uint8Array, start: number): number {
    const end = this.findFields(entry, start);
    return end >= 0 && this.write(entry) ? end : -1;
  }

  /** Goes through `{"NAME":"text","NAME":"text"}`. */
  private findFields(entry: Uint8Array, start: number): number {
    if (entry[start] !== OPEN || entry[start + 1] !== QUOTE) return -1;
    this.starts.fill(0);
    const most = Math.min(entry.length, start + MOST_ENTRY) - 2;
    for (let at = start + 2; at < most;) {
      const colon = textEnd(entry, at, most) + 1;
      if (colon === 0 || entry[colon] !== COLON || entry[colon + 1] !== QUOTE) return -1;
      const text = colon + 2;
      const end = textEnd(entry, text, most);
      if (end < 0 || !this.take(entry, [at, colon - 1], [text, end])) return -1;
      if (entry[end + 1] === CLOSE) return entry[end + 2] === LINE_FEED ? end + 2 : -1;
      if (entry[end + 1] !== COMMA || entry[end + 2] !== QUOTE) return -1;
      at = end + 3;
    }
    return -1;
  }

  /** Remembers a field if it matters; `false`: it was there before. */
  private take(
    entry: Uint8Array,
    [from, to]: readonly [number, number],
    [text, end]: readonly [number, number],
  ): boolean {
    const number = BY_LENGTH[to - from] ?? -1;
    const name = NAMES[number];
    if (name === undefined || !isAt(entry, from, name)) return true;
    if (this.starts[number] !== 0 || text === end) return false;
    this.starts[number] = text;
    this.ends[number] = end;
    return true;
  }

  private write(entry: Uint8Array): boolean {
    const { bytes, starts, ends } = this;
    this.length = 0;
    for (let number = 0; number < WRITTEN; number += 1) {
      for (let at = starts[number] ?? 0; at < (ends[number] ?? 0) && at > 0; at += 1) {
        const byte = entry[at] ?? 0;
        if (!isOfWord(byte)) return false;
        bytes[this.length] = byte;
        this.length += 1;
      }
      bytes[this.length] = SEMICOLON;
      this.length += 1;
    }
    const [from, to] = [starts[MESSAGE] ?? 0, ends[MESSAGE] ?? 0];
    if (from === 0 || (this.isOfAudit(entry) && !this.writeId(entry))) return false;
    return this.writeMessage(entry, from, to);
  }

  private isOfAudit(entry: Uint8Array): boolean {
    const [start, end] = [this.starts[TRANSPORT] ?? 0, this.ends[TRANSPORT] ?? 0];
    return start > 0 && end - start === AUDIT.length && isAt(entry, start, AUDIT);
  }

  private writeId(entry: Uint8Array): boolean {
    const { starts, ends } = this;
    const [time, timeEnd] = [starts[MICROSECONDS] ?? 0, ends[MICROSECONDS] ?? 0];
    const [serial, serialEnd] = [starts[SERIAL] ?? 0, ends[SERIAL] ?? 0];
    if (time === 0 || serial === 0 || !isAt(entry, starts[MESSAGE] ?? 0, RECORD)) return false;
    if (timeEnd - time < LEAST_DIGITS || timeEnd - time > MOST_DIGITS || entry[time] === NINE) return false;
    for (let at = time; at < timeEnd; at += 1) if (!isDigit(entry[at] ?? 0)) return false;
    this.put(ID);
    this.put(entry.subarray(time, timeEnd - 6));
    this.put(asciiBytes("."));
    this.put(entry.subarray(timeEnd - 6, timeEnd - 3));
    this.put(asciiBytes(":"));
    this.put(entry.subarray(serial, serialEnd));
    this.put(asciiBytes(") "));
    return true;
  }

  private put(part: Uint8Array): void {
    this.bytes.set(part, this.length);
    this.length += part.length;
  }

  private writeMessage(entry: Uint8Array, from: number, to: number): boolean {
    const { bytes } = this;
    let { length } = this;
    for (let at = from; at < to; at += 1) {
      let byte = entry[at] ?? 0;
      if (byte === BACKSLASH) {
        at += 1;
        byte = entry[at] ?? 0;
        if (byte !== QUOTE) return false;
      }
      bytes[length] = byte;
      length += 1;
    }
    bytes[length] = LINE_FEED;
    this.length = length;
    return true;
  }
}

/** Where the quote is that ends a text; -1: what is in it is not plain, or goes on behind `most`. */
function textEnd(bytes: Uint8Array, start: number, most: number): number {
  for (let at = start; at < most; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) return at;
    if (byte < BLANK || byte > TILDE) return -1;
    if (byte === BACKSLASH) {
      at += 1;
      if (isEscaped[bytes[at] ?? 0] === 0) return -1;
    }
  }
  return -1;
}

/** Letters, digits and `_`: nothing that digits could be free behind (heads.ts). */
function isOfWord(byte: number): boolean {
  return isDigit(byte) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a) || byte === 0x5f;
}

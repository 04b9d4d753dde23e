/** Lines without their holes (`../../templates.ts`), and what is in the holes of another line that is like one of them. */
import type { i32 } from "./environment.ts";
import {
  asciiBytes,
  copyBytes,
  digitsEnd,
  hashBytes,
  isSame,
  lastPlaceOf,
  multiply,
  placeBehind,
  placeOf,
  remainder,
  toByte,
  wordAt,
} from "./environment.ts";
import { BACKSLASH, BLANK, EQUALS, LINE_FEED, QUOTE, TILDE, smallValue } from "./bytes.ts";
import { Heads, Id } from "./heads.ts";
import { IndexTable } from "./index-table.ts";
import { NameTable } from "./names.ts";
import { Sum } from "./sums.ts";

/** COST: about 1.5 kB for each template, 0.2 kB for each name. */
export const MOST_TEMPLATES: i32 = 1 << 12;
const MOST_BYTES: i32 = 1 << 21;
/** Longer fronts are read in full. */
const MOST_FRONT: i32 = 1 << 11;
/** Nor are longer backs learned. */
const MOST_BACK: i32 = 1 << 13;
const PID_LENGTH: i32 = 5;
/** `pid=` as a word. */
const PID_WORD: i32 = 0x3d646970;
const D: i32 = 0x64;
const NAME = asciiBytes(' name="');
const MOST_PID_DIGITS: i32 = 9;
const QUARTER: i32 = 900;

/** What a line that was found is. */
export const NONE: i32 = 0;
/** Its template has the one event. */
export const UNNAMED: i32 = 1;
/** Its name has a number. */
export const KNOWN: i32 = 2;
/** Its name was not seen. */
export const FRESH: i32 = 3;

/** What becomes of lines that look like a template. */
export const READ_IN_FULL: i32 = 0;
/** They are events, whose numbers are theirs alone, */
export const OWN_NUMBERS: i32 = 1;
/** or those of other records, too. */
export const SHARED_NUMBERS: i32 = 2;

export class Templates {
  readonly heads: Heads = new Heads();
  readonly names: NameTable = new NameTable();
  readonly id: Id = new Id();
  readonly sum: Sum = new Sum();
  count: i32 = 0;
  /** Of the line that was found last: behind its mark; its name, -1 if it has no hole for one; where ` pid=` is, and where its number ends. */
  mark: i32 = 0;
  name: i32 = -1;
  pid: i32 = 0;
  pidEnd: i32 = 0;
  end: i32 = 0;
  pidValue: i32 = 0;
  template: i32 = 0;
  /** The number of its name, and the hash to remember it by. */
  known: i32 = 0;
  hash: i32 = 0;
  private readonly table: IndexTable = new IndexTable(MOST_TEMPLATES * 2);
  private readonly bytes: Uint8Array = new Uint8Array(MOST_BYTES + 16);
  private used: i32 = 0;
  private readonly headOf: Int32Array = new Int32Array(MOST_TEMPLATES);
  private readonly hasName: Uint8Array = new Uint8Array(MOST_TEMPLATES);
  private readonly kinds: Uint8Array = new Uint8Array(MOST_TEMPLATES);
  private readonly fronts: Int32Array = new Int32Array(MOST_TEMPLATES);
  private readonly backs: Int32Array = new Int32Array(MOST_TEMPLATES);
  private readonly ends: Int32Array = new Int32Array(MOST_TEMPLATES);
  private readonly ones: Int32Array = new Int32Array(MOST_TEMPLATES);
  private readonly others: Int32Array = new Int32Array(MOST_TEMPLATES);

  /** What is known of the line that begins at `start`, in bytes that end at `last`. */
  find(bytes: Uint8Array, start: i32, last: i32, ofEntries: i32): i32 {
    const heads = this.heads;
    for (let head: i32 = 0; head < heads.count; head += 1) {
      if (!heads.isOf(head, ofEntries)) continue;
      const mark = heads.behind(head, bytes, start, this.id);
      if (mark < 0) continue;
      this.mark = mark;
      if (!this.findHoles(bytes, last)) return NONE;
      return this.findTemplate(bytes, head) ? this.findName(bytes) : NONE;
    }
    return NONE;
  }

  /** Whether a line has this head, and holes; what they are is known then, and in `template` the one that it looks like, or -1. */
  examine(bytes: Uint8Array, start: i32, last: i32, head: i32): boolean {
    this.mark = this.heads.behind(head, bytes, start, this.id);
    if (this.mark < 0 || !this.findHoles(bytes, last)) return false;
    this.findTemplate(bytes, head);
    return true;
  }

  /** Makes the line that was examined a template; `false`: there is no room, or it is too long. */
  add(bytes: Uint8Array, head: i32, kind: i32): boolean {
    const frontEnd = this.name < 0 ? this.pid : this.name;
    const front = frontEnd - this.mark;
    const back = this.end - this.pidEnd;
    if (this.count >= MOST_TEMPLATES || this.used + front + back > MOST_BYTES) return false;
    const number = this.count;
    this.headOf[number] = head;
    this.hasName[number] = this.name < 0 ? 0 : 1;
    this.kinds[number] = toByte(kind);
    this.fronts[number] = this.used;
    copyBytes(this.bytes, this.used, bytes, this.mark, front);
    this.used += front;
    this.backs[number] = this.used;
    copyBytes(this.bytes, this.used, bytes, this.pidEnd, back);
    this.used += back;
    this.ends[number] = this.used;
    this.table.put(this.hashOfRest(bytes), number);
    this.count = number + 1;
    return true;
  }

  /** The sum of all of its events, without their names where there is a hole for one. */
  putSum(number: i32, one: i32, other: i32): void {
    this.ones[number] = one;
    this.others[number] = other;
  }

  isLong(): boolean {
    return this.end - this.pidEnd > MOST_BACK;
  }

  hasSharedNumbers(number: i32): boolean {
    return this.kinds[number] === SHARED_NUMBERS;
  }

  forget(): void {
    this.heads.count = 0;
    this.count = 0;
    this.used = 0;
    this.table.clear();
    this.names.clear();
  }

  /** Where in a quarter of an hour the line's id is (`../../phase.ts`). */
  phase(): i32 {
    return remainder(this.id.sec, QUARTER) * 1000 + this.id.ms;
  }

  /** Finds the holes, as the kernel writes them: ` name="…"` right before ` pid=`, or no name there; and the line's end. */
  private findHoles(bytes: Uint8Array, last: i32): boolean {
    const equals = this.pidAt(bytes, this.mark + PID_LENGTH - 1, last);
    if (equals < 0) return false;
    const digits = equals + 1;
    const end = digitsEnd(bytes, digits);
    if (end === digits || end - digits > MOST_PID_DIGITS || end >= last) return false;
    this.pidValue = smallValue(bytes, digits, end);
    this.pid = digits - PID_LENGTH;
    this.pidEnd = end;
    this.end = placeOf(bytes, LINE_FEED, end, last);
    return this.end < last && this.findQuotes(bytes);
  }

  /**
   * Where the next ` pid=` ends, looked for from `start` on. It may be in another line: then nothing is like what is in front of it, for no
   * template holds a line feed.
   */
  private pidAt(bytes: Uint8Array, start: i32, last: i32): i32 {
    const longest = start + MOST_FRONT;
    const most = last < longest ? last : longest;
    let at = placeBehind(bytes, EQUALS, D, D, start, most);
    while (at < most) {
      if (wordAt(bytes, at - 3) === PID_WORD && bytes[at - 4] === BLANK) return at;
      at = placeBehind(bytes, EQUALS, D, D, at + 1, most);
    }
    return -1;
  }

  private findQuotes(bytes: Uint8Array): boolean {
    const mark = this.mark;
    const pid = this.pid;
    this.name = -1;
    if (bytes[pid - 1] !== QUOTE) return true;
    const open = lastPlaceOf(bytes, QUOTE, mark, pid - 1);
    if (open > mark && this.isName(bytes, open)) this.name = open + 1;
    // a name that is not closed looks like an empty hole
    return this.name >= 0 || !this.isName(bytes, pid - 1);
  }

  /** Whether ` name="` ends with the quote at `open`. */
  private isName(bytes: Uint8Array, open: i32): boolean {
    const start = open + 1 - NAME.length;
    return start >= 0 && isSame(bytes, start, NAME, 0, NAME.length);
  }

  private hashOfRest(bytes: Uint8Array): i32 {
    const front = hashBytes(bytes, this.mark, this.name < 0 ? this.pid : this.name);
    return front ^ multiply(hashBytes(bytes, this.pidEnd, this.end), 31);
  }

  /** Finds the template, or -1; says whether there is one that says more than that lines like it are read in full. */
  private findTemplate(bytes: Uint8Array, head: i32): boolean {
    const table = this.table;
    table.seek(this.hashOfRest(bytes));
    let found = table.next();
    while (found >= 0 && !this.isLike(bytes, head, found)) found = table.next();
    this.template = found;
    return found >= 0 && this.kinds[found] !== READ_IN_FULL;
  }

  private isLike(bytes: Uint8Array, head: i32, number: i32): boolean {
    const hasName = this.name >= 0;
    if (this.headOf[number] !== head || (this.hasName[number] === 1) !== hasName) return false;
    const front: i32 = this.fronts[number]!;
    const back: i32 = this.backs[number]!;
    const end: i32 = this.ends[number]!;
    const frontEnd = hasName ? this.name : this.pid;
    if (back - front !== frontEnd - this.mark || end - back !== this.end - this.pidEnd) return false;
    return (
      isSame(bytes, this.mark, this.bytes, front, back - front) &&
      isSame(bytes, this.pidEnd, this.bytes, back, end - back)
    );
  }

  /** What is known of the name; the event's sum is in `sum` then. */
  private findName(bytes: Uint8Array): i32 {
    const template = this.template;
    const sum = this.sum;
    const one: i32 = this.ones[template]!;
    const other: i32 = this.others[template]!;
    if (this.name < 0) {
      sum.one = one;
      sum.other = other;
      return UNNAMED;
    }
    const end = this.pid - 1;
    sum.start(bytes, this.name, end);
    const mixed = multiply(sum.one ^ template, -1640531535) ^ sum.other;
    this.hash = mixed ^ (mixed >>> 15);
    sum.putBehind(one, other);
    this.known = this.names.find(this.hash, template, bytes, this.name, end - this.name);
    if (this.known >= 0) return KNOWN;
    for (let at = this.name; at < end; at += 1) {
      const byte: i32 = bytes[at]!;
      if (byte < BLANK || byte > TILDE || byte === BACKSLASH) return NONE;
    }
    return FRESH;
  }
}

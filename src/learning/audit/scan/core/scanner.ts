/**
 * Goes through lines of a log as far as it knows what they are: known events, records of which only the number is of use, lines that hold
 * no word of ours. What it finds is written down line by line; at any other line it stops, and the owner reads that one in full.
 */
import type { f64, i32 } from "./environment.ts";
import { placeOf, toFloat } from "./environment.ts";
import { LINE_FEED, OPEN, UNDERSCORE } from "./bytes.ts";
import { RecentAppearances } from "./appearances.ts";
import { EntryLine } from "./entry-line.ts";
import { MOST_WORDS } from "./heads.ts";
import { Serials } from "./serials.ts";
import { stampOf } from "./stamps.ts";
import { FIRST_UNNAMED, Tallies } from "./tallies.ts";
import { FRESH, KNOWN, NONE, Templates } from "./templates.ts";
import { Companions, EVENTFUL, MARKED, SILENT, SYSTEM_CALL, UNKNOWN, Words, hasEvent } from "./words.ts";

/** Room for the longest line that is looked at, and as much as any file is read in at once. */
export const WINDOW_BYTES: i32 = (1 << 20) + 64;
const PADDING: i32 = 64;
export const MOST_FOUND: i32 = 256;
/** Whole numbers of each line that was found, in this order. */
export const INTEGERS: i32 = 16;
export const LINE: i32 = 0;
export const KIND: i32 = 1;
export const TEMPLATE: i32 = 2;
export const NAME: i32 = 3;
export const PID: i32 = 4;
export const MS: i32 = 5;
export const PHASE: i32 = 6;
export const STAMP: i32 = 7;
export const IS_COPY: i32 = 8;
export const SUM_ONE: i32 = 9;
export const SUM_OTHER: i32 = 10;
export const NAME_START: i32 = 11;
export const NAME_END: i32 = 12;
export const HASH: i32 = 13;
export const OF_ENTRIES: i32 = 14;
/** Other numbers. */
export const FLOATS: i32 = 2;
export const SEC: i32 = 0;
export const SERIAL: i32 = 1;

/** What was examined, in the place of what was found first. */
export const EXAMINED_MARK: i32 = 0;
export const EXAMINED_NAME: i32 = 1;
export const EXAMINED_PID: i32 = 2;
export const EXAMINED_PID_END: i32 = 3;
export const EXAMINED_END: i32 = 4;
export const EXAMINED_TEMPLATE: i32 = 5;
export const EXAMINED_PID_VALUE: i32 = 6;
export const EXAMINED_MS: i32 = 7;
const MOST_STAGED: i32 = MOST_WORDS * 8;

/** Why it stopped: the line that comes next is not there as a whole; */
export const NO_LINE: i32 = 0;
/** what was found is to be taken first; */
export const FULL: i32 = 1;
/** the line is to be read in full, */
export const TO_READ: i32 = 2;
/** and may be learned; */
export const TO_LEARN: i32 = 3;
/** it is a system call's record; */
export const CALL: i32 = 4;
/** it begins as nobody has said what that is (`companions`). */
export const NEW_HEAD: i32 = 5;

/** It was a line that need not be stopped at. */
const FOUND: i32 = -1;
const FOUND_ENTRY: i32 = -2;

export class Scanner {
  readonly window: Uint8Array = new Uint8Array(WINDOW_BYTES + PADDING);
  readonly integers: Int32Array = new Int32Array((MOST_FOUND + 1) * INTEGERS);
  readonly floats: Float64Array = new Float64Array((MOST_FOUND + 1) * FLOATS);
  /** Where the owner puts the heads of lines that are to be added. */
  readonly staged: Uint8Array = new Uint8Array(MOST_STAGED + PADDING);
  readonly templates: Templates = new Templates();
  readonly entry: EntryLine = new EntryLine();
  readonly companions: Companions = new Companions();
  readonly appearances: RecentAppearances = new RecentAppearances();
  readonly serials: Serials = new Serials();
  readonly tallies: Tallies = new Tallies();
  private readonly words: Words = new Words();
  /** How many were found, how many lines were gone through, where the next one begins, where it ends if that is known. */
  count: i32 = 0;
  lines: i32 = 0;
  next: i32 = 0;
  end: i32 = 0;
  /** Where the entry that `entry` was made of ends; -1: there is none. */
  entryEnd: i32 = -1;
  /** Lines of the log before those that are gone through. */
  private before: f64 = 0;
  /** Of the record that was gone through last, if its number is not its own alone; -1: it is, or there was none. */
  private lastSerial: f64 = -1;
  private lastSec: f64 = 0;
  private lastMs: i32 = 0;

  /** Looks at the lines from `start` on, of bytes that end at `last`; there were `before` lines. */
  scan(start: i32, last: i32, takesCalls: i32, before: f64): i32 {
    this.count = 0;
    this.lines = 0;
    this.next = start;
    this.before = before;
    this.lastSerial = -1;
    while (this.next < last) {
      if (this.count >= MOST_FOUND) return FULL;
      const reason = this.look(this.next, last, takesCalls);
      if (reason >= 0) return reason;
      this.next = this.end + 1;
      this.lines += 1;
      // the next entry's line takes the place of this one's, with the name
      if (reason === FOUND_ENTRY) return FULL;
    }
    return NO_LINE;
  }

  private look(start: i32, last: i32, takesCalls: i32): i32 {
    const first: i32 = this.window[start]!;
    const kind = first === OPEN ? this.findEntry(start, last) : this.findLine(start, last);
    if (kind !== NONE) {
      this.write(kind, start);
      return first === OPEN && kind === FRESH ? FOUND_ENTRY : FOUND;
    }
    this.end = placeOf(this.window, LINE_FEED, start, last);
    if (this.end >= last) return NO_LINE;
    const isPart = first === UNDERSCORE || (first === OPEN && this.end - start <= 2);
    return isPart ? TO_READ : this.judge(start, takesCalls);
  }

  private findLine(start: i32, last: i32): i32 {
    const templates = this.templates;
    const kind = templates.find(this.window, start, last, 0);
    this.end = templates.end;
    return kind;
  }

  private findEntry(start: i32, last: i32): i32 {
    const entry = this.entry;
    this.entryEnd = entry.read(this.window, start, last);
    if (this.entryEnd < 0) return NONE;
    const kind = this.templates.find(entry.bytes, 0, entry.length + 1, 1);
    this.end = this.entryEnd;
    return kind;
  }

  /** A line that no template knows. */
  private judge(start: i32, takesCalls: i32): i32 {
    const bytes = this.window;
    const companion = this.companions.look(bytes, start);
    if (companion !== EVENTFUL && this.companions.end < this.end) {
      if (companion === UNKNOWN) return NEW_HEAD;
      const rest = this.templates.id.read(bytes, this.companions.end);
      if (rest >= 0 && rest <= this.end && !hasEvent(bytes, start, this.end)) {
        if (companion === SYSTEM_CALL && takesCalls === 1) {
          this.writeId();
          this.integers[this.count * INTEGERS + NAME_START] = rest;
          return CALL;
        }
        this.seeNumber(true);
        return FOUND;
      }
    }
    const found = this.words.look(bytes, start, this.end);
    if (found === MARKED) return TO_LEARN;
    return found === SILENT ? FOUND : TO_READ;
  }

  /** Looks at the number of a record. One that the last one had, too, says no more. */
  private seeNumber(isShared: boolean): void {
    const id = this.templates.id;
    if (isShared) {
      if (this.lastSerial === id.serial && this.lastSec === id.sec && this.lastMs === id.ms) return;
      this.serials.shared = 1;
    }
    this.serials.see(id.serial, id.sec, id.ms);
    this.lastSerial = isShared ? id.serial : -1;
    this.lastSec = id.sec;
    this.lastMs = id.ms;
  }

  private writeId(): void {
    const id = this.templates.id;
    const at = this.count * INTEGERS;
    this.integers[at + LINE] = this.lines;
    this.integers[at + MS] = id.ms;
    this.floats[this.count * FLOATS + SEC] = id.sec;
    this.floats[this.count * FLOATS + SERIAL] = id.serial;
  }

  private write(kind: i32, start: i32): void {
    const templates = this.templates;
    const appearances = this.appearances;
    const integers = this.integers;
    const id = templates.id;
    this.seeNumber(templates.hasSharedNumbers(templates.template));
    appearances.serial = id.serial;
    appearances.phase = templates.phase();
    appearances.pid = templates.pidValue;
    appearances.stamp = stampOf(this.window, start);
    appearances.one = templates.sum.one;
    appearances.other = templates.sum.other;
    const isCopy = appearances.isCopy();
    if (kind !== FRESH && !isCopy) {
      const place: i32 = kind === KNOWN ? templates.known : FIRST_UNNAMED + templates.template;
      const line = this.before + toFloat(this.lines) + 1;
      if (this.tallies.take(place, appearances.pid, id.sec, id.ms, line)) return;
    }
    this.writeId();
    const at = this.count * INTEGERS;
    integers[at + KIND] = kind;
    integers[at + TEMPLATE] = templates.template;
    integers[at + PID] = appearances.pid;
    integers[at + PHASE] = appearances.phase;
    integers[at + STAMP] = appearances.stamp;
    integers[at + IS_COPY] = isCopy ? 1 : 0;
    if (kind === KNOWN) integers[at + NAME] = templates.known;
    else if (kind === FRESH) {
      integers[at + SUM_ONE] = appearances.one;
      integers[at + SUM_OTHER] = appearances.other;
      integers[at + NAME_START] = templates.name;
      integers[at + NAME_END] = templates.pid - 1;
      integers[at + HASH] = templates.hash;
      integers[at + OF_ENTRIES] = this.window[start] === OPEN ? 1 : 0;
    }
    this.count += 1;
  }

  /** Says what records are that begin as the line does at which it stopped. */
  addCompanion(kind: i32): void {
    this.companions.add(this.window, this.next, this.companions.end, kind);
  }

  private linesOf(ofEntries: i32): Uint8Array {
    return ofEntries === 1 ? this.entry.bytes : this.window;
  }

  /** Whether a line has a head, and the holes of a template, which are written down then. */
  examine(start: i32, last: i32, head: i32, ofEntries: i32): boolean {
    const templates = this.templates;
    const integers = this.integers;
    if (!templates.examine(this.linesOf(ofEntries), start, last, head) || templates.isLong()) return false;
    integers[EXAMINED_MARK] = templates.mark;
    integers[EXAMINED_NAME] = templates.name;
    integers[EXAMINED_PID] = templates.pid;
    integers[EXAMINED_PID_END] = templates.pidEnd;
    integers[EXAMINED_END] = templates.end;
    integers[EXAMINED_TEMPLATE] = templates.template;
    integers[EXAMINED_PID_VALUE] = templates.pidValue;
    integers[EXAMINED_MS] = templates.id.ms;
    this.floats[SEC] = templates.id.sec;
    this.floats[SERIAL] = templates.id.serial;
    return true;
  }

  /** Makes a template of the line that was examined; `false`: there is no room. */
  addTemplate(head: i32, kind: i32, ofEntries: i32): boolean {
    return this.templates.add(this.linesOf(ofEntries), head, kind);
  }

  /** The number of a fresh name, the one of which was found; -1: there is no room, until `clear`. */
  keepName(found: i32, ofEntries: i32): i32 {
    const at = found * INTEGERS;
    const integers = this.integers;
    const start: i32 = integers[at + NAME_START]!;
    const end: i32 = integers[at + NAME_END]!;
    const owner: i32 = integers[at + TEMPLATE]!;
    return this.templates.names.put(integers[at + HASH]!, owner, this.linesOf(ofEntries), start, end - start);
  }
}

/** Words that say whether a line can hold anything of ours, and other records of auditd. */
import type { i32 } from "./environment.ts";
import { asciiBytes, copyBytes, isSame, placeBehind, toByte, wordAt } from "./environment.ts";
import { COLON, EQUALS, QUOTE, UNDERSCORE } from "./bytes.ts";

/** What words a line has. */
export const SILENT: i32 = 0;
/** One of those without which a line has neither record nor news of loss (carriers.ts, notices.ts); journals write odd messages as lists of bytes. */
const TELLING: i32 = 1;
/** `apparmor=`. */
export const MARKED: i32 = 2;

const NO_WORD: i32 = 0;
const IN_AUDIT: i32 = 1;
const IN_SUPPRESSED: i32 = 2;
const IN_MISSED: i32 = 3;
const IN_LIST: i32 = 4;
const IN_MARK: i32 = 5;

export class Words {
  /** By a byte: the word that it may be the first sign of. */
  private readonly signs: Uint8Array = new Uint8Array(256);

  constructor() {
    this.signs[0x64] = toByte(IN_AUDIT);
    this.signs[0x75] = toByte(IN_SUPPRESSED);
    this.signs[0x6d] = toByte(IN_MISSED);
    this.signs[0x5b] = toByte(IN_LIST);
    this.signs[EQUALS] = toByte(IN_MARK);
  }

  look(bytes: Uint8Array, start: i32, end: i32): i32 {
    const signs = this.signs;
    let found: i32 = SILENT;
    for (let at = start; at < end; at += 1) {
      const sign: i32 = signs[bytes[at]!]!;
      if (sign === NO_WORD) continue;
      if (sign === IN_MARK) {
        if (isMark(bytes, start, at)) return MARKED;
      } else if (isTelling(sign, bytes, at) && isWithin(sign, at, start, end)) found = TELLING;
    }
    return found;
  }
}

/** Whether `apparmor=` ends here. */
function isMark(bytes: Uint8Array, start: i32, at: i32): boolean {
  return at - start >= 8 && wordAt(bytes, at - 4) === 0x726f6d72 && wordAt(bytes, at - 8) === 0x61707061;
}

/** Whether `operation="` ends behind this. */
function isOperation(bytes: Uint8Array, start: i32, at: i32): boolean {
  if (at - start < 9 || bytes[at + 1] !== QUOTE || bytes[at - 1] !== 0x6e) return false;
  return wordAt(bytes, at - 5) === 0x6f697461 && wordAt(bytes, at - 9) === 0x7265706f;
}

function isTelling(sign: i32, bytes: Uint8Array, at: i32): boolean {
  // au-dit, uppressed, missed, ":[
  if (sign === IN_AUDIT)
    return bytes[at + 1] === 0x69 && bytes[at + 2] === 0x74 && bytes[at - 1] === 0x75 && bytes[at - 2] === 0x61;
  if (sign === IN_SUPPRESSED)
    return wordAt(bytes, at) === 0x72707075 && wordAt(bytes, at + 4) === 0x65737365 && bytes[at + 8] === 0x64;
  if (sign === IN_MISSED) return wordAt(bytes, at) === 0x7373696d && bytes[at + 4] === 0x65 && bytes[at + 5] === 0x64;
  return bytes[at - 1] === COLON && bytes[at - 2] === QUOTE;
}

/** Whether a word that was found belongs to the line. */
function isWithin(sign: i32, at: i32, start: i32, end: i32): boolean {
  if (sign === IN_AUDIT) return at - start >= 2 && at + 3 <= end;
  if (sign === IN_SUPPRESSED) return at + 9 <= end;
  if (sign === IN_MISSED) return at + 6 <= end;
  return at - start >= 2;
}

/** Whether a line has `apparmor=` or `operation="`. */
export function hasEvent(bytes: Uint8Array, start: i32, end: i32): boolean {
  // COST: a record of a system call has thirty signs of equality, and none of them behind the last letter of either.
  let at = placeBehind(bytes, EQUALS, 0x72, 0x6e, start + 1, end);
  while (at < end) {
    if (isMark(bytes, start, at) || (at + 1 < end && isOperation(bytes, start, at))) return true;
    at = placeBehind(bytes, EQUALS, 0x72, 0x6e, at + 1, end);
  }
  return false;
}

const TYPE = asciiBytes("type=");
const MSG = asciiBytes(" msg=");
const MOST_COMPANIONS: i32 = 16;
const MOST_HEAD: i32 = 64;

/** What the owner says of records that begin in one way. */
export const UNKNOWN: i32 = -1;
/** They may hold an event. */
export const EVENTFUL: i32 = 0;
export const SYSTEM_CALL: i32 = 1;
/** Only their number is of use. */
export const PLAIN: i32 = 2;

/** `type=WORD msg=`, and what the owner says of it. */
export class Companions {
  private readonly heads: Uint8Array = new Uint8Array(MOST_COMPANIONS * MOST_HEAD + 16);
  private readonly lengths: Int32Array = new Int32Array(MOST_COMPANIONS);
  private readonly kinds: Int32Array = new Int32Array(MOST_COMPANIONS);
  private count: i32 = 0;
  /** Of the line that was looked at last: where the head ends. */
  end: i32 = 0;

  /** What records are that begin as this line does. Lines that begin otherwise may hold an event. */
  look(bytes: Uint8Array, start: i32): i32 {
    for (let index: i32 = 0; index < this.count; index += 1) {
      const length: i32 = this.lengths[index]!;
      if (!isSame(bytes, start, this.heads, index * MOST_HEAD, length)) continue;
      this.end = start + length;
      return this.kinds[index]!;
    }
    if (!isSame(bytes, start, TYPE, 0, TYPE.length)) return EVENTFUL;
    let word = start + TYPE.length;
    while (isOfType(bytes[word]!)) word += 1;
    if (word === start + TYPE.length || !isSame(bytes, word, MSG, 0, MSG.length)) return EVENTFUL;
    this.end = word + MSG.length;
    return this.end - start > MOST_HEAD ? EVENTFUL : UNKNOWN;
  }

  /** Remembers a head. */
  add(bytes: Uint8Array, start: i32, end: i32, kind: i32): void {
    if (this.count >= MOST_COMPANIONS) this.count = 0;
    copyBytes(this.heads, this.count * MOST_HEAD, bytes, start, end - start);
    this.lengths[this.count] = end - start;
    this.kinds[this.count] = kind;
    this.count += 1;
  }
}

function isOfType(byte: i32): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || byte === UNDERSCORE;
}

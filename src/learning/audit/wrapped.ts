/**
 * Records that a terminal or a mail wrapped: the line is broken within a word, or at a blank, which is left out then. What the kernel writes holds
 * no blank within quotes (it writes such names in hexadecimal, `info` excepted) and one blank between two fields, so that of the two ways to join two
 * lines mostly one alone reads on (audit-events 5.3). A record is joined where one way gives a whole record, and no other way does.
 *
 * INVARIANT: the joined text begins with the first line, so that who wrote it is who wrote that; a line with a head of its own never reads on.
 */
import type { AuditEvent, LogItem } from "./event.ts";
import { type InspectedLine, inspectLine } from "./parse.ts";

/** Two blanks are before the name of a capability (audit-events 2.8). */
const GAP = " (?: (?=capname=))?";
/** Keys of heads are none of a record. */
const KEY = "(?!(?:info|type|msg|apparmor)=)[a-z_]+=";
/** Without quotes there are numbers, names in hexadecimal, and words; what begins like the one is none of the others. */
const BARE = String.raw`(?:-\d+|[0-9A-F]+|[a-z(][^\s"=\x1d]*)`;
const FIELD = String.raw`(?:info="[^"]*"|${KEY}(?:"[^"\s]*"|${BARE}))`;
/** What has begun of a field. */
const BEGUN = String.raw`(?:[a-z_]*|info="[^"]*|${KEY}(?:"[^"\s]*|-|${BARE})?)`;
/** The names that `auditd` adds. */
const ADDED = String.raw`[A-Z_]+=(?:"[^"\s]*"|[^\s"=]+)`;
const ADDED_BEGUN = String.raw`(?:[A-Z_]*|[A-Z_]+=(?:"[^"\s]*|[^\s"=]*))`;
const MARK = 'apparmor="';
const WHOLE = new RegExp(String.raw`^apparmor="[A-Z_]+"(?:${GAP}${FIELD})+(?:\x1d${ADDED}(?: ${ADDED})*)?$`);
const READS_ON = new RegExp(
  String.raw`^apparmor="(?:[A-Z_]*|[A-Z_]+"(?:${GAP}${FIELD})*(?: ${BEGUN}| {2}(?:c?a?p?n?a?m?e?|capname=(?:"[^"\s]*)?)|\x1d(?:${ADDED} )*(?:${ADDED}|${ADDED_BEGUN}))?)$`,
);

/** What precedes the mark, its numbers as 0: a line may end within it. */
const HEADS = [`type=0 audit(0.0:0): ${MARK}`, `type=AVC msg=audit(0.0:0): ${MARK}`];
const HEAD_UNITS = 80;

function readsOn(text: string): boolean {
  const start = text.indexOf(MARK);
  const end = start < 0 ? text.length : start + MARK.length;
  const head = text.lastIndexOf("type=", end);
  if (head < 0 || end - head > HEAD_UNITS) return false;
  const begun = text.slice(head, end).replaceAll(/\d+/g, "0");
  if (start < 0) return HEADS.some((whole) => whole.startsWith(begun));
  return HEADS.includes(begun) && READS_ON.test(text.slice(start));
}

function isEvent(item: LogItem | undefined): item is AuditEvent {
  return item !== undefined && item.type !== "PROBLEM" && item.type !== "LOSS";
}

/** A record whose line ends where it begins. */
function isEmpty(item: LogItem): boolean {
  return item.type === "PROBLEM" && item.reason === "empty-event";
}

/** Whether a line may be the first of several: a record of the kernel, in a log of plain lines. */
export function mayGoOn(line: string, { item, record }: InspectedLine): boolean {
  if (record === undefined || record.isForeign || record.writer === "foreign" || record.writer === "bus") return false;
  if (record.recordType !== undefined && record.recordType !== 1400) return false;
  if (/^[\s{]|^\d+,\d+,/.test(line) || (item !== undefined && !isEvent(item) && !isEmpty(item))) return false;
  return readsOn(withoutReturn(line));
}

/** Whether the next line reads on where a line ends. */
export function isReadOn(line: string, next: string): boolean {
  return joins(withoutReturn(line), withoutReturn(next)).length > 0;
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

function joins(before: string, line: string): readonly string[] {
  return line === "" ? [] : [before + line, `${before} ${line}`].filter(readsOn);
}

/** The kernel's own records reach 8,970 bytes. */
const MOST_UNITS = 1 << 14;
const MOST_WAYS = 8;

/** A line, and where it is. */
export interface PlacedLine {
  readonly text: string;
  readonly line: number;
  readonly stamp: number;
}

/** What came of lines that were waited for. */
interface Joined {
  /** What is read in their place; `undefined`: each is what it is by itself. */
  readonly whole: InspectedLine | undefined;
  readonly lines: readonly PlacedLine[];
  /** The first of them by itself. */
  readonly first: InspectedLine;
}

/** A line that may go on, with those that read on. */
export class WrappedRecord {
  private ways: readonly string[];
  private readonly lines: PlacedLine[];
  private readonly first: InspectedLine;

  constructor(line: PlacedLine, first: InspectedLine) {
    this.ways = [withoutReturn(line.text)];
    this.lines = [line];
    this.first = first;
  }

  /** Takes the next line where it reads on; whether it does. */
  add(line: PlacedLine): boolean {
    const next = [...new Set(this.ways.flatMap((way) => joins(way, withoutReturn(line.text))))];
    if (next.length === 0 || next.length > MOST_WAYS || (next[0]?.length ?? 0) > MOST_UNITS) return false;
    this.ways = next;
    this.lines.push(line);
    return true;
  }

  /** Whether the first line can be nothing by itself: the next one must be waited for. */
  isUnfinished(): boolean {
    const { item } = this.first;
    return !isEvent(item) || item.truncated === true || this.lines.length > 1;
  }

  /** Its lines, not joined. */
  apart(): Joined {
    return { whole: undefined, lines: this.lines, first: this.first };
  }

  end(): Joined {
    const { first, lines } = this;
    if (lines.length === 1) return this.apart();
    const found = this.ways.flatMap((way) => {
      const start = way.indexOf(MARK);
      const inspected = start >= 0 && WHOLE.test(way.slice(start)) ? inspectLine(way) : undefined;
      return inspected !== undefined && isWhole(inspected.item) ? [inspected] : [];
    });
    // How many blanks there are between two fields says nothing.
    const different = new Set(found.map((one) => JSON.stringify(one.item)));
    if (different.size < 2) return { whole: found[0], lines, first };
    const { item } = first;
    // What reads on in two ways is cut where it begins to.
    const cut: LogItem = isEvent(item) ? { ...item, truncated: true } : { type: "PROBLEM", reason: "broken-entry" };
    return { whole: { item: cut, record: first.record }, lines, first };
  }
}

function isWhole(item: LogItem | undefined): boolean {
  return isEvent(item) && item.truncated !== true && item.duplicates === undefined;
}

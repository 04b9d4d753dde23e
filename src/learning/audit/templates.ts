/**
 * Lines of a log repeat each other: one program is refused the same thing a thousand times, or a thousand things in the same way. A line that was
 * read in full is kept as a template: its head (heads.ts), and its event but for two holes, the quoted name and the process id. Another line that is
 * the same outside the holes has the same event but for what is in them; it is compared, not read.
 *
 * INVARIANT: what a template gives is what reading the line in full gives (tests/property/log-templates.test.ts). So a template is made only where
 * the reader found exactly these two fields in exactly these places, and a name fills the hole only if it is plain: nothing to decode, no quote.
 */
import { SEPARATOR, asciiText } from "./bytes.ts";
import type { FoundRecord } from "./carriers.ts";
import { type Appearance, type ChangingSum, type ContentSum, sumOfRest, sumWithName } from "./copies.ts";
import type { AuditEvent } from "./event.ts";
import { splitFields } from "./fields.ts";
import type { EventClass, PackedEvent } from "./groups.ts";
import { type HeadShape, headShape, isSameHead } from "./heads.ts";
import { sharesSerials } from "./loss.ts";
import { RECORD_TYPES } from "./names.ts";
import type { InspectedLine } from "./parse.ts";
import { OPEN } from "./scan/core/bytes.ts";
import { MOST_HEADS, MOST_WORDS } from "./scan/core/heads.ts";
import * as Found from "./scan/core/scanner.ts";
import { FIRST_UNNAMED, TALLY } from "./scan/core/tallies.ts";
import { FRESH, MOST_TEMPLATES, OWN_NUMBERS, READ_IN_FULL, SHARED_NUMBERS, UNNAMED } from "./scan/core/templates.ts";
import { EVENTFUL, PLAIN, SYSTEM_CALL } from "./scan/core/words.ts";
import type { Scan } from "./scan/types.ts";

/** What events of one template have in common. */
interface Template {
  /** One of them. */
  readonly event: AuditEvent;
  /** Read in full; or in a log whose serials others use, too, or in another one. */
  readonly kind: "read" | "shared" | "own";
  /** What who counts wants to remember of them all. */
  group: EventClass | undefined;
  /** The one event, packed by who keeps it. */
  packed: string | undefined;
}

/** All lines with one content: their events differ in time, number and process alone. */
export interface KnownEvent {
  readonly template: Template;
  /** What is in the template's hole; `undefined`: it has none. Asked for by `nameOf`. */
  name: string | Hole | undefined;
  readonly sum: ContentSum;
  /** What who counts wants to remember of it. */
  note: number | undefined;
  /** It is not worth remembering. */
  isPassing: boolean;
}

/** One that is made of a line, and another one with the next unless it is kept. */
interface FreshEvent extends KnownEvent {
  template: Template;
  readonly sum: ChangingSum;
}

/** The hole of the line that is being looked at. COST: most names need never become texts. */
interface Hole {
  readonly holeText: () => string;
}

interface HeldTemplate extends Template {
  readonly hasName: boolean;
  /** Of everything but the name. */
  readonly sum: ContentSum;
  /** Without a hole for a name: the only event it has. */
  unnamed: KnownEvent | undefined;
}

/** A head, and what lines it is of: those of a log, or those that entries of the journal become. */
interface HeldHead {
  readonly shape: HeadShape;
  readonly ofEntries: 0 | 1;
}

/** A line that a template may be made of: where its holes are. */
interface ExaminedLine {
  readonly lines: Uint8Array;
  readonly mark: number;
  /** -1: no hole for a name. */
  readonly name: number;
  readonly pid: number;
  readonly pidEnd: number;
  readonly end: number;
}

/** Who hears of the lines that are passed. */
export interface LineTaker {
  readonly at: Appearance;
  /** Whether records of system calls are of use. */
  readonly hasRoomForCalls: () => boolean;
  readonly takeKnown: (known: KnownEvent, isCopy: boolean) => void;
}

/** When the last of several appearances was, and in which line. */
export interface LastAppearance {
  readonly sec: number;
  readonly ms: number;
  readonly line: number;
}

/** What is to be done with the line that comes next, if it is there as a whole. A call's id is in the taker's `at`, and `rest` is behind it. */
export type NextLine = { readonly is: "read" | "learn" } | { readonly is: "call"; readonly rest: number };

const TO_READ: NextLine = { is: "read" };
const TO_LEARN: NextLine = { is: "learn" };
const ANY_MARK = "apparmor=";
const MARK = `${ANY_MARK}"`;
const PID = " pid=";
const TYPE = "type=";
const MSG = " msg=";
const SYSCALL = 1300;
/** Learning a template costs twice what reading costs: in a log where none is ever used again, only some lines are learned. */
const LEARNING_COST = 4;
const MOST_CREDIT = 1 << 12;

/** Plain ASCII on one line: characters and bytes are the same. */
const PLAIN_LINE = new RegExp(`^[\\t -~${SEPARATOR}]*$`);

/**
 * The templates of a log. What they are made of, and whose events these are, is known here; the lines themselves are compared by the scan
 * (`scan/core`), which has the same templates, heads and names under the same numbers.
 */
export class Templates implements Hole {
  private readonly inspect: (line: string) => InspectedLine;
  private readonly scan: Scan;
  private heads: HeldHead[] = [];
  private templates: (HeldTemplate | undefined)[] = [];
  private known: KnownEvent[] = [];
  private credit = MOST_CREDIT;
  private bytes: Uint8Array = new Uint8Array(0);
  /** The part of the bytes that the scan sees. */
  private shown = { start: 0, end: 0 };
  private isBroken = false;
  private hasRoomForNames = true;
  /** Of the line that is being taken: where its name is. */
  private nameLines: Uint8Array = this.bytes;
  private name = { start: 0, end: 0 };
  private unkept: FreshEvent | undefined;
  private readonly onAgain: ((known: KnownEvent, times: number, at: LastAppearance) => void) | undefined;

  /** `inspect` reads a line in full. With `onAgain` an event that was told is counted from then on, as long as one process causes it. */
  constructor(
    scan: Scan,
    inspect: (line: string) => InspectedLine,
    onAgain?: (known: KnownEvent, times: number, at: LastAppearance) => void,
  ) {
    this.scan = scan;
    this.inspect = inspect;
    this.onAgain = onAgain;
  }

  /** From now on it is about lines of these bytes. */
  begin(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.show(0);
  }

  private show(start: number): void {
    const end = Math.min(this.bytes.length, start + Found.WINDOW_BYTES);
    this.scan.window.set(start === 0 && end === this.bytes.length ? this.bytes : this.bytes.subarray(start, end));
    this.shown = { start, end };
  }

  /** Passes the lines that need no reading; gives where the first other one begins, or one whose end is not there. */
  pass(from: number, taker: LineTaker): readonly [start: number, line: NextLine] {
    if (this.isBroken) return [from, TO_READ];
    const { scan } = this;
    for (let next = from; ;) {
      if (next >= this.shown.end && next < this.bytes.length) this.show(next);
      const { start } = this.shown;
      const reason = this.look(next - start, taker.hasRoomForCalls() ? 1 : 0, taker.at.line);
      this.takeFound(taker);
      this.credit = Math.min(MOST_CREDIT, this.credit + scan.lines() + 1);
      next = start + scan.next();
      if (reason === Found.FULL) continue;
      if (reason === Found.NEW_HEAD) this.nameHead();
      else if (reason === Found.NO_LINE && this.shown.end < this.bytes.length && next > start) this.show(next);
      else return [next, this.nextLine(reason, taker)];
    }
  }

  /** A fault of ours in the scan costs time: lines are read in full. */
  private look(start: number, takesCalls: 0 | 1, before: number): number {
    const { scan, shown } = this;
    try {
      return scan.scan(start, shown.end - shown.start, takesCalls, before);
    } catch {
      this.isBroken = true;
      return Found.TO_READ;
    }
  }

  private nextLine(reason: number, { at }: LineTaker): NextLine {
    if (reason === Found.TO_LEARN) return TO_LEARN;
    if (reason !== Found.CALL) return TO_READ;
    const { integers } = this.scan;
    const count = this.scan.count();
    this.readId(count, at);
    return { is: "call", rest: this.shown.start + (integers[count * Found.INTEGERS + Found.NAME_START] ?? 0) };
  }

  private readId(found: number, at: Appearance): void {
    const { integers, floats } = this.scan;
    at.sec = floats[found * Found.FLOATS + Found.SEC] ?? 0;
    at.serial = floats[found * Found.FLOATS + Found.SERIAL] ?? 0;
    at.ms = integers[found * Found.INTEGERS + Found.MS] ?? 0;
  }

  private takeFound(taker: LineTaker): void {
    const { scan } = this;
    const { integers } = scan;
    const { at } = taker;
    const { line } = at;
    const count = scan.count();
    for (let found = 0; found < count; found += 1) {
      const place = found * Found.INTEGERS;
      const kind = integers[place + Found.KIND];
      at.line = line + 1 + (integers[place + Found.LINE] ?? 0);
      this.readId(found, at);
      at.pid = integers[place + Found.PID] ?? 0;
      at.phase = integers[place + Found.PHASE] ?? 0;
      at.stamp = integers[place + Found.STAMP] ?? 0;
      const isCopy = integers[place + Found.IS_COPY] === 1;
      if (kind === FRESH) this.takeFresh(found, isCopy, taker);
      else if (kind === UNNAMED) this.takeUnnamed(integers[place + Found.TEMPLATE] ?? -1, isCopy, taker);
      else this.takeAgain(integers[place + Found.NAME] ?? -1, isCopy, taker);
    }
    at.line = line + scan.lines();
    if (this.hasRoomForNames) return;
    this.tellCounted();
    scan.forgetTallies();
    scan.clearNames();
    this.known = [];
    this.hasRoomForNames = true;
  }

  private takeUnnamed(number: number, isCopy: boolean, taker: LineTaker): void {
    const template = this.templates[number];
    if (template === undefined) return;
    template.unnamed ??= knownEvent(template, undefined, sumWithName(template.sum, template.event.name));
    this.takeCounted(template.unnamed, FIRST_UNNAMED + number, isCopy, taker);
  }

  private takeAgain(number: number, isCopy: boolean, taker: LineTaker): void {
    const known = this.known[number];
    if (known !== undefined) this.takeCounted(known, number, isCopy, taker);
  }

  // oxlint-disable-next-line max-params -- an event, its place among those that are counted, and what becomes of it. COST: an object for each
  private takeCounted(known: KnownEvent, place: number, isCopy: boolean, taker: LineTaker): void {
    this.tellTally(known, place);
    taker.takeKnown(known, isCopy);
    if (this.onAgain !== undefined && !isCopy) this.scan.beginTally(place, taker.at.pid);
  }

  private tellTally(known: KnownEvent, place: number): void {
    const { tallies } = this.scan;
    const at = place * TALLY;
    const times = tallies[at] ?? 0;
    if (times === 0) return;
    tallies[at] = 0;
    const [sec, ms, line] = [tallies[at + 1] ?? 0, tallies[at + 2] ?? 0, tallies[at + 3] ?? 0];
    this.onAgain?.(known, times, { sec, ms, line });
  }

  /** Tells of all that was counted and not told. */
  tellCounted(): void {
    const { scan } = this;
    const count = scan.touchedCount();
    for (let index = 0; index < count; index += 1) {
      const place = scan.touched[index] ?? 0;
      const known = place < FIRST_UNNAMED ? this.known[place] : this.templates[place - FIRST_UNNAMED]?.unnamed;
      if (known !== undefined) this.tellTally(known, place);
    }
    scan.clearTallies();
  }

  /** An event whose name was not seen; it is remembered if it is worth it. */
  private takeFresh(found: number, isCopy: boolean, taker: LineTaker): void {
    const { scan } = this;
    const { integers } = scan;
    const place = found * Found.INTEGERS;
    const template = this.templates[integers[place + Found.TEMPLATE] ?? -1];
    if (template === undefined) return;
    const ofEntries = integers[place + Found.OF_ENTRIES] ?? 0;
    this.nameLines = ofEntries === 1 ? scan.entry : scan.window;
    this.name.start = integers[place + Found.NAME_START] ?? 0;
    this.name.end = integers[place + Found.NAME_END] ?? 0;
    const fresh = this.freshEvent(template);
    fresh.sum.one = integers[place + Found.SUM_ONE] ?? 0;
    fresh.sum.other = integers[place + Found.SUM_OTHER] ?? 0;
    taker.takeKnown(fresh, isCopy);
    if (fresh.isPassing) return;
    const number = scan.keepName(found, ofEntries);
    if (number < 0) {
      this.hasRoomForNames = false;
      return;
    }
    nameOf(fresh);
    this.unkept = undefined;
    this.known[number] = fresh;
    if (this.onAgain !== undefined && !isCopy) scan.beginTally(number, taker.at.pid);
  }

  /** What becomes of the hole's event. COST: what was not kept is used again; V8 takes such objects for long-lived, and lets the dead ones lie. */
  private freshEvent(template: HeldTemplate): FreshEvent {
    const { unkept } = this;
    if (unkept === undefined) {
      this.unkept = { template, name: this, sum: { one: 0, other: 0 }, note: undefined, isPassing: false };
      return this.unkept;
    }
    unkept.template = template;
    unkept.name = this;
    unkept.note = undefined;
    unkept.isPassing = false;
    return unkept;
  }

  holeText(): string {
    return asciiText(this.nameLines, this.name.start, this.name.end);
  }

  /** Tells the scan what records are that begin as the next line does. */
  private nameHead(): void {
    const { scan } = this;
    const word = asciiText(scan.window, scan.next() + TYPE.length, scan.headEnd() - MSG.length);
    const number = RECORD_TYPES.get(word);
    scan.addCompanion(number === undefined ? PLAIN : number === SYSCALL ? SYSTEM_CALL : EVENTFUL);
  }

  /** Makes a template of the line that `pass` has just met. */
  learn(start: number, end: number): void {
    const { scan, shown } = this;
    if (this.credit < LEARNING_COST) return;
    const ofEntries = this.bytes[start] === OPEN ? 1 : 0;
    if (ofEntries === 1 && shown.start + scan.entryEnd() !== end) return;
    const lines = ofEntries === 1 ? scan.entry : scan.window;
    const from = ofEntries === 1 ? 0 : start - shown.start;
    const to = ofEntries === 1 ? scan.entryLength() : end - shown.start;
    const text = asciiText(lines, from, to);
    const mark = text.indexOf(ANY_MARK);
    if (!text.startsWith(MARK, mark) || !PLAIN_LINE.test(text)) return;
    const shape = headShape(text.slice(0, mark), MARK);
    if (shape === undefined || !isShort(shape)) return;
    const head = { shape, ofEntries } as const;
    const number = this.numberOf(head);
    if (scan.examine(from, to + 1, number, ofEntries) === 0) return;
    const examined = this.examinedLine(lines);
    if (examined.end !== to || (scan.integers[Found.EXAMINED_TEMPLATE] ?? 0) >= 0) return;
    this.credit -= LEARNING_COST;
    const template = this.templateFrom(ofEntries === 1 ? asciiText(this.bytes, start, end) : text, examined);
    this.add(template, head, number);
  }

  private add(template: HeldTemplate | undefined, head: HeldHead, number: number): void {
    const { scan } = this;
    const kind = scanKind(template);
    if (this.templates.length >= MOST_TEMPLATES || scan.addTemplate(number, kind, head.ofEntries) === 0) {
      this.forget();
      if (scan.addTemplate(this.numberOf(head), kind, head.ofEntries) === 0) return;
    }
    if (template !== undefined) {
      const sum = template.hasName ? template.sum : sumWithName(template.sum, template.event.name);
      scan.putSum(this.templates.length, sum.one, sum.other);
    }
    this.templates.push(template);
  }

  /** The head's number; it is remembered. */
  private numberOf(head: HeldHead): number {
    const found = this.heads.findIndex((one) => one.ofEntries === head.ofEntries && isSameHead(one.shape, head.shape));
    if (found >= 0) return found;
    if (this.heads.length >= MOST_HEADS) this.forget();
    const { before, behind } = head.shape;
    this.scan.staged.set(before);
    this.scan.staged.set(behind, before.length);
    this.scan.addHead(before.length, behind.length, head.ofEntries);
    return this.heads.push(head) - 1;
  }

  /** Drops all that is known. */
  private forget(): void {
    this.tellCounted();
    this.scan.forgetTallies();
    this.heads = [];
    this.templates = [];
    this.known = [];
    this.scan.forget();
  }

  private examinedLine(lines: Uint8Array): ExaminedLine {
    const { integers } = this.scan;
    const [mark = 0, name = 0, pid = 0, pidEnd = 0, end = 0] = integers;
    return { lines, mark, name, pid, pidEnd, end };
  }

  private templateFrom(line: string, examined: ExaminedLine): HeldTemplate | undefined {
    const { integers, floats } = this.scan;
    const [sec, serial] = floats;
    const [ms, pid] = [integers[Found.EXAMINED_MS], integers[Found.EXAMINED_PID_VALUE]];
    const { item, record } = this.inspect(line);
    if (item === undefined || item.type === "LOSS" || item.type === "PROBLEM" || record === undefined) return undefined;
    const isRead = item.serial === serial && item.time?.sec === sec && item.time?.ms === ms && item.pid === pid;
    if (!isRead || !holesAreFields(record, examined)) return undefined;
    const kind = sharesSerials(record) ? "shared" : "own";
    return {
      event: item,
      kind,
      hasName: examined.name >= 0,
      sum: sumOfRest(item),
      group: undefined,
      packed: undefined,
      unnamed: undefined,
    };
  }
}

function scanKind(template: HeldTemplate | undefined): number {
  if (template === undefined) return READ_IN_FULL;
  return template.kind === "shared" ? SHARED_NUMBERS : OWN_NUMBERS;
}

function isShort({ before, behind }: HeadShape): boolean {
  return before.length <= MOST_WORDS * 4 && behind.length <= MOST_WORDS * 4;
}

/** Whether the reader took the two holes for what they are taken for here: the one field `pid`, the one field `name`. */
function holesAreFields({ body, reporter }: FoundRecord, line: ExaminedLine): boolean {
  const { lines, name, pid, pidEnd, end } = line;
  const start = line.mark - MARK.length;
  if (body === undefined || reporter !== undefined || !asciiText(lines, start, end).startsWith(body)) return false;
  const fields = splitFields(body);
  const pids = fields.filter(({ key }) => key === "pid");
  const names = fields.filter(({ key }) => key === "name");
  const [number] = pids;
  const digits = pid + PID.length;
  if (pids.length !== 1 || number?.start !== digits - start || number.raw.length !== pidEnd - digits) return false;
  if (name < 0) return true;
  const [only] = names;
  return (
    names.length === 1 &&
    only?.start === name - start &&
    only.quoted &&
    !only.open &&
    only.raw.length === pid - 1 - name
  );
}

export function knownEvent(template: Template, name: string | undefined, sum: ContentSum): KnownEvent {
  return { template, name, sum, note: undefined, isPassing: false };
}

/** The name in the hole. It is there as long as the line is, and from then on as text if it was asked for. */
export function nameOf(known: KnownEvent): string | undefined {
  const { name } = known;
  if (name === undefined || typeof name === "string") return name;
  const text = name.holeText();
  known.name = text;
  return text;
}

/** The event of an appearance. */
export function eventOf(known: KnownEvent, at: Appearance): AuditEvent {
  const { event, kind } = known.template;
  return kind === "read" ? event : { ...event, ...ownParts(known, at) };
}

/** The same, to be kept; what its template says is kept once. */
export function packedEvent(known: KnownEvent, at: Appearance): PackedEvent {
  const { template } = known;
  template.packed ??= JSON.stringify(template.event);
  return { packed: template.packed, own: template.kind === "read" ? undefined : ownParts(known, at) };
}

function ownParts(known: KnownEvent, { sec, ms, serial, pid }: Appearance): Partial<AuditEvent> {
  const name = nameOf(known);
  const time = { sec, ms };
  return name === undefined ? { time, serial, pid } : { name, time, serial, pid };
}

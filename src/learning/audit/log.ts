/** A whole log: copies of one event dropped, companion records attached, loss counted (audit-events 5.2, 5.3, 6). */
import { decodeBytes, encodeBytes } from "../../foundation/text/index.ts";
import { SEPARATOR, asciiText, copiedBytes } from "./bytes.ts";
import type { FoundRecord } from "./carriers.ts";
import { type Appearance, contentSum } from "./copies.ts";
import { type AuditEvent, type LineProblem, NO_TIME } from "./event.ts";
import { ExportEntries } from "./export-entries.ts";
import { type Field, splitFields, textValue } from "./fields.ts";
import { SpreadObjects } from "./spread-objects.ts";
import { copied } from "./groups.ts";
import { type LossReport, detectorOver } from "./loss.ts";
import { type InspectedLine, inspectEntry, inspectLine } from "./parse.ts";
import { phaseOf } from "./phase.ts";
import { OPEN } from "./scan/core/bytes.ts";
import { stampOf } from "./scan/core/stamps.ts";
import { openScan } from "./scan/open.ts";
import { type PlacedLine, WrappedRecord, isReadOn, mayGoOn } from "./wrapped.ts";
import { type KnownEvent, type LastAppearance, type NextLine, Templates, eventOf, knownEvent } from "./templates.ts";

/** An event and where it was read. `line` counts from 1. */
export interface LoggedEvent {
  readonly event: AuditEvent;
  readonly line: number;
}

/** What the kernel's SYSCALL record of the same id says: it tells whether the call really failed. */
export interface SyscallRecord {
  readonly success: boolean | undefined;
  readonly exit: number | undefined;
  readonly exe: string | undefined;
}

/** What is known of a log so far, but for its events, which are handed over one by one. */
export interface LogSummary {
  /** By `sec.ms:serial`. */
  readonly calls: ReadonlyMap<string, SyscallRecord>;
  /** Copies of events that another transport had brought already. */
  readonly copies: number;
  /** The first 1000. */
  readonly problems: readonly { readonly line: number; readonly reason: LineProblem["reason"] }[];
  /** All of them. */
  readonly problemCounts: Readonly<Record<LineProblem["reason"], number>>;
  readonly loss: LossReport;
  readonly lines: number;
}

/** A whole log with its events. */
export interface LogReading extends LogSummary {
  readonly events: readonly LoggedEvent[];
}

/** Who is told of the events of a log, copies left out. */
export interface LogListener {
  /** What is known of the event may be the same object for many appearances; `at` is one object for all of them. */
  readonly onEvent: (known: KnownEvent, at: Appearance) => void;
  /** Hears of events that were counted, and not told: appearances of what is known, by a process that was told of; `at` is of the last one. */
  readonly onAgain?: (known: KnownEvent, times: number, at: LastAppearance) => void;
  /** A line that cannot be read for a fault of ours; without this it is thrown. */
  readonly onFailure?: (thrown: unknown) => void;
  /** `false`: nobody will ask for `calls`, and there are none. COST: a third of what reading auditd's log takes. */
  readonly wantsCalls?: boolean;
  /** A line that was longer than a mebibyte, and was cut there. */
  readonly onCutLine?: () => void;
}

/** Reads a log that grows; what it says can be asked at any time. */
interface LogReader {
  /** A piece of the log, cut anywhere; it is not kept. */
  readonly feed: (piece: Uint8Array) => void;
  /** What was fed ends here: a line without its end is one. */
  readonly end: () => void;
  /** One line, as `decodeBytes` gives it. */
  readonly feedLine: (line: string) => void;
  readonly summary: () => LogSummary;
}

const MOST_CALLS = 1 << 15;
const MOST_PROBLEMS = 1000;
const SYSCALL = 1300;
/** What is remembered of a system call's record. */
const CALL_KEYS = ["success", "exit", "exe"] as const;
/** No audit record comes near this; a line that does is noise, and memory is not to be had with it. */
const MOST_LINE_BYTES = 1 << 20;

const NOTHING: InspectedLine = { item: undefined, record: undefined };
const BROKEN: InspectedLine = { item: { type: "PROBLEM", reason: "broken-entry" }, record: undefined };

/** Where a fault of ours lets lines not be joined, each is what it is by itself. */
function unless<T>(otherwise: T, join: () => T): T {
  try {
    return join();
  } catch {
    return otherwise;
  }
}

/** What reading lines in full has given so far. */
class LineByLine {
  readonly entries = new ExportEntries();
  private readonly objects = new SpreadObjects();
  readonly problemCounts = { "line-too-long": 0, "empty-event": 0, "foreign-writer": 0, "broken-entry": 0 };
  readonly problems: { line: number; reason: LineProblem["reason"] }[] = [];
  readonly calls = new Map<string, SyscallRecord>();
  readonly at: Appearance = { sec: NO_TIME, ms: 0, serial: -1, phase: -1, pid: -1, line: 0, stamp: 0 };
  copies = 0;
  readonly scan = openScan();
  readonly loss = detectorOver(this.scan);
  private waiting: WrappedRecord | undefined;
  private readonly listener: LogListener;

  constructor(listener: LogListener) {
    this.listener = listener;
  }

  /** A line that was read, or cannot be for a fault of ours. */
  inspect(line: string | Uint8Array): InspectedLine {
    return this.orReport(NOTHING, () => this.inspectNext(typeof line === "string" ? line : decodeBytes(line)));
  }

  /** A fault of ours costs the line that shows it, and is reported. */
  private orReport<T>(otherwise: T, action: () => T): T {
    const { onFailure } = this.listener;
    try {
      return action();
    } catch (thrown) {
      if (onFailure === undefined) throw thrown;
      onFailure(thrown);
      return otherwise;
    }
  }

  /** Reads a line in full; one that may go on waits for the next. */
  read(line: string | Uint8Array): void {
    const text = typeof line === "string" ? line : this.orReport(undefined, () => decodeBytes(line));
    if (text === undefined) {
      this.settle();
      this.take(NOTHING);
      return;
    }
    if (this.isReadOn(text)) return;
    const inspected = this.inspect(text);
    if (!this.isWithin() && unless(false, () => mayGoOn(text, inspected)))
      this.waiting = new WrappedRecord(this.placed(text), inspected);
    else this.take(inspected);
  }

  /** Whether a line reads on where the last one ended; where it does not, that one is what it is by itself. */
  isReadOn(text: string): boolean {
    const { waiting } = this;
    if (waiting !== undefined && unless(false, () => waiting.add(this.placed(text)))) return true;
    this.settle();
    return false;
  }

  private placed(text: string): PlacedLine {
    return { text, line: this.at.line, stamp: this.at.stamp };
  }

  isWaiting(): boolean {
    return this.waiting !== undefined;
  }

  /** Nothing comes any more, or nothing by now: what need not wait does not. */
  settle(isForced = true): void {
    const { at, waiting } = this;
    if (waiting === undefined || (!isForced && waiting.isUnfinished())) return;
    this.waiting = undefined;
    const { first, lines, whole } = unless(waiting.apart(), () => waiting.end());
    const here = { line: at.line, stamp: at.stamp };
    for (const [index, { line, stamp, text }] of lines.entries()) {
      at.line = line;
      at.stamp = stamp;
      if (index === 0) this.take(whole ?? first);
      else if (whole === undefined) this.take(this.inspect(text));
    }
    at.line = here.line;
    at.stamp = here.stamp;
  }

  /** The same, where a fault of ours is met again, and reported, by who reads the line. */
  tryInspect(line: string): InspectedLine {
    try {
      return this.inspectNext(line);
    } catch {
      return NOTHING;
    }
  }

  /** A line by itself, or as part of an entry that spans several. */
  private inspectNext(line: string): InspectedLine {
    const found = this.entries.feed(line);
    if (found === "outside") return this.inspectOutside(line);
    if (found === "inside") return NOTHING;
    return found === "lost" ? BROKEN : inspectEntry(found);
  }

  private inspectOutside(line: string): InspectedLine {
    const whole = this.objects.feed(line);
    return whole === undefined ? NOTHING : inspectLine(whole);
  }

  /** Whether a line is part of something that spans several. */
  isWithin(): boolean {
    return this.entries.isOpen() || this.entries.hasLostWay() || this.objects.isOpen();
  }

  take({ item, record }: InspectedLine): void {
    if (record !== undefined && !record.isForeign && record.writer !== "foreign") {
      this.loss.see(record);
      if (record.recordType === SYSCALL) this.addCall(record.rest, record);
    }
    if (item === undefined) return;
    if (item.type === "LOSS") this.loss.notice(item);
    else if (item.type === "PROBLEM") {
      this.problemCounts[item.reason] += 1;
      if (this.problems.length < MOST_PROBLEMS) this.problems.push({ line: this.at.line, reason: item.reason });
    } else this.takeEvent(item, record?.phase ?? -1);
  }

  private takeEvent(event: AuditEvent, phase: number): void {
    const { at } = this;
    at.sec = event.time?.sec ?? NO_TIME;
    at.ms = event.time?.ms ?? 0;
    at.serial = event.serial ?? -1;
    at.phase = event.time === undefined ? phase : phaseOf(at.sec, at.ms);
    at.pid = event.pid ?? -1;
    const sum = contentSum(event);
    this.scan.putContent(sum.one, sum.other);
    if (this.isFresh(this.scan.isCopy(at.serial, at.phase, at.pid, at.stamp) === 1))
      this.listener.onEvent(
        knownEvent({ event, kind: "read", group: undefined, packed: undefined }, undefined, sum),
        at,
      );
  }

  /** An event of which all is known, and its appearance in `at`. */
  takeKnown(known: KnownEvent, isCopy: boolean): void {
    if (this.isFresh(isCopy)) this.listener.onEvent(known, this.at);
  }

  private isFresh(isCopy: boolean): boolean {
    if (isCopy) this.copies += 1;
    return !isCopy;
  }

  /** Remembers what a system call's record says behind its id. */
  addCall(text: string, { time, serial }: Partial<Pick<FoundRecord, "time" | "serial">>): void {
    const id = recordId({ ...(time && { time }), ...(serial !== undefined && { serial }) });
    if (id === undefined || !this.hasRoomForCalls()) return;
    let [success, exit, exe]: (Field | undefined)[] = [];
    for (const field of splitFields(text, CALL_KEYS)) {
      if (field.key === "success") success = field;
      else if (field.key === "exit") exit = field;
      else if (field.key === "exe") exe = field;
    }
    const number = Number(exit?.raw);
    this.calls.set(id, {
      success: success === undefined ? undefined : success.raw === "yes",
      exit: Number.isSafeInteger(number) ? number : undefined,
      exe: exe === undefined ? undefined : copied(textValue(exe, false).text),
    });
  }

  hasRoomForCalls(): boolean {
    return this.listener.wantsCalls !== false && this.calls.size < MOST_CALLS;
  }

  summary(): LogSummary {
    this.settle();
    const { calls, copies, problems, problemCounts, loss, entries, objects } = this;
    return {
      calls,
      copies,
      problems: [...problems],
      problemCounts: {
        ...problemCounts,
        "broken-entry": problemCounts["broken-entry"] + (entries.isOpen() || objects.isOpen() ? 1 : 0),
      },
      loss: loss.report(),
      lines: this.at.line,
    };
  }
}

const LINE_FEED = 0x0a;
const TO_READ: NextLine = { is: "read" };
/** So much of the next line says whether it reads on. */
const MOST_NEXT_BYTES = 256;
/** A system call's record in plain ASCII, the same characters as bytes; behind a separator are the names that auditd adds. */
const PLAIN_CALL = new RegExp(`^([ -~]{1,8000})(?:${SEPARATOR}[ -~${SEPARATOR}]*)?$`);

/**
 * Cuts a log into lines and looks at each only as far as it must (COST: a line read in full costs ten times as much): at known events for what
 * differs, at other records of auditd for their number, at those that hold no word of ours not at all.
 */
class PieceByPiece {
  private readonly full: LineByLine;
  private readonly templates: Templates;
  private readonly onCutLine: () => void;
  private bytes: Uint8Array = new Uint8Array(0);
  private rest: Uint8Array = new Uint8Array(0);
  /** The line that is going on has been read as far as it will be. */
  private isCut = false;

  constructor(full: LineByLine, listener: LogListener) {
    this.full = full;
    this.templates = new Templates(full.scan, (line) => full.tryInspect(line), listener.onAgain);
    this.onCutLine = listener.onCutLine ?? (() => {});
  }

  feed(piece: Uint8Array): void {
    let start = 0;
    if (this.isCut) {
      start = piece.indexOf(LINE_FEED) + 1;
      if (start === 0) return;
      this.isCut = false;
    } else if (this.rest.length > 0) {
      // COST: only the line that two pieces share is put together.
      start = piece.indexOf(LINE_FEED) + 1;
      this.begin(joined(this.rest, start === 0 ? piece : piece.subarray(0, start)));
      this.keep(this.lines(0));
      if (start === 0) return;
    }
    this.begin(piece);
    this.keep(this.lines(start));
    if (this.rest.length === 0) this.full.settle(false);
  }

  end(): void {
    this.endLine();
    this.full.settle();
  }

  /** Tells of all that was counted and not told. */
  tellCounted(): void {
    this.templates.tellCounted();
  }

  private endLine(): void {
    const { rest } = this;
    this.rest = new Uint8Array(0);
    this.isCut = false;
    if (rest.length === 0) return;
    this.begin(joined(rest, Uint8Array.of(LINE_FEED)));
    this.lines(0);
  }

  private begin(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.templates.begin(bytes);
  }

  /** Reads the lines from `start` on; gives where the one begins whose end has not come. */
  private lines(start: number): number {
    const { bytes, full, templates } = this;
    let next = start;
    while (next < bytes.length) {
      if (full.isWaiting()) {
        const end = bytes.indexOf(LINE_FEED, next);
        if (end < 0) break;
        if (this.isTaken(next, end)) {
          next = end + 1;
          continue;
        }
      }
      let line: NextLine = TO_READ;
      if (!full.isWithin()) [next, line] = templates.pass(next, full);
      const end = bytes.indexOf(LINE_FEED, next);
      if (end < 0) break;
      this.line(next, end, line);
      next = end + 1;
    }
    return next;
  }

  /** What is left of bytes that end within a line. */
  private keep(start: number): void {
    const left = this.bytes.subarray(start);
    if (left.length <= MOST_LINE_BYTES) {
      this.rest = copiedBytes(left);
      return;
    }
    this.rest = new Uint8Array(0);
    this.begin(joined(left.subarray(0, MOST_LINE_BYTES), Uint8Array.of(LINE_FEED)));
    this.line(0, MOST_LINE_BYTES, TO_READ);
    this.isCut = true;
    this.onCutLine();
  }

  private line(start: number, end: number, line: NextLine): void {
    const { full, bytes } = this;
    const { at } = full;
    at.line += 1;
    at.stamp = stampOf(bytes, start);
    if (end - start > MOST_LINE_BYTES) this.onCutLine();
    else if (line.is === "learn") this.learn(start, end);
    else if (line.is === "call" && this.isCall(line.rest, end)) return;
    full.read(bytes.subarray(start, Math.min(end, start + MOST_LINE_BYTES)));
  }

  /** Whether a line goes to the one that waits for it. */
  private isTaken(start: number, end: number): boolean {
    const { bytes, full } = this;
    const { at } = full;
    const here = { line: at.line, stamp: at.stamp };
    at.line += 1;
    at.stamp = stampOf(bytes, start);
    const text =
      end - start > MOST_LINE_BYTES ? undefined : unless(undefined, () => decodeBytes(bytes.subarray(start, end)));
    if (text === undefined) full.settle();
    else if (full.isReadOn(text)) return true;
    at.line = here.line;
    at.stamp = here.stamp;
    return false;
  }

  /** A fault of ours costs time: reading the line in full brings it to light. */
  private learn(start: number, end: number): void {
    try {
      if (!this.mayReadOn(start, end)) this.templates.learn(start, end);
    } catch {
      // As if nothing had been learned.
    }
  }

  /** Whether a line is, or may be, the first of several: nothing is learned from a part of a record. */
  private mayReadOn(start: number, end: number): boolean {
    const { bytes } = this;
    if (bytes[start] === OPEN) return false;
    const next = bytes.indexOf(LINE_FEED, end + 1);
    // What follows is not known yet.
    if (next < 0) return true;
    const last = Math.min(next, end + 1 + MOST_NEXT_BYTES);
    return isReadOn(decodeBytes(bytes.subarray(start, end)), decodeBytes(bytes.subarray(end + 1, last)));
  }

  /** Another record of auditd: what a system call's says beside its number. */
  private isCall(rest: number, end: number): boolean {
    const { full } = this;
    const { at } = full;
    const text = PLAIN_CALL.exec(asciiText(this.bytes, rest, end))?.[1];
    if (text === undefined) return false;
    full.addCall(text, { time: { sec: at.sec, ms: at.ms }, serial: at.serial });
    full.loss.seeNumbers(at, true);
    return true;
  }
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const whole = new Uint8Array(one.length + other.length);
  whole.set(one);
  whole.set(other, one.length);
  return whole;
}

/** A reader at the start of a log. COST: remembers the last 32,768 events or more to tell copies; older copies count as new events. */
export function logReader(listener: LogListener): LogReader {
  const full = new LineByLine(listener);
  const pieces = new PieceByPiece(full, listener);
  return {
    feed: (piece) => pieces.feed(piece),
    end: () => pieces.end(),
    feedLine: (line) => {
      full.at.line += 1;
      full.at.stamp = stampOf(encodeBytes(line.slice(0, 19)), 0);
      full.read(line);
    },
    summary: () => {
      pieces.tellCounted();
      return full.summary();
    },
  };
}

/** Reads all lines of a log that is short enough to be kept. */
export function readLog(lines: Iterable<string>): LogReading {
  const events: LoggedEvent[] = [];
  const reader = logReader({
    onEvent: ({ template: { event } }, { line }) => void events.push({ event, line }),
  });
  for (const line of lines) reader.feedLine(line);
  return { ...reader.summary(), events };
}

/** The same of a log that comes in pieces, as files give it. */
export function readPieces(pieces: Iterable<Uint8Array>): LogReading {
  const events: LoggedEvent[] = [];
  const reader = logReader({
    onEvent: (known, at) => void events.push({ event: eventOf(known, at), line: at.line }),
  });
  for (const piece of pieces) reader.feed(piece);
  reader.end();
  return { ...reader.summary(), events };
}

/** The id of an event's record: `sec.ms:serial`, as auditd prints it. */
export function recordId(record: Pick<AuditEvent, "time" | "serial">): string | undefined {
  if (record.time === undefined || record.serial === undefined) return undefined;
  return `${record.time.sec}.${String(record.time.ms).padStart(3, "0")}:${record.serial}`;
}

/** A whole log: copies of one event dropped, companion records attached, loss counted (audit-events 5.2, 5.3, 6). */
import type { FoundRecord } from "./carriers.ts";
import { type Appearance, type ContentSum, RecentAppearances, contentSum, stampOf } from "./copies.ts";
import { type AuditEvent, type LineProblem, NO_TIME } from "./event.ts";
import { ExportEntries } from "./export-entries.ts";
import { splitFields, textValue } from "./fields.ts";
import { SpreadObjects } from "./spread-objects.ts";
import { copied } from "./groups.ts";
import { readId } from "./heads.ts";
import { type LossReport, lossDetector } from "./loss.ts";
import { RECORD_TYPES } from "./names.ts";
import { type InspectedLine, inspectEntry, inspectLine } from "./parse.ts";
import { phaseOf } from "./phase.ts";
import { type KnownEvent, Templates, WordFinder, eventOf, lineText } from "./templates.ts";

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
  /** A line that cannot be read for a fault of ours; without this it is thrown. */
  readonly onFailure?: (thrown: unknown) => void;
  /** A line that was longer than a mebibyte, and was cut there. */
  readonly onCutLine?: () => void;
}

/** Reads a log that grows; what it says can be asked at any time. */
export interface LogReader {
  /** A piece of the log, one character for each byte, cut anywhere. */
  readonly feed: (piece: string) => void;
  /** What was fed ends here: a line without its end is one. */
  readonly end: () => void;
  /** One line, as `decodeBytes` gives it. */
  readonly feedLine: (line: string) => void;
  readonly summary: () => LogSummary;
}

const MOST_CALLS = 1 << 15;
const MOST_PROBLEMS = 1000;
const SYSCALL = 1300;
/** No audit record comes near this; a line that does is noise, and memory is not to be had with it. */
const MOST_LINE_BYTES = 1 << 20;

const NOTHING: InspectedLine = { item: undefined, record: undefined };
const BROKEN: InspectedLine = { item: { type: "PROBLEM", reason: "broken-entry" }, record: undefined };

/** What reading lines in full has given so far. */
class LineByLine {
  readonly entries = new ExportEntries();
  private readonly objects = new SpreadObjects();
  readonly problemCounts = { "line-too-long": 0, "empty-event": 0, "foreign-writer": 0, "broken-entry": 0 };
  readonly problems: { line: number; reason: LineProblem["reason"] }[] = [];
  readonly calls = new Map<string, SyscallRecord>();
  readonly loss = lossDetector();
  readonly at: Appearance = { sec: NO_TIME, ms: 0, serial: -1, phase: -1, pid: -1, line: 0, stamp: 0 };
  copies = 0;
  private readonly appearances = new RecentAppearances();
  private readonly listener: LogListener;

  constructor(listener: LogListener) {
    this.listener = listener;
  }

  /** A line that was read, or cannot be for a fault of ours. */
  inspect(line: string): InspectedLine {
    const { onFailure } = this.listener;
    try {
      return this.inspectNext(line);
    } catch (thrown) {
      if (onFailure === undefined) throw thrown;
      onFailure(thrown);
      return NOTHING;
    }
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
      if (record.recordType === SYSCALL) this.addCall(record);
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
    if (this.isFresh(sum)) this.listener.onEvent({ event, name: undefined, sum, kind: "read", note: undefined }, at);
  }

  /** An event of which all is known, and its appearance in `at`. */
  takeKnown(known: KnownEvent): void {
    this.loss.seeNumbers(this.at, known.kind === "shared");
    if (this.isFresh(known.sum)) this.listener.onEvent(known, this.at);
  }

  private isFresh(sum: ContentSum): boolean {
    const isCopy = this.appearances.isCopy(this.at, sum);
    if (isCopy) this.copies += 1;
    return !isCopy;
  }

  private addCall(record: FoundRecord): void {
    const id = recordId({
      ...(record.time && { time: record.time }),
      ...(record.serial !== undefined && { serial: record.serial }),
    });
    if (id === undefined || this.calls.size >= MOST_CALLS) return;
    const fields = new Map(splitFields(record.rest).map((field) => [field.key, field]));
    const exe = fields.get("exe");
    const success = fields.get("success")?.raw;
    const exit = Number(fields.get("exit")?.raw);
    this.calls.set(id, {
      success: success === undefined ? undefined : success === "yes",
      exit: Number.isSafeInteger(exit) ? exit : undefined,
      exe: exe === undefined ? undefined : copied(textValue(exe, false).text),
    });
  }

  summary(): LogSummary {
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

/** Words without which a line has neither record nor news of loss (carriers.ts, notices.ts); journals write odd messages as lists of bytes. */
const TELLING = ["audit", "uppressed", "missed", '":['] as const;
const MARK = "apparmor=";
const OPERATION = 'operation="';
const EXPORT_START = 0x5f;
const OBJECT_START = 0x7b;

/**
 * Cuts a log into lines and looks at each only as far as it must (COST: a line read in full costs ten times as much): at those that hold
 * no word of ours not at all, at other records of auditd for their number, at known events for what differs.
 */
class PieceByPiece {
  private readonly full: LineByLine;
  private readonly templates: Templates;
  private readonly marks = new WordFinder(MARK);
  private readonly operations = new WordFinder(OPERATION);
  private readonly telling = TELLING.map((word) => new WordFinder(word));
  private readonly onCutLine: () => void;
  private text = "";
  private rest = "";
  /** The line that is going on has been read as far as it will be. */
  private isCut = false;

  constructor(full: LineByLine, listener: LogListener) {
    this.full = full;
    this.templates = new Templates((line) => full.tryInspect(line));
    this.onCutLine = listener.onCutLine ?? (() => {});
  }

  feed(piece: string): void {
    let start = 0;
    const text = this.rest === "" ? piece : this.rest + piece;
    let end = text.indexOf("\n", this.rest.length);
    if (end >= 0) this.begin(text);
    if (this.isCut && end >= 0) {
      this.isCut = false;
      start = end + 1;
      end = text.indexOf("\n", start);
    }
    for (; end >= 0; end = text.indexOf("\n", start)) {
      this.line(start, end);
      start = end + 1;
    }
    this.keep(text, start);
  }

  end(): void {
    const { rest } = this;
    const isLine = rest !== "" && !this.isCut;
    this.rest = "";
    this.isCut = false;
    if (!isLine) return;
    this.begin(rest);
    this.line(0, rest.length);
  }

  /** What is left of a text that ends within a line. */
  private keep(text: string, start: number): void {
    if (this.isCut) {
      this.rest = "";
      return;
    }
    this.rest = start === 0 ? text : text.slice(start);
    if (this.rest.length <= MOST_LINE_BYTES) return;
    const head = this.rest.slice(0, MOST_LINE_BYTES);
    this.begin(head);
    this.line(0, head.length);
    this.rest = "";
    this.isCut = true;
    this.onCutLine();
  }

  private begin(text: string): void {
    this.text = text;
    this.templates.reset(text);
    this.marks.reset(text);
    for (const finder of [this.operations, ...this.telling]) finder.reset(text);
  }

  private line(start: number, end: number): void {
    const { full, text } = this;
    const { at } = full;
    at.line += 1;
    at.stamp = stampOf(text, start);
    if (end - start > MOST_LINE_BYTES) this.onCutLine();
    const first = text.charCodeAt(start);
    const isAlone = first !== EXPORT_START && (first !== OBJECT_START || end - start > 2);
    if (isAlone && !full.isWithin()) {
      const mark = this.marks.next(start);
      if (mark < end) {
        const known = this.templates.find(start, end, mark, at);
        if (known !== undefined) {
          full.takeKnown(known);
          return;
        }
      } else if (this.isSilent(start, end) || this.isCompanion(start, end)) return;
    }
    full.take(full.inspect(lineText(text.slice(start, Math.min(end, start + MOST_LINE_BYTES)))));
  }

  private isSilent(start: number, end: number): boolean {
    return this.telling.every((finder) => finder.next(start) >= end);
  }

  /** Another record of auditd: only its number is of use, and what a system call's record says beside it. */
  private isCompanion(start: number, until: number): boolean {
    const { full, text } = this;
    if (!text.startsWith("type=", start) || this.operations.next(start) < until) return false;
    let end = start + "type=".length;
    for (let code = text.charCodeAt(end); (code >= 0x41 && code <= 0x5a) || code === 0x5f; code = text.charCodeAt(end)) end += 1;
    if (end === start + "type=".length || !text.startsWith(" msg=", end)) return false;
    const number = RECORD_TYPES.get(text.slice(start + "type=".length, end));
    if (number !== undefined && (number !== SYSCALL || full.calls.size < MOST_CALLS)) return false;
    if (readId(text, end + " msg=".length, full.at) < 0) return false;
    full.loss.seeNumbers(full.at, true);
    return true;
  }
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
      full.at.stamp = stampOf(line, 0);
      full.take(full.inspect(line));
    },
    summary: () => full.summary(),
  };
}

/** Reads all lines of a log that is short enough to be kept. */
export function readLog(lines: Iterable<string>): LogReading {
  const events: LoggedEvent[] = [];
  const reader = logReader({ onEvent: ({ event }, { line }) => void events.push({ event, line }) });
  for (const line of lines) reader.feedLine(line);
  return { ...reader.summary(), events };
}

/** The same of a log that comes in pieces, as files give it: one character for each byte. */
export function readPieces(pieces: Iterable<string>): LogReading {
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

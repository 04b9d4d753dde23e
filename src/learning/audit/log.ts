/** A whole log: copies of one event dropped, companion records attached, loss counted (audit-events 5.2, 5.3, 6). */
import type { FoundRecord } from "./carriers.ts";
import type { AuditEvent, LineProblem } from "./event.ts";
import { ExportEntries } from "./export-entries.ts";
import { splitFields, textValue } from "./fields.ts";
import { eventKey } from "./groups.ts";
import { type LossReport, lossDetector } from "./loss.ts";
import { type InspectedLine, inspectEntry, inspectLine } from "./parse.ts";

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

/** What is known of a log so far, but for its events: `feed` hands those over one by one. */
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

/** Reads a log that grows: feed it lines, ask at any time. Events are handed over, not kept. */
export interface LogReader {
  /** The event of a line, unless it is a copy or the line holds none. */
  readonly feed: (line: string) => LoggedEvent | undefined;
  readonly summary: () => LogSummary;
}

const MAX_REMEMBERED = 1 << 15;
const MAX_PROBLEMS = 1000;
const SYSCALL = 1300;

/** A reader at the start of a log. COST: remembers 32,768 keys or more to tell copies; older copies count as new events. */
export function logReader(): LogReader {
  const problemCounts = { "line-too-long": 0, "empty-event": 0, "foreign-writer": 0, "broken-entry": 0 };
  const entries = new ExportEntries();
  const problems: { line: number; reason: LineProblem["reason"] }[] = [];
  const calls = new Map<string, SyscallRecord>();
  const seen = new RecentKeys();
  const loss = lossDetector();
  let copies = 0;
  let lines = 0;
  const take = (event: AuditEvent): LoggedEvent | undefined => {
    const key = copyKey(event);
    if (key !== undefined && !seen.add(key)) {
      copies += 1;
      return undefined;
    }
    return { event, line: lines };
  };
  return {
    feed: (line) => {
      lines += 1;
      const { item, record } = inspectNext(entries, line);
      if (record !== undefined && !record.isForeign && record.writer !== "foreign") {
        loss.see(record);
        if (record.recordType === SYSCALL) addCall(calls, record);
      }
      if (item === undefined) return undefined;
      if (item.type === "LOSS") loss.notice(item);
      else if (item.type === "PROBLEM") {
        problemCounts[item.reason] += 1;
        if (problems.length < MAX_PROBLEMS) problems.push({ line: lines, reason: item.reason });
      } else return take(item);
      return undefined;
    },
    summary: () => ({
      calls,
      copies,
      problems: [...problems],
      problemCounts: {
        ...problemCounts,
        "broken-entry": problemCounts["broken-entry"] + (entries.isOpen() ? 1 : 0),
      },
      loss: loss.report(),
      lines,
    }),
  };
}

const NOTHING: InspectedLine = { item: undefined, record: undefined };
const BROKEN: InspectedLine = { item: { type: "PROBLEM", reason: "broken-entry" }, record: undefined };

/** A line by itself, or as part of an entry that spans several. */
function inspectNext(entries: ExportEntries, line: string): InspectedLine {
  const found = entries.feed(line);
  if (found === "outside") return inspectLine(line);
  if (found === "inside") return NOTHING;
  return found === "lost" ? BROKEN : inspectEntry(found);
}

/** Reads all lines of a log that is short enough to be kept. */
export function readLog(lines: Iterable<string>): LogReading {
  const reader = logReader();
  const events: LoggedEvent[] = [];
  for (const line of lines) {
    const logged = reader.feed(line);
    if (logged !== undefined) events.push(logged);
  }
  return { ...reader.summary(), events };
}

/** The id of an event's record: `sec.ms:serial`, as auditd prints it. */
export function recordId(record: Pick<AuditEvent, "time" | "serial">): string | undefined {
  if (record.time === undefined || record.serial === undefined) return undefined;
  return `${record.time.sec}.${String(record.time.ms).padStart(3, "0")}:${record.serial}`;
}

/**
 * Several events share an id; with the event's content it is a key for one event, whatever carried it. COST: of the content a checksum,
 * a tenth of its size; who finds two contents with one checksum still needs the kernel to give both the same id.
 */
function copyKey(event: AuditEvent): string | undefined {
  const id = recordId(event);
  return id === undefined ? undefined : `${id} ${event.pid ?? ""} ${checksum(eventKey(event))}`;
}

/** FNV-1a, and a second one that mixes otherwise: 64 bits. */
function checksum(text: string): string {
  let [one, other] = [0x811c9dc5, 0x050c5d1f];
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    one = Math.imul(one ^ unit, 0x01000193);
    other = Math.imul(other ^ unit ^ (other >>> 15), 0x85ebca6b);
  }
  return `${(one >>> 0).toString(36)}.${(other >>> 0).toString(36)}`;
}

/**
 * The keys of the last records. COST: two generations, the older one dropped whole: a set that loses its oldest member one by
 * one is slow to iterate.
 */
class RecentKeys {
  private young = new Set<string>();
  private old = new Set<string>();

  /** Whether a key is new; from now on it is known. */
  add(key: string): boolean {
    if (this.young.has(key) || this.old.has(key)) return false;
    if (this.young.size >= MAX_REMEMBERED) {
      this.old = this.young;
      this.young = new Set();
    }
    this.young.add(key);
    return true;
  }
}

function addCall(calls: Map<string, SyscallRecord>, record: FoundRecord): void {
  const id = recordId({
    ...(record.time && { time: record.time }),
    ...(record.serial !== undefined && { serial: record.serial }),
  });
  if (id === undefined || calls.size >= MAX_REMEMBERED) return;
  const fields = new Map(splitFields(record.rest).map((field) => [field.key, field]));
  const exe = fields.get("exe");
  const success = fields.get("success")?.raw;
  const exit = Number(fields.get("exit")?.raw);
  calls.set(id, {
    success: success === undefined ? undefined : success === "yes",
    exit: Number.isSafeInteger(exit) ? exit : undefined,
    exe: exe === undefined ? undefined : textValue(exe, false).text,
  });
}

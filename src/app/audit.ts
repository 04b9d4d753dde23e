/** Events from wherever logs are kept. */
import { bugText } from "./bug.ts";
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import type { FileRefusal, LogItem, LogOptions, LogSource, LogsPort } from "../foundation/ports/index.ts";
import { isOfFamily } from "../language/tables/index.ts";
import { type AuditEvent, EVENT_KINDS, EVENT_TYPES, countLog } from "../learning/audit/index.ts";
import {
  type AuditReadOptions,
  type AuditReport,
  type EventFilter,
  type OpenedLog,
  MAX_DIFFERENT,
} from "./audit-report.ts";

/** The words of filters. */
export const types: readonly string[] = EVENT_TYPES;
export const kinds: readonly string[] = EVENT_KINDS;

/** Whether an event passes a filter, but for the time. */
function isWanted(event: AuditEvent, filter: EventFilter): boolean {
  const { operations, profile, comm, name } = filter;
  if (filter.types?.includes(event.type) === false) return false;
  if (filter.kinds?.includes(event.kind) === false) return false;
  if (operations !== undefined && !operations.includes(event.operation ?? "")) return false;
  if (comm !== undefined && event.comm !== comm) return false;
  if (name !== undefined && !isNamed(event, name)) return false;
  return profile === undefined || concerns(event, profile);
}

function asksEvents({ types: ofTypes, kinds: ofKinds, operations, profile, comm, name }: EventFilter): boolean {
  return [ofTypes, ofKinds, operations, profile, comm, name].some((value) => value !== undefined);
}

function isNamed({ name = "", target }: AuditEvent, wanted: string): boolean {
  return wanted.endsWith("/") ? name.startsWith(wanted) : name === wanted || target === wanted;
}

/** Whether an event is one of a profile or of its children. */
export function concerns(event: AuditEvent, profile: string): boolean {
  return isOfFamily(event.profile ?? event.label ?? "", profile);
}

const PREFERRED: readonly LogSource[] = [
  { kind: "audit-log" },
  { kind: "journal" },
  { kind: "syslog" },
  { kind: "kmsg" },
];

const PASSED_OVER: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "EACCES", "EPERM"]);

/** Opens the first source that can be opened, the most complete one first; or all that are named, one after the other. */
export async function openLog(
  logs: LogsPort,
  wanted: readonly LogSource[],
  options: LogOptions,
): Promise<Outcome<OpenedLog, readonly FileRefusal[]>> {
  return wanted.length > 0 ? openAll(logs, wanted, options) : openFirst(logs, options);
}

async function openFirst(logs: LogsPort, options: LogOptions): Promise<Outcome<OpenedLog, readonly FileRefusal[]>> {
  const refusals: FileRefusal[] = [];
  for (const source of PREFERRED) {
    const opened = await logs.open(source, options);
    const passedOver = refusals.filter(({ errno }) => errno !== "ENOENT" && errno !== "ENOTDIR");
    if (opened.ok) return ok({ sources: [source], items: opened.value, passedOver });
    refusals.push(opened.error);
    // A source that is there and fails is not one that is not there, or not for this user: another one may lack what it holds.
    if (!PASSED_OVER.has(opened.error.errno)) break;
  }
  return fail(refusals);
}

async function openAll(
  logs: LogsPort,
  sources: readonly LogSource[],
  options: LogOptions,
): Promise<Outcome<OpenedLog, readonly FileRefusal[]>> {
  const parts: AsyncIterable<LogItem>[] = [];
  const refusals: FileRefusal[] = [];
  for (const source of sources) {
    const opened = await logs.open(source, options);
    if (opened.ok) parts.push(opened.value);
    else refusals.push(opened.error);
  }
  return refusals.length > 0 ? fail(refusals) : ok({ sources, items: inTurn(parts), passedOver: [] });
}

async function* inTurn(parts: readonly AsyncIterable<LogItem>[]): AsyncGenerator<LogItem> {
  for (const part of parts) yield* part;
}

/** Reasons kept for a report to a person; a log can hold one in every line, so the list has to end somewhere. */
const MAX_LOST = 1000;

/** What is said of a log beside its lines. */
class Notes {
  readonly files: string[] = [];
  readonly skipped: { path: string; reason: string }[] = [];
  readonly lost: string[] = [];
  readonly failed = { lines: 0, message: "" };
  cutLines = 0;

  take(item: Exclude<LogItem, { kind: "bytes" }>): void {
    if (item.kind === "file") add(this.files, item.path);
    else if (item.kind === "lost") add(this.lost, item.reason);
    else add(this.skipped, { path: item.path, reason: item.reason });
  }

  fail(thrown: unknown): void {
    this.failed.message ||= bugText(thrown, "this line");
    this.failed.lines += 1;
  }
}

function add<T>(list: T[], item: T): void {
  if (list.length < MAX_LOST) list.push(item);
}

/** Reads a log to its end; equal events are counted, copies dropped, losses kept. Memory is bounded by the different events. */
export async function readAudit(
  { sources, items, passedOver }: OpenedLog,
  { filter, limit = MAX_DIFFERENT, ...options }: AuditReadOptions,
): Promise<AuditReport> {
  const notes = new Notes();
  const count = countLog({
    ...options,
    limit,
    wantsCalls: false,
    ...(filter.sinceMs !== undefined && { sinceMs: filter.sinceMs }),
    ...(filter.untilMs !== undefined && { untilMs: filter.untilMs }),
    // COST: what is asked of every different event costs making it
    ...(asksEvents(filter) && { isWanted: (event) => isWanted(event, filter) }),
    onFailure: (thrown) => notes.fail(thrown),
    onCutLine: () => {
      notes.cutLines += 1;
    },
  });
  for await (const item of items) {
    if (item.kind === "bytes") count.feed(item.bytes);
    else {
      if (item.kind === "file") count.end();
      notes.take(item);
    }
  }
  count.end();
  const { files, skipped, lost, failed, cutLines } = notes;
  return { sources, ...count.report(), files, skipped, passedOver, failed, cutLines, lost };
}

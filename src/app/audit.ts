/** Events from wherever logs are kept. */
import { bugText } from "./bug.ts";
import { type Outcome, fail } from "../foundation/basics/index.ts";
import type { FileRefusal, LogOptions, LogSource, LogsPort } from "../foundation/ports/index.ts";
import { isOfFamily } from "../language/tables/index.ts";
import { type AuditEvent, eventGroups, logReader } from "../learning/audit/index.ts";
import {
  type AuditReadOptions,
  type AuditReport,
  type EventFilter,
  type OpenedLog,
  MAX_DIFFERENT,
} from "./audit-report.ts";

function timeMs({ ms, sec }: NonNullable<AuditEvent["time"]>): number {
  return sec * 1000 + ms;
}

/** Whether an event passes a filter. */
function isWanted(event: AuditEvent, filter: EventFilter): boolean {
  if (filter.types !== undefined && !filter.types.includes(event.type)) return false;
  if (filter.sinceMs !== undefined && event.time !== undefined && timeMs(event.time) < filter.sinceMs) return false;
  return filter.profile === undefined || concerns(event, filter.profile);
}

/** Whether an event is one of a profile or of its children. */
export function concerns(event: AuditEvent, profile: string): boolean {
  return isOfFamily(event.profile ?? event.label ?? "", profile);
}

const PREFERRED: readonly LogSource[] = [{ kind: "audit-log" }, { kind: "journal" }, { kind: "kmsg" }];

const PASSED_OVER: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "EACCES", "EPERM"]);

/** Opens the first source that can be opened, the most complete one first. */
export async function openLog(
  logs: LogsPort,
  wanted: LogSource | undefined,
  options: LogOptions,
): Promise<Outcome<OpenedLog, readonly FileRefusal[]>> {
  const refusals: FileRefusal[] = [];
  for (const source of wanted === undefined ? PREFERRED : [wanted]) {
    const opened = await logs.open(source, options);
    if (opened.ok) return { ok: true, value: { source, items: opened.value } };
    refusals.push(opened.error);
    // A source that is there and fails is not one that is not there, or not for this user: another one may lack what it holds.
    if (!PASSED_OVER.has(opened.error.errno)) break;
  }
  return fail(refusals);
}

/** Reads a log to its end; equal events are counted, copies dropped, losses kept. Memory is bounded by the different events. */
export async function readAudit(
  opened: OpenedLog,
  { filter, onEvent, keyOf, limit = MAX_DIFFERENT }: AuditReadOptions,
): Promise<AuditReport> {
  const reader = logReader();
  const counted = eventGroups(limit, keyOf);
  const lost: string[] = [];
  const failed = { lines: 0, message: "" };
  const read = (text: string): AuditEvent | undefined => {
    try {
      return reader.feed(text)?.event;
    } catch (thrown) {
      failed.message ||= bugText(thrown, "this line");
      failed.lines += 1;
      return undefined;
    }
  };
  for await (const item of opened.items) {
    if (item.kind === "lost") {
      if (lost.length < MAX_LOST) lost.push(item.reason);
      continue;
    }
    const event = read(item.text);
    if (event === undefined || !isWanted(event, filter)) continue;
    counted.add(event);
    onEvent?.(event);
  }
  return {
    source: opened.source,
    groups: counted.groups(),
    beyond: counted.beyond(),
    reading: reader.summary(),
    failed,
    lost,
  };
}

/** Reasons kept for a report to a person; a log can hold one in every line, so the list has to end somewhere. */
const MAX_LOST = 1000;

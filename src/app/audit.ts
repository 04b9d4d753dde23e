/** Events from wherever logs are kept. */
import { type Outcome, fail } from "../foundation/basics/index.ts";
import type { FileRefusal, LogItem, LogOptions, LogSource, LogsPort } from "../foundation/ports/index.ts";
import { type AuditEvent, type EventGroup, type LogReading, groupEvents, logReader } from "../learning/audit/index.ts";

/** Which events are wanted; absent is any. */
export interface EventFilter {
  readonly types?: readonly string[];
  /** A profile and its children. */
  readonly profile?: string;
}

export interface AuditReport {
  readonly source: LogSource;
  readonly groups: readonly EventGroup[];
  readonly reading: LogReading;
  /** What the carrier itself says it lost. */
  readonly lost: readonly string[];
}

/** Whether an event passes a filter. */
export function isWanted(event: AuditEvent, filter: EventFilter): boolean {
  if (filter.types !== undefined && !filter.types.includes(event.type)) return false;
  if (filter.profile === undefined) return true;
  const profile = event.profile ?? event.label ?? "";
  return profile === filter.profile || profile.startsWith(`${filter.profile}//`);
}

const PREFERRED: readonly LogSource[] = [{ kind: "audit-log" }, { kind: "journal" }, { kind: "kmsg" }];

/** Opens the first source that can be opened, the most complete one first. */
export async function openLog(
  logs: LogsPort,
  wanted: LogSource | undefined,
  options: LogOptions,
): Promise<Outcome<{ source: LogSource; items: AsyncIterable<LogItem> }, readonly FileRefusal[]>> {
  const refusals: FileRefusal[] = [];
  for (const source of wanted === undefined ? PREFERRED : [wanted]) {
    const opened = await logs.open(source, options);
    if (opened.ok) return { ok: true, value: { source, items: opened.value } };
    refusals.push(opened.error);
  }
  return fail(refusals);
}

/** Reads a log to its end; equal events are counted, copies dropped, losses kept. */
export async function readAudit(
  opened: { readonly source: LogSource; readonly items: AsyncIterable<LogItem> },
  filter: EventFilter,
  onEvent?: (event: AuditEvent) => void,
): Promise<AuditReport> {
  const reader = logReader();
  const lost: string[] = [];
  for await (const item of opened.items) {
    if (item.kind === "lost") {
      lost.push(item.reason);
      continue;
    }
    const logged = reader.feed(item.text);
    if (logged !== undefined && onEvent !== undefined && isWanted(logged.event, filter)) onEvent(logged.event);
  }
  const reading = reader.reading();
  const wanted = reading.events.map((logged) => logged.event).filter((event) => isWanted(event, filter));
  return { source: opened.source, groups: groupEvents(wanted), reading, lost };
}

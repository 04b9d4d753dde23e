/** Events from wherever logs are kept. */
import { type Outcome, fail } from "../foundation/basics/index.ts";
import type { FileRefusal, LogItem, LogOptions, LogSource, LogsPort } from "../foundation/ports/index.ts";
import { isOfFamily } from "../language/tables/index.ts";
import { type AuditEvent, type EventGroup, type LogSummary, eventGroups, logReader } from "../learning/audit/index.ts";

/** Which events are wanted; absent is any. */
export interface EventFilter {
  readonly types?: readonly string[];
  /** A profile and its children. */
  readonly profile?: string;
}

export interface AuditReport {
  readonly source: LogSource;
  readonly groups: readonly EventGroup[];
  /** Events that were not counted in any group: they differ from all of the first `MAX_DIFFERENT`. */
  readonly beyond: number;
  readonly reading: LogSummary;
  /** What the carrier itself says it lost. */
  readonly lost: readonly string[];
}

/** Whether an event passes a filter. */
function isWanted(event: AuditEvent, filter: EventFilter): boolean {
  if (filter.types !== undefined && !filter.types.includes(event.type)) return false;
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
): Promise<Outcome<{ source: LogSource; items: AsyncIterable<LogItem> }, readonly FileRefusal[]>> {
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

/**
 * How many different events are told apart. COST: a process that holds them all peaks at 500 MB (measured); without a limit 600,000 took
 * 2.5 GB.
 */
export const MAX_DIFFERENT = 1 << 16;

/** How a log is read: which events, told apart by what. */
interface AuditReadOptions {
  readonly filter: EventFilter;
  /** Hears of every event that passes, also of those that are not counted. */
  readonly onEvent?: (event: AuditEvent) => void;
  readonly keyOf?: (event: AuditEvent) => string;
  readonly limit?: number;
}

/** Reads a log to its end; equal events are counted, copies dropped, losses kept. Memory is bounded by the different events. */
export async function readAudit(
  opened: { readonly source: LogSource; readonly items: AsyncIterable<LogItem> },
  { filter, onEvent, keyOf, limit = MAX_DIFFERENT }: AuditReadOptions,
): Promise<AuditReport> {
  const reader = logReader();
  const counted = eventGroups(limit, keyOf);
  const lost: string[] = [];
  for await (const item of opened.items) {
    if (item.kind === "lost") {
      if (lost.length < MAX_LOST) lost.push(item.reason);
      continue;
    }
    const event = reader.feed(item.text)?.event;
    if (event === undefined || !isWanted(event, filter)) continue;
    counted.add(event);
    onEvent?.(event);
  }
  return {
    source: opened.source,
    groups: counted.groups(),
    beyond: counted.beyond(),
    reading: reader.summary(),
    lost,
  };
}

const MAX_LOST = 1000;

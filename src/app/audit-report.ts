/** What is asked of a log, and what comes of it. */
import type { LogItem, LogSource } from "../foundation/ports/index.ts";
import type { AuditEvent, EventGroup, LogSummary } from "../learning/audit/index.ts";

/** Which events are wanted; absent is any. */
export interface EventFilter {
  readonly types?: readonly string[];
  /** A profile and its children. */
  readonly profile?: string;
  /** Events that are older are left out; those that have no time are not. Units: milliseconds since 1970. */
  readonly sinceMs?: number;
}

export interface AuditReport {
  readonly source: LogSource;
  readonly groups: readonly EventGroup[];
  /** Events that were not counted in any group: they differ from all of the first `MAX_DIFFERENT`. */
  readonly beyond: number;
  readonly reading: LogSummary;
  /** Lines that we fail on, with what is said of the first of them. */
  readonly failed: { readonly lines: number; readonly message: string };
  /** What the carrier itself says it lost. */
  readonly lost: readonly string[];
}

/** How many different events are kept apart. COST: a process that holds them all peaks at 290 MB (measured on 600,000
 * different ones; without a limit these took 2.5 GB). */
export const MAX_DIFFERENT = 1 << 14;

/** A log that was opened. */
export interface OpenedLog {
  readonly source: LogSource;
  readonly items: AsyncIterable<LogItem>;
}

/** How a log is read: which events, and what makes two of them different. */
export interface AuditReadOptions {
  readonly filter: EventFilter;
  /** Hears of every event that passes, also of those that are not counted. */
  readonly onEvent?: (event: AuditEvent) => void;
  readonly keyOf?: (event: AuditEvent) => string;
  readonly limit?: number;
}

/** What is asked of a log, and what comes of it. */
import type { FileRefusal, LogItem, LogSource } from "../foundation/ports/index.ts";
import type { AuditEvent, CountReport } from "../learning/audit/index.ts";

/** Which events are wanted; absent is any. */
export interface EventFilter {
  readonly types?: readonly string[];
  readonly kinds?: readonly string[];
  readonly operations?: readonly string[];
  /** A profile and its children. */
  readonly profile?: string;
  /** The program's name, as the kernel has it. */
  readonly comm?: string;
  /** Names, or what a directory that ends in `/` holds. */
  readonly name?: string;
  /** Events that are older are left out; those that have no time are not. Units: milliseconds since 1970. */
  readonly sinceMs?: number;
  /** The same of those that are newer. */
  readonly untilMs?: number;
}

export interface AuditReport extends CountReport {
  readonly sources: readonly LogSource[];
  /** The files that were read, in order. */
  readonly files: readonly string[];
  /** Files, or rests of files, that could not be read. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  /** Better sources that were there and could not be read. */
  readonly passedOver: readonly FileRefusal[];
  /** Lines that we fail on, with what is said of the first of them. */
  readonly failed: { readonly lines: number; readonly message: string };
  /** Lines that were longer than a mebibyte, and were cut there. */
  readonly cutLines: number;
  /** What the carrier itself says it lost. */
  readonly lost: readonly string[];
}

/** How many different events are kept apart. COST: a process that holds them all peaks at 140 MB (docs/performance.md). */
export const MAX_DIFFERENT = 1 << 14;

/** A log that was opened. */
export interface OpenedLog {
  readonly sources: readonly LogSource[];
  readonly items: AsyncIterable<LogItem>;
  readonly passedOver: readonly FileRefusal[];
}

/** How a log is read: which events, and what makes two of them different. */
export interface AuditReadOptions {
  readonly filter: EventFilter;
  /** Hears of every event that passes, also of those that are not counted. */
  readonly onEvent?: (event: AuditEvent) => void;
  readonly keyOf?: (event: AuditEvent) => string;
  readonly isTimed?: boolean;
  readonly limit?: number;
}

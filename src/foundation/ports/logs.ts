import type { Outcome } from "../basics/index.ts";
import type { FileRefusal } from "./files.ts";

/** Where audit lines come from. */
export type LogSource =
  /** The kernel's ring buffer. */
  | { readonly kind: "kmsg" }
  /** The audit daemon's log and its rotated predecessors, oldest first; default `/var/log/audit/audit.log`. */
  | { readonly kind: "audit-log"; readonly path?: string }
  /** The journal, both its audit and its kernel transport, as JSON lines. */
  | { readonly kind: "journal" }
  /** Any text file; `-` is standard input. */
  | { readonly kind: "file"; readonly path: string };

export interface LogOptions {
  /** Go on as lines are added, until the reader stops. */
  readonly follow: boolean;
  /** What is older may be left out; sources that keep no order by time ignore it. Units: milliseconds since 1970. */
  readonly sinceMs?: number;
  /** Leave out what was there before (with `follow`). */
  readonly onlyNew?: boolean;
}

/** A line without its end, or the news that some were lost. */
export type LogItem =
  | { readonly kind: "line"; readonly text: string }
  | { readonly kind: "lost"; readonly reason: string; readonly count: number | undefined };

/** Where lines come from; a refusal comes before the first line. */
export interface LogsPort {
  readonly open: (source: LogSource, options: LogOptions) => Promise<Outcome<AsyncIterable<LogItem>, FileRefusal>>;
}

import type { Outcome } from "../basics/index.ts";
import type { FileRefusal } from "./files.ts";

/** Where audit lines come from. */
export type LogSource =
  /** The kernel's ring buffer. */
  | { readonly kind: "kmsg" }
  /** The audit daemon's log and its rotated predecessors, oldest first; default `/var/log/audit/audit.log`. */
  | { readonly kind: "audit-log"; readonly path?: string }
  /** The first of `/var/log/syslog`, `kern.log` and `messages` that is there, with its rotated predecessors. */
  | { readonly kind: "syslog" }
  /** The journal, both its audit and its kernel transport, as JSON lines. */
  | { readonly kind: "journal" }
  /** Any file, packed or not; `-` is standard input. */
  | { readonly kind: "file"; readonly path: string };

export interface LogOptions {
  /** Go on as lines are added, until the reader stops. */
  readonly follow: boolean;
  /** What is older may be left out; sources that keep no order by time ignore it. Units: milliseconds since 1970. */
  readonly sinceMs?: number;
  /** Leave out what was there before (with `follow`). */
  readonly onlyNew?: boolean;
}

/** What comes of a log, in order. */
export type LogItem =
  /** A file begins here, and what came before it has ended, a line without its end as well. */
  | { readonly kind: "file"; readonly path: string }
  /** A piece of the log, cut anywhere; its buffer is filled again for the next one. */
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  /** Lines were lost before they came here. */
  | { readonly kind: "lost"; readonly reason: string; readonly count: number | undefined }
  /** A file, or the rest of one, that belongs to the log and could not be read. */
  | { readonly kind: "skipped"; readonly path: string; readonly reason: string };

/** Where logs come from; a refusal comes before the first piece. */
export interface LogsPort {
  readonly open: (source: LogSource, options: LogOptions) => Promise<Outcome<AsyncIterable<LogItem>, FileRefusal>>;
}

/** Which log to read, for the verbs that read one. */
import type { AuditReport, EventFilter } from "../../app/index.ts";
import type { FileRefusal, LogSource } from "../../foundation/ports/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import { fileRefusalText } from "../errno-texts.ts";
import type { Command, CommandOption, Invocation } from "./command.ts";
import { parseMoment } from "./moments.ts";
import { FILE, MOMENT, oneOf } from "./value-types.ts";

const SOURCES = ["audit-log", "journal", "syslog", "kmsg"] as const;

export const logOptions: readonly CommandOption[] = [
  {
    key: "log",
    long: "log",
    short: "f",
    type: FILE,
    readsInput: true,
    about: "read this file, packed or not; `-` is standard input; may be repeated",
  },
  {
    key: "source",
    long: "source",
    type: oneOf("NAME", SOURCES),
    about: "audit-log, journal, syslog or kmsg (the first that can be read)",
  },
  { key: "since", long: "since", type: MOMENT, about: "only events that are not older" },
];

/** Options of these that have no effect beside each other. */
export const logConflicts: NonNullable<Command["conflicts"]> = [["log", "source"]];

/** What is wrong with the options together. */
export function logProblem(call: Invocation): string | undefined {
  return call.has("follow") && call.values("log").length > 1 ? "only one file can be followed" : undefined;
}

/** Where to read, as the options say; empty: nothing is said. */
export function logSources(call: Invocation): readonly LogSource[] {
  const kind = SOURCES.find((source) => source === call.value("source"));
  return kind === undefined ? call.values("log").map((path) => ({ kind: "file", path })) : [{ kind }];
}

/** From when on events are wanted. */
export function sinceOf(call: Invocation): Pick<EventFilter, "sinceMs"> {
  const since = call.value("since");
  const sinceMs = since === undefined ? undefined : parseMoment(since, new Date());
  return sinceMs === undefined ? {} : { sinceMs };
}

/** A source as people call it. */
function sourceText(source: LogSource): string {
  switch (source.kind) {
    case "file":
      return source.path === "-" ? "standard input" : displayText(source.path);
    case "audit-log":
      return source.path ?? "/var/log/audit/audit.log and its predecessors";
    case "syslog":
      return "the system log";
    case "journal":
      return "the journal";
    case "kmsg":
      return "the kernel's ring buffer";
  }
}

/** What was read, in a sentence. */
export function readingText({ groups, reading, sources }: AuditReport): string {
  const events = groups.reduce((sum, { count }) => sum + count, 0);
  const where = sources.map(sourceText).join(", ");
  return `read ${times(reading.lines, "line")} of ${where}: ${times(events, "event")}\n`;
}

export function refusalTexts(refusals: readonly FileRefusal[]): readonly string[] {
  return refusals.map((refusal) => `${refusal.path}: ${fileRefusalText(refusal)}`);
}

/** So many of something. */
export function times(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** Which log to read, for the verbs that read one. */
import type { AuditReport, EventFilter } from "../../app/index.ts";
import type { LogSource } from "../../foundation/ports/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import type { CommandOption, Invocation } from "./command.ts";
import { parseMoment } from "./moments.ts";
import { FILE, MOMENT, oneOf } from "./value-types.ts";

const SOURCES = ["audit-log", "journal", "kmsg"] as const;

export const logOptions: readonly CommandOption[] = [
  { key: "log", long: "log", short: "f", type: FILE, about: "read this file; `-` is standard input" },
  {
    key: "source",
    long: "source",
    type: oneOf("NAME", SOURCES),
    about: "audit-log, journal or kmsg (the first that can be read)",
  },
  { key: "since", long: "since", type: MOMENT, about: "only events that are not older" },
];

/** What is wrong with the options together. */
export function logProblem(call: Invocation): string | undefined {
  return call.has("log") && call.has("source") ? "choose one of --log and --source" : undefined;
}

/** Where to read, as the options say; `undefined`: nothing is said. */
export function logSource(call: Invocation): LogSource | undefined {
  const path = call.value("log");
  if (path !== undefined) return { kind: "file", path };
  const kind = SOURCES.find((source) => source === call.value("source"));
  return kind === undefined ? undefined : { kind };
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
    case "journal":
      return "the journal";
    case "kmsg":
      return "the kernel's ring buffer";
  }
}

/** What was read, in a sentence. */
export function readingText({ groups, reading, source }: AuditReport): string {
  const events = groups.reduce((sum, { count }) => sum + count, 0);
  return `read ${times(reading.lines, "line")} of ${sourceText(source)}: ${times(events, "event")}\n`;
}

/** So many of something. */
export function times(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

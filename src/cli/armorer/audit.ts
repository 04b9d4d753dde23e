import { type AuditReport, type EventFilter, MAX_DIFFERENT, loadAuditor } from "../../app/index.ts";
import type { AuditEvent, EventGroup } from "../../app/index.ts";
import { type Command, EXIT, type Invocation, printJson, usageError } from "./command.ts";
import { fileRefusalText } from "../errno-texts.ts";
import { logOptions, logProblem, logSource, readingText, sinceOf, times } from "./log-options.ts";
import { oneOf, anyText, type ValueType } from "./value-types.ts";
import { type Style, type StyledText, displayText } from "../../foundation/text/index.ts";
import { paint } from "./paint.ts";

/** What the kernel writes in `apparmor="…"`. */
const TYPES = ["AUDIT", "ALLOWED", "DENIED", "KILLED", "STATUS", "HINT", "ERROR", "UNKNOWN"] as const;

const WORD = oneOf("TYPE", TYPES);
const EVENT_TYPE: ValueType = { ...WORD, problemOf: (value, io) => WORD.problemOf(value.toUpperCase(), io) };

function filterOf(call: Invocation): EventFilter {
  const profile = call.value("profile");
  const types = call.values("type").map((type) => type.toUpperCase());
  return { ...sinceOf(call), ...(profile !== undefined && { profile }), ...(types.length > 0 && { types }) };
}

/** What an event is about, in a few words. */
export function describeEvent(event: AuditEvent): string {
  const parts = [
    event.name ?? event.capability ?? event.signal ?? event.family ?? event.addr ?? event.path ?? "",
    event.denied === undefined ? (event.requested?.join(" ") ?? "") : event.denied.join(" "),
    event.sockType ?? "",
    event.target === undefined ? "" : `-> ${event.target}`,
    event.peer === undefined ? "" : `peer ${event.peer}`,
    event.truncated === true ? "(cut short)" : "",
  ];
  return displayText(parts.filter((part) => part !== "").join(" "));
}

const TYPE_STYLES: Readonly<Record<string, Style>> = {
  DENIED: "error",
  KILLED: "error",
  ERROR: "error",
  ALLOWED: "warning",
  AUDIT: "info",
};

function eventLine(event: AuditEvent): StyledText {
  const who = event.comm === undefined ? "" : ` by ${displayText(event.comm)}[${event.pid ?? "?"}]`;
  const profile = displayText(event.profile ?? event.label ?? "?");
  const operation = displayText(event.operation ?? event.kind);
  const type = paint(displayText(event.type).padEnd(7), TYPE_STYLES[event.type]);
  return [type, ` ${profile}: ${operation} ${describeEvent(event)}${who}`];
}

function printGroup(group: EventGroup, call: Invocation): void {
  const count = group.count === 1 ? "" : ` (${group.count} times)`;
  call.io.out([...eventLine(group.event), `${count}\n`]);
}

function printText(report: AuditReport, call: Invocation): void {
  for (const group of report.groups) printGroup(group, call);
  const { loss } = report.reading;
  const lost = [...report.lost, ...loss.reasons, ...omissions(report)];
  if (loss.suppressed > 0) lost.push(`${loss.suppressed} lines were suppressed by a rate limit`);
  if (loss.lost > 0) lost.push(`the audit subsystem lost ${loss.lost} records`);
  if (loss.missing > 0) lost.push(`${loss.certainty === "exact" ? "" : "at most "}${loss.missing} records are missing`);
  for (const reason of lost) call.io.err(`note: ${displayText(reason)}\n`);
  call.io.err(readingText(report));
}

/** What is in the log and was left out, a sentence each. */
export function omissions({ beyond, failed, reading: { problemCounts } }: AuditReport): string[] {
  const {
    "line-too-long": long,
    "empty-event": empty,
    "foreign-writer": foreign,
    "broken-entry": broken,
  } = problemCounts;
  return [
    ...(beyond > 0
      ? [`${times(beyond, "event")} left out: at most ${MAX_DIFFERENT} different ones are kept apart`]
      : []),
    ...(foreign > 0
      ? [`${times(foreign, "line")} not believed: not the kernel, but another program wrote the record in it`]
      : []),
    ...(long > 0 ? [`${times(long, "line")} too long to be read`] : []),
    ...(failed.lines > 0 ? [`${times(failed.lines, "line")} left out: ${failed.message}; please report it`] : []),
    ...(empty > 0 ? [`${times(empty, "record")} without any content`] : []),
    ...(broken > 0 ? [`${times(broken, "line")} not read: an entry of the journal is broken or cut off`] : []),
  ];
}

/** Whether all that the kernel wrote was read; what others wrote in its name takes nothing away. */
export function isComplete({ beyond, failed, reading: { problemCounts } }: AuditReport): boolean {
  return (
    beyond === 0 && failed.lines === 0 && problemCounts["line-too-long"] === 0 && problemCounts["broken-entry"] === 0
  );
}

function printDocument(report: AuditReport, call: Invocation): void {
  const { reading } = report;
  printJson(call.io, "armorer/audit/1", {
    source: report.source,
    lines: reading.lines,
    copies: reading.copies,
    events: report.groups.map(({ event, count, first, last, comms, pids }) => ({
      event,
      count,
      first,
      last,
      comms,
      pids,
    })),
    beyond: report.beyond,
    failed: report.failed,
    problems: reading.problems,
    problemCounts: reading.problemCounts,
    loss: { ...reading.loss, carrier: report.lost },
  });
}

async function follow(call: Invocation): Promise<number> {
  const filter = filterOf(call);
  const logs = call.io.logsAt(call.root === undefined ? {} : { root: call.root });
  const { openLog, readAudit } = await loadAuditor();
  const isFollowing = call.has("follow");
  const opened = await openLog(logs, logSource(call), { follow: isFollowing, onlyNew: isFollowing, ...sinceOf(call) });
  if (!opened.ok) {
    const refusals = opened.error.map((refusal) => `${refusal.path}: ${fileRefusalText(refusal)}`);
    for (const refusal of refusals) call.io.err(`armorer audit: ${displayText(refusal)}\n`);
    return EXIT.bad;
  }
  const say = (event: AuditEvent): void => {
    if (call.json) printJson(call.io, "armorer/event/1", { event });
    else call.io.out([...eventLine(event), "\n"]);
  };
  if (isFollowing) call.io.err("waiting for events\n");
  const report = await readAudit(opened.value, { filter, ...(call.has("follow") && { onEvent: say }) });
  if (call.json) printDocument(report, call);
  else printText(report, call);
  return isComplete(report) ? EXIT.fine : EXIT.bad;
}

export const command: Command = {
  name: "audit",
  summary: "read AppArmor's events from the logs of this machine or from a file",
  isSlow: true,
  usage: "[OPTION]...",
  noOperands: "; name a file with --log",
  options: [
    ...logOptions,
    {
      key: "profile",
      long: "profile",
      short: "p",
      type: anyText("NAME", "the name of a profile"),
      about: "only events of this profile and its children",
    },
    {
      key: "type",
      long: "type",
      short: "t",
      type: EVENT_TYPE,
      about: "only DENIED, ALLOWED, AUDIT, …; may be repeated",
    },
    { key: "follow", long: "follow", about: "print events as they arrive, until interrupted" },
  ],
  details:
    "Equal events are reported once, with their count. Copies of an event that reached a log by two routes are dropped.\n" +
    `Losses are reported on standard error. At most ${MAX_DIFFERENT} different events are kept apart.`,
  examples: [
    ["armorer audit --type DENIED --since today", "what was refused today"],
    ["armorer audit -f kern.log --profile /usr/bin/man", "what a copy of a log says of one profile and its children"],
  ],
  run: (call) => {
    const problem = logProblem(call);
    return problem === undefined ? follow(call) : usageError(call.io, "audit", problem);
  },
};

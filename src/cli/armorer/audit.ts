import {
  type AuditEvent,
  type AuditReport,
  type EventFilter,
  type EventGroup,
  MAX_DIFFERENT,
  loadAuditor,
  loadEventRules,
} from "../../app/index.ts";
import { nearestWord } from "../../foundation/basics/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import { type Command, EXIT, type Invocation, printJson, usageError } from "./command.ts";
import { countText, eventLine, timeText } from "./event-text.ts";
import {
  logConflicts,
  logOptions,
  logProblem,
  logSources,
  readingText,
  refusalTexts,
  sinceOf,
  times,
} from "./log-options.ts";
import { parseMoment } from "./moments.ts";
import { MOMENT, type ValueType, anyText, oneOf } from "./value-types.ts";

const GROUPINGS = ["profile", "rule", "name", "operation", "program", "kind", "day", "hour", "minute"] as const;
type Grouping = (typeof GROUPINGS)[number];

/** How much of `2026-11-22T08:52:14Z` names the part of time. */
const TIMED: Partial<Record<Grouping, number>> = { day: 10, hour: 13, minute: 16 };

/** What an event is grouped by; absent is a group, too. */
async function groupKey(by: Grouping): Promise<(event: AuditEvent) => string> {
  const length = TIMED[by];
  if (length !== undefined) return (event) => timeText(event.time)?.slice(0, length) ?? "at an unknown time";
  if (by === "profile") return (event) => event.profile ?? event.label ?? "without a profile";
  if (by === "rule") {
    const ruleOf = await loadEventRules();
    return (event) => ruleOf(event) ?? "without a rule";
  }
  if (by === "name") return (event) => event.name ?? event.capability ?? "without a name";
  if (by === "operation") return (event) => event.operation ?? "without an operation";
  return by === "program" ? (event) => event.comm ?? "of an unknown program" : (event) => event.kind;
}

/** Words that the reader of logs knows. Types are written in capitals, and understood in any letters. */
const TYPE: ValueType = {
  ...anyText("TYPE", "a type of event, such as DENIED"),
  problemOf: async (value, io) => await oneOf("TYPE", (await loadAuditor()).types).problemOf(value.toUpperCase(), io),
};
const KIND: ValueType = {
  ...anyText("KIND", "a kind of event, such as file"),
  problemOf: async (value, io) => {
    const { kinds } = await loadAuditor();
    const problem = await oneOf("KIND", kinds).problemOf(value, io);
    return problem === undefined ? undefined : { ...problem, why: `there are ${kinds.join(", ")}` };
  },
};

function untilOf(call: Invocation): Pick<EventFilter, "untilMs"> {
  const until = call.value("until");
  const untilMs = until === undefined ? undefined : parseMoment(until, new Date());
  return untilMs === undefined ? {} : { untilMs };
}

function filterOf(call: Invocation): EventFilter {
  const [profile, comm, name] = ["profile", "program", "name"].map((key) => call.value(key));
  const types = call.values("type").map((type) => type.toUpperCase());
  const [kinds, operations] = [call.values("kind"), call.values("operation")];
  return {
    ...sinceOf(call),
    ...untilOf(call),
    ...(types.length > 0 && { types }),
    ...(kinds.length > 0 && { kinds }),
    ...(operations.length > 0 && { operations }),
    ...(profile !== undefined && { profile }),
    ...(comm !== undefined && { comm }),
    ...(name !== undefined && { name }),
  };
}

/** COST: so many are said at once, since each saying is a system call. */
const SAID_AT_ONCE = 256;

function printGroups({ groups }: AuditReport, call: Invocation, by: Grouping | undefined): void {
  for (let start = 0; start < groups.length; start += SAID_AT_ONCE) {
    call.io.out(
      groups.slice(start, start + SAID_AT_ONCE).flatMap((group) => {
        if (by === undefined) return [...eventLine(group.event), `${countText(group)}\n`];
        return [`${String(group.count).padStart(7)}  ${displayText(group.key)}${spanText(group)}\n`];
      }),
    );
  }
}

function spanText({ first, last }: EventGroup): string {
  const [from, until] = [timeText(first), timeText(last)];
  return from === undefined ? "" : `  (${from === until ? from : `${from} to ${until ?? "?"}`})`;
}

/** What is in the log and was left out, a sentence each. */
export function omissions(report: AuditReport): string[] {
  const { beyond, failed, skipped, passedOver, cutLines, reading } = report;
  const {
    "line-too-long": long,
    "empty-event": empty,
    "foreign-writer": foreign,
    "broken-entry": broken,
  } = reading.problemCounts;
  const cut = report.groups.reduce((sum, { event, count }) => sum + (event.truncated === true ? count : 0), 0);
  const all: readonly (readonly [number, string])[] = [
    [beyond, `${times(beyond, "event")} left out: at most ${MAX_DIFFERENT} different ones are kept apart`],
    [foreign, `${times(foreign, "line")} not believed: not the kernel, but another program wrote the record in it`],
    [long, `${times(long, "line")} too long to be read`],
    [cutLines, `${times(cutLines, "line")} longer than 1 MiB, and cut there`],
    [failed.lines, `${times(failed.lines, "line")} left out: ${failed.message}; please report it`],
    [empty, `${times(empty, "record")} without any content`],
    [broken, `${times(broken, "line")} not read: an entry of the journal is broken or cut off`],
    [cut, `${times(cut, "event")} cut off: what followed in the line is unknown`],
  ];
  return [
    ...refusalTexts(passedOver).map((text) => `passed over: ${text}`),
    ...skipped.map(({ path, reason }) => `${path} was not read: ${reason}`),
    ...all.filter(([count]) => count > 0).map(([, text]) => text),
  ];
}

/** Whether all that the kernel wrote was read; what others wrote in its name takes nothing away. */
export function isComplete({ beyond, failed, skipped, reading: { problemCounts } }: AuditReport): boolean {
  const lost = beyond + failed.lines + skipped.length;
  return lost + problemCounts["line-too-long"] + problemCounts["broken-entry"] === 0;
}

/** What the log and its carriers say of what is missing in it. */
function losses({ lost, reading: { loss } }: AuditReport): string[] {
  const { certainty, missing, suppressed } = loss;
  const notes = [...lost, ...loss.reasons];
  if (suppressed > 0) notes.push(`${times(suppressed, "line")} suppressed by a rate limit`);
  if (loss.lost > 0) notes.push(`the audit subsystem lost ${times(loss.lost, "record")}`);
  if (missing > 0) notes.push(`${certainty === "exact" ? "" : "at most "}${times(missing, "record")} missing`);
  return notes;
}

/** What is certainly missing: who learns from a log in which only some records were kept has lost nothing. */
export function certainLosses(report: AuditReport): string[] {
  const { loss } = report.reading;
  const missing = loss.certainty === "exact" ? loss.missing : 0;
  return losses({ ...report, reading: { ...report.reading, loss: { ...loss, missing } } });
}

/** What is said where there is nothing to print; nothing is no answer. */
export function emptiness({ groups, beyond, unwanted, reading }: AuditReport): string[] {
  if (groups.length > 0 || beyond > 0) return [];
  if (unwanted > 0) return [`none of ${times(unwanted, "event")} is what was asked for`];
  return [reading.lines === 0 ? "the log is empty" : `no event of AppArmor in ${times(reading.lines, "line")}`];
}

/** Profiles of a log that are named where another was meant. */
const MOST_NAMES = 3;

/** A profile that no event names: probably another one was meant. */
export function unknownProfile(
  { unwantedProfiles, groups, beyond }: AuditReport,
  profile: string | undefined,
): string | undefined {
  if (profile === undefined || groups.length > 0 || beyond > 0) return undefined;
  // It is there, and what else was asked for is not.
  if (unwantedProfiles.some((name) => name === profile || name.startsWith(`${profile}//`))) return undefined;
  const near = nearestWord(profile, unwantedProfiles);
  if (near !== undefined) return `no event of a profile \`${profile}\`; did you mean \`${near}\`?`;
  const names = [...unwantedProfiles]
    .toSorted()
    .slice(0, MOST_NAMES)
    .map((name) => `\`${name}\``);
  const more = unwantedProfiles.length > MOST_NAMES ? ` and ${unwantedProfiles.length - MOST_NAMES} more` : "";
  return `no event of a profile \`${profile}\`${names.length === 0 ? "" : `; the log speaks of ${names.join(", ")}${more}`}`;
}

/** A directory may have been meant. */
function nameHint({ groups, beyond, unwanted }: AuditReport, name: string | undefined): string[] {
  const isEmpty = groups.length === 0 && beyond === 0 && unwanted > 0;
  if (!isEmpty || name === undefined || name.endsWith("/")) return [];
  return [`--name ${name} is one file; --name ${name}/ is all below a directory`];
}

function printDocument(report: AuditReport, call: Invocation, by: Grouping | undefined): void {
  const { reading, groups } = report;
  const events = groups.map(({ event, count, first, last, comms, pids }) => ({
    event,
    count,
    first,
    last,
    comms,
    pids,
  }));
  printJson(call.io, "armorer/audit/1", {
    source: report.sources[0],
    files: report.files,
    skipped: report.skipped,
    passedOver: refusalTexts(report.passedOver),
    lines: reading.lines,
    copies: reading.copies,
    unwanted: report.unwanted,
    ...(by === undefined
      ? { events: call.has("json-lines") ? [] : events }
      : { events: [], by, groups: groups.map(({ key, count, first, last }) => ({ key, count, first, last })) }),
    beyond: report.beyond,
    failed: report.failed,
    cutLines: report.cutLines,
    problems: reading.problems,
    problemCounts: reading.problemCounts,
    loss: { ...reading.loss, carrier: report.lost },
  });
}

async function read(call: Invocation): Promise<number> {
  const filter = filterOf(call);
  const by = GROUPINGS.find((one) => one === call.value("group"));
  const isFollowing = call.has("follow");
  const isJson = call.json || call.has("json-lines");
  const logs = call.io.logsAt(call.root === undefined ? {} : { root: call.root });
  const { openLog, readAudit } = await loadAuditor();
  const since = sinceOf(call);
  const onlyNew = isFollowing && since.sinceMs === undefined;
  const opened = await openLog(logs, logSources(call), { follow: isFollowing, onlyNew, ...since });
  if (!opened.ok) {
    for (const refusal of refusalTexts(opened.error)) call.io.err(`armorer audit: ${displayText(refusal)}\n`);
    return EXIT.bad;
  }
  const say = (event: AuditEvent): void => {
    if (isJson) printJson(call.io, "armorer/event/1", { event });
    else call.io.out([...eventLine(event), "\n"]);
  };
  const isStream = call.has("json-lines") || (isFollowing && by === undefined);
  if (isFollowing) call.io.err("waiting for events\n");
  const report = await readAudit(opened.value, {
    filter,
    ...(isStream && { onEvent: say }),
    ...(by !== undefined && { keyOf: await groupKey(by), isTimed: TIMED[by] !== undefined }),
  });
  const unknown = unknownProfile(report, filter.profile);
  if (isJson) printDocument(report, call, by);
  else {
    if (!isStream) printGroups(report, call, by);
    const empty = unknown === undefined ? [...emptiness(report), ...nameHint(report, filter.name)] : [];
    const notes = [...losses(report), ...omissions(report), ...empty];
    for (const note of notes) call.io.err(`note: ${displayText(note)}\n`);
    call.io.err(readingText(report));
  }
  if (unknown !== undefined) call.io.err(`armorer audit: ${displayText(unknown)}\n`);
  return isComplete(report) && unknown === undefined ? EXIT.fine : EXIT.bad;
}

export const command: Command = {
  name: "audit",
  summary: "read AppArmor's events from the logs of this machine or from files",
  isSlow: true,
  usage: "[OPTION]...",
  noOperands: "; name a file with --log",
  options: [
    ...logOptions,
    { key: "until", long: "until", type: MOMENT, about: "only events that are not newer" },
    {
      key: "profile",
      long: "profile",
      short: "p",
      type: anyText("NAME", "the name of a profile"),
      about: "only events of this profile and its children",
    },
    { key: "type", long: "type", short: "t", type: TYPE, about: "only DENIED, ALLOWED, AUDIT, …; may be repeated" },
    { key: "kind", long: "kind", short: "k", type: KIND, about: "only file, exec, network, dbus, …; may be repeated" },
    {
      key: "operation",
      long: "operation",
      short: "o",
      type: anyText("NAME", "the name of an operation"),
      about: "only this operation; may be repeated",
    },
    {
      key: "program",
      long: "program",
      short: "c",
      type: anyText("COMM", "the name of a program"),
      about: "only events of programs with this name",
    },
    {
      key: "name",
      long: "name",
      short: "n",
      type: anyText("PATH", "the name of a file"),
      about: "only events of this file, or below this directory, which ends in `/`",
    },
    {
      key: "group",
      long: "group",
      short: "g",
      type: oneOf("BY", GROUPINGS),
      about: "count by profile, rule that would permit it, name, operation, program, kind, day, hour or minute",
    },
    { key: "follow", long: "follow", about: "print events as they arrive, until interrupted" },
    {
      key: "json-lines",
      long: "json-lines",
      about: "print a line of JSON for each event as it is read, then one for the log",
    },
  ],
  conflicts: [...logConflicts, ["follow", "group"], ["follow", "until"]],
  details:
    "Equal events are reported once, with their count; --json-lines and --follow print each. Copies of an event that reached a log by two routes are dropped. " +
    "Times are printed in universal time, and understood in local time. The rule that would permit an exec leaves open how the program is to start (`x`).\n\n" +
    "Logs may be audit.log, raw or enriched, what `ausearch` prints, syslog, the journal as JSON, export or text, dmesg, /dev/kmsg; " +
    "packed with gzip, xz, zstd or bzip2, and in UTF-16. Rotated predecessors are read with a source, oldest first.\n\n" +
    `Losses are reported on standard error. At most ${MAX_DIFFERENT} different events are kept apart.`,
  examples: [
    ["armorer audit --type DENIED --since today", "what was refused today"],
    ["armorer audit -f kern.log --profile /usr/bin/man", "what a copy of a log says of one profile and its children"],
    ["armorer audit --group profile --since -1d", "which profiles had how many events since yesterday"],
    ["armorer audit --group rule -p web -t DENIED", "which rules the profile web would need, and how often"],
  ],
  run: (call) => {
    const forms = call.json && call.has("json-lines") ? "choose one of --json and --json-lines" : undefined;
    const problem = forms ?? logProblem(call);
    return problem === undefined ? read(call) : usageError(call.io, "audit", problem);
  },
};

/** A log that is counted while it is read: nothing of a line is kept but what makes its event another one. */
import type { AuditEvent } from "./event.ts";
import { type EventGroup, BEYOND, copied, eventGroups } from "./groups.ts";
import { type LogListener, type LogSummary, logReader } from "./log.ts";
import type { Appearance } from "./copies.ts";
import { type KnownEvent, eventOf, nameOf, packedEvent } from "./templates.ts";

export interface CountOptions {
  /** By what the event says; when it was is asked by `sinceMs` and `untilMs`. */
  readonly isWanted?: (event: AuditEvent) => boolean;
  /** Milliseconds since 1970; events whose time is not known are within any. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** What makes two events different; without `isTimed` it does not ask when they were. */
  readonly keyOf?: (event: AuditEvent) => string;
  readonly isTimed?: boolean;
  /** How many different events are kept apart. */
  readonly limit?: number;
  /** Hears of every event that is wanted, also of those that are not counted. */
  readonly onEvent?: (event: AuditEvent) => void;
  /** `false`: nobody will ask for the system calls of the reading, and none are kept. */
  readonly wantsCalls?: boolean;
  readonly onFailure?: (thrown: unknown) => void;
  readonly onCutLine?: () => void;
}

export interface LogCount {
  /** A piece of the log, cut anywhere; it is not kept. */
  readonly feed: (piece: Uint8Array) => void;
  /** What was fed ends here: a line without its end is one. */
  readonly end: () => void;
  readonly report: () => CountReport;
}

export interface CountReport {
  readonly groups: readonly EventGroup[];
  /** Events that were not counted in any group: there was no room for another kind. */
  readonly beyond: number;
  /** Events that were read and not wanted. */
  readonly unwanted: number;
  /** Some of the profiles that these name. */
  readonly unwantedProfiles: readonly string[];
  readonly reading: LogSummary;
}

const MOST_PROFILES = 1000;
const MOST_SUMS = 1 << 20;

/** A note of ours on what is known: it is not wanted. Others are the index of its group. */
const UNWANTED = -2;

/** Events that are read and not wanted. */
interface Unwanted {
  count: number;
  readonly profiles: Set<string>;
}

/** Whether an event is not wanted; its profile is noted then. */
function isUnwanted(event: AuditEvent, { isWanted }: CountOptions, { profiles }: Unwanted): boolean {
  if (isWanted === undefined || isWanted(event)) return false;
  noteProfile(event, profiles);
  return true;
}

function noteProfile({ label, profile = label }: Pick<AuditEvent, "label" | "profile">, profiles: Set<string>): void {
  if (profile !== undefined && profiles.size < MOST_PROFILES && !profiles.has(profile)) profiles.add(copied(profile));
}

/** A count at the start of a log. COST: see `eventGroups`, and 16 MB at most for what lines have in common. */
export function countLog(options: CountOptions): LogCount {
  const { sinceMs = -Infinity, untilMs = Infinity, keyOf, isTimed = false } = options;
  const counted = eventGroups(options.limit, keyOf);
  /** By a part of their sums: whether events of this sum were counted. */
  const sums = new Uint8Array(MOST_SUMS);
  const unwanted: Unwanted = { count: 0, profiles: new Set() };
  const noteOf = (known: KnownEvent, at: Appearance): number => {
    const { template, sum } = known;
    if (options.isWanted !== undefined && isUnwanted(eventOf(known, at), options, unwanted)) return UNWANTED;
    template.group ??= counted.classOf(template.event);
    if (template.group === undefined) return counted.indexOf(eventOf(known, at));
    // COST: where there is no room, few events are worth a look at their names.
    const place = sum.one & (MOST_SUMS - 1);
    if (counted.isFull() && sums[place] === 0) return BEYOND;
    sums[place] = 1;
    return counted.indexIn(template.group, nameOf(known) ?? template.event.name, () => packedEvent(known, at));
  };
  const onAgain: LogListener["onAgain"] = ({ note = BEYOND }, times, at) => {
    if (note === UNWANTED) unwanted.count += times;
    else counted.countAgain(note, times, at);
  };
  // COST: who asks nothing of single events hears of what comes again once.
  const isPlain = options.onEvent === undefined && sinceMs === -Infinity && untilMs === Infinity && !isTimed;
  const reader = logReader({
    ...options,
    ...(isPlain && { onAgain }),
    onEvent: (known, at) => {
      const ms = at.sec * 1000 + at.ms;
      if (at.sec >= 0 && (ms < sinceMs || ms > untilMs)) {
        unwanted.count += 1;
        noteProfile(known.template.event, unwanted.profiles);
        return;
      }
      let { note } = known;
      if (note === undefined || isTimed) {
        note = noteOf(known, at);
        known.note = note;
        known.isPassing = note === BEYOND;
      }
      if (note === UNWANTED) {
        unwanted.count += 1;
        return;
      }
      counted.count(note, known.template.event.comm, at);
      options.onEvent?.(eventOf(known, at));
    },
  });
  return { feed: reader.feed, end: reader.end, report: () => reportOf(reader, counted, unwanted) };
}

function reportOf(
  reader: ReturnType<typeof logReader>,
  counted: ReturnType<typeof eventGroups>,
  unwanted: Unwanted,
): CountReport {
  // What was counted where it was found is told first.
  const reading = reader.summary();
  return {
    groups: counted.groups(),
    beyond: counted.beyond(),
    unwanted: unwanted.count,
    unwantedProfiles: [...unwanted.profiles],
    reading,
  };
}

/** Equal events, counted (audit-events 7, equality key). */
import { type AuditEvent, type EventTime, NO_TIME } from "./event.ts";

/** Events that say the same. `comms` and `pids` keep the first 32 different ones. */
export interface EventGroup {
  readonly key: string;
  readonly event: AuditEvent;
  readonly count: number;
  readonly first: EventTime | undefined;
  readonly last: EventTime | undefined;
  readonly comms: readonly string[];
  readonly pids: readonly number[];
}

const MAX_NAMES = 32;

/** A value with its end: no two lists of values give the same text. COST: a third of what JSON takes. */
function part(value: string | number | boolean | null | undefined): string {
  if (typeof value === "string") return `${value.length}:${value}`;
  return value === undefined ? ";" : `${value};`;
}

/** Two events with the same key differ only in when, how often and by which process. */
export function eventKey(event: AuditEvent): string {
  const mask = event.denied ?? event.requested;
  return (
    event.type +
    part(event.kind) +
    part(event.operation) +
    part(event.namespace) +
    part(event.profile ?? event.label) +
    part(event.name) +
    part(event.nameBytes) +
    part(event.target) +
    // words of a mask hold no blank, flags no comma
    part(mask === undefined ? undefined : mask.length < 2 ? mask[0] ?? "" : mask.toSorted().join(" ")) +
    part(event.owner) +
    part(event.peer) +
    part(event.capability) +
    part(event.family) +
    part(event.sockType) +
    part(event.addr) +
    part(event.peerAddr) +
    part(event.signal) +
    part(event.rlimit) +
    part(event.value) +
    part(event.fsType) +
    part(event.srcName) +
    part(event.mountFlags?.join(",")) +
    part(event.bus) +
    part(event.path) +
    part(event.interface) +
    part(event.member) +
    part(event.info)
  );
}

/** Where the count of one kind of events is; `BEYOND`: it came when there was no room any more. */
export type GroupIndex = number;
export const BEYOND: GroupIndex = -1;

/** When and by whom an event was caused; `NO_TIME` and -1 where that is not known. */
interface Cause {
  readonly sec: number;
  readonly ms: number;
  readonly pid: number;
}

/** Counts equal events while a log is read. */
export interface EventGroups {
  /** Where events like this one are counted. */
  readonly indexOf: (event: AuditEvent) => GroupIndex;
  readonly count: (index: GroupIndex, event: AuditEvent, cause: Cause) => void;
  /** In order of first appearance. */
  readonly groups: () => readonly EventGroup[];
  /** Events of kinds that came when there was no room any more. */
  readonly beyond: () => number;
}

/** What a count remembers of one kind; it grows in place. */
interface Tally {
  /** The event as JSON. COST: 0.6 kB in one piece; as an object, whose texts are slices that keep their whole line alive, 2 kB. */
  readonly packed: string;
  readonly key: string;
  count: number;
  first: EventTime | undefined;
  lastSec: number;
  lastMs: number;
  lastComm: string | undefined;
  readonly comms: string[];
  readonly pids: number[];
}

/**
 * A count that holds `limit` different events at most; equal to what is there they are counted without end.
 * COST: about 1.2 kB for each different event.
 */
export function eventGroups(limit = Infinity, keyOf: (event: AuditEvent) => string = eventKey): EventGroups {
  const indexes = new Map<string, GroupIndex>();
  const tallies: Tally[] = [];
  let beyond = 0;
  return {
    indexOf: (event) => {
      const key = keyOf(event);
      const known = indexes.get(key);
      if (known !== undefined) return known;
      if (tallies.length >= limit) return BEYOND;
      const tally = startTally(event, key);
      indexes.set(tally.key, tallies.length);
      return tallies.push(tally) - 1;
    },
    count: (index, event, cause) => {
      const tally = tallies[index];
      if (tally === undefined) beyond += 1;
      else grow(tally, event.comm, cause);
    },
    groups: () => tallies.map(groupOf),
    beyond: () => beyond,
  };
}

function startTally(event: AuditEvent, key: string): Tally {
  return {
    packed: JSON.stringify(event),
    key: copied(key),
    count: 0,
    first: undefined,
    lastSec: NO_TIME,
    lastMs: 0,
    lastComm: undefined,
    comms: [],
    pids: [],
  };
}

/** INVARIANT: an event is plain data without `undefined`, so that JSON gives it back as it was, lone surrogates too. */
function groupOf({ key, packed, count, first, lastSec, lastMs, comms, pids }: Tally): EventGroup {
  const event: AuditEvent = JSON.parse(packed);
  const last = lastSec === NO_TIME ? undefined : { sec: lastSec, ms: lastMs };
  return { key, event, count, first, last, comms, pids };
}

/** A text that is no slice of a longer one, which it would keep alive. */
export function copied(text: string): string {
  // Put together, it is another text; what is cut from that keeps that alone.
  return `${text} `.slice(0, text.length);
}

function grow(tally: Tally, comm: string | undefined, { sec, ms, pid }: Cause): void {
  tally.count += 1;
  if (sec !== NO_TIME) {
    tally.first ??= { sec, ms };
    tally.lastSec = sec;
    tally.lastMs = ms;
  }
  if (comm !== undefined && comm !== tally.lastComm) {
    const name = copied(comm);
    tally.lastComm = name;
    addNew(tally.comms, name);
  }
  if (pid >= 0) addNew(tally.pids, pid);
}

function addNew<T>(list: T[], item: T): void {
  if (list.length < MAX_NAMES && !list.includes(item)) list.push(item);
}

/** Groups events by `eventKey`, in order of first appearance. */
export function groupEvents(
  events: Iterable<AuditEvent>,
  keyOf: (event: AuditEvent) => string = eventKey,
): readonly EventGroup[] {
  const counted = eventGroups(Infinity, keyOf);
  for (const event of events) {
    const { time, pid = -1 } = event;
    counted.count(counted.indexOf(event), event, { sec: time?.sec ?? NO_TIME, ms: time?.ms ?? 0, pid });
  }
  return counted.groups();
}

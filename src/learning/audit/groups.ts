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
  return classKey(event) + part(event.name);
}

/** The key but for the name, which is what most events differ in. */
export function classKey(event: AuditEvent): string {
  const mask = event.denied ?? event.requested;
  return (
    event.type +
    part(event.kind) +
    part(event.operation) +
    part(event.namespace) +
    part(event.profile ?? event.label) +
    part(event.nameBytes) +
    part(event.target) +
    // words of a mask hold no blank, flags no comma
    part(mask === undefined ? undefined : mask.length < 2 ? (mask[0] ?? "") : mask.toSorted().join(" ")) +
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
type GroupIndex = number;
export const BEYOND: GroupIndex = -1;

/** When and by whom an event was caused; `NO_TIME` and -1 where that is not known. */
interface Cause {
  readonly sec: number;
  readonly ms: number;
  readonly pid: number;
  /** Of the log, to tell which of several was the last. */
  readonly line: number;
}

/** Events that differ in their names alone, and where each is counted. */
export type EventClass = Map<string | undefined, GroupIndex>;

/** Counts equal events while a log is read. */
interface EventGroups {
  /** Where events like this one are counted. */
  readonly indexOf: (event: AuditEvent) => GroupIndex;
  /** The class of an event; `undefined`: what is different is for somebody else to say. */
  readonly classOf: (event: AuditEvent) => EventClass | undefined;
  /** Whether there is room for another kind. */
  readonly isFull: () => boolean;
  /** The same as `indexOf` for an event of a class. COST: no key is put together. */
  readonly indexIn: (events: EventClass, name: string | undefined, event: () => PackedEvent) => GroupIndex;
  readonly count: (index: GroupIndex, comm: string | undefined, cause: Cause) => void;
  /** Several more of an event that was counted, by the same process; `last`: of the last one. */
  readonly countAgain: (index: GroupIndex, times: number, last: Omit<Cause, "pid">) => void;
  /** In order of first appearance. */
  readonly groups: () => readonly EventGroup[];
  /** Events of kinds that came when there was no room any more. */
  readonly beyond: () => number;
}

/** An event that is kept. */
export interface PackedEvent {
  /** JSON, which many events may have in common. COST: 0.6 kB in one piece; as an object, whose texts are slices that keep their whole line alive, 2 kB. */
  readonly packed: string;
  /** What this one has instead. */
  readonly own: Partial<AuditEvent> | undefined;
}

/** What a count remembers of one kind; it grows in place. */
interface Tally extends PackedEvent {
  /** `undefined`: the event's own key. */
  readonly key: string | undefined;
  count: number;
  first: EventTime | undefined;
  lastSec: number;
  lastMs: number;
  lastLine: number;
  lastComm: string | undefined;
  comms: string[] | undefined;
  pids: number[] | undefined;
}

/**
 * A count that holds `limit` different events at most; equal to what is there they are counted without end.
 * COST: about 1.2 kB for each different event.
 */
export function eventGroups(limit = Infinity, keyOf?: (event: AuditEvent) => string): EventGroups {
  const classes = new Map<string, EventClass>();
  const keyed: EventClass = new Map();
  const tallies: Tally[] = [];
  let beyond = 0;
  const indexIn: EventGroups["indexIn"] = (events, name, event) => {
    const index = events.get(name);
    if (index !== undefined) return index;
    if (tallies.length >= limit) return BEYOND;
    const text = name === undefined ? undefined : copied(name);
    events.set(text, tallies.length);
    return tallies.push(startTally(event(), events === keyed ? text : undefined)) - 1;
  };
  const classOf = (event: AuditEvent): EventClass => {
    const key = classKey(event);
    const found = classes.get(key) ?? new Map();
    // a class that no event of may be counted needs no place
    if (found.size === 0 && tallies.length < limit) classes.set(copied(key), found);
    return found;
  };
  return {
    indexOf: (event) =>
      keyOf === undefined
        ? indexIn(classOf(event), event.name, () => packed(event))
        : indexIn(keyed, keyOf(event), () => packed(event)),
    classOf: keyOf === undefined ? classOf : () => undefined,
    isFull: () => tallies.length >= limit,
    indexIn,
    count: (index, comm, cause) => {
      const tally = tallies[index];
      if (tally === undefined) beyond += 1;
      else grow(tally, comm, cause);
    },
    countAgain: (index, times, last) => {
      const tally = tallies[index];
      if (tally === undefined) beyond += times;
      else growAgain(tally, times, last);
    },
    groups: () => {
      const unpacked = new Map<string, AuditEvent>();
      return tallies.map((tally) => groupOf(tally, unpacked));
    },
    beyond: () => beyond,
  };
}

function packed(event: AuditEvent): PackedEvent {
  return { packed: JSON.stringify(event), own: undefined };
}

function startTally({ packed: text, own }: PackedEvent, key: string | undefined): Tally {
  return {
    packed: text,
    own,
    key,
    count: 0,
    first: undefined,
    lastSec: NO_TIME,
    lastMs: 0,
    lastLine: 0,
    lastComm: undefined,
    comms: undefined,
    pids: undefined,
  };
}

/** INVARIANT: an event is plain data without `undefined`, so that JSON gives it back as it was, lone surrogates too. */
function unpackedEvent({ packed: text, own }: PackedEvent, unpacked: Map<string, AuditEvent>): AuditEvent {
  if (own === undefined) return JSON.parse(text);
  const event: AuditEvent = unpacked.get(text) ?? JSON.parse(text);
  unpacked.set(text, event);
  return { ...event, ...own };
}

function groupOf(tally: Tally, unpacked: Map<string, AuditEvent>): EventGroup {
  const { key, count, first, lastSec, lastMs, comms = [], pids = [] } = tally;
  const event = unpackedEvent(tally, unpacked);
  const last = lastSec === NO_TIME ? undefined : { sec: lastSec, ms: lastMs };
  return {
    // COST: most who count ask for no keys.
    get key() {
      return key ?? eventKey(event);
    },
    event,
    count,
    first,
    last,
    comms,
    pids,
  };
}

/** A text that is no slice of a longer one, which it would keep alive. */
export function copied(text: string): string {
  // Put together, it is another text; what is cut from that keeps that alone.
  return `${text} `.slice(0, text.length);
}

function grow(tally: Tally, comm: string | undefined, { sec, ms, pid, line }: Cause): void {
  tally.count += 1;
  if (sec !== NO_TIME) {
    tally.first ??= { sec, ms };
    putLast(tally, sec, ms, line);
  }
  if (comm !== undefined && comm !== tally.lastComm) {
    const name = copied(comm);
    tally.lastComm = name;
    tally.comms = withNew(tally.comms, name);
  }
  if (pid >= 0) tally.pids = withNew(tally.pids, pid);
}

function growAgain(tally: Tally, times: number, { sec, ms, line }: Omit<Cause, "pid">): void {
  tally.count += times;
  putLast(tally, sec, ms, line);
}

/** Those of several lines may be counted before one between them. */
// oxlint-disable-next-line max-params -- a time and its line. COST: an object for each event
function putLast(tally: Tally, sec: number, ms: number, line: number): void {
  if (line < tally.lastLine) return;
  tally.lastLine = line;
  tally.lastSec = sec;
  tally.lastMs = ms;
}

/** COST: most lists have one item, and one that grows has room for seventeen. */
function withNew<T>(list: T[] | undefined, item: T): T[] {
  if (list === undefined) return [item];
  if (list.length < MAX_NAMES && !list.includes(item)) list.push(item);
  return list;
}

/** Groups events by `eventKey`, in order of first appearance. */
export function groupEvents(
  events: Iterable<AuditEvent>,
  keyOf?: (event: AuditEvent) => string,
): readonly EventGroup[] {
  const counted = eventGroups(Infinity, keyOf);
  let line = 0;
  for (const event of events) {
    const { time, pid = -1 } = event;
    line += 1;
    counted.count(counted.indexOf(event), event.comm, { sec: time?.sec ?? NO_TIME, ms: time?.ms ?? 0, pid, line });
  }
  return counted.groups();
}

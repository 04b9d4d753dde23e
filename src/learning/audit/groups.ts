/** Equal events, counted (audit-events 7, equality key). */
import type { AuditEvent, EventTime } from "./event.ts";

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

/** Two events with the same key differ only in when, how often and by which process. */
export function eventKey(event: AuditEvent): string {
  const mask = event.denied ?? event.requested;
  return JSON.stringify([
    [
      event.type,
      event.kind,
      event.operation,
      event.namespace,
      event.profile ?? event.label,
      event.name,
      event.nameBytes,
    ],
    [event.target, mask?.toSorted(), event.owner, event.peer, event.capability, event.family, event.sockType],
    [
      event.addr,
      event.peerAddr,
      event.signal,
      event.rlimit,
      event.value,
      event.fsType,
      event.srcName,
      event.mountFlags,
    ],
    [event.bus, event.path, event.interface, event.member, event.info],
  ]);
}

/** Counts equal events while a log is read. */
export interface EventGroups {
  /** Whether the event is counted: equal ones were there, or there was room for one more kind. */
  readonly add: (event: AuditEvent) => boolean;
  /** In order of first appearance. */
  readonly groups: () => readonly EventGroup[];
  /** Events of kinds that came when there was no room any more. */
  readonly beyond: () => number;
}

/** What a count remembers of one kind; it grows in place. */
interface Tally {
  /** The event as JSON. COST: 0.6 kB in one piece; as an object, whose texts are slices that keep their whole line alive, 2 kB. */
  readonly packed: string;
  count: number;
  first: EventTime | undefined;
  last: EventTime | undefined;
  readonly comms: string[];
  readonly pids: number[];
}

/**
 * A count that holds `limit` different events at most; equal to what is there they are counted without end.
 * COST: about 1.2 kB for each different event.
 */
export function eventGroups(limit = Infinity, keyOf: (event: AuditEvent) => string = eventKey): EventGroups {
  const tallies = new Map<string, Tally>();
  let beyond = 0;
  return {
    add: (event) => {
      const key = keyOf(event);
      const known = tallies.get(key);
      if (known === undefined && tallies.size >= limit) {
        beyond += 1;
        return false;
      }
      const tally = known ?? startTally(event);
      if (known === undefined) tallies.set(key, tally);
      grow(tally, event);
      return true;
    },
    groups: () =>
      Array.from(tallies, ([key, { packed, count, first, last, comms, pids }]) => ({
        key,
        event: unpack(packed),
        count,
        first,
        last,
        comms,
        pids,
      })),
    beyond: () => beyond,
  };
}

function startTally(event: AuditEvent): Tally {
  return {
    packed: JSON.stringify(event),
    count: 0,
    first: event.time,
    last: event.time,
    comms: [],
    pids: [],
  };
}

/** INVARIANT: an event is plain data without `undefined`, so that JSON gives it back as it was, lone surrogates too. */
function unpack(packed: string): AuditEvent {
  const event: AuditEvent = JSON.parse(packed);
  return event;
}

/** A text that is no slice of its line. */
function copied(text: string | undefined): string | undefined {
  return text === undefined ? undefined : String(JSON.parse(JSON.stringify(text)));
}

function grow(tally: Tally, event: AuditEvent): void {
  tally.count += 1;
  tally.first ??= event.time;
  tally.last = event.time ?? tally.last;
  if (event.comm !== undefined && !tally.comms.includes(event.comm)) addNew(tally.comms, copied(event.comm));
  addNew(tally.pids, event.pid);
}

function addNew<T>(list: T[], item: T | undefined): void {
  if (item !== undefined && list.length < MAX_NAMES && !list.includes(item)) list.push(item);
}

/** Groups events by `eventKey`, in order of first appearance. */
export function groupEvents(
  events: Iterable<AuditEvent>,
  keyOf: (event: AuditEvent) => string = eventKey,
): readonly EventGroup[] {
  const counted = eventGroups(Infinity, keyOf);
  for (const event of events) counted.add(event);
  return counted.groups();
}

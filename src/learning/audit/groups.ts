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

/** Groups events by `eventKey`, in order of first appearance. */
export function groupEvents(events: Iterable<AuditEvent>): readonly EventGroup[] {
  const groups = new Map<string, EventGroup>();
  for (const event of events) {
    const key = eventKey(event);
    groups.set(key, grown(groups.get(key), key, event));
  }
  return [...groups.values()];
}

function grown(group: EventGroup | undefined, key: string, event: AuditEvent): EventGroup {
  return {
    key,
    event: group?.event ?? event,
    count: (group?.count ?? 0) + 1,
    first: group?.first ?? event.time,
    last: event.time ?? group?.last,
    comms: withNew(group?.comms ?? [], event.comm),
    pids: withNew(group?.pids ?? [], event.pid),
  };
}

function withNew<T>(list: readonly T[], item: T | undefined): readonly T[] {
  return item === undefined || list.length >= MAX_NAMES || list.includes(item) ? list : [...list, item];
}

import { type AuditEvent, eventKey } from "../audit/index.ts";

/**
 * Events with the same key ask for the same: what `eventKey` tells apart and, beyond it, all that a reading of an event looks at. Two
 * names may look the same whose bytes are not; root's own files say less of owners than those of others.
 */
export function needKey(event: AuditEvent): string {
  return JSON.stringify([
    eventKey(event),
    [event.class, event.capabilityNumber, event.fsuid === 0, event.truncated, holdsOwnPid(event)],
    [event.kind === "userns" ? event.execPath : undefined],
    [event.profileBytes, event.labelBytes, event.namespaceBytes, event.targetBytes, event.peerBytes],
    [event.srcNameBytes, event.addrBytes, event.peerAddrBytes],
  ]);
}

/** Whether the name says whose it is: a process that names files by its number uses others the next time. */
function holdsOwnPid({ name, pid }: AuditEvent): boolean {
  return name !== undefined && pid !== undefined && pid > 99 && name.includes(String(pid));
}

/** One event kind, one reader: from an event to what it asks of its profile (audit-events 8). */
import type { AuditEvent, EventKind } from "../audit/index.ts";
import { readExecEvent, readFileEvent, readLinkEvent } from "./file.ts";
import { readDbusEvent, readMqueueEvent } from "./messages.ts";
import { readMountEvent, readPivotRootEvent, readUmountEvent } from "./mounts.ts";
import { type Reading, skip } from "./reading.ts";
import { readNetworkEvent, readUnixEvent } from "./sockets.ts";
import {
  readCapabilityEvent,
  readChangeProfileEvent,
  readHatEvent,
  readIoUringEvent,
  readPtraceEvent,
  readRlimitEvent,
  readSignalEvent,
  readStackEvent,
  readUsernsEvent,
} from "./tasks.ts";

const READERS: Readonly<Record<EventKind, (event: AuditEvent) => Reading>> = {
  file: readFileEvent,
  link: readLinkEvent,
  exec: readExecEvent,
  capability: readCapabilityEvent,
  network: readNetworkEvent,
  unix: readUnixEvent,
  ptrace: readPtraceEvent,
  signal: readSignalEvent,
  rlimit: readRlimitEvent,
  mount: readMountEvent,
  umount: readUmountEvent,
  pivotroot: readPivotRootEvent,
  userns: readUsernsEvent,
  io_uring: readIoUringEvent,
  mqueue: readMqueueEvent,
  dbus: readDbusEvent,
  change_profile: readChangeProfileEvent,
  change_hat: readHatEvent,
  stack: readStackEvent,
  setprocattr: () => skip("no-rule-helps"),
  policy: () => skip("not-a-refusal"),
  message: () => skip("not-a-refusal"),
  unknown: () => skip("no-rule-helps"),
};

const REFUSALS: ReadonlySet<string> = new Set(["DENIED", "ALLOWED", "KILLED"]);

/** What an event asks of its profile. Events whose name was cut off ask for nothing. */
export function readEvent(event: AuditEvent): Reading {
  if (!REFUSALS.has(event.type)) return skip("not-a-refusal");
  if (event.truncated === true) return skip("incomplete");
  return READERS[event.kind](event);
}

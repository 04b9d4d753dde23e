/** One event kind, one reader: from an event to the access that was wanted (audit-events 8). */
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

/** The access that an event shows. Events whose name was cut off show none. */
export function readEvent(event: AuditEvent): Reading {
  if (!REFUSALS.has(event.type)) return skip("not-a-refusal");
  if (event.truncated === true) return skip("incomplete");
  return READERS[event.kind](event);
}

/** A refused mount is its place, source and type, with options as the kernel printed them, in its words (audit-events 2.8.1, 8). */
import { type AuditEvent, bytesText } from "../audit/index.ts";
import type { Reading } from "./reading.ts";
import { mountWordsOf, optionalName, pathOf } from "./values.ts";

export function readMountEvent(event: AuditEvent): Reading {
  const mountPoint = pathOf(event, "name");
  if (!mountPoint.ok) return mountPoint.error;
  const words = mountWordsOf(event);
  if (!words.ok) return words.error;
  const source = optionalName("srcname", bytesText(event, "srcName"));
  if (!source.ok) return source.error;
  const fstype = optionalName("fstype", event.fsType);
  if (!fstype.ok) return fstype.error;
  return {
    kind: "mount",
    mountPoint: mountPoint.value,
    source: source.value,
    fstype: fstype.value,
    words: words.value,
  };
}

export function readUmountEvent(event: AuditEvent): Reading {
  const mountPoint = pathOf(event, "name");
  return mountPoint.ok ? { kind: "umount", mountPoint: mountPoint.value } : mountPoint.error;
}

export function readPivotRootEvent(event: AuditEvent): Reading {
  const newRoot = pathOf(event, "name");
  if (!newRoot.ok) return newRoot.error;
  const oldRoot = pathOf(event, "srcName");
  if (!oldRoot.ok) return oldRoot.error;
  return { kind: "pivot_root", newRoot: newRoot.value, oldRoot: oldRoot.value };
}

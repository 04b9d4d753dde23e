/**
 * A refused mount asks for the rule of its kind: no source for propagation and remount, and options as the kernel printed them, in its
 * words (audit-events 2.8.1, 8).
 */
import { literalPattern } from "../../../language/edit/index.ts";
import { mountOptions } from "../../../language/tables/index.ts";
import { type AuditEvent, bytesText } from "../../audit/index.ts";
import { type Reading, rule, skip } from "./reading.ts";

const SPECIAL: ReadonlySet<string> = new Set(
  "bind rbind move unbindable runbindable private rprivate slave rslave shared rshared".split(" "),
);

export function readMountEvent(event: AuditEvent): Reading {
  const mountPoint = bytesText(event, "name");
  if (mountPoint === undefined || !mountPoint.startsWith("/")) return skip("incomplete");
  const words = event.mountFlags ?? ["rw"];
  const source = bytesText(event, "srcName");
  const question = { kind: "mount" as const, mountPoint, source, fstype: event.fsType, flags: flagBits(words) };
  const known = words.filter((word) => mountOptions.has(word));
  const special = known.some((word) => SPECIAL.has(word));
  const options = special ? known.filter((word) => word !== "rw") : known;
  const target = literalPattern(mountPoint);
  if (words.includes("remount")) {
    return rule(
      { kind: "mount", verb: "remount", options: [options.filter((word) => word !== "remount")], target },
      question,
    );
  }
  const fstypes = event.fsType === undefined || special ? undefined : [literalPattern(event.fsType)];
  const from = source === undefined ? undefined : literalPattern(source);
  return rule({ kind: "mount", verb: "mount", fstypes, options: [options], source: from, target }, question);
}

/** The MS_* bits of the log's words. */
function flagBits(words: readonly string[]): number {
  return words.reduce((bits, word) => bits | (mountOptions.get(word)?.set ?? 0), 0);
}

export function readUmountEvent(event: AuditEvent): Reading {
  const mountPoint = bytesText(event, "name");
  if (mountPoint === undefined) return skip("incomplete");
  return rule({ kind: "mount", verb: "umount", target: literalPattern(mountPoint) }, { kind: "umount", mountPoint });
}

export function readPivotRootEvent(event: AuditEvent): Reading {
  const newRoot = bytesText(event, "name");
  const oldRoot = bytesText(event, "srcName");
  if (newRoot === undefined || oldRoot === undefined) return skip("incomplete");
  return rule(
    { kind: "mount", verb: "pivot_root", oldRoot: literalPattern(oldRoot), target: literalPattern(newRoot) },
    { kind: "pivot_root", newRoot, oldRoot },
  );
}

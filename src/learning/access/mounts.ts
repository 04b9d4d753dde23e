/**
 * A refused mount asks for the rule of its kind: no source for propagation and remount, and options as the kernel printed them, in its
 * words (audit-events 2.8.1, 8).
 */
import { literalPattern } from "../../language/edit/index.ts";
import { type MountWord, mountOptions } from "../../language/tables/index.ts";
import { type AuditEvent, bytesText } from "../audit/index.ts";
import { type Reading, rule } from "./reading.ts";
import { mountWordsOf, optionalName, pathOf } from "./values.ts";

const SPECIAL: ReadonlySet<string> = new Set(
  "bind rbind move unbindable runbindable private rprivate slave rslave shared rshared".split(" "),
);

export function readMountEvent(event: AuditEvent): Reading {
  const mountPoint = pathOf(event, "name");
  if (!mountPoint.ok) return mountPoint.error;
  const flags = mountWordsOf(event);
  if (!flags.ok) return flags.error;
  const source = optionalName("srcname", bytesText(event, "srcName"));
  if (!source.ok) return source.error;
  const fstype = optionalName("fstype", event.fsType);
  if (!fstype.ok) return fstype.error;
  const words = flags.value;
  const question = {
    kind: "mount" as const,
    mountPoint: mountPoint.value,
    source: source.value,
    fstype: fstype.value,
    flags: flagBits(words),
  };
  const special = words.some((word) => SPECIAL.has(word));
  const options = special ? words.filter((word) => word !== "rw") : words;
  const target = literalPattern(mountPoint.value);
  if (words.includes("remount")) {
    return rule(
      { kind: "mount", verb: "remount", options: [options.filter((word) => word !== "remount")], target },
      question,
    );
  }
  const fstypes = fstype.value === undefined || special ? undefined : [literalPattern(fstype.value)];
  const from = source.value === undefined ? undefined : literalPattern(source.value);
  return rule({ kind: "mount", verb: "mount", fstypes, options: [options], source: from, target }, question);
}

/** The MS_* bits of the log's words. */
function flagBits(words: readonly MountWord[]): number {
  return words.reduce((bits, word) => bits | (mountOptions.get(word)?.set ?? 0), 0);
}

export function readUmountEvent(event: AuditEvent): Reading {
  const name = pathOf(event, "name");
  if (!name.ok) return name.error;
  const mountPoint = name.value;
  return rule({ kind: "mount", verb: "umount", target: literalPattern(mountPoint) }, { kind: "umount", mountPoint });
}

export function readPivotRootEvent(event: AuditEvent): Reading {
  const newRoot = pathOf(event, "name");
  if (!newRoot.ok) return newRoot.error;
  const oldRoot = pathOf(event, "srcName");
  if (!oldRoot.ok) return oldRoot.error;
  return rule(
    {
      kind: "mount",
      verb: "pivot_root",
      oldRoot: literalPattern(oldRoot.value),
      target: literalPattern(newRoot.value),
    },
    { kind: "pivot_root", newRoot: newRoot.value, oldRoot: oldRoot.value },
  );
}

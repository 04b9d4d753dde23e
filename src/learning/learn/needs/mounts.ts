/** A mount needs the rule of its kind: no source for propagation and remount (audit-events 2.8.1, 8). */
import { literalPattern } from "../../../language/edit/index.ts";
import { type MountWord, mountOptions } from "../../../language/tables/index.ts";
import type { MountAccess, PivotRootAccess, UmountAccess } from "../../access/index.ts";
import { type NeededRule, rule } from "./need.ts";

const SPECIAL: ReadonlySet<string> = new Set(
  "bind rbind move unbindable runbindable private rprivate slave rslave shared rshared".split(" "),
);

export function mountNeed({ mountPoint, source, fstype, words }: MountAccess): NeededRule {
  const question = { kind: "mount", mountPoint, source, fstype, flags: flagBits(words) } as const;
  const special = words.some((word) => SPECIAL.has(word));
  const options = special ? words.filter((word) => word !== "rw") : words;
  const target = literalPattern(mountPoint);
  if (words.includes("remount")) {
    return rule(
      { kind: "mount", verb: "remount", options: [options.filter((word) => word !== "remount")], target },
      question,
    );
  }
  const fstypes = fstype === undefined || special ? undefined : [literalPattern(fstype)];
  const from = source === undefined ? undefined : literalPattern(source);
  return rule({ kind: "mount", verb: "mount", fstypes, options: [options], source: from, target }, question);
}

/** The MS_* bits of the log's words. */
function flagBits(words: readonly MountWord[]): number {
  return words.reduce((bits, word) => bits | (mountOptions.get(word)?.set ?? 0), 0);
}

export function umountNeed(access: UmountAccess): NeededRule {
  return rule({ kind: "mount", verb: "umount", target: literalPattern(access.mountPoint) }, access);
}

export function pivotRootNeed(access: PivotRootAccess): NeededRule {
  const { newRoot, oldRoot } = access;
  return rule(
    { kind: "mount", verb: "pivot_root", oldRoot: literalPattern(oldRoot), target: literalPattern(newRoot) },
    access,
  );
}

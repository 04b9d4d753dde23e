/**
 * Option words of mount rules and the flags they set or clear. Source: mount(2) and linux/mount.h for the bits,
 * apparmor.d(5) "Mount rules" for the words (policy-language 2.6.8).
 */
export interface MountOption {
  readonly set: number;
  readonly clear: number;
}

/** MS_* bits. `USER` is a flag of mount(8) alone. Unsigned. */
export const MountFlag = {
  RDONLY: 0x1,
  NOSUID: 0x2,
  NODEV: 0x4,
  NOEXEC: 0x8,
  SYNC: 0x10,
  REMOUNT: 0x20,
  MAND: 0x40,
  DIRSYNC: 0x80,
  NOSYMFOLLOW: 0x100,
  NOATIME: 0x400,
  NODIRATIME: 0x800,
  BIND: 0x1000,
  MOVE: 0x2000,
  REC: 0x4000,
  SILENT: 0x8000,
  ACL: 0x10000,
  UNBINDABLE: 0x20000,
  PRIVATE: 0x40000,
  SLAVE: 0x80000,
  SHARED: 0x100000,
  RELATIME: 0x200000,
  IVERSION: 0x800000,
  STRICTATIME: 0x1000000,
  LAZYTIME: 0x2000000,
  USER: 0x80000000,
} as const;

/** Every flag that the kernel knows, so that a flag is added in one place; `USER` is none of its own. */
export const kernelMountFlags: number = Object.values(MountFlag)
  .filter((flag) => flag !== MountFlag.USER)
  .reduce((all, flag) => all | flag, 0);

const sets = [
  ["ro r read-only", MountFlag.RDONLY],
  ["nosuid", MountFlag.NOSUID],
  ["nodev", MountFlag.NODEV],
  ["noexec", MountFlag.NOEXEC],
  ["sync", MountFlag.SYNC],
  ["remount", MountFlag.REMOUNT],
  ["mand", MountFlag.MAND],
  ["dirsync", MountFlag.DIRSYNC],
  ["nosymfollow", MountFlag.NOSYMFOLLOW],
  ["noatime", MountFlag.NOATIME],
  ["nodiratime", MountFlag.NODIRATIME],
  ["bind B", MountFlag.BIND],
  ["move M", MountFlag.MOVE],
  ["rbind R", MountFlag.BIND | MountFlag.REC],
  ["verbose silent", MountFlag.SILENT],
  ["acl", MountFlag.ACL],
  ["unbindable make-unbindable", MountFlag.UNBINDABLE],
  ["private make-private", MountFlag.PRIVATE],
  ["slave make-slave", MountFlag.SLAVE],
  ["shared make-shared", MountFlag.SHARED],
  ["runbindable make-runbindable", MountFlag.UNBINDABLE | MountFlag.REC],
  ["rprivate make-rprivate", MountFlag.PRIVATE | MountFlag.REC],
  ["rslave make-rslave", MountFlag.SLAVE | MountFlag.REC],
  ["rshared make-rshared", MountFlag.SHARED | MountFlag.REC],
  ["relatime", MountFlag.RELATIME],
  ["iversion", MountFlag.IVERSION],
  ["strictatime", MountFlag.STRICTATIME],
  ["lazytime", MountFlag.LAZYTIME],
  ["nouser", MountFlag.USER],
] as const satisfies readonly (readonly [words: string, bits: number])[];

const clears = [
  ["rw w", MountFlag.RDONLY],
  ["suid", MountFlag.NOSUID],
  ["dev", MountFlag.NODEV],
  ["exec", MountFlag.NOEXEC],
  ["async", MountFlag.SYNC],
  ["nomand", MountFlag.MAND],
  ["symfollow", MountFlag.NOSYMFOLLOW],
  ["atime", MountFlag.NOATIME],
  ["diratime", MountFlag.NODIRATIME],
  ["loud", MountFlag.SILENT],
  ["noacl", MountFlag.ACL],
  ["norelatime", MountFlag.RELATIME],
  ["noiversion", MountFlag.IVERSION],
  ["nostrictatime", MountFlag.STRICTATIME],
  ["nolazytime", MountFlag.LAZYTIME],
  ["user", MountFlag.USER],
] as const satisfies readonly (readonly [words: string, bits: number])[];

export type Split<Words extends string> = Words extends `${infer First} ${infer Rest}` ? First | Split<Rest> : Words;

/** A word of `options=( )`. */
export type MountWord = Split<(typeof sets | typeof clears)[number][0]>;

/** Whether a word is an option of `mount` rules. */
export function isMountWord(text: string): text is MountWord {
  return mountOptions.has(text);
}

/** Every option word. */
export const mountOptions: ReadonlyMap<string, MountOption> = new Map<string, MountOption>([
  ...sets.flatMap(([words, bits]) => spread(words, { set: bits, clear: 0 })),
  ...clears.flatMap(([words, bits]) => spread(words, { set: 0, clear: bits })),
]);

function spread(words: string, option: MountOption): readonly (readonly [string, MountOption])[] {
  return words.split(" ").map((word) => [word, option]);
}

/**
 * Which sets of mount flags a kernel asks about (kernel-abi 8.10): the first kind of mount that the flags name has the flags of this kind. Flags
 * are bytes in ascending order, each one more than its bit.
 */
import { MountFlag } from "./mount.ts";

/** `recursive` and `silent`: a change of propagation may follow, and with `silent` a new mount. */
export const MountKind = { new: 0, remount: 1, bind: 2, recursive: 3, propagation: 4, move: 5, silent: 6 } as const;
export const MOUNT_KINDS = 7;

const numberOf = (flag: number): number => 32 - Math.clz32(flag);
const REMOUNT = numberOf(MountFlag.REMOUNT);
const BIND = numberOf(MountFlag.BIND);
const MOVE = numberOf(MountFlag.MOVE);
const REC = numberOf(MountFlag.REC);
const SILENT = numberOf(MountFlag.SILENT);
const PROPAGATION = [MountFlag.UNBINDABLE, MountFlag.PRIVATE, MountFlag.SLAVE, MountFlag.SHARED].map(numberOf);

/** The kind with one flag more, -1: nobody asks about these flags. `isFirst`: there was no flag before, and the kind is `new`. */
export function mountKindWith(flag: number, kind: number, isFirst: boolean): number {
  // Remounting is asked first, with all its flags.
  if (kind === MountKind.remount) return kind;
  if (flag === REMOUNT) return kind === MountKind.new ? MountKind.remount : -1;
  if (flag === BIND) return isFirst ? MountKind.bind : -1;
  if (flag === MOVE) return isFirst ? MountKind.move : -1;
  if (flag === REC) return kind === MountKind.bind ? kind : isFirst ? MountKind.recursive : -1;
  if (PROPAGATION.includes(flag)) {
    const mayFollow = isFirst || kind === MountKind.recursive || kind === MountKind.silent;
    return mayFollow || kind === MountKind.propagation ? MountKind.propagation : -1;
  }
  if (flag === SILENT && (kind === MountKind.recursive || isFirst)) return isFirst ? MountKind.silent : kind;
  return kind === MountKind.new || kind === MountKind.silent ? MountKind.new : -1;
}

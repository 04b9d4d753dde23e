/**
 * The numbers of a profile record that are sets of bits (kernel-abi 2.2, 3.4, 3.5).
 *
 *     version      21 and 13: written by every compiler of abi 6 and later | 11 force complain | 9..0 abi
 *     flags        3 interruptible | 2 debug2 | 1 debug1 | 0 hat
 *     path flags   17 mediate deleted files | 16 delegate access to deleted files | 5 attach disconnected ipc
 *                  4 chroot attach | 3 chroot relative | 2 attach disconnected
 */
export const ABI_MASK = 0x3ff;
export const FORCE_COMPLAIN = 0x800;
export const VERSION_MARKS = 0x202000;

export const ProfileFlag = { hat: 0x1, debug: 0x2, interruptible: 0x8 } as const;

export const PathFlag = {
  attachDisconnected: 0x4,
  chrootRelative: 0x8,
  chrootAttach: 0x10,
  attachDisconnectedIpc: 0x20,
  /** What `mediate_deleted` has always been written as, although to kernels the bit says delegate. */
  mediateDeleted: 0x10000,
} as const;

/** What a kernel takes for path flags that are not written. */
export const DEFAULT_PATH_FLAGS = 0x20000;

/** Profile modes by number. */
export const profileModes = ["enforce", "complain", "kill", "unconfined", "prompt"] as const;

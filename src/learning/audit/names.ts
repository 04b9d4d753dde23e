/** Tables of audit-events 1.1, 2.2-2.9. Facts of the kernel's log, not of the profile language. */
import { EVENT_TYPES, type EventKind, type EventType } from "./event.ts";

/** `apparmor="…"` values. */
export const MARKED_TYPES: ReadonlyMap<string, EventType> = new Map(
  EVENT_TYPES.filter((type) => type !== "UNKNOWN").map((type) => [type, type]),
);

/** Record types with a number of their own. */
export const RECORD_TYPES: ReadonlyMap<string, number> = new Map([
  ["AVC", 1400],
  ["USER_AVC", 1107],
  ["SYSCALL", 1300],
  ["APPARMOR", 1500],
  ["APPARMOR_AUDIT", 1501],
  ["APPARMOR_ALLOWED", 1502],
  ["APPARMOR_DENIED", 1503],
  ["APPARMOR_HINT", 1504],
  ["APPARMOR_STATUS", 1505],
  ["APPARMOR_ERROR", 1506],
  ["APPARMOR_KILLED", 1507],
]);

/** The type an old record number stands for. */
export const TYPE_OF_RECORD: ReadonlyMap<number, EventType> = new Map([
  [1501, "AUDIT"],
  [1502, "ALLOWED"],
  [1503, "DENIED"],
  [1504, "HINT"],
  [1505, "STATUS"],
  [1506, "ERROR"],
  [1507, "KILLED"],
]);

/** Kinds that the operation alone determines. */
export const KIND_OF_OPERATION: ReadonlyMap<string, EventKind> = new Map<string, EventKind>([
  ["exec", "exec"],
  ["change_hat", "change_hat"],
  ["change_profile", "change_profile"],
  ["change_onexec", "change_profile"],
  ["stack", "stack"],
  ["stack_onexec", "stack"],
  ["setprocattr", "setprocattr"],
  ["capable", "capability"],
  ["ptrace", "ptrace"],
  ["signal", "signal"],
  ["setrlimit", "rlimit"],
  ["mount", "mount"],
  ["umount", "umount"],
  ["pivotroot", "pivotroot"],
  ["userns_create", "userns"],
]);

/** File operations (audit-events 2.3), and what is left of `inode_*` names of old kernels without the prefix (audit-events 5.8). */
export const FILE_OPERATIONS: ReadonlySet<string> = new Set([
  "open",
  "mknod",
  "mkdir",
  "symlink",
  "unlink",
  "rmdir",
  "truncate",
  "rename_src",
  "rename_dest",
  "chmod",
  "chown",
  "getattr",
  "file_perm",
  "file_permission",
  "file_lock",
  "file_mmap",
  "file_mprotect",
  "file_inherit",
  "file_receive",
  "create",
  "permission",
  "rename",
  "setattr",
  "getxattr",
  "setxattr",
  "removexattr",
  "listxattr",
  "xattr",
  "sysctl",
]);

/** Fields the kernel prints as quoted text or as hexadecimal (audit-events 2.2). */
export const UNTRUSTED: ReadonlySet<string> = new Set([
  "profile",
  "namespace",
  "name",
  "label",
  "peer",
  "target",
  "comm",
  "srcname",
  "fstype",
  "trans",
  "options",
  "ns",
  "tcontext",
  "peer_label",
  "peer_profile",
  "capname",
  "addr",
  "peer_addr",
  "exe",
  "name2",
]);

/** What may be asked of a profile: one access, in the kernel's own terms (kernel-abi 8). */

import type { FileLetter } from "../../language/tables/index.ts";

export type { FileLetter };

export interface FileQuestion {
  readonly kind: "file";
  /** A directory ends in a slash. */
  readonly path: string;
  readonly letters: readonly FileLetter[];
  /** The task's filesystem user owns the object. */
  readonly owner: boolean;
}

/** May this be executed, and where does it lead? */
export interface ExecQuestion {
  readonly kind: "exec";
  readonly path: string;
  readonly owner: boolean;
}

export interface LinkQuestion {
  readonly kind: "link";
  /** The new name. */
  readonly path: string;
  readonly target: string;
  readonly owner: boolean;
}

export interface CapabilityQuestion {
  readonly kind: "capability";
  readonly capability: number;
}

export interface NetworkQuestion {
  readonly kind: "network";
  readonly family: string;
  /** A socket type's name; `undefined`: not known, and a rule with any type will do. */
  readonly type: string | undefined;
  readonly permissions: readonly string[];
}

/** Fine-grained mediation of unix sockets (kernels with `network_v9/af_unix`). Addresses: `@name`, `null` for none. */
export interface UnixQuestion {
  readonly kind: "unix";
  readonly type: string | undefined;
  readonly permissions: readonly string[];
  readonly address: string | null | undefined;
  readonly peerAddress: string | null | undefined;
  readonly peerLabel: string | undefined;
}

export interface SignalQuestion {
  readonly kind: "signal";
  readonly permission: "send" | "receive";
  /** AppArmor's own number. */
  readonly signal: number;
  /** A label: `a`, `a//child`, `a//&b`. */
  readonly peer: string;
}

export interface PtraceQuestion {
  readonly kind: "ptrace";
  readonly permission: "trace" | "read" | "tracedby" | "readby";
  readonly peer: string;
}

export interface ChangeProfileQuestion {
  readonly kind: "change_profile";
  readonly target: string;
  /** `true`: at the next exec. */
  readonly onExec: boolean;
  /** The program that is executed then; without it only asking for the change is asked about. */
  readonly program?: string | undefined;
}

export interface ChangeHatQuestion {
  readonly kind: "change_hat";
  readonly hat: string;
}

export interface MountQuestion {
  readonly kind: "mount";
  readonly mountPoint: string;
  readonly source: string | undefined;
  readonly fstype: string | undefined;
  /** MS_* bits. */
  readonly flags: number;
}

export interface UmountQuestion {
  readonly kind: "umount";
  readonly mountPoint: string;
}

export interface PivotRootQuestion {
  readonly kind: "pivot_root";
  readonly newRoot: string;
  readonly oldRoot: string;
}

export interface DbusQuestion {
  readonly kind: "dbus";
  readonly permission: "send" | "receive" | "bind" | "eavesdrop";
  readonly bus: string;
  /** bind: the name; send, receive: the peer's name. */
  readonly name: string;
  readonly label: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
}

export interface MqueueQuestion {
  readonly kind: "mqueue";
  readonly type: "posix" | "sysv";
  readonly name: string;
  readonly permissions: readonly string[];
  readonly label: string | undefined;
}

export interface IoUringQuestion {
  readonly kind: "io_uring";
  readonly permission: "sqpoll" | "override_creds";
  readonly label: string | undefined;
}

export interface UsernsQuestion {
  readonly kind: "userns";
}

/** May the hard limit be set to this value? */
export interface RlimitQuestion {
  readonly kind: "rlimit";
  /** Linux RLIMIT number. */
  readonly resource: number;
  readonly value: bigint;
}

export type Question =
  | FileQuestion
  | ExecQuestion
  | LinkQuestion
  | CapabilityQuestion
  | NetworkQuestion
  | UnixQuestion
  | SignalQuestion
  | PtraceQuestion
  | ChangeProfileQuestion
  | ChangeHatQuestion
  | MountQuestion
  | UmountQuestion
  | PivotRootQuestion
  | DbusQuestion
  | MqueueQuestion
  | IoUringQuestion
  | UsernsQuestion
  | RlimitQuestion;

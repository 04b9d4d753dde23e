/**
 * What a program wanted and did not get, by class, in the values of the language: no text of a rule, no word of a log. Where it was seen
 * (a record of the kernel, a message of the bus, one day a system call) is not said here, so that other sources can be added beside events.
 */
import type {
  CapabilityName,
  FileLetter,
  MountWord,
  NetworkType,
  PermissionWord,
  Rlimit,
  SignalName,
  SocketFamily,
  UnixType,
} from "../../language/tables/index.ts";

export interface FileAccess {
  readonly kind: "file";
  readonly path: string;
  readonly letters: readonly FileLetter[];
  /** The program's user owns the file. */
  readonly owner: boolean;
  /** The program's user is root, who owns most of a system. */
  readonly asRoot: boolean;
}

export interface LinkAccess {
  readonly kind: "link";
  /** The new name. */
  readonly path: string;
  readonly target: string;
  readonly owner: boolean;
}

interface ExecAccess {
  readonly kind: "exec";
  readonly path: string;
  /** A rule allows it; the profile it leads to is not there. */
  readonly missingProfile: boolean;
}

export interface CapabilityAccess {
  readonly kind: "capability";
  readonly name: CapabilityName;
  readonly number: number;
}

export interface NetworkAccess {
  readonly kind: "network";
  readonly family: SocketFamily;
  readonly type: NetworkType | undefined;
  readonly permissions: readonly string[];
}

/** A socket whose addresses are known; `null`: it has none. */
export interface UnixAccess {
  readonly kind: "unix";
  readonly permissions: readonly PermissionWord<"unix">[];
  readonly type: UnixType | undefined;
  readonly address: string | null | undefined;
  readonly peerAddress: string | null | undefined;
  readonly peerLabel: string | undefined;
}

export interface SignalAccess {
  readonly kind: "signal";
  readonly permissions: readonly PermissionWord<"signal">[];
  readonly signal: SignalName;
  readonly number: number;
  readonly peer: string;
}

export interface PtraceAccess {
  readonly kind: "ptrace";
  readonly permissions: readonly PermissionWord<"ptrace">[];
  readonly peer: string;
}

interface UsernsAccess {
  readonly kind: "userns";
}

export type IoUringAccess =
  | { readonly kind: "io_uring"; readonly permission: "sqpoll" }
  | { readonly kind: "io_uring"; readonly permission: "override_creds"; readonly label: string };

export interface RlimitAccess {
  readonly kind: "rlimit";
  readonly limit: Rlimit;
  readonly value: bigint;
}

/** `&NAME` as the target adds a profile to a stack. */
export interface ChangeProfileAccess {
  readonly kind: "change_profile";
  readonly target: string;
  readonly onExec: boolean;
}

export interface HatAccess {
  readonly kind: "hat";
  readonly hat: string;
}

export interface MountAccess {
  readonly kind: "mount";
  readonly mountPoint: string;
  readonly source: string | undefined;
  readonly fstype: string | undefined;
  /** All options as the kernel prints them, `bind` and `remount` among them. */
  readonly words: readonly MountWord[];
}

export interface UmountAccess {
  readonly kind: "umount";
  readonly mountPoint: string;
}

export interface PivotRootAccess {
  readonly kind: "pivot_root";
  readonly newRoot: string;
  readonly oldRoot: string;
}

interface BusAccess {
  readonly kind: "dbus";
  readonly bus: string;
}

/** A message to or from somebody: what is known of it. */
export interface MessageAccess extends BusAccess {
  readonly permission: "send" | "receive";
  /** The peer's name on the bus. */
  readonly name: string | undefined;
  readonly path: string | undefined;
  readonly interface: string | undefined;
  readonly member: string | undefined;
  readonly peerLabel: string | undefined;
}

export type DbusAccess =
  | MessageAccess
  | (BusAccess & { readonly permission: "bind"; readonly name: string })
  | (BusAccess & { readonly permission: "eavesdrop"; readonly name: string | undefined });

export interface MqueueAccess {
  readonly kind: "mqueue";
  readonly type: "posix" | "sysv";
  readonly name: string;
  readonly permissions: readonly PermissionWord<"mqueue">[];
}

export type Access =
  | FileAccess
  | LinkAccess
  | ExecAccess
  | CapabilityAccess
  | NetworkAccess
  | UnixAccess
  | SignalAccess
  | PtraceAccess
  | UsernsAccess
  | IoUringAccess
  | RlimitAccess
  | ChangeProfileAccess
  | HatAccess
  | MountAccess
  | UmountAccess
  | PivotRootAccess
  | DbusAccess
  | MqueueAccess;

/**
 * Rules and profiles that are yet to be written: the model's rules without where they came from. Texts are values, as the
 * model holds them (quotes gone, escapes processed, patterns); `undefined` or absent means "do not write it".
 *
 * INVARIANT: what is not a name or pattern is a word of a table: no text from outside gets into a rule but through `printWord`.
 */
import type {
  CapabilityName,
  ExecMode,
  MountWord,
  NetworkType,
  PermissionWord,
  RlimitName,
  SignalName,
  SocketFamily,
  UnixType,
} from "../tables/index.ts";
import type { OwnerMask, RuleMode } from "../model/index.ts";

export interface DraftQualifiers {
  readonly mode?: RuleMode | undefined;
  readonly audit?: boolean | undefined;
  readonly priority?: number | undefined;
}

export interface FileDraft extends DraftQualifiers {
  readonly kind: "file";
  readonly path: string;
  /** Bits of `FilePermission`. */
  readonly permissions: number;
  readonly owner?: OwnerMask | undefined;
  readonly exec?: ExecMode | undefined;
  readonly execSafety?: "safe" | "unsafe" | undefined;
  /** Verbatim, no pattern. */
  readonly execTarget?: string | undefined;
  readonly linkTarget?: string | undefined;
  readonly subset?: boolean | undefined;
}

export interface LinkDraft extends DraftQualifiers {
  readonly kind: "link";
  readonly path: string;
  readonly target: string;
  readonly subset?: boolean | undefined;
  readonly owner?: OwnerMask | undefined;
}

export interface ChangeProfileDraft extends DraftQualifiers {
  readonly kind: "change_profile";
  readonly exec?: string | undefined;
  readonly target?: string | undefined;
  readonly safety?: "safe" | "unsafe" | undefined;
}

export interface CapabilityDraft extends DraftQualifiers {
  readonly kind: "capability";
  /** Names; empty: all. */
  readonly names: readonly CapabilityName[];
}

export interface EndDraft {
  readonly ip?: string | undefined;
  readonly port?: { readonly first: number; readonly last: number } | undefined;
  readonly label?: string | undefined;
}

export interface NetworkDraft extends DraftQualifiers {
  readonly kind: "network";
  readonly permissions?: readonly PermissionWord<"network">[] | undefined;
  readonly family?: SocketFamily | undefined;
  readonly type?: NetworkType | undefined;
  readonly protocol?: "tcp" | "udp" | "icmp" | undefined;
  readonly interface?: string | undefined;
  readonly local?: EndDraft | undefined;
  readonly peer?: EndDraft | undefined;
}

export interface UnixDraft extends DraftQualifiers {
  readonly kind: "unix";
  readonly permissions?: readonly PermissionWord<"unix">[] | undefined;
  readonly type?: UnixType | undefined;
  readonly address?: string | undefined;
  readonly peerAddress?: string | undefined;
  readonly peerLabel?: string | undefined;
}

export interface MountDraft extends DraftQualifiers {
  readonly kind: "mount";
  readonly verb: "mount" | "remount" | "umount" | "pivot_root";
  readonly source?: string | undefined;
  readonly target?: string | undefined;
  readonly fstypes?: readonly string[] | undefined;
  readonly options?: readonly (readonly MountWord[])[] | undefined;
  readonly optionsIn?: readonly (readonly MountWord[])[] | undefined;
  readonly oldRoot?: string | undefined;
  readonly transition?: string | undefined;
}

export interface SignalDraft extends DraftQualifiers {
  readonly kind: "signal";
  readonly permissions?: readonly PermissionWord<"signal">[] | undefined;
  readonly signals?: readonly SignalName[] | undefined;
  readonly peer?: string | undefined;
}

export interface PtraceDraft extends DraftQualifiers {
  readonly kind: "ptrace";
  readonly permissions?: readonly PermissionWord<"ptrace">[] | undefined;
  readonly peer?: string | undefined;
}

export interface DbusDraft extends DraftQualifiers {
  readonly kind: "dbus";
  readonly permissions?: readonly PermissionWord<"dbus">[] | undefined;
  readonly bus?: string | undefined;
  readonly path?: string | undefined;
  readonly interface?: string | undefined;
  readonly member?: string | undefined;
  readonly name?: string | undefined;
  readonly peerName?: string | undefined;
  readonly peerLabel?: string | undefined;
}

export interface MqueueDraft extends DraftQualifiers {
  readonly kind: "mqueue";
  readonly permissions?: readonly PermissionWord<"mqueue">[] | undefined;
  readonly type?: "posix" | "sysv" | undefined;
  readonly name?: string | undefined;
  readonly label?: string | undefined;
}

export interface IoUringDraft extends DraftQualifiers {
  readonly kind: "io_uring";
  readonly permissions?: readonly PermissionWord<"io_uring">[] | undefined;
  readonly label?: string | undefined;
}

export interface UsernsDraft extends DraftQualifiers {
  readonly kind: "userns";
}

export interface RlimitDraft {
  readonly kind: "rlimit";
  readonly name: RlimitName;
  /** As written. */
  readonly value: `${bigint}` | "infinity";
  readonly unit?: "s" | "us" | undefined;
}

export interface AllDraft extends DraftQualifiers {
  readonly kind: "all";
}

export type RuleDraft =
  | FileDraft
  | LinkDraft
  | ChangeProfileDraft
  | CapabilityDraft
  | NetworkDraft
  | UnixDraft
  | MountDraft
  | SignalDraft
  | PtraceDraft
  | DbusDraft
  | MqueueDraft
  | IoUringDraft
  | UsernsDraft
  | RlimitDraft
  | AllDraft;

export interface IncludeDraft {
  readonly path: string;
  /** `<path>`; otherwise `"path"`. */
  readonly searched: boolean;
  readonly ifExists: boolean;
}

/** A profile, child profile or hat to be written. */
export interface ProfileDraft {
  readonly keyword: "profile" | "hat";
  readonly name: string;
  readonly attachment?: string | undefined;
  readonly flags?: readonly string[] | undefined;
  readonly includes?: readonly IncludeDraft[] | undefined;
  readonly rules?: readonly RuleDraft[] | undefined;
  readonly children?: readonly ProfileDraft[] | undefined;
}

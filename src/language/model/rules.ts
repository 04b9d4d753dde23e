/**
 * The rules of a profile with every name resolved and every variable expanded (policy-language 2.5, 2.6, 3.4). Operands are
 * patterns (AARE texts) unless said otherwise; `undefined` means "not written", which is not the same as "any" everywhere.
 */
import type { Span } from "../../foundation/text/index.ts";
import type { ExecMode } from "../tables/index.ts";

/** Where a fact came from, and through which includes, outermost first. Chains are shared, never copied. */
export interface Origin {
  readonly span: Span;
  readonly includes: readonly Span[];
}

/** A pattern: `text` is expanded and escape-processed, `written` is the same before variables. */
export interface Operand {
  readonly text: string;
  readonly written: string;
  readonly span: Span;
}

/** `implicit`: neither `allow` nor `deny` nor `prompt` is written. It decides as `allow` does, but merges apart (compile-semantics 1.5). */
export type RuleMode = "implicit" | "allow" | "deny" | "prompt";

export interface RuleQualifiers {
  readonly mode: RuleMode;
  readonly audit: boolean;
  /** −1000…1000, 0 when not written; −2 in what `all` implies. */
  readonly priority: number;
  readonly origin: Origin;
}

export type OwnerMask = "any" | "owner" | "other" | "none";

export interface FileRule extends RuleQualifiers {
  readonly kind: "file";
  readonly path: Operand;
  /** Bits of `FilePermission`; `w` is written as w alone and means write and append. x is set iff `exec` is there. */
  readonly permissions: number;
  readonly owner: OwnerMask;
  readonly exec: ExecMode | undefined;
  /** The word `safe` or `unsafe` of the rule, which alone tells an unsafe `ix` from a plain one. Absent: not written. */
  readonly execSafety?: "safe" | "unsafe" | undefined;
  /** The `-> name` of an exec rule: verbatim, not a pattern, not expanded. */
  readonly execTarget: Operand | undefined;
  /** The `-> path` of a rule with `l` and no exec. */
  readonly linkTarget: Operand | undefined;
  readonly subset: boolean;
}

/** `link [subset] A -> B,`. */
export interface LinkRule extends RuleQualifiers {
  readonly kind: "link";
  readonly path: Operand;
  readonly target: Operand;
  readonly subset: boolean;
  readonly owner: OwnerMask;
}

export interface ChangeProfileRule extends RuleQualifiers {
  readonly kind: "change_profile";
  readonly exec: Operand | undefined;
  readonly target: Operand | undefined;
  readonly safety: "safe" | "unsafe" | undefined;
  /** Whose programs the exec condition is about; only a block can say so. */
  readonly owner: OwnerMask;
}

export interface CapabilityRule extends RuleQualifiers {
  readonly kind: "capability";
  /** Numbers; empty: all 64 bits. Names a feature set lacks are mapped by the compiler (3.6). */
  readonly capabilities: readonly number[];
}

/** One side of a socket rule. */
export interface InetEnd {
  readonly ip: string | undefined;
  /** Inclusive. */
  readonly port: { readonly first: number; readonly last: number } | undefined;
  readonly label: Operand | undefined;
}

export interface NetworkRule extends RuleQualifiers {
  readonly kind: "network";
  /** Names of policy-language 2.6.2; `undefined`: all. */
  readonly permissions: readonly string[] | undefined;
  readonly family: string | undefined;
  readonly type: string | undefined;
  readonly protocol: string | undefined;
  readonly interface: Operand | undefined;
  readonly local: InetEnd;
  readonly peer: InetEnd;
  /** Only inet and inet6 are meant; a label of the peer alone does not say so. */
  readonly hasConditions: boolean;
}

export interface UnixRule extends RuleQualifiers {
  readonly kind: "unix";
  readonly permissions: readonly string[] | undefined;
  readonly type: string | undefined;
  /** `none`, `auto` or `@pattern`. */
  readonly address: Operand | undefined;
  readonly peerAddress: Operand | undefined;
  readonly peerLabel: Operand | undefined;
  /** A `peer=( )` group is written, even an empty one. */
  readonly hasPeer: boolean;
}

export interface MountRule extends RuleQualifiers {
  readonly kind: "mount";
  readonly verb: "mount" | "remount" | "umount" | "pivot_root";
  /** mount: the source; `detached` and `""` as written. Others: `undefined`. */
  readonly source: Operand | undefined;
  /** mount, remount, umount: the mount point; pivot_root: the new root. */
  readonly target: Operand | undefined;
  readonly fstypes: readonly Operand[];
  /** Each `options=( )`: the words as written. */
  readonly options: readonly (readonly string[])[];
  /** Each `options in ( )`. */
  readonly optionsIn: readonly (readonly string[])[];
  /** pivot_root only. */
  readonly oldRoot: Operand | undefined;
  readonly transition: Operand | undefined;
}

export interface SignalRule extends RuleQualifiers {
  readonly kind: "signal";
  readonly permissions: readonly ("send" | "receive")[] | undefined;
  /** AppArmor's numbers; `undefined`: any. */
  readonly signals: readonly number[] | undefined;
  readonly peer: Operand | undefined;
}

export interface PtraceRule extends RuleQualifiers {
  readonly kind: "ptrace";
  readonly permissions: readonly ("trace" | "tracedby" | "read" | "readby")[] | undefined;
  readonly peer: Operand | undefined;
}

export interface DbusRule extends RuleQualifiers {
  readonly kind: "dbus";
  readonly permissions: readonly ("send" | "receive" | "bind" | "eavesdrop")[] | undefined;
  readonly bus: Operand | undefined;
  readonly path: Operand | undefined;
  readonly interface: Operand | undefined;
  readonly member: Operand | undefined;
  /** `name=` outside the peer group. */
  readonly name: Operand | undefined;
  readonly peerName: Operand | undefined;
  readonly peerLabel: Operand | undefined;
}

export interface MqueueRule extends RuleQualifiers {
  readonly kind: "mqueue";
  readonly permissions: readonly string[] | undefined;
  readonly type: "posix" | "sysv" | undefined;
  readonly name: Operand | undefined;
  readonly label: Operand | undefined;
}

export interface IoUringRule extends RuleQualifiers {
  readonly kind: "io_uring";
  readonly permissions: readonly ("sqpoll" | "override_creds")[] | undefined;
  readonly label: Operand | undefined;
}

export interface UsernsRule extends RuleQualifiers {
  readonly kind: "userns";
}

export interface RlimitRule {
  readonly kind: "rlimit";
  readonly origin: Origin;
  /** Linux RLIMIT number. */
  readonly resource: number;
  /** As the kernel takes it: seconds for cpu, µs for rttime, nice + 20, bytes; infinity is 2^64−1. */
  readonly value: bigint;
}

export interface AllRule extends RuleQualifiers {
  readonly kind: "all";
}

export type Rule =
  | FileRule
  | LinkRule
  | ChangeProfileRule
  | CapabilityRule
  | NetworkRule
  | UnixRule
  | MountRule
  | SignalRule
  | PtraceRule
  | DbusRule
  | MqueueRule
  | IoUringRule
  | UsernsRule
  | RlimitRule
  | AllRule;

export type RuleKind = Rule["kind"];

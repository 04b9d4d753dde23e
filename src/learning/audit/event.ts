export const EVENT_TYPES = ["AUDIT", "ALLOWED", "DENIED", "KILLED", "STATUS", "HINT", "ERROR", "UNKNOWN"] as const;

/** What `apparmor="…"` says; `UNKNOWN` when the record carries no type. */
export type EventType = (typeof EVENT_TYPES)[number];

export const EVENT_KINDS = [
  "file",
  "link",
  "exec",
  "capability",
  "network",
  "unix",
  "ptrace",
  "signal",
  "rlimit",
  "mount",
  "umount",
  "pivotroot",
  "userns",
  "io_uring",
  "mqueue",
  "dbus",
  "change_profile",
  "change_hat",
  "stack",
  "setprocattr",
  "policy",
  "message",
  "unknown",
] as const;

export type EventKind = (typeof EVENT_KINDS)[number];

/** How the line travelled. */
export type Carrier =
  | "kmsg"
  | "dmesg"
  | "syslog"
  | "auditd-raw"
  | "auditd-enriched"
  | "audisp"
  | "journal-json"
  | "journal-export"
  | "journal-short"
  | "docker-json"
  | "json"
  | "text";

/** When the kernel says it happened. Units: seconds since 1970 and milliseconds. */
export interface EventTime {
  readonly sec: number;
  readonly ms: number;
}

/** Instead of seconds, where no time is known. */
export const NO_TIME = -1;

/** A learning profile's ancestry: `base//null-chain[0]//null-chain[1]…`. */
export interface NullChain {
  readonly base: string;
  readonly chain: readonly string[];
}

/**
 * One event in normal form (audit-events 7). Absent fields are absent, never empty.
 *
 * Text fields hold UTF-8 text; when the bytes are not UTF-8 the field shows one character per byte and `FIELDBytes` holds the
 * bytes in hexadecimal. A rule is made from `bytesText(event, FIELD)`, which is right in both cases.
 */
export interface AuditEvent {
  readonly type: EventType;
  readonly kind: EventKind;
  readonly source: Carrier;
  readonly recordType?: number;
  readonly time?: EventTime;
  readonly serial?: number;
  readonly operation?: string;
  readonly class?: string;
  readonly info?: string;
  /** A negative errno, as logged. */
  readonly error?: number;
  /** `root//NS` as logged. */
  readonly namespace?: string;
  readonly profile?: string;
  /** Instead of `profile` when the subject is a stack. */
  readonly label?: string;
  readonly name?: string;
  readonly nameBytes?: string;
  readonly profileBytes?: string;
  readonly labelBytes?: string;
  readonly namespaceBytes?: string;
  readonly commBytes?: string;
  readonly targetBytes?: string;
  readonly peerBytes?: string;
  readonly srcNameBytes?: string;
  readonly addrBytes?: string;
  readonly peerAddrBytes?: string;
  readonly pid?: number;
  readonly comm?: string;
  readonly requestedMask?: string;
  readonly deniedMask?: string;
  readonly requested?: readonly string[];
  readonly denied?: readonly string[];
  readonly fsuid?: number;
  readonly ouid?: number;
  readonly owner?: boolean;
  readonly target?: string;
  readonly peer?: string;
  readonly peerPid?: number;
  readonly capability?: string;
  readonly capabilityNumber?: number;
  readonly family?: string;
  readonly sockType?: string;
  readonly protocol?: number | string;
  readonly laddr?: string;
  readonly lport?: number;
  readonly faddr?: string;
  readonly fport?: number;
  /** `null`: the socket has no address. */
  readonly addr?: string | null;
  readonly peerAddr?: string | null;
  readonly signal?: string;
  readonly rlimit?: string;
  /** A string above 2^53. */
  readonly value?: number | string;
  readonly fsType?: string;
  readonly srcName?: string;
  readonly flags?: string;
  readonly mountFlags?: readonly string[];
  readonly options?: string;
  readonly trans?: string;
  readonly execPath?: string;
  readonly bus?: string;
  readonly path?: string;
  readonly interface?: string;
  readonly member?: string;
  readonly daemonExe?: string;
  readonly reporter?: Readonly<Record<string, number | string>>;
  readonly policyNamespace?: string;
  readonly duplicateName?: string;
  readonly offset?: number;
  readonly nullChain?: NullChain;
  readonly enriched?: Readonly<Record<string, string>>;
  readonly truncated?: boolean;
  /** Keys we do not know, and remarks of ours: `legacy`. */
  readonly extra?: Readonly<Record<string, string>>;
  /** Later values of keys that came twice. */
  readonly duplicates?: Readonly<Record<string, readonly string[]>>;
}

/** A sign that events are missing (audit-events 6). */
export interface LossNotice {
  readonly type: "LOSS";
  /** Lines or messages that were not printed. */
  readonly suppressed?: number;
  /** Who left them out. */
  readonly function?: string;
  /** Records lost since boot. */
  readonly lostTotal?: number;
  readonly rateLimit?: number;
  readonly backlogLimit?: number;
  readonly reason?: string;
}

/**
 * A line that speaks of AppArmor but cannot be read, or must not be believed: neither kernel nor audit daemon nor bus wrote it. Where a
 * journal's export cannot be followed any more, every line is a broken entry.
 */
export interface LineProblem {
  readonly type: "PROBLEM";
  readonly reason: "line-too-long" | "empty-event" | "foreign-writer" | "broken-entry";
}

/** What one line of a log holds. */
export type LogItem = AuditEvent | LossNotice | LineProblem;

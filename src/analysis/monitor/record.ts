/**
 * The line that a kernel writes about an access, as far as policy decides it (audit-events 2; kernel-abi 7.9). Fields have the
 * names of the normal form (audit-events 7), so that a record that was read can be compared with one that was foreseen. What
 * only the moment knows (operation, process, user ids, addresses of inet sockets) is not among them.
 */
import type { KernelGeneration } from "../../compiler/policydb/index.ts";
import {
  capabilityName,
  familyName,
  familyNumber,
  MountFlag,
  rlimits,
  signalName,
} from "../../language/tables/index.ts";
import { isUnconfinedMode, type ProfileMode } from "../../language/model/index.ts";
import type { PermissionVerdict } from "./decision.ts";
import type { Destination } from "./exec.ts";
import { LINK_TEST } from "./link-test.ts";
import type { MountQuestion, Question, UnixQuestion } from "./question.ts";

export interface AuditRecord {
  readonly type: "AUDIT" | "ALLOWED" | "DENIED" | "KILLED";
  /** Kernels before 6.12 write none. */
  readonly class?: string;
  readonly info?: string;
  /** A negative errno; only beside `info`. */
  readonly error?: number;
  readonly namespace?: string;
  readonly profile: string;
  readonly name?: string;
  readonly target?: string;
  readonly requestedMask?: string;
  readonly deniedMask?: string;
  readonly capability?: string;
  readonly family?: string;
  readonly sockType?: string;
  /** `null`: the socket has no address. */
  readonly addr?: string | null;
  readonly peerAddr?: string | null;
  readonly peer?: string;
  readonly signal?: string;
  readonly rlimit?: string;
  /** A text above 2^53. */
  readonly value?: number | string;
  readonly fsType?: string;
  readonly srcName?: string;
  readonly flags?: string;
}

/** Who is asked, and by which kernel. */
export interface RecordSubject {
  readonly name: string;
  /** The path of a namespace that is not the first one. */
  readonly namespace?: string | undefined;
  readonly mode: ProfileMode;
  /** All that is asked is logged. */
  readonly audit: boolean;
  readonly kernel: KernelGeneration;
  /** Where matching came to an end, in the kernel's words; of mounts and sockets compiled policy alone knows. */
  readonly stage?: string | undefined;
  /** Of an exec: where it leads. */
  readonly destination?: Destination | undefined;
}

/** The record of a question with these verdicts; `undefined`: nothing is written. */
export function recordOf(
  question: Question,
  verdicts: readonly PermissionVerdict[],
  subject: RecordSubject,
): AuditRecord | undefined {
  const { mode, audit } = subject;
  if (isUnconfinedMode(mode) || question.kind === "change_hat") return undefined;
  const missing = verdicts.filter(({ allowed }) => !allowed);
  const failed = missing.length === 0 ? failureOf(question, subject) : undefined;
  if (missing.length === 0 && failed === undefined) {
    const logged = loggedOf(question, verdicts, audit);
    if (logged.length === 0) return undefined;
    return recordWith("AUDIT", question, { requested: asked(question, verdicts, logged), denied: [] }, subject);
  }
  const told = failed === undefined ? missing.filter(({ quiet }) => audit || !quiet) : verdicts;
  if (told.length === 0) return undefined;
  const type = mode === "kill" ? "KILLED" : mode === "complain" ? "ALLOWED" : "DENIED";
  return recordWith(type, question, { requested: asked(question, verdicts, told), denied: told }, subject);
}

/**
 * Of what is granted, that which leaves a line. The flag `audit` of a profile is about the lower sixteen bits where files are concerned: mapping,
 * links and changes of profile are not among them.
 */
function loggedOf(
  { kind }: Question,
  verdicts: readonly PermissionVerdict[],
  audit: boolean,
): readonly PermissionVerdict[] {
  if (kind === "change_profile") return [];
  if (kind !== "file" && kind !== "exec" && kind !== "link") return verdicts.filter(({ audited }) => audited || audit);
  // a link that is tested asks for what its name allows, in place of the link itself
  const isTested = kind === "link" && verdicts.some(({ name }) => name === LINK_TEST);
  const requested = isTested ? verdicts.filter(({ name }) => name !== "l") : verdicts;
  if (audit) return requested.filter(({ name }) => name !== "m" && name !== "l");
  // the bit that asks for the test is that of a lock
  const isLocked = isTested && verdicts.some(({ name, audited }) => name === "l" && audited);
  return requested.filter(({ name, audited }) => audited || (isLocked && name === "k"));
}

/** Of files only what is told is repeated, of everything else all that was asked for. */
function asked(
  { kind }: Question,
  all: readonly PermissionVerdict[],
  told: readonly PermissionVerdict[],
): readonly PermissionVerdict[] {
  return kind === "file" || kind === "exec" || kind === "link" ? told : all;
}

interface Masks {
  readonly requested: readonly PermissionVerdict[];
  readonly denied: readonly PermissionVerdict[];
}

function recordWith(type: AuditRecord["type"], question: Question, masks: Masks, subject: RecordSubject): AuditRecord {
  const isRefusal = type !== "AUDIT";
  const failure = isRefusal
    ? (failureOf(question, subject) ?? stageOf(question, subject))
    : (fallbackOf(subject) ?? keptStage(question, subject));
  return {
    type,
    ...(subject.kernel !== "6.1" && { class: classOf(question, subject.kernel) }),
    ...failure,
    ...(subject.namespace !== undefined && { namespace: subject.namespace }),
    profile: subject.name,
    ...fieldsOf(question, subject, isRefusal),
    ...masksOf(question, masks),
  };
}

function classOf(question: Question, kernel: RecordSubject["kernel"]): string {
  switch (question.kind) {
    case "file":
    case "exec":
    case "link":
    case "change_profile":
    case "change_hat":
      return "file";
    case "capability":
      return "cap";
    case "network":
    case "unix":
      return "net";
    case "mount":
    case "umount":
    case "pivot_root":
      return "mount";
    case "rlimit":
      return "rlimits";
    case "userns":
      return "namespace";
    case "mqueue":
      return `${question.type}_mqueue`;
    case "signal":
    case "ptrace":
    case "dbus":
    case "io_uring":
      return kernel === "6.1" ? "" : question.kind;
  }
}

const EACCES = -13;

function stageOf({ kind }: Question, { stage }: RecordSubject): Partial<AuditRecord> | undefined {
  if (stage === undefined || kind === "exec") return undefined;
  return { info: stage, error: EACCES };
}

/** What is permitted is matched to its end: in a stack it is said of another profile (`labelRecords`). */
function keptStage({ kind }: Question, { stage }: RecordSubject): Partial<AuditRecord> | undefined {
  return stage !== undefined && (kind === "network" || kind === "unix") ? { info: stage } : undefined;
}

/** An exec that rules allow and that leads nowhere. */
function failureOf({ kind }: Question, { destination }: RecordSubject): Partial<AuditRecord> | undefined {
  if (kind !== "exec" || destination?.kind !== "refused" || destination.reason !== "no-profile") return undefined;
  return { info: "profile transition not found", error: EACCES };
}

function fallbackOf({ destination }: RecordSubject): Partial<AuditRecord> | undefined {
  if (destination?.kind === "inherit") return { info: "ix fallback" };
  return destination?.kind === "unconfined" ? { info: "ux fallback" } : undefined;
}

function fieldsOf(question: Question, subject: RecordSubject, isRefusal: boolean): Partial<AuditRecord> {
  switch (question.kind) {
    case "file":
      return { name: question.path };
    case "exec":
      return { name: question.path, ...execTarget(question.path, subject, isRefusal) };
    case "link":
      return { name: question.path, target: question.target };
    case "change_profile":
      return { name: question.target, target: question.target };
    case "change_hat":
      return { name: question.hat };
    case "capability":
      return { capability: capabilityName(question.capability) ?? `${question.capability}` };
    case "network":
      return { family: question.family, ...(question.type !== undefined && { sockType: question.type }) };
    case "unix":
      return unixFields(question);
    case "signal":
      return { signal: signalName(question.signal) ?? `unknown(${question.signal})`, peer: question.peer };
    case "ptrace":
      return { peer: question.peer };
    case "mount":
      return mountFields(question);
    case "umount":
      return { name: question.mountPoint };
    case "pivot_root":
      return { name: question.newRoot, srcName: question.oldRoot };
    case "rlimit": {
      const limit = rlimits.find(({ number }) => number === question.resource);
      const { value } = question;
      const isSafe = value <= BigInt(Number.MAX_SAFE_INTEGER);
      return { rlimit: limit?.name ?? `${question.resource}`, value: isSafe ? Number(value) : `${value}` };
    }
    case "dbus":
    case "mqueue":
    case "io_uring":
    case "userns":
      return {};
  }
}

/** Where the exec leads, or the name that was looked for. */
function execTarget(path: string, subject: RecordSubject, isRefusal: boolean): Partial<AuditRecord> {
  const { destination, kernel, mode, name } = subject;
  if (destination === undefined) return {};
  switch (destination.kind) {
    case "profile":
      return { target: destination.label };
    case "inherit":
      return { target: name };
    case "unconfined":
      return { target: "unconfined" };
    case "refused": {
      if (mode === "complain" && (destination.reason !== "no-profile" || kernel === "7.2"))
        return { target: `${name}//null-${path}` };
      if (!isRefusal || destination.reason !== "no-profile") return {};
      // KERNEL 6.1: a name that was asked for is left out
      if (destination.wanted !== undefined && kernel === "6.1") return {};
      return { target: destination.wanted ?? path };
    }
  }
}

function unixFields({ type, address, peerAddress, peerLabel, permissions }: UnixQuestion): Partial<AuditRecord> {
  const hasPeer = permissions.some((word) => ["send", "receive", "connect", "accept"].includes(word));
  return {
    family: familyName(familyNumber("unix") ?? 1) ?? "unix",
    ...(type !== undefined && { sockType: type }),
    ...(address !== undefined && { addr: address }),
    ...(hasPeer && peerAddress !== undefined && { peerAddr: peerAddress }),
    ...(hasPeer && peerLabel !== undefined && { peer: peerLabel }),
  };
}

const { RDONLY, REMOUNT, BIND, MOVE, REC, SILENT, UNBINDABLE, PRIVATE, SLAVE, SHARED } = MountFlag;
const PROPAGATION = UNBINDABLE | PRIVATE | SLAVE | SHARED;

/** In the order of the log; those with two words are recursive with the second. */
const flagWords: readonly (readonly [flag: number, word: string, recursive?: string])[] = [
  [MountFlag.NOSUID, "nosuid"],
  [MountFlag.NODEV, "nodev"],
  [MountFlag.NOEXEC, "noexec"],
  [MountFlag.SYNC, "sync"],
  [REMOUNT, "remount"],
  [MountFlag.MAND, "mand"],
  [MountFlag.DIRSYNC, "dirsync"],
  [MountFlag.NOSYMFOLLOW, "nosymfollow"],
  [MountFlag.NOATIME, "noatime"],
  [MountFlag.NODIRATIME, "nodiratime"],
  [BIND, "bind", "rbind"],
  [MOVE, "move"],
  [SILENT, "silent"],
  [MountFlag.ACL, "acl"],
  [UNBINDABLE, "unbindable", "runbindable"],
  [PRIVATE, "private", "rprivate"],
  [SLAVE, "slave", "rslave"],
  [SHARED, "shared", "rshared"],
  [MountFlag.RELATIME, "relatime"],
  [MountFlag.IVERSION, "iversion"],
  [MountFlag.STRICTATIME, "strictatime"],
];

function mountFields({ mountPoint, source, fstype, flags }: MountQuestion): Partial<AuditRecord> {
  const isRemount = (flags & REMOUNT) !== 0;
  const isBind = !isRemount && (flags & BIND) !== 0;
  const isChange = !isRemount && !isBind && (flags & PROPAGATION) !== 0;
  const isMove = !isRemount && !isBind && !isChange && (flags & MOVE) !== 0;
  const shown = isBind ? flags & (BIND | REC) : isChange ? flags & (PROPAGATION | REC | SILENT) : isMove ? MOVE : flags;
  const isNew = !isRemount && !isBind && !isChange && !isMove;
  return {
    name: mountPoint,
    ...(isNew && fstype !== undefined && { fsType: fstype }),
    ...(!isRemount && !isChange && source !== undefined && { srcName: source }),
    ...(shown !== 0 && { flags: flagText(shown) }),
  };
}

function flagText(flags: number): string {
  const isRecursive = (flags & REC) !== 0;
  const words = flagWords
    .filter(([flag]) => (flags & flag) !== 0)
    .map(([, word, recursive]) => (isRecursive ? (recursive ?? word) : word));
  return [(flags & RDONLY) === 0 ? "rw" : "ro", ...words].join(", ");
}

const LETTERS = ["x", "w", "r", "a", "c", "d", "k", "m", "l"];
const WORDS = "send receive create shutdown connect setattr getattr accept bind listen setopt getopt".split(" ");

function masksOf(question: Question, { requested, denied }: Masks): Partial<AuditRecord> {
  switch (question.kind) {
    case "file":
    case "exec":
    case "link": {
      const mask = (verdicts: readonly PermissionVerdict[]): string =>
        inOrder(
          LETTERS,
          verdicts.map((verdict) => (verdict.name === LINK_TEST ? { ...verdict, name: "r" } : verdict)),
        ).join("");
      return { requestedMask: mask(requested), ...(denied.length > 0 && { deniedMask: mask(denied) }) };
    }
    case "network":
    case "unix": {
      const mask = (verdicts: readonly PermissionVerdict[]): string => inOrder(WORDS, verdicts).join(" ");
      return { requestedMask: mask(requested), ...(denied.length > 0 && { deniedMask: mask(denied) }) };
    }
    case "signal":
    case "ptrace":
    case "io_uring": {
      const word = question.permission;
      return { requestedMask: word, ...(denied.length > 0 && { deniedMask: word }) };
    }
    case "userns":
      return { requestedMask: "userns_create", ...(denied.length > 0 && { deniedMask: "userns_create" }) };
    case "change_profile":
    case "change_hat":
    case "capability":
    case "mount":
    case "umount":
    case "pivot_root":
    case "rlimit":
    case "dbus":
    case "mqueue":
      return {};
  }
}

function inOrder(order: readonly string[], verdicts: readonly PermissionVerdict[]): readonly string[] {
  const names = new Set(verdicts.map(({ name }) => name));
  return order.filter((word) => names.has(word));
}

/**
 * What a kernel looks up for a question: the class, the bytes behind the class byte, and the bits that must be granted there
 * (kernel-abi 8.3-8.17). Kernels differ in sockets alone: class 14 before 7.2, class 15 with the addresses of unix sockets since.
 */
import {
  dbusBits,
  fileLetterBits,
  ioUringBits,
  MAY_CHANGE_PROFILE,
  MAY_EXECUTE,
  MAY_ONEXEC,
  MediationClass,
  mountBits,
  packedPermission,
  ptraceBits,
  signalBits,
  unpackPolicydbBits,
  usernsBits,
} from "../../compiler/compiled/index.ts";
import { encodeBytes } from "../../foundation/text/index.ts";
import { familyNumber, type FileLetter, MountFlag, socketTypes } from "../../language/tables/index.ts";
import type { MountQuestion, MqueueQuestion, Question, UnixQuestion } from "../monitor/index.ts";

/** One string that is matched, and what is asked of the state it leads to. */
export interface Lookup {
  /** The permission, as questions and decisions call it. */
  readonly name: string;
  readonly classNumber: number;
  /** What follows the class byte; of files all of it. */
  readonly data: Uint8Array;
  readonly bits: number;
}

/** Questions that are answered by one state for each permission; the others need more than one, or none. */
export type LookupQuestion = Exclude<
  Question,
  { readonly kind: "link" | "capability" | "change_hat" | "rlimit" | "signal" | "ptrace" | "change_profile" }
>;

export const fileBits: Readonly<Record<FileLetter, number>> = fileLetterBits;

/** Texts and bytes as one string; a number is a byte. */
export function joined(...parts: readonly (string | number)[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => (typeof part === "number" ? [part] : [...encodeBytes(part)])));
}

/** The strings of a question. `isFine`: unix sockets are asked about with their addresses. */
export function lookupsOf(question: LookupQuestion, isFine: boolean): readonly Lookup[] {
  switch (question.kind) {
    case "file":
      return question.letters.map((letter) => fileLookup(letter, question.path, fileBits[letter]));
    case "exec":
      return [fileLookup("x", question.path, MAY_EXECUTE)];
    case "network":
      return question.permissions.map((name) => ({
        name,
        classNumber: isFine ? MediationClass.networkV9 : MediationClass.networkV8,
        data: joined(...socketBytes(question.family, question.type)),
        bits: wordBits(name),
      }));
    case "unix":
      return question.permissions.map((name) => unixLookup(question, name, isFine));
    case "mount":
      return [mountLookup("mount", mountBits.mount, mountInput(question))];
    case "umount":
      return [mountLookup("umount", mountBits.umount, joined(question.mountPoint))];
    case "pivot_root":
      return [mountLookup("pivot_root", mountBits.pivot_root, joined(question.newRoot, 0, question.oldRoot))];
    case "dbus":
      return [dbusLookup(question)];
    case "mqueue":
      return question.permissions.map((name) => queueLookup(question, name));
    case "io_uring": {
      const { permission, label } = question;
      const data = permission === "sqpoll" ? joined() : joined(label ?? "");
      return [{ name: permission, classNumber: MediationClass.ioUring, data, bits: ioUringBits[permission] }];
    }
    case "userns":
      return [{ name: "create", classNumber: MediationClass.userns, data: joined(), bits: usernsBits.create }];
  }
}

export function fileLookup(name: string, path: string, bits: number): Lookup {
  return { name, classNumber: MediationClass.file, data: joined(path), bits };
}

/** Questions about a label are asked of the label as a whole and then of its components. */
export function labelLookup(
  question: Extract<Question, { readonly kind: "signal" | "ptrace" | "change_profile" }>,
  label: string,
): Lookup {
  switch (question.kind) {
    case "signal": {
      const { permission, signal } = question;
      const data = joined(signal, label);
      return { name: permission, classNumber: MediationClass.signal, data, bits: signalBits[permission] };
    }
    case "ptrace": {
      const data = joined(MediationClass.ptrace, label);
      const name = question.permission;
      return { name, classNumber: MediationClass.label, data, bits: ptraceBits[name] };
    }
    case "change_profile":
      return question.onExec
        ? fileLookup("change_onexec", label, MAY_ONEXEC)
        : fileLookup("change_profile", label, MAY_CHANGE_PROFILE);
  }
}

/** Logs say `read` and `w` of what rules call receive and send. */
const SAME: Readonly<Record<string, string>> = { write: "send", w: "send", read: "receive", r: "receive" };

function wordBits(word: string): number {
  return unpackPolicydbBits(packedPermission[SAME[word] ?? word] ?? 0);
}

function socketBytes(family: string, type: string | undefined): readonly number[] {
  const [familyPart, typePart] = [familyNumber(family) ?? 0, socketTypes.get(type ?? "") ?? 0];
  return [familyPart >> 8, familyPart & 255, typePart >> 8, typePart & 255];
}

/** Any backlog and any option is asked about in the same way. */
const BACKLOG = [2, 0, 5] as const;
const OPTION = [4, 0, 9] as const;

function unixLookup(question: UnixQuestion, name: string, isFine: boolean): Lookup {
  const plain = socketBytes("unix", question.type);
  const bits = wordBits(name);
  if (!isFine) return { name, classNumber: MediationClass.networkV8, data: joined(...plain), bits };
  const data = joined(...plain, 0, 0, ...unixParts(question, SAME[name] ?? name));
  return { name, classNumber: MediationClass.networkV9, data, bits };
}

function unixParts({ address, peerAddress, peerLabel }: UnixQuestion, word: string): readonly (string | number)[] {
  const own = [...addressParts(address), 0, 0];
  switch (word) {
    case "create":
      return [];
    case "bind":
      // without a name the kernel chooses one: the address is empty
      return [...(address === null ? [] : addressParts(address)), 0, 0];
    case "listen":
      return [...own, ...BACKLOG];
    case "setopt":
    case "getopt":
      return [...own, ...OPTION];
    case "send":
    case "receive":
    case "connect":
    case "accept":
      return [...own, 1, ...addressParts(peerAddress), 0, peerLabel ?? ""];
    default:
      return own;
  }
}

function addressParts(text: string | null | undefined): readonly (string | number)[] {
  return text === null || text === undefined ? [1] : [0, text.slice(1)];
}

function mountLookup(name: string, bits: number, data: Uint8Array): Lookup {
  return { name, classNumber: MediationClass.mount, data, bits };
}

const { REMOUNT, BIND, MOVE, REC, SILENT, UNBINDABLE, PRIVATE, SLAVE, SHARED } = MountFlag;
const PROPAGATION = UNBINDABLE | PRIVATE | SLAVE | SHARED;

/** Which parts count is decided by flags, in this order (kernel-abi 8.10). */
function mountInput({ flags, mountPoint, source = "", fstype = "" }: MountQuestion): Uint8Array {
  if (flags & REMOUNT) return joined(mountPoint, 0, 0, 0, ...flagBytes(flags));
  if (flags & BIND) return joined(mountPoint, 0, source, 0, 0, ...flagBytes(flags & (BIND | REC)));
  if (flags & PROPAGATION) return joined(mountPoint, 0, 0, 0, ...flagBytes(flags & (REC | SILENT | PROPAGATION)));
  if (flags & MOVE) return joined(mountPoint, 0, source, 0, 0, ...flagBytes(MOVE));
  return joined(mountPoint, 0, source, 0, fstype, 0, ...flagBytes(flags));
}

function flagBytes(flags: number): readonly number[] {
  return Array.from({ length: 32 }, (_, bit) => bit)
    .filter((bit) => (flags >>> bit) & 1)
    .map((bit) => bit + 1);
}

function dbusLookup(question: Extract<Question, { readonly kind: "dbus" }>): Lookup {
  const { permission, bus, name, label, path, interface: face, member } = question;
  const message = [name, 0, label, 0, path, 0, face, 0, member];
  const rest = permission === "eavesdrop" ? [] : permission === "bind" ? [0, name] : [0, ...message];
  return {
    name: permission,
    classNumber: MediationClass.dbus,
    data: joined(bus, ...rest),
    bits: dbusBits[permission],
  };
}

/** Without a label a queue is asked about that is about to be made. */
function queueLookup({ type, name: queue, label }: MqueueQuestion, name: string): Lookup {
  const key = Number(queue);
  const head = type === "posix" ? [queue] : [key >>> 24, (key >>> 16) & 255, (key >>> 8) & 255, key & 255];
  const classNumber = type === "posix" ? MediationClass.posixMqueue : MediationClass.sysvMqueue;
  const tail = label === undefined ? [] : [0, label];
  return { name, classNumber, data: joined(...head, ...tail), bits: wordBits(name) };
}

/**
 * What a 7.2 kernel finds in compiled policy: the strings it matches and the bits it asks for (kernel-abi 8), over the
 * automata of one profile. The same questions as `analysis.decide`, another engine.
 */
import type { Question } from "../../src/analysis/monitor/index.ts";
import {
  type CompiledAutomaton,
  type CompiledPermissionEntry,
  type CompiledProfile,
  noPermissions,
  permissionsOf,
  startState,
} from "../../src/compiler/compiled/index.ts";
import { match } from "../../src/analysis/tables/index.ts";
import { encodeBytes } from "../../src/foundation/text/index.ts";
import { familyNumber, socketTypes } from "../../src/language/tables/index.ts";

const FILE_BITS = { r: 4, w: 2, a: 8, c: 0x10, d: 0x20, k: 0x8000, m: 0x10000, x: 1, l: 0x40000 } as const;
const LINK = 0x40000;
const SUBSET = 0x8000;

const SOCKET_BITS: Readonly<Record<string, number>> = {
  send: 2,
  receive: 4,
  create: 0x10,
  shutdown: 0x20,
  connect: 0x40,
  setattr: 0x100,
  getattr: 0x200,
  accept: 0x100000,
  bind: 0x200000,
  listen: 0x400000,
  setopt: 0x1000000,
  getopt: 0x2000000,
};

/** Texts and bytes as one string; a number is a byte. */
function input(...parts: readonly (string | number)[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => (typeof part === "number" ? [part] : [...encodeBytes(part)])));
}

function filePermissions(profile: CompiledProfile, bytes: Uint8Array, owner: boolean): CompiledPermissionEntry {
  return lookUp(profile.file, bytes, "file", owner ? "owner" : "other");
}

function policyPermissions(profile: CompiledProfile, bytes: Uint8Array): CompiledPermissionEntry {
  return lookUp(profile.policydb, bytes, "policydb", "policydb");
}

function lookUp(
  automaton: CompiledAutomaton | undefined,
  bytes: Uint8Array,
  kind: "file" | "policydb",
  view: "owner" | "other" | "policydb",
): CompiledPermissionEntry {
  if (automaton === undefined) return noPermissions;
  const state = match(automaton.dfa, startState(automaton, kind), bytes);
  return state === 0 ? noPermissions : permissionsOf(automaton, state, view);
}

/** The words of a question that the compiled profile grants. */
export function askKernel(profile: CompiledProfile, question: Question): readonly string[] {
  switch (question.kind) {
    case "file": {
      const { allow } = filePermissions(profile, input(question.path), question.owner);
      return question.letters.filter((letter) => (allow & FILE_BITS[letter]) !== 0);
    }
    case "exec":
      return granted(filePermissions(profile, input(question.path), question.owner).allow, 1, "x");
    case "link":
      return linkAllowed(profile, question) ? ["l"] : [];
    case "capability":
      return (profile.capabilities.allow >> BigInt(question.capability)) & 1n ? ["use"] : [];
    case "network":
      return socketWords(question.permissions, () => networkPermissions(profile, question).allow);
    case "unix":
      return socketWords(question.permissions, (word) => policyPermissions(profile, unixInput(question, word)).allow);
    case "signal": {
      const { allow } = policyPermissions(profile, input(0x0a, question.signal, question.peer));
      return granted(allow, question.permission === "send" ? 2 : 4, question.permission);
    }
    case "ptrace": {
      const bits = { trace: 2, read: 4, tracedby: 8, readby: 0x10 };
      const { allow } = policyPermissions(profile, input(0x10, 0x09, question.peer));
      return granted(allow, bits[question.permission], question.permission);
    }
    case "change_profile": {
      const { allow } = filePermissions(profile, input(question.target), true);
      return question.onExec
        ? granted(allow, 0x20000000, "change_onexec")
        : granted(allow, 0x40000000, "change_profile");
    }
    case "mount":
      return granted(policyPermissions(profile, mountInput(question)).allow, 2, "mount");
    case "umount":
      return granted(policyPermissions(profile, input(7, question.mountPoint)).allow, 4, "umount");
    case "pivot_root":
      return granted(
        policyPermissions(profile, input(7, question.newRoot, 0, question.oldRoot)).allow,
        1,
        "pivot_root",
      );
    case "dbus":
      return dbusWords(profile, question);
    case "io_uring": {
      const sqpoll = question.permission === "sqpoll";
      const { allow } = policyPermissions(profile, sqpoll ? input(0x16) : input(0x16, question.label ?? ""));
      return granted(allow, sqpoll ? 0x10 : 8, question.permission);
    }
    case "userns":
      return granted(policyPermissions(profile, input(0x15)).allow, 8, "create");
    case "mqueue":
    case "change_hat":
    case "rlimit":
      throw new Error(`no kernel of ours is asked about ${question.kind}`);
  }
}

/** Where an exec leads: the transition bits of the state. */
export function execIndex(profile: CompiledProfile, question: Extract<Question, { kind: "exec" }>): number {
  return filePermissions(profile, input(question.path), question.owner).xindex;
}

function granted(allow: number, bit: number, word: string): readonly string[] {
  return (allow & bit) === 0 ? [] : [word];
}

function socketWords(words: readonly string[], allowFor: (word: string) => number): readonly string[] {
  return words.filter((word) => (allowFor(word) & (SOCKET_BITS[word] ?? 0)) !== 0);
}

function linkAllowed(profile: CompiledProfile, question: Extract<Question, { kind: "link" }>): boolean {
  const { owner } = question;
  const name = filePermissions(profile, input(question.path), owner);
  if ((name.allow & LINK) === 0) return false;
  const pair = filePermissions(profile, input(question.path, 0, question.target), owner);
  if ((pair.allow & LINK) === 0) return false;
  if ((pair.allow & SUBSET) === 0) return true;
  const target = filePermissions(profile, input(question.target), owner);
  return (name.allow & ~LINK & ~target.allow) === 0;
}

function networkPermissions(
  profile: CompiledProfile,
  question: Extract<Question, { kind: "network" }>,
): CompiledPermissionEntry {
  const family = familyNumber(question.family) ?? 0;
  const type = socketTypes.get(question.type ?? "") ?? 0;
  return policyPermissions(profile, input(0x0f, family >> 8, family & 255, 0, type));
}

function unixInput(question: Extract<Question, { kind: "unix" }>, word: string): Uint8Array {
  const socket = [0x0f, 0, 1, 0, socketTypes.get(question.type ?? "") ?? 0, 0, 0];
  const own = [...socket, ...address(question.address), 0, 0];
  switch (word) {
    case "create":
      return input(...socket);
    case "bind":
      // Without a name the kernel chooses one: the address is empty.
      return input(...socket, ...(question.address === null ? [] : address(question.address)), 0, 0);
    case "listen":
      return input(...own, 2, 0, 5);
    case "setopt":
    case "getopt":
      return input(...own, 4, 0, 9);
    case "send":
    case "receive":
    case "connect":
    case "accept":
      return input(...own, 1, ...address(question.peerAddress), 0, question.peerLabel ?? "");
    default:
      return input(...own);
  }
}

function address(text: string | null | undefined): readonly (string | number)[] {
  return text === null || text === undefined ? [1] : [0, text.slice(1)];
}

const RECURSIVE = 0x4000;
const SILENT = 0x8000;
const PROPAGATION = 0xe0000 | 0x20000;

function mountInput(question: Extract<Question, { kind: "mount" }>): Uint8Array {
  const { flags, mountPoint } = question;
  const source = question.source ?? "";
  if (flags & 0x20) return input(7, mountPoint, 0, 0, 0, ...flagBytes(flags));
  if (flags & 0x1000) return input(7, mountPoint, 0, source, 0, 0, ...flagBytes(flags & (0x1000 | RECURSIVE)));
  if (flags & PROPAGATION) {
    return input(7, mountPoint, 0, 0, 0, ...flagBytes(flags & (RECURSIVE | SILENT | PROPAGATION)));
  }
  if (flags & 0x2000) return input(7, mountPoint, 0, source, 0, 0, ...flagBytes(0x2000));
  return input(7, mountPoint, 0, source, 0, question.fstype ?? "", 0, ...flagBytes(flags));
}

function flagBytes(flags: number): readonly number[] {
  return Array.from({ length: 32 }, (_, bit) => bit)
    .filter((bit) => (flags >>> bit) & 1)
    .map((bit) => bit + 1);
}

function dbusWords(profile: CompiledProfile, question: Extract<Question, { kind: "dbus" }>): readonly string[] {
  const { permission, bus } = question;
  const message = [question.name, 0, question.label, 0, question.path, 0, question.interface, 0, question.member];
  const rest = permission === "eavesdrop" ? [] : permission === "bind" ? [0, question.name] : [0, ...message];
  const bits = { send: 2, receive: 4, eavesdrop: 0x20, bind: 0x40 };
  return granted(policyPermissions(profile, input(0x20, bus, ...rest)).allow, bits[permission], permission);
}

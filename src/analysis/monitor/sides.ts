/**
 * Accesses that have two sides: who sends a signal, traces, connects or sends a message is asked, and so is the other one, about the same thing seen
 * from there (kernel-abi 8.7, 8.11-8.13).
 */
import { decide, type ProfilePath } from "./decide.ts";
import type { Decision } from "./decision.ts";
import type { Question } from "./question.ts";

const ACROSS: Readonly<Record<string, string>> = {
  send: "receive",
  receive: "send",
  connect: "accept",
  accept: "connect",
};

const TRACED = { trace: "tracedby", tracedby: "trace", read: "readby", readby: "read" } as const;

/** Who asks, as the other side sees it. */
interface Asker {
  readonly label: string;
  /** The name it has on the bus; D-Bus only. */
  readonly busName?: string;
}

/**
 * What the other side is asked; `undefined`: nobody else is.
 *
 * @example
 * otherSide({ kind: "signal", permission: "send", signal: 15, peer: "server" }, { label: "client" });
 * // { kind: "signal", permission: "receive", signal: 15, peer: "client" }
 */
export function otherSide(question: Question, { label, busName = "" }: Asker): Question | undefined {
  switch (question.kind) {
    case "signal":
      return { ...question, permission: question.permission === "send" ? "receive" : "send", peer: label };
    case "ptrace":
      return { ...question, permission: TRACED[question.permission], peer: label };
    case "unix": {
      const permissions = question.permissions.flatMap((word) => ACROSS[word] ?? []);
      const { address, peerAddress } = question;
      if (permissions.length === 0) return undefined;
      return { ...question, permissions, address: peerAddress, peerAddress: address, peerLabel: label };
    }
    case "dbus": {
      if (question.permission !== "send" && question.permission !== "receive") return undefined;
      return { ...question, permission: question.permission === "send" ? "receive" : "send", label, name: busName };
    }
    case "file":
    case "exec":
    case "link":
    case "capability":
    case "network":
    case "change_profile":
    case "change_hat":
    case "mount":
    case "umount":
    case "pivot_root":
    case "mqueue":
    case "io_uring":
    case "userns":
    case "rlimit":
      return undefined;
  }
}

/** The two answers to an access with two sides. */
export interface BothSides {
  readonly allowed: boolean;
  readonly own: Decision;
  /** Absent: an unconfined one, or an access with one side. */
  readonly other: Decision | undefined;
}

/** Asks both. `peer`: the other side's profile, absent when it is unconfined. */
export function decideBoth(
  own: ProfilePath,
  peer: ProfilePath | undefined,
  question: Question,
  busName?: string,
): BothSides {
  const label = own.at(-1)?.name ?? "";
  const decision = decide(own, question);
  const mirrored = otherSide(question, busName === undefined ? { label } : { label, busName });
  const other = peer === undefined || mirrored === undefined ? undefined : decide(peer, mirrored);
  return { allowed: decision.allowed && other?.allowed !== false, own: decision, other };
}

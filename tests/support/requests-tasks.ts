/** Requests to other tasks and about oneself: signals, tracing, unix sockets, name spaces, rings, limits and hats. */
import { otherSide, type Question } from "../../src/analysis/monitor/index.ts";
import { signalNumber } from "../../src/language/tables/index.ts";
import type { Random } from "./random.ts";
import type { Check, ProbeRequest } from "./probe-requests.ts";

/** Who waits to be signalled, traced and written to. */
export const PEERS = ["peer-a", "peer-b"];

const SIGNALS = ["hup", "int", "usr1", "usr2", "term", "cont"];
const LIMITS = [
  ["core", 4],
  ["fsize", 1],
  ["nofile", 7],
] as const;

export interface RequestSubject {
  readonly profile: string;
  readonly isComplain: boolean;
  readonly kernel: "6.1" | "6.12" | "7.2";
}

/** Half of the peers let everybody in; the others whom they like. */
export function peerProfiles(random: Random): string {
  const liked = random.pick(["random-*[02468]", "random-*[13579]", "random-[0-9]"]);
  return `profile peer-a {
  signal,
  ptrace,
  unix,
  network unix,
}
profile peer-b {
  signal receive set=(${random.some(SIGNALS).join(" ")}) peer=${liked},
  ptrace (tracedby, readby) peer=${random.pick([liked, "random-*"])},
  ${random.chance(0.5) ? "audit " : ""}unix (create, bind, listen, getattr, getopt, setopt, shutdown),
  unix (accept, send, receive) peer=(label=${liked}),
}
`;
}

/** What both sides are asked. */
function bothChecks(
  operation: string,
  question: Question,
  { profile }: RequestSubject,
  peer: string,
): readonly Check[] {
  const other = otherSide(question, { label: profile });
  return [{ operation, question }, ...(other === undefined ? [] : [{ operation, question: other, of: peer }])];
}

export class TaskRequests {
  readonly #random: Random;
  readonly #uid: number;
  constructor(random: Random, uid: number) {
    this.#random = random;
    this.#uid = uid;
  }

  #signal(subject: RequestSubject): ProbeRequest {
    const name = this.#random.pick(SIGNALS);
    const peer = this.#random.pick(PEERS);
    const question: Question = { kind: "signal", permission: "send", signal: signalNumber(name) ?? 0, peer };
    const args = [name.toUpperCase(), `{pid:${peer}}`];
    return { operation: "signal", args, checks: bothChecks("signal", question, subject, peer) };
  }

  #trace(subject: RequestSubject): ProbeRequest {
    const peer = this.#random.pick(PEERS);
    const question: Question = { kind: "ptrace", permission: "trace", peer };
    return { operation: "trace", args: [`{pid:${peer}}`], checks: bothChecks("ptrace", question, subject, peer) };
  }

  #unix(subject: RequestSubject): ProbeRequest {
    const peer = this.#random.pick(PEERS);
    const type = this.#random.pick(["stream", "dgram"] as const);
    const peerAddress = `@${peer}-${type}-${this.#uid}`;
    const isStream = type === "stream";
    const args = [peerAddress.slice(1), isStream ? "1" : "2"];
    const operation = isStream ? "connect" : "sendmsg";
    const word = isStream ? "connect" : "send";
    if (subject.kernel !== "7.2") {
      const asked = (permission: string): Question => ({
        kind: "network",
        family: "unix",
        type,
        permissions: [permission],
      });
      const checks = [
        { operation: "create", question: asked("create") },
        { operation, question: asked(word) },
      ];
      return { operation: isStream ? "connect" : "send", args, checks };
    }
    const socket = { kind: "unix", type, address: null, peerAddress: undefined, peerLabel: undefined } as const;
    const permissions = isStream ? ["connect", "send", "receive"] : ["send"];
    const question: Question = { ...socket, permissions, peerAddress, peerLabel: peer };
    const created: Check = { operation: "create", question: { ...socket, permissions: ["create"] } };
    return {
      operation: isStream ? "connect" : "send",
      args,
      checks: [created, ...bothChecks(operation, question, subject, peer)],
    };
  }

  #own(subject: RequestSubject): ProbeRequest {
    const { kernel, isComplain } = subject;
    const kind = this.#random.below(4);
    if (kind === 0 && kernel !== "6.1")
      return { operation: "userns", args: [], checks: [{ operation: "userns_create", question: { kind: "userns" } }] };
    if (kind === 1 && kernel !== "6.1") {
      const question: Question = { kind: "io_uring", permission: "sqpoll", label: undefined };
      return { operation: "uring", args: [], checks: [{ operation: "uring_sqpoll", question }] };
    }
    // KERNEL 6.12: a hat that is missing hangs a task in complain mode (kernel-abi D4)
    if (kind === 2 && !isComplain) {
      const hat = this.#random.pick(["hat-a", "hat-b", "kid"]);
      const question: Question = { kind: "change_hat", hat };
      return { operation: "hat", args: [hat], checks: [{ operation: "change_hat", question }] };
    }
    const [, resource] = this.#random.pick(LIMITS);
    const value = this.#random.pick([10, 64, 65, 499, 500, 1999, 2000, 2001, 3000]);
    const question: Question = { kind: "rlimit", resource, value: BigInt(value) };
    return {
      operation: "limit",
      args: [String(resource), String(value)],
      checks: [{ operation: "setrlimit", question }],
    };
  }

  next(subject: RequestSubject): ProbeRequest {
    const kind = this.#random.below(5);
    if (kind === 0) return this.#signal(subject);
    if (kind === 1) return this.#trace(subject);
    return kind === 2 ? this.#unix(subject) : this.#own(subject);
  }
}

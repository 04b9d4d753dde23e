/**
 * A refused capability, signal, trace, namespace, ring, limit or change of profile asks for the rule that names it; signals and traces need
 * one on both sides (audit-events 2.8, 8).
 */
import { type PtraceQuestion, type SignalQuestion } from "../../../analysis/monitor/index.ts";
import { type RuleDraft, literalPattern } from "../../../language/edit/index.ts";
import { type Rlimit, rlimitByName, signalNumber } from "../../../language/tables/index.ts";
import { type AuditEvent, bytesText } from "../../audit/index.ts";
import { type Reading, advice, rule, skip } from "./reading.ts";

export function readCapabilityEvent(event: AuditEvent): Reading {
  const { capability, capabilityNumber } = event;
  if (capability === undefined || capabilityNumber === undefined) return skip("incomplete");
  return rule({ kind: "capability", names: [capability] }, { kind: "capability", capability: capabilityNumber });
}

function words(event: AuditEvent): readonly string[] {
  return event.denied ?? event.requested ?? [];
}

function isSignalSide(word: string): word is SignalQuestion["permission"] {
  return word === "send" || word === "receive";
}

export function readSignalEvent(event: AuditEvent): Reading {
  const peer = bytesText(event, "peer");
  const name = event.signal;
  const number = name === undefined ? undefined : signalNumber(name);
  const sides = words(event).filter(isSignalSide);
  if (peer === undefined || name === undefined || sides.length === 0) return skip("incomplete");
  if (number === undefined) return skip("no-rule-helps");
  return rule(
    { kind: "signal", permissions: sides, signals: [name], peer: literalPattern(peer) },
    ...sides.map((permission) => ({ kind: "signal" as const, permission, signal: number, peer })),
  );
}

const PTRACE: ReadonlySet<string> = new Set(["trace", "read", "tracedby", "readby"]);

function isPtraceSide(word: string): word is PtraceQuestion["permission"] {
  return PTRACE.has(word);
}

export function readPtraceEvent(event: AuditEvent): Reading {
  const peer = bytesText(event, "peer");
  const sides = words(event).filter(isPtraceSide);
  if (peer === undefined || sides.length === 0) return skip("incomplete");
  return rule(
    { kind: "ptrace", permissions: sides, peer: literalPattern(peer) },
    ...sides.map((permission) => ({ kind: "ptrace" as const, permission, peer })),
  );
}

export function readUsernsEvent(): Reading {
  return rule({ kind: "userns" }, { kind: "userns" });
}

export function readIoUringEvent(event: AuditEvent): Reading {
  const label = bytesText(event, "peer");
  if (words(event).includes("sqpoll")) {
    return rule(
      { kind: "io_uring", permissions: ["sqpoll"] },
      { kind: "io_uring", permission: "sqpoll", label: undefined },
    );
  }
  if (label === undefined) return skip("incomplete");
  return rule(
    { kind: "io_uring", permissions: ["override_creds"], label: literalPattern(label) },
    { kind: "io_uring", permission: "override_creds", label },
  );
}

export function readRlimitEvent(event: AuditEvent): Reading {
  if (event.info === "cap_sys_resource") {
    return rule({ kind: "capability", names: ["sys_resource"] }, { kind: "capability", capability: 24 });
  }
  const limit = rlimitByName(event.rlimit ?? "");
  if (limit === undefined || !/^\d{1,20}$/.test(String(event.value ?? ""))) return skip("incomplete");
  const value = BigInt(event.value ?? 0);
  return rule(limitDraft(limit, value), { kind: "rlimit", resource: limit.number, value });
}

const LARGEST_NUMBER = 2n ** 63n - 1n;
const LARGEST_NICE = 39n;

/** The limit as the language writes it: nice is a priority, and what no number reaches is infinity. */
function limitDraft(limit: Rlimit, value: bigint): RuleDraft {
  const nice = limit.unit === "nice";
  if (value > (nice ? LARGEST_NICE : LARGEST_NUMBER)) return { kind: "rlimit", name: limit.name, value: "infinity" };
  const unit = limit.unit === "seconds" ? "s" : limit.unit === "microseconds" ? "us" : undefined;
  return { kind: "rlimit", name: limit.name, value: String(nice ? value - 20n : value), unit };
}

export function readChangeProfileEvent(event: AuditEvent): Reading {
  const name = bytesText(event, "name");
  if (event.info?.includes("label not found") === true) {
    return advice(`the profile ${JSON.stringify(name ?? "")} that is asked for is not loaded`);
  }
  if (name === undefined) return skip("incomplete");
  const onExec = event.operation === "change_onexec";
  return rule(
    { kind: "change_profile", target: literalPattern(name) },
    { kind: "change_profile", target: name, onExec },
  );
}

export function readStackEvent(event: AuditEvent): Reading {
  const name = bytesText(event, "name");
  if (name === undefined) return skip("incomplete");
  if (event.info?.includes("label not found") === true) return readChangeProfileEvent(event);
  const target = `&${name}`;
  const onExec = event.operation === "stack_onexec";
  return rule({ kind: "change_profile", target: literalPattern(target) }, { kind: "change_profile", target, onExec });
}

export function readHatEvent(event: AuditEvent): Reading {
  if (event.profile === "unconfined") return skip("unconfined");
  if (event.info?.includes("token") === true)
    return advice("the program left its hat with the wrong token and was killed");
  const hat = bytesText(event, "name");
  if (hat === undefined) return advice("the program asked for hats that the profile does not have");
  return { kind: "hat", hat };
}

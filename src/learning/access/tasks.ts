/**
 * A refused capability, signal, trace, namespace, ring, limit or change of profile asks for the rule that names it; signals and traces need
 * one on both sides (audit-events 2.8, 8).
 */
import { type RuleDraft, isPlainName, literalPattern } from "../../language/edit/index.ts";
import { type Rlimit, rlimitByName } from "../../language/tables/index.ts";
import { type AuditEvent, bytesText } from "../audit/index.ts";
import { type Reading, advice, rule, skip } from "./reading.ts";
import { capabilityOf, nameOf, signalOf, wordsOf } from "./values.ts";

export function readCapabilityEvent(event: AuditEvent): Reading {
  const capability = capabilityOf(event);
  if (!capability.ok) return capability.error;
  const { name, number } = capability.value;
  return rule({ kind: "capability", names: [name] }, { kind: "capability", capability: number });
}

export function readSignalEvent(event: AuditEvent): Reading {
  const peer = nameOf(event, "peer");
  if (!peer.ok) return peer.error;
  const signal = signalOf(event);
  if (!signal.ok) return signal.error;
  const sides = wordsOf(event, "signal");
  if (!sides.ok) return sides.error;
  const { name, number } = signal.value;
  return rule(
    { kind: "signal", permissions: sides.value, signals: [name], peer: literalPattern(peer.value) },
    ...sides.value.map((permission) => ({ kind: "signal", permission, signal: number, peer: peer.value }) as const),
  );
}

export function readPtraceEvent(event: AuditEvent): Reading {
  const peer = nameOf(event, "peer");
  if (!peer.ok) return peer.error;
  const sides = wordsOf(event, "ptrace");
  if (!sides.ok) return sides.error;
  return rule(
    { kind: "ptrace", permissions: sides.value, peer: literalPattern(peer.value) },
    ...sides.value.map((permission) => ({ kind: "ptrace", permission, peer: peer.value }) as const),
  );
}

export function readUsernsEvent(): Reading {
  return rule({ kind: "userns" }, { kind: "userns" });
}

export function readIoUringEvent(event: AuditEvent): Reading {
  const words = wordsOf(event, "io_uring");
  if (!words.ok) return words.error;
  if (words.value.includes("sqpoll")) {
    return rule(
      { kind: "io_uring", permissions: ["sqpoll"] },
      { kind: "io_uring", permission: "sqpoll", label: undefined },
    );
  }
  const label = nameOf(event, "peer");
  if (!label.ok) return label.error;
  return rule(
    { kind: "io_uring", permissions: ["override_creds"], label: literalPattern(label.value) },
    { kind: "io_uring", permission: "override_creds", label: label.value },
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
  return { kind: "rlimit", name: limit.name, value: `${nice ? value - 20n : value}`, unit };
}

export function readChangeProfileEvent(event: AuditEvent): Reading {
  const name = bytesText(event, "name");
  if (event.info?.includes("label not found") === true) {
    return advice(`the profile ${JSON.stringify(name ?? "")} that is asked for is not loaded`);
  }
  const target = nameOf(event, "name");
  if (!target.ok) return target.error;
  const onExec = event.operation === "change_onexec";
  return rule(
    { kind: "change_profile", target: literalPattern(target.value) },
    { kind: "change_profile", target: target.value, onExec },
  );
}

export function readStackEvent(event: AuditEvent): Reading {
  const name = nameOf(event, "name");
  if (!name.ok) return name.error;
  if (event.info?.includes("label not found") === true) return readChangeProfileEvent(event);
  const target = `&${name.value}`;
  const onExec = event.operation === "stack_onexec";
  return rule({ kind: "change_profile", target: literalPattern(target) }, { kind: "change_profile", target, onExec });
}

export function readHatEvent(event: AuditEvent): Reading {
  if (event.profile === "unconfined") return skip("unconfined");
  if (event.info?.includes("token") === true)
    return advice("the program left its hat with the wrong token and was killed");
  const hat = bytesText(event, "name");
  if (hat === undefined) return advice("the program asked for hats that the profile does not have");
  return isPlainName(hat) ? { kind: "hat", hat } : skip("unnamable");
}

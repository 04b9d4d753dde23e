/** A refused capability, signal, trace, namespace, ring, limit or change of profile is what it names (audit-events 2.8, 8). */
import { rlimitByName } from "../../language/tables/index.ts";
import { type AuditEvent, bytesText } from "../audit/index.ts";
import { type Reading, advice, skip } from "./reading.ts";
import { capabilityOf, nameOf, signalOf, wordsOf } from "./values.ts";

export function readCapabilityEvent(event: AuditEvent): Reading {
  const capability = capabilityOf(event);
  return capability.ok ? { kind: "capability", ...capability.value } : capability.error;
}

export function readSignalEvent(event: AuditEvent): Reading {
  const peer = nameOf(event, "peer");
  if (!peer.ok) return peer.error;
  const signal = signalOf(event);
  if (!signal.ok) return signal.error;
  const sides = wordsOf(event, "signal");
  if (!sides.ok) return sides.error;
  const { name, number } = signal.value;
  return { kind: "signal", permissions: sides.value, signal: name, number, peer: peer.value };
}

export function readPtraceEvent(event: AuditEvent): Reading {
  const peer = nameOf(event, "peer");
  if (!peer.ok) return peer.error;
  const sides = wordsOf(event, "ptrace");
  return sides.ok ? { kind: "ptrace", permissions: sides.value, peer: peer.value } : sides.error;
}

export function readUsernsEvent(): Reading {
  return { kind: "userns" };
}

export function readIoUringEvent(event: AuditEvent): Reading {
  // only override_creds has a label: that of the credentials (compile-semantics 3.15)
  const words = wordsOf(event, "io_uring");
  if (!words.ok) return words.error;
  if (words.value.includes("sqpoll")) return { kind: "io_uring", permission: "sqpoll" };
  const label = nameOf(event, "peer");
  return label.ok ? { kind: "io_uring", permission: "override_creds", label: label.value } : label.error;
}

export function readRlimitEvent(event: AuditEvent): Reading {
  // a limit of another task: what was missing is the capability, and no rlimit rule helps (audit-events 2.8)
  if (event.info === "cap_sys_resource") return { kind: "capability", name: "sys_resource", number: 24 };
  const limit = rlimitByName(event.rlimit ?? "");
  if (limit === undefined || !/^\d{1,20}$/.test(String(event.value ?? ""))) return skip("incomplete");
  return { kind: "rlimit", limit, value: BigInt(event.value ?? 0) };
}

/** The profile that was asked for is the name, or, of some kernels and for some reasons, the target alone. */
function askedProfile(event: AuditEvent): ReturnType<typeof nameOf> {
  return nameOf(event, event.name === undefined ? "target" : "name");
}

export function readChangeProfileEvent(event: AuditEvent): Reading {
  const target = askedProfile(event);
  if (event.info?.includes("label not found") === true) {
    return advice(`the profile ${JSON.stringify(target.ok ? target.value : "")} that was asked for is not loaded`);
  }
  if (!target.ok) return target.error;
  // the program to be executed is not known yet, so the rule is without it (audit-events 8)
  return { kind: "change_profile", target: target.value, onExec: event.operation === "change_onexec" };
}

export function readStackEvent(event: AuditEvent): Reading {
  const name = askedProfile(event);
  if (!name.ok) return name.error;
  if (event.info?.includes("label not found") === true) return readChangeProfileEvent(event);
  return { kind: "change_profile", target: `&${name.value}`, onExec: event.operation === "stack_onexec" };
}

export function readHatEvent(event: AuditEvent): Reading {
  if (event.profile === "unconfined") return skip("unconfined");
  if (event.info?.includes("token") === true)
    return advice("the program left its hat with the wrong token and was killed");
  const hat = bytesText(event, "name");
  if (hat === undefined) return advice("the program asked for hats that the profile does not have");
  return { kind: "hat", hat };
}

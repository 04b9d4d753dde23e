/**
 * A capability, signal, trace, namespace, ring, limit or change of profile needs the rule that names it; signals and traces need one on
 * both sides (audit-events 2.8, 8).
 */
import { type RuleDraft, isPlainName, literalPattern } from "../../../language/edit/index.ts";
import type { Rlimit } from "../../../language/tables/index.ts";
import type {
  CapabilityAccess,
  ChangeProfileAccess,
  HatAccess,
  IoUringAccess,
  PtraceAccess,
  RlimitAccess,
  SignalAccess,
} from "../../access/index.ts";
import { type AccessNeed, type NeededRule, rule } from "./need.ts";

export function capabilityNeed({ name, number }: CapabilityAccess): NeededRule {
  return rule({ kind: "capability", names: [name] }, { kind: "capability", capability: number });
}

export function signalNeed({ permissions, signal, number, peer }: SignalAccess): NeededRule {
  return rule(
    { kind: "signal", permissions, signals: [signal], peer: literalPattern(peer) },
    ...permissions.map((permission) => ({ kind: "signal", permission, signal: number, peer }) as const),
  );
}

export function ptraceNeed({ permissions, peer }: PtraceAccess): NeededRule {
  return rule(
    { kind: "ptrace", permissions, peer: literalPattern(peer) },
    ...permissions.map((permission) => ({ kind: "ptrace", permission, peer }) as const),
  );
}

export function usernsNeed(): NeededRule {
  return rule({ kind: "userns" }, { kind: "userns" });
}

export function ioUringNeed(access: IoUringAccess): NeededRule {
  const { permission } = access;
  const label = permission === "sqpoll" ? undefined : access.label;
  return rule(
    { kind: "io_uring", permissions: [permission], ...(label !== undefined && { label: literalPattern(label) }) },
    { kind: "io_uring", permission, label },
  );
}

export function rlimitNeed({ limit, value }: RlimitAccess): NeededRule {
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

export function changeProfileNeed(access: ChangeProfileAccess): NeededRule {
  return rule({ kind: "change_profile", target: literalPattern(access.target) }, access);
}

export function hatNeed({ hat }: HatAccess): AccessNeed {
  return isPlainName(hat) ? { kind: "hat", hat } : { kind: "skip", reason: "unnamable" };
}

/**
 * Capabilities are sets; signals and ptrace go by the other side's label, first as a whole and then part by part; user namespaces and
 * io_uring by permission; limits by their last rule (compile-semantics 3.6, 3.11, 3.12, 3.15-3.17; kernel-abi 8.4, 8.11-8.17).
 */
import type { KernelGeneration } from "../../../compiler/policydb/index.ts";
import type { Operand, Profile, Rule } from "../../../language/model/index.ts";
import { type Decision, type NamedVerdict, decisionOf, plainDecision } from "../decision.ts";
import { labelComponents } from "../../../language/tables/index.ts";
import { fit, fits, labelSubject, subject } from "../match.ts";
import type {
  CapabilityQuestion,
  IoUringQuestion,
  PtraceQuestion,
  RlimitQuestion,
  SignalQuestion,
  UsernsQuestion,
} from "../question.ts";
import { type Claim, claim, weigh } from "../weigh.ts";

/** Capability rules know neither priority nor prompt: deny wins, whatever else is written. */
export function decideCapability(profile: Profile, question: CapabilityQuestion): Decision {
  const claims = profile.rules.flatMap((rule): readonly Claim[] => {
    if (rule.kind !== "capability" && rule.kind !== "all") return [];
    const names = rule.kind === "all" ? [] : rule.capabilities;
    if (names.length > 0 && !names.includes(question.capability)) return [];
    return [claim(rule, 1, { priority: 0, mode: rule.mode === "deny" ? "deny" : "allow" })];
  });
  return decisionOf([{ ...weigh(claims, 1), name: "use" }]);
}

export function decideSignal(profile: Profile, question: SignalQuestion, kernel: KernelGeneration): Decision {
  return byLabel(question, kernel, (peer) =>
    profile.rules.flatMap((rule): readonly Claim[] => {
      if (rule.kind === "all") return [claim(rule, 1)];
      if (rule.kind !== "signal" || !lists(rule.permissions, question.permission)) return [];
      if (rule.signals !== undefined && !rule.signals.includes(question.signal)) return [];
      return labelFits(rule.peer, peer) ? [claim(rule, 1)] : [];
    }),
  );
}

export function decidePtrace(profile: Profile, question: PtraceQuestion, kernel: KernelGeneration): Decision {
  return byLabel(question, kernel, (peer) =>
    profile.rules.flatMap((rule): readonly Claim[] => {
      if (rule.kind === "all") return [claim(rule, 1)];
      if (rule.kind !== "ptrace" || !lists(rule.permissions, question.permission)) return [];
      return labelFits(rule.peer, peer) ? [claim(rule, 1)] : [];
    }),
  );
}

/** The label as a whole first; if that is not enough, every component must be allowed, which 6.1 does not ask (kernel-abi 8.11). */
function byLabel(
  { peer, permission: name }: SignalQuestion | PtraceQuestion,
  kernel: KernelGeneration,
  claimsFor: (label: string) => readonly Claim[],
): Decision {
  const whole: NamedVerdict = { ...weigh(claimsFor(peer), 1), name };
  const parts = kernel === "6.1" ? [] : labelComponents(peer);
  if (whole.outcome === "allow" || parts.length < 2) return decisionOf([whole]);
  const verdicts = parts.map((part): NamedVerdict => ({ ...weigh(claimsFor(part), 1), name }));
  return decisionOf([verdicts.find((verdict) => verdict.outcome !== "allow") ?? verdicts[0] ?? whole]);
}

function lists<T extends string>(permissions: readonly T[] | undefined, wanted: T): boolean {
  return permissions === undefined || permissions.includes(wanted);
}

/** A label pattern that is not written matches any label that is not empty. */
export function labelFits(operand: Operand | undefined, label: string): boolean {
  return operand === undefined ? label !== "" : fit(operand.text, "text", labelSubject(label)) !== "no";
}

export function decideUserns(profile: Profile, _question: UsernsQuestion): Decision {
  const claims = profile.rules.filter(isUserns).map((rule) => claim(rule, 1));
  return decisionOf([{ ...weigh(claims, 1), name: "create" }]);
}

function isUserns(rule: Rule): boolean {
  return rule.kind === "userns" || rule.kind === "all";
}

/** `override_creds` of any io_uring rule holds for every label: the compiler writes it without the label, too. */
export function decideIoUring(profile: Profile, question: IoUringQuestion): Decision {
  const label = subject(question.label ?? "");
  const claims = profile.rules.flatMap((rule): readonly Claim[] => {
    if (rule.kind === "all") return [claim(rule, 1)];
    if (rule.kind !== "io_uring" || !lists(rule.permissions, question.permission)) return [];
    return question.permission === "sqpoll" || fits(rule.label, "text", label) ? [claim(rule, 1)] : [];
  });
  return decisionOf([{ ...weigh(claims, 1), name: question.permission }]);
}

/** The last rule for a limit counts; without one the profile does not care. */
export function decideRlimit(profile: Profile, question: RlimitQuestion): Decision {
  const rule = profile.rules.findLast((item) => item.kind === "rlimit" && item.resource === question.resource);
  const above = rule?.kind === "rlimit" && question.value > rule.value;
  const decision = plainDecision("set", !above);
  if (rule === undefined) return decision;
  return above ? { ...decision, denied: ["set"], deniedBy: [rule] } : { ...decision, allowedBy: [rule] };
}

/**
 * A ptrace rule allows one side of a trace by the label of the other side; a label that is not written is any (compile-semantics 3.12,
 * kernel-abi 8.12). The first byte is there when the kernel asks by label:
 *
 *     (\x10|) \x09 label     trace, read, tracedby, readby
 */
import type { PtraceRule } from "../../../language/model/index.ts";
import { MediationClass, ptraceBits } from "../../compiled/index.ts";
import { emitPolicydb, mergeKey, mergePermissions, operandOr, prefixOf, type RuleContext } from "../context.ts";
import { bytes, optional, sequence, someText } from "../pattern.ts";

const ALL = 0x1e;

export function compilePtraceRules(rules: readonly PtraceRule[], context: RuleContext): void {
  if (!context.target.ptrace) {
    const message = "ptrace rules are not enforced";
    for (const rule of rules) context.report("compile/ptrace-not-enforced", rule.origin, message);
    return;
  }
  for (const [key, rule] of mergePermissions(rules, (one) => mergeKey(one, one.peer))) {
    context.shared(`ptrace ${key} ${String(rule.permissions)}`, rule.origin, (shared) =>
      compilePtraceRule(rule, shared),
    );
  }
}

function compilePtraceRule(rule: PtraceRule, context: RuleContext): void {
  const peer = operandOr(context, rule.peer, "plain", { missing: someText, origin: rule.origin });
  if (peer === undefined) return;
  const permissions = rule.permissions?.reduce((bits, name) => bits | ptraceBits[name], 0) ?? ALL;
  const pattern = sequence(optional(bytes(MediationClass.label)), bytes(MediationClass.ptrace), peer);
  emitPolicydb(context, prefixOf(rule), pattern, permissions);
}

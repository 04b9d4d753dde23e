/**
 * An exec condition starts with `/` or `@{`, and `safe` or `unsafe` need one; priority, `audit` and `prompt` mean nothing (policy-language
 * 2.5).
 */
import { sentence } from "../../../foundation/diagnostics/index.ts";
import type { ChangeProfileRule, RuleQualifiers } from "../../model/index.ts";
import type { ChangeProfileRuleNode } from "../../syntax/index.ts";
import { optionalOperand, qualifiersOf, type QualifierUse, reportAt, type RuleContext } from "./context.ts";

const use: QualifierUse = { name: "change_profile", priority: "ignored", owner: "forbidden", prompt: "ignored" };

export function checkChangeProfile(node: ChangeProfileRuleNode, context: RuleContext): ChangeProfileRule {
  const qualifiers = qualifiersOf(node, use, context);
  const { exec, safety, target } = node;
  if (exec !== undefined && !/^(?:\/|@\{)/.test(exec.value)) {
    const message = sentence`the exec condition ${{ value: exec.value }} does not start with \`/\``;
    reportAt(context, "resolve/change-profile-exec", exec.span, message);
  }
  if (safety !== undefined && exec === undefined) {
    const message = sentence`${{ qualifier: safety }} needs an exec condition`;
    reportAt(context, "resolve/change-profile-safety", node.span, message);
  }
  checkAudit({ ...qualifiers, origin: { span: node.prefix.span, includes: context.includes } }, context);
  const operands = { exec: optionalOperand(exec), target: optionalOperand(target), safety };
  // ORACLE 5.0.2: `allow` and `prompt` count when a block says them, and not on the rule itself.
  const mode = qualifiers.mode === "deny" ? "deny" : "implicit";
  return { kind: "change_profile", ...qualifiers, mode, ...operands, owner: "any" };
}

/** Kernels neither log what is allowed here nor keep silent about what is denied. */
export function checkAudit({ audit, mode, origin }: RuleQualifiers, context: RuleContext): void {
  if (audit === (mode === "deny")) return;
  const message = audit
    ? "`audit` has no effect on change_profile rules"
    : "what this rule denies is logged all the same";
  context.report("resolve/change-profile-audit", origin, message);
}

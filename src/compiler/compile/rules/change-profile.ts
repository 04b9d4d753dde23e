/**
 * A change_profile rule allows a task to ask for the target, on its own or for the next exec of a path (compile-semantics 3.3); priority
 * has no effect on it in 5.0.2 (compile-semantics D17). In the file automaton:
 *
 *     target                 change_profile, onexec
 *     path                   onexec                     path: the exec condition, else any
 *     path \0 target         onexec                     and, when the condition is written, x with its exec type
 */
import type { GlobNode } from "../../../language/globs/index.ts";
import type { ChangeProfileRule, Operand } from "../../../language/model/index.ts";
import type { RuleContext } from "../context.ts";
import { maskHalves } from "./file.ts";
import { anyPath, anyText, nul, sequence } from "../pattern.ts";
import { bothHalves, CHANGE_PROFILE, ONEXEC, X } from "../../compiled/index.ts";

export function compileChangeProfileRules(rules: readonly ChangeProfileRule[], context: RuleContext): void {
  for (const rule of rules) {
    warnAbout(rule, context);
    const { origin } = rule;
    const target = rule.target === undefined ? anyText : targetPattern(rule.target, rule, context);
    const path = rule.exec === undefined ? anyPath : context.operand(rule.exec, "plain", origin);
    if (target === undefined || path === undefined) continue;
    const mode = rule.mode === "implicit" ? "allow" : rule.mode;
    const shared = { table: "file", priority: 0, mode, audit: 0, origin } as const;
    context.emit({ ...shared, pattern: target, permissions: CHANGE_PROFILE | ONEXEC });
    context.emit({ ...shared, pattern: path, permissions: ONEXEC });
    const onexec = sequence(path, nul, target);
    const exec = safetyOf(rule, context);
    context.emit({ ...shared, pattern: onexec, permissions: ONEXEC | changeExecBits(rule), exec });
  }
}

/** The packed bits of the exec condition. */
export function changeExecBits({ exec, owner }: Pick<ChangeProfileRule, "exec" | "owner">): number {
  return exec === undefined ? 0 : maskHalves(bothHalves(X), owner);
}

/** The exec type on the pair: only whether the environment is scrubbed. */
export function safetyOf(rule: ChangeProfileRule, context: Pick<RuleContext, "execTypes" | "target">): number {
  const unsafe = rule.safety === "unsafe";
  return context.execTypes.intern({ unsafe, inherit: false, unconfined: false, target: "none", name: "" });
}

function warnAbout(rule: ChangeProfileRule, context: RuleContext): void {
  const at = rule.origin;
  if (rule.audit) {
    const message = "change_profile cannot be audited by the kernel, the `audit` is ignored";
    context.report("compile/audit-ignored", at, message);
  }
  if (rule.mode === "prompt") {
    const message = "kernels do not ask about changes of profile: this rule allows none";
    context.report("compile/prompt-not-supported", at, message);
  }
  if (rule.safety === "safe" && !context.target.stack) {
    const message = "a safe change_profile needs stacking support, the rule becomes unsafe";
    context.report("compile/change-profile-unsafe", at, message);
  }
}

/** The target as the kernel matches it. Without stacking a namespace is a part of its own and `&` cannot be said. */
function targetPattern(target: Operand, rule: ChangeProfileRule, context: RuleContext): GlobNode | undefined {
  const { text } = target;
  if (context.target.stack || !/^[:&]/.test(text)) return context.operand(target, "plain", rule.origin);
  if (text.startsWith("&")) {
    const message = `the target \`${text}\` stacks profiles, which the kernel or the ABI does not support`;
    context.report("compile/stacking-unsupported", rule.origin, message);
    return undefined;
  }
  const colon = text.indexOf(":", 1);
  const name = text.slice(colon + 1).replace(/^\/\//, "");
  const namespace = context.operand({ ...target, text: text.slice(1, colon) }, "plain", rule.origin);
  const profile = context.operand({ ...target, text: name }, "plain", rule.origin);
  return namespace && profile && sequence(namespace, nul, profile);
}

/**
 * Rules that 5.0.2 merges because they agree in everything but permissions must agree about exec, even where a deny or a
 * priority would decide between them (compile-semantics 1.5, 4.5). Merging itself changes no decision, so only that is checked.
 */
import { sentence } from "../../foundation/diagnostics/index.ts";
import type { ChangeProfileRule, FileRule, Rule } from "../../language/model/index.ts";
import type { RuleContext } from "./context.ts";
import { execTypeOf, fileBits } from "./rules/file.ts";
import { changeExecBits, safetyOf } from "./rules/change-profile.ts";
import { OTHER_SHIFT, X } from "../compiled/index.ts";

interface Claim {
  readonly rule: FileRule | ChangeProfileRule;
  readonly exec: number;
}

/** Reports rules for one path that name different exec transitions. */
export function checkMergedExec(rules: readonly Rule[], context: RuleContext): void {
  const claims = new Map<string, Claim>();
  for (const rule of rules) {
    if (rule.kind === "file" && rule.exec !== undefined) {
      const exec = context.execTypes.intern(execTypeOf(rule, context));
      for (const half of [0, 1]) {
        if (((fileBits(rule) >>> (half * OTHER_SHIFT)) & X) !== 0) claim({ rule, exec }, `${half} ${fileKey(rule)}`);
      }
    } else if (rule.kind === "change_profile") {
      const exec = safetyOf(rule, context);
      for (const half of [0, 1]) {
        const isAsked = ((changeExecBits(rule) >>> (half * OTHER_SHIFT)) & X) !== 0;
        if (isAsked) claim({ rule, exec }, `${half} ${changeKey(rule)}`);
      }
    }
  }

  function claim(next: Claim, key: string): void {
    const before = claims.get(key);
    if (before === undefined) claims.set(key, next);
    else if (before.exec !== next.exec) reportConflict(before.rule, next.rule, context);
  }
}

function fileKey(rule: FileRule): string {
  const { path, linkTarget, subset, mode, audit, priority } = rule;
  return JSON.stringify([path.text, linkTarget?.text, subset, mode, audit, priority]);
}

function changeKey(rule: ChangeProfileRule): string {
  return JSON.stringify(["change_profile", rule.exec?.text, rule.target?.text, rule.mode, rule.audit, rule.priority]);
}

function reportConflict(first: Claim["rule"], second: Claim["rule"], context: RuleContext): void {
  const path = second.kind === "file" ? second.path.text : (second.exec?.text ?? "");
  context.report(
    "compile/exec-merge-conflict",
    second.origin,
    sentence`two rules for ${{ path }} name different exec transitions`,
    { label: "wants another transition", also: [{ span: first.origin.span, message: "than this rule" }] },
  );
}

/**
 * A file rule grants letters on the paths its pattern matches, to the owner and to others in a half of the bits each; x carries an exec
 * type, l speaks of a pair of names (compile-semantics 3.2, 3.5, 5). In the file automaton:
 *
 *     path                   the bits of the letters; of a deny rule without l
 *     path \0 target         l, when it is among the letters; target: what is written after `->`, else any path, with the subset test
 */
import { sentence } from "../../../foundation/diagnostics/index.ts";
import { FilePermission, type FileRule, type Origin, type OwnerMask } from "../../../language/model/index.ts";
import { prefixOf, type RuleContext } from "../context.ts";
import { BARE_EXEC } from "../exec-types.ts";
import { type ExecType } from "../../compiled/index.ts";
import { anyLinkTarget, nul, sequence } from "../pattern.ts";
import { BOTH_LINK, bothHalves, HALF, LINK, OTHER_SHIFT, SUBSET } from "../../compiled/index.ts";

export function compileFileRules(rules: readonly FileRule[], context: RuleContext): void {
  for (const rule of rules) compileFileRule(rule, context);
}

function compileFileRule(rule: FileRule, context: RuleContext): void {
  const { priority, mode, origin, audited } = prefixOf(rule);
  const bits = fileBits(rule);
  const path = context.operand(rule.path, "path", origin);
  if (path === undefined) return;
  const exec = rule.exec === undefined ? BARE_EXEC : context.execTypes.intern(execTypeOf(rule, context));
  // A link rule may still pair the path with other targets, so its first half is never denied.
  const first = mode === "deny" ? bits & ~BOTH_LINK : bits;
  // ORACLE 5.0.2: a rule that is left for nobody allows nothing, but the profile has file rules (a kernel then lets stat through).
  if (first !== 0 || mode !== "deny") {
    const audit = audited(first);
    context.emit({ table: "file", pattern: path, priority, mode, permissions: first, audit, exec, origin });
  }
  const link = bits & BOTH_LINK;
  if (link === 0) return;
  const target = rule.linkTarget === undefined ? anyLinkTarget : context.operand(rule.linkTarget, "path", origin);
  if (target === undefined) return;
  const tested = rule.linkTarget === undefined || rule.subset;
  const permissions = tested ? withSubset(link) : link;
  const pattern = sequence(path, nul, target);
  const audit = audited(link);
  context.emit({ table: "file", pattern, priority, mode, permissions, audit, exec: BARE_EXEC, origin });
}

/** ORACLE 5.0.2: the subset test is asked for in the owner half only (compile-semantics D8). */
export function withSubset(link: number): number {
  return (link & LINK) === 0 ? link : link | SUBSET;
}

/** The halves a rule speaks of. */
export function maskHalves(bits: number, owner: OwnerMask): number {
  switch (owner) {
    case "any":
      return bits;
    case "owner":
      return bits & HALF;
    case "other":
      return bits & (HALF << OTHER_SHIFT);
    case "none":
      return 0;
  }
}

/** The packed bits without exec types; w brings a. */
export function fileBits(rule: Pick<FileRule, "permissions" | "owner">): number {
  const append = (rule.permissions & FilePermission.w) !== 0 ? FilePermission.a : 0;
  return maskHalves(bothHalves((rule.permissions | append) & HALF), rule.owner);
}

/** Whether a rule for execution is marked as one that scrubs nothing. `unsafe` alone leaves that mark on an `ix`. */
export function keepsEnvironment({ exec, execSafety }: Pick<FileRule, "exec" | "execSafety">): boolean {
  if (exec === undefined) return false;
  const plain = exec.transition === "inherit" || exec.transition === "deny";
  return execSafety === undefined ? !plain && !exec.safe : execSafety === "unsafe";
}

/** What the x of a rule means, with the target's name as the kernel's table holds it. */
export function execTypeOf(rule: FileRule, context: Pick<RuleContext, "profile" | "report">): ExecType {
  const { exec } = rule;
  if (exec === undefined) return { unsafe: false, inherit: false, unconfined: false, target: "none", name: "" };
  const flags = {
    unsafe: keepsEnvironment(rule),
    inherit: exec.transition === "inherit" || exec.fallback === "inherit",
    unconfined: exec.fallback === "unconfined",
  };
  if (rule.execTarget !== undefined) return { ...flags, ...namedTarget(rule, rule.execTarget.text, context) };
  const targets = {
    inherit: "none",
    deny: "none",
    unconfined: "unconfined",
    profile: "profile",
    child: "child",
  } as const;
  return { ...flags, target: targets[exec.transition], name: "" };
}

/**
 * compile-semantics 5: a child is named after the profile's own short name; a name whose part after the first `//` is the rule's path
 * means the child of that name, without a table entry. In `:ns:name` the kernel wants NUL for the second colon.
 */
function namedTarget(
  rule: FileRule,
  text: string,
  context: Pick<RuleContext, "profile" | "report">,
): Pick<ExecType, "target" | "name"> {
  if (text.includes("@{")) {
    context.report(
      "compile/variable-in-target",
      placeOf(rule.origin, rule.execTarget?.span),
      sentence`the exec target ${{ target: text }} is taken literally: variables are not expanded there`,
    );
  }
  const colon = text.startsWith(":") ? text.indexOf(":", 1) : -1;
  const spaced = colon < 0 ? text : `${text.slice(0, colon)}\0${text.slice(colon + 1)}`;
  if (/^&?:[^:]+:./s.test(text)) return { target: "named", name: spaced };
  const child = rule.exec?.transition === "child";
  const separator = text.indexOf("//");
  const last = separator > 0 ? text.slice(separator + 2) : child ? text : undefined;
  if (last === rule.path.written) return { target: "child", name: "" };
  return { target: "named", name: child ? `${context.profile.written}//${text}` : spaced };
}

function placeOf(origin: Origin, span: Origin["span"] | undefined): Origin {
  return span === undefined ? origin : { span, includes: origin.includes };
}

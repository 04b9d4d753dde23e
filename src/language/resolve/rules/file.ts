/**
 * A file rule has at most one exec mode, plain `x` is allowed in deny rules only, `a` and `w` exclude each other, and `subset` and targets go
 * with l or x (policy-language 2.5).
 */
import { type Fix, sentence } from "../../../foundation/diagnostics/index.ts";
import type { ExecMode, FileRule, LinkRule, Operand, OwnerMask, RuleQualifiers } from "../../model/index.ts";
import { FilePermission } from "../../model/index.ts";
import type { FileRuleNode, LinkRuleNode, PrefixNode, WordNode } from "../../syntax/index.ts";
import { type FilePermissions, parseFilePermissions } from "../../tables/index.ts";
import { replaceFix } from "../report.ts";
import { operandOf, qualifiersOf, type QualifierUse, reportAt, type RuleContext } from "./context.ts";

const use: QualifierUse = { name: "file", priority: "used", owner: "used" };

/** Every path, and all one may do there but change its exec transition: what `file,` says. */
const everything = "/{**,}";
const all: FilePermissions = {
  permissions: Object.values(FilePermission).reduce((bits, bit) => bits | bit, 0) & ~FilePermission.a,
  exec: { transition: "inherit", fallback: "none", safe: false },
  deprecated: [],
};

export function ownerOf(prefix: PrefixNode): OwnerMask {
  if (prefix.owner === undefined) return "any";
  return prefix.owner.word === "other" ? "other" : "owner";
}

export function checkFile(node: FileRuleNode, context: RuleContext): FileRule | undefined {
  const qualifiers = qualifiersOf(node, use, context);
  const permissions = node.permissions === undefined ? all : permissionsIn(node.permissions, context);
  if (permissions === undefined) return undefined;
  const path =
    node.path === undefined ? { text: everything, written: everything, span: node.span } : operandOf(node.path);
  const rule: FileRule = {
    kind: "file",
    ...qualifiers,
    path,
    permissions: permissions.permissions,
    owner: ownerOf(node.prefix),
    exec: execOf(permissions.exec, node.safety),
    ...(node.safety === undefined ? {} : { execSafety: node.safety }),
    subset: node.subset,
    ...targetsOf(node, permissions, context),
  };
  checkSubset(node, permissions, context);
  checkSafety(node, permissions, context);
  const isFine = checkExec(rule, { at: node.permissions ?? node, context });
  warnExec(node, permissions.exec, context);
  return isFine ? rule : undefined;
}

/** The words override the letter's case. */
function execOf(exec: ExecMode | undefined, safety: FileRuleNode["safety"]): ExecMode | undefined {
  if (exec === undefined || safety === undefined) return exec;
  return exec.transition === "inherit" || exec.transition === "deny" ? exec : { ...exec, safe: safety === "safe" };
}

function permissionsIn(word: WordNode, context: RuleContext): FilePermissions | undefined {
  const parsed = parseFilePermissions(word.value);
  if (parsed.ok) {
    if (parsed.value.deprecated.length > 0) {
      const message = sentence`the permissions ${{ value: word.value }} contain upper-case letters`;
      const fixes = lowerCase(word);
      reportAt(context, "resolve/permission-case", word.span, message, { fixes });
    }
    return parsed.value;
  }
  const problem = parsed.error;
  switch (problem.kind) {
    case "append-and-write": {
      const fixes = [replaceFix(word.span, word.value.replaceAll("a", ""))];
      reportAt(context, "resolve/append-and-write", word.span, "`a` and `w` exclude each other", { fixes });
      return undefined;
    }
    case "two-exec-modes": {
      const message = sentence`the exec modes ${{ first: problem.first }} and ${{ second: problem.second }} exclude each other`;
      reportAt(context, "resolve/exec-modes", word.span, message);
      return undefined;
    }
    case "unknown-letter":
      reportAt(context, "resolve/exec-modes", word.span, sentence`${{ value: word.value }} are not valid permissions`);
      return undefined;
  }
}

/** Of an exec mode the first letter says whether the environment is scrubbed, unless it is `I`. */
function lowerCase({ span, value }: WordNode): readonly Fix[] {
  const text = value.replaceAll(/[PCU][iIuU]?[xX]|[IRWLMX]/g, (letters) => {
    const first = letters.charAt(0);
    return (letters.length > 1 ? first : first.toLowerCase()) + letters.slice(1).toLowerCase();
  });
  const [before, after] = [parseFilePermissions(value), parseFilePermissions(text)];
  if (!before.ok || !after.ok || after.value.deprecated.length > 0) return [];
  const isSame = JSON.stringify({ ...before.value, deprecated: [] }) === JSON.stringify(after.value);
  return isSame ? [replaceFix(span, text)] : [];
}

/** What `->` names: the target of an exec rule, or the link target of a rule with `l`. */
function targetsOf(
  node: FileRuleNode,
  { permissions, exec }: FilePermissions,
  context: RuleContext,
): { readonly execTarget: Operand | undefined; readonly linkTarget: Operand | undefined } {
  const { target } = node;
  if (target === undefined) return { execTarget: undefined, linkTarget: undefined };
  const links = (permissions & FilePermission.l) !== 0;
  if (exec !== undefined) {
    if (links) reportBoth(node, target, context);
    if (target.value.includes("@{")) {
      const message = sentence`the target ${{ target: target.value }} is not expanded`;
      reportAt(context, "resolve/exec-target-variable", target.span, message);
    }
    return { execTarget: operandOf(target), linkTarget: undefined };
  }
  if (!links) {
    reportAt(
      context,
      "resolve/target-unused",
      target.span,
      sentence`the target ${{ target: target.value }} has no effect`,
    );
    return { execTarget: undefined, linkTarget: undefined };
  }
  if (node.leading && target.value.startsWith(":")) {
    reportAt(
      context,
      "resolve/link-namespace",
      target.span,
      sentence`the link target ${{ target: target.value }} is in a namespace`,
    );
  }
  return { execTarget: undefined, linkTarget: operandOf(target) };
}

function reportBoth(node: FileRuleNode, target: WordNode, context: RuleContext): void {
  if (node.leading) {
    reportAt(context, "resolve/link-exec-target", target.span, "link and exec both want the target");
  } else reportAt(context, "resolve/link-and-exec", target.span, "the target is of the exec, not of the link");
}

function checkSubset(node: FileRuleNode, { permissions }: FilePermissions, context: RuleContext): void {
  if (!node.subset || permissions === FilePermission.l) return;
  reportAt(context, "resolve/subset-without-link", node.span, "`subset` is used in a rule that is not a link rule");
}

function checkSafety(node: FileRuleNode, { exec }: FilePermissions, context: RuleContext): void {
  if (node.safety === undefined || exec !== undefined) return;
  const message = sentence`${{ qualifier: node.safety }} needs an exec permission`;
  reportAt(context, "resolve/exec-missing", node.span, message);
}

/** A plain `x` belongs to deny rules and only there. ORACLE 5.0.2: `unsafe` makes a plain `x` a qualified one. */
export function checkExec(
  rule: Pick<FileRule, "mode" | "exec" | "execSafety">,
  place: { readonly at: { readonly span: RuleQualifiers["origin"]["span"] }; readonly context: RuleContext },
): boolean {
  if (rule.exec === undefined) return true;
  const { at, context } = place;
  const plain = rule.exec.transition === "deny" && rule.execSafety !== "unsafe";
  if (rule.mode === "deny" && !plain) {
    reportAt(context, "resolve/exec-deny", at.span, "a deny rule takes `x` without an exec mode");
    return false;
  }
  if (rule.mode !== "deny" && plain) {
    reportAt(context, "resolve/exec-plain", at.span, "`x` needs an exec mode");
    return false;
  }
  return true;
}

/** ORACLE 5.0.2: judged by the letters alone, whatever `safe` or a target make of them. */
function warnExec(node: FileRuleNode, exec: ExecMode | undefined, context: RuleContext): void {
  if (exec?.transition !== "unconfined" || exec.safe) return;
  const span = node.permissions?.span ?? node.span;
  reportAt(context, "resolve/exec-unconfined", span, "the program runs unconfined with the environment it was given");
}

export function checkLink(node: LinkRuleNode, context: RuleContext): LinkRule {
  return {
    kind: "link",
    ...qualifiersOf(node, { ...use, name: "link" }, context),
    path: operandOf(node.path),
    target: operandOf(node.target),
    subset: node.subset,
    owner: ownerOf(node.prefix),
  };
}

/** What a body has said so far: rules and children, before variables are expanded. */
import { sentence } from "../../foundation/diagnostics/index.ts";
import type { OwnerMask, Operand, Origin, ProfileFlags, Rule, RuleQualifiers, XattrCondition } from "../model/index.ts";
import type { BlockNode } from "../syntax/index.ts";
import { type Report } from "./report.ts";
import { checkAudit } from "./rules/change-profile.ts";
import { checkExec, ownerOf } from "./rules/file.ts";
import { checkPriority, reportAt, type RuleContext } from "./rules/context.ts";

/** A profile as written. */
export interface Draft {
  readonly name: string;
  readonly namespace: string | undefined;
  /** Children may name one too: it means nothing, but distinguishes them. */
  readonly writtenNamespace: string | undefined;
  readonly hat: boolean;
  /** Stands inside another profile. */
  readonly isChild: boolean;
  readonly attachment: Operand | undefined;
  readonly xattrs: readonly XattrCondition[];
  readonly identities: readonly string[];
  readonly flags: ProfileFlags;
  readonly body: Body;
  readonly origin: Origin;
  /** Where the name is. */
  readonly nameOrigin: Origin;
}

export interface Body {
  readonly rules: Rule[];
  readonly children: Siblings;
}

/** By namespace and name, as written, in source order. */
export type Siblings = Map<string, Draft>;

export function emptyBody(): Body {
  return { rules: [], children: new Map() };
}

/** Adds a profile among its siblings, unless one of that name is there. Names are compared as written. */
export function addDraft(siblings: Siblings, draft: Draft, report: Report): void {
  const key = JSON.stringify([draft.writtenNamespace, draft.name]);
  const before = siblings.get(key);
  if (before === undefined) {
    siblings.set(key, draft);
    return;
  }
  const also = [{ span: before.nameOrigin.span, message: "first defined here" }];
  const code = draft.isChild ? "resolve/duplicate-hat" : "resolve/duplicate-profile";
  const what = draft.isChild ? (draft.hat ? "the hat" : "the child profile") : "the profile";
  report(code, draft.nameOrigin, sentence`${what} ${{ name: draft.name }} is defined twice`, { also });
}

/** Takes the body of a chosen branch over. ORACLE 5.0.2: resource limits of a branch are lost. */
export function mergeBranch(into: Body, branch: Body, report: Report): void {
  for (const rule of branch.rules) {
    if (rule.kind === "rlimit") {
      report("resolve/conditional-rlimit", rule.origin, "a resource limit inside a conditional has no effect");
    } else into.rules.push(rule);
  }
  for (const child of branch.children.values()) addDraft(into.children, child, report);
}

/**
 * Takes the rules of a block over, with the block's qualifiers. ORACLE 5.0.2: mode and priority of the rules are overwritten, owners
 * intersect, and whatever is not a file, link or change_profile rule is lost.
 */
export function mergeBlock(into: Body, node: BlockNode, block: Body, context: RuleContext): void {
  const { prefix } = node;
  if (prefix.priority !== undefined) {
    const priority = checkPriority(prefix.priority, context);
    if (priority !== 0) reportAt(context, "resolve/priority-block", prefix.priority.span, "a block takes no priority");
  }
  const given = { mode: prefix.mode?.word ?? "implicit", audit: prefix.audit !== undefined, priority: 0 } as const;
  const blockOwner = ownerOf(prefix);
  for (const rule of block.rules) {
    if (rule.kind !== "file" && rule.kind !== "link" && rule.kind !== "change_profile") {
      context.report("resolve/block-dropped", rule.origin, "this has no effect inside a block");
      continue;
    }
    const qualifiers = { ...given, audit: auditInBlock(given, rule) };
    if (rule.mode !== "implicit" && rule.mode !== qualifiers.mode) {
      const message = sentence`the block makes this ${{ mode: rule.mode }} rule ${qualifiers.mode === "deny" ? "a deny" : "an allow"} rule`;
      context.report("resolve/block-overrides", rule.origin, message, {
        also: [{ span: node.span, message: "the block" }],
      });
    }
    const owner = intersectOwners(rule.owner, blockOwner);
    const place = { at: rule.origin, context: { ...context, includes: rule.origin.includes } };
    if (rule.kind === "change_profile") {
      // ORACLE 5.0.2: a rule that is left for nobody has no x to be wrong about.
      if (rule.exec !== undefined && owner !== "none") {
        checkExec({ mode: qualifiers.mode, exec: plainExec, execSafety: rule.safety }, place);
      }
      checkAudit({ ...rule, ...given }, context);
      into.rules.push({ ...rule, ...given, owner });
      continue;
    }
    const moved = { ...rule, ...qualifiers, owner };
    if (moved.kind === "link" || owner === "none" || checkExec(moved, place)) into.rules.push(moved);
  }
  for (const child of block.children.values()) {
    context.report("resolve/block-dropped", child.nameOrigin, "a profile inside a block has no effect");
  }
}

/**
 * ORACLE 5.0.2: one mark stands for "audited" in a rule that allows and for "silent" in one that denies. The block's mark and the
 * rule's own are joined and then read in the block's mode, so that a `deny` rule in an allowing block is an audited one.
 */
function auditInBlock(block: BlockQualifiers, rule: BlockQualifiers): boolean {
  const isMarked = ({ mode, audit }: BlockQualifiers): boolean => (mode === "deny") !== audit;
  return (block.mode === "deny") !== (isMarked(block) || isMarked(rule));
}

type BlockQualifiers = Pick<RuleQualifiers, "mode" | "audit">;

const plainExec = { transition: "deny", fallback: "none", safe: false } as const;

function intersectOwners(a: OwnerMask, b: OwnerMask): OwnerMask {
  if (a === b || b === "any") return a;
  return a === "any" ? b : "none";
}

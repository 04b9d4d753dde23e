/** Which items of a text are only found in the bodies of profiles. */
import type { BlockNode, ConditionalNode, ItemNode, RlimitNode, RuleNode } from "../syntax/index.ts";

export type OnlyInBody = RuleNode | ConditionalNode | BlockNode | RlimitNode;

export function isBodyItem(item: ItemNode): item is OnlyInBody {
  return "prefix" in item || item.kind === "conditional" || item.kind === "rlimit";
}

export function isRule(item: OnlyInBody): item is RuleNode {
  return "prefix" in item && item.kind !== "block";
}

/** A rule or a limit: nothing that holds other items. */
export function isRuleOfBody(item: ItemNode): boolean {
  return isBodyItem(item) && (item.kind === "rlimit" || isRule(item));
}

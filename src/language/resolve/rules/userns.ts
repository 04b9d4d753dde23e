/** `userns` and `all` take qualifiers and nothing else; `all` takes no priority (policy-language 2.4, 2.6.11). */
import type { AllRule, UsernsRule } from "../../model/index.ts";
import type { ConditionRuleNode } from "../../syntax/index.ts";
import { qualifiersOf, type RuleContext } from "./context.ts";

export function checkUserns(node: ConditionRuleNode, context: RuleContext): UsernsRule {
  return { kind: "userns", ...qualifiersOf(node, { name: "userns", priority: "used", owner: "forbidden" }, context) };
}

export function checkAll(node: ConditionRuleNode, context: RuleContext): AllRule {
  return { kind: "all", ...qualifiersOf(node, { name: "`all`", priority: "forbidden", owner: "forbidden" }, context) };
}

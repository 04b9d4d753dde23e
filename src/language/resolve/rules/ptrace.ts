/** A ptrace rule has the permissions trace, read, tracedby, readby and the one condition `peer=` (policy-language 2.6.5). */
import type { PtraceRule } from "../../model/index.ts";
import type { ConditionRuleNode } from "../../syntax/index.ts";
import { permissionWords } from "../../tables/index.ts";
import {
  type ConditionUse,
  permissionsOf,
  qualifiersOf,
  type QualifierUse,
  readConditions,
  type RuleContext,
  valueOf,
} from "./context.ts";

const use: QualifierUse = { name: "ptrace", priority: "used", owner: "forbidden" };
const conditions: ConditionUse = {
  kind: "ptrace",
  known: ["peer"],
  unknownCode: "resolve/condition-unknown",
  operatorCode: "resolve/condition-operator",
  values: "first",
};

export function checkPtrace(node: ConditionRuleNode, context: RuleContext): PtraceRule {
  const permissions = permissionsOf(permissionWords.ptrace, node, context);
  const found = readConditions(node.conditions, conditions, context);
  return {
    kind: "ptrace",
    ...qualifiersOf(node, use, context),
    permissions,
    peer: valueOf(found, "peer"),
  };
}

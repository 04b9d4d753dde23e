/** io_uring knows two permissions and the condition `label=`; other words in the parentheses are passed over (policy-language 2.6.10). */
import { sentence } from "../../../foundation/diagnostics/index.ts";
import type { IoUringRule } from "../../model/index.ts";
import type { ConditionRuleNode, WordNode } from "../../syntax/index.ts";
import { permissionWords } from "../../tables/index.ts";
import {
  type ConditionUse,
  qualifiersOf,
  type QualifierUse,
  readConditions,
  reportAt,
  type RuleContext,
  valueOf,
} from "./context.ts";

const use: QualifierUse = { name: "io_uring", priority: "used", owner: "forbidden" };
const conditions: ConditionUse = {
  kind: "io_uring",
  known: ["label"],
  unknownCode: "resolve/condition-unknown",
  operatorCode: "resolve/condition-operator",
  values: "one",
};

export function checkIoUring(node: ConditionRuleNode, context: RuleContext): IoUringRule {
  const found = readConditions([...node.conditions, ...(node.group?.conditions ?? [])], conditions, context);
  const known = permissionWords.io_uring.names;
  const isKnown = (word: WordNode): boolean => known.some((name) => name === word.value);
  const words = node.permissions?.words ?? [];
  // ORACLE 5.0.2: words in the parentheses that are not permissions are passed over.
  for (const word of words.filter((one) => !isKnown(one))) {
    reportAt(
      context,
      "resolve/target-unused",
      word.span,
      sentence`the word ${{ permission: word.text }} is not an io_uring permission and is ignored`,
    );
  }
  const permissions = known.filter((name) => words.some(({ value }) => value === name));
  return {
    kind: "io_uring",
    ...qualifiersOf(node, use, context),
    permissions: permissions.length === 0 ? undefined : permissions,
    label: valueOf(found, "label"),
  };
}

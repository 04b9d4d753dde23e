/**
 * A queue is POSIX when its name starts with `/` and System V when it is a number, and a written type must agree
 * (policy-language 2.6.9).
 */
import { sentence } from "../../../foundation/diagnostics/index.ts";
import type { MqueueRule, Operand } from "../../model/index.ts";
import type { ConditionRuleNode } from "../../syntax/index.ts";
import { permissionWords } from "../../tables/index.ts";
import {
  type ConditionUse,
  optionalOperand,
  permissionsOf,
  qualifiersOf,
  type QualifierUse,
  readConditions,
  reportAt,
  type RuleContext,
  valueOf,
} from "./context.ts";

const use: QualifierUse = { name: "mqueue", priority: "used", owner: "forbidden" };
const conditions: ConditionUse = {
  kind: "mqueue",
  known: ["type", "label"],
  unknownCode: "resolve/condition-unknown",
  operatorCode: "resolve/condition-operator",
  values: "first",
  repeatable: ["type"],
};

export function checkMqueue(node: ConditionRuleNode, context: RuleContext): MqueueRule {
  const permissions = permissionsOf(permissionWords.mqueue, node, context);
  const found = readConditions(node.conditions, conditions, context);
  const name = optionalOperand(node.operands[0]);
  const types = found.get("type")?.map(({ values: [word] }) => typeOf(optionalOperand(word), context));
  // ORACLE 5.0.2: the first of several counts.
  const written = types?.at(0);
  const named = name === undefined ? undefined : typeOfName(name, context);
  if (name !== undefined && written !== undefined && named !== undefined && written !== named) {
    const message = sentence`${{ value: name.text }} is not the name of a ${written} queue`;
    reportAt(context, "resolve/mqueue-name", name.span, message);
  }
  return {
    kind: "mqueue",
    ...qualifiersOf(node, use, context),
    permissions,
    type: written ?? named,
    name,
    label: valueOf(found, "label"),
  };
}

function typeOf(value: Operand | undefined, context: RuleContext): MqueueRule["type"] {
  if (value === undefined) return undefined;
  if (value.text === "posix" || value.text === "sysv") return value.text;
  reportAt(
    context,
    "resolve/mqueue-type",
    value.span,
    sentence`${{ value: value.text }} is not a type of message queue`,
  );
  return undefined;
}

function typeOfName(name: Operand, context: RuleContext): MqueueRule["type"] {
  if (name.text.startsWith("/")) return "posix";
  if (/^\d+$/.test(name.text)) return "sysv";
  reportAt(
    context,
    "resolve/mqueue-name",
    name.span,
    sentence`${{ value: name.text }} is not the name of a message queue, which is a path or a number`,
  );
  return undefined;
}

/**
 * A signal rule sends or receives the signals that all its `set=` together name, all of them without one (policy-language
 * 2.6.6, 2.6.7).
 */
import { sentence } from "../../../foundation/diagnostics/index.ts";
import type { SignalRule } from "../../model/index.ts";
import type { ConditionRuleNode, WordNode } from "../../syntax/index.ts";
import { nearestWord, signalNumber, signals, permissionWords } from "../../tables/index.ts";
import { didYouMean, replaceFix } from "../report.ts";
import {
  type ConditionUse,
  permissionsOf,
  qualifiersOf,
  type QualifierUse,
  readConditions,
  reportAt,
  type RuleContext,
  valueOf,
} from "./context.ts";

const use: QualifierUse = { name: "signal", priority: "used", owner: "forbidden" };
const conditions: ConditionUse = {
  kind: "signal",
  known: ["set", "peer"],
  unknownCode: "resolve/condition-unknown",
  operatorCode: "resolve/condition-operator",
  values: "many",
  repeatable: ["set"],
};

export function checkSignal(node: ConditionRuleNode, context: RuleContext): SignalRule {
  const permissions = permissionsOf(permissionWords.signal, node, context);
  const found = readConditions(node.conditions, conditions, context);
  const numbers = new Set<number>();
  const sets = found.get("set");
  for (const word of sets?.flatMap((condition) => condition.values) ?? []) {
    const number = numberOf(word, context);
    if (number !== undefined) numbers.add(number);
  }
  return {
    kind: "signal",
    ...qualifiersOf(node, use, context),
    permissions,
    signals: sets === undefined ? undefined : [...numbers].toSorted((a, b) => a - b),
    peer: valueOf(found, "peer"),
  };
}

function numberOf(word: WordNode, context: RuleContext): number | undefined {
  const number = signalNumber(word.value);
  if (number === undefined) {
    const bare = word.value.toLowerCase().replace(/^sig/, "");
    const exact = signalNumber(bare) !== undefined;
    const near = exact
      ? bare
      : nearestWord(
          bare,
          signals.map(([name]) => name),
        );
    const fixes = exact ? [replaceFix(word.span, bare)] : [];
    const message = sentence`unknown signal ${{ signal: word.value }}`;
    reportAt(context, "resolve/signal-unknown", word.span, message, { help: didYouMean(near), fixes });
  }
  return number;
}

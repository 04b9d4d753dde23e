/**
 * A capability must be a name of the table, or one that the features list in `caps/mask`; priority and `prompt` mean nothing
 * (policy-language 2.6.1).
 */
import { sentence } from "../../../foundation/diagnostics/index.ts";
import type { CapabilityRule } from "../../model/index.ts";
import type { CapabilityRuleNode, WordNode } from "../../syntax/index.ts";
import { capabilities, isCapabilityName, nearestWord } from "../../tables/index.ts";
import { didYouMean, replaceFix } from "../report.ts";
import { qualifiersOf, type QualifierUse, reportAt, type RuleContext } from "./context.ts";

const use: QualifierUse = { name: "capability", priority: "ignored", owner: "forbidden", prompt: "ignored" };

export function checkCapability(node: CapabilityRuleNode, context: RuleContext): CapabilityRule {
  const numbers = node.names.map((word) => numberOf(word, context)).filter((number) => number !== undefined);
  return { kind: "capability", ...qualifiersOf(node, use, context), capabilities: numbers };
}

function numberOf(word: WordNode, context: RuleContext): number | undefined {
  const number = context.capability(word.value);
  if (number === undefined) {
    const bare = word.value.toLowerCase().replace(/^cap_/, "");
    const exact = isCapabilityName(bare);
    const near = exact ? bare : nearestWord(bare, capabilities);
    const fixes = exact ? [replaceFix(word.span, bare)] : [];
    const message = sentence`unknown capability ${{ capability: word.value }}`;
    reportAt(context, "resolve/capability-unknown", word.span, message, { help: didYouMean(near), fixes });
  }
  return number;
}

/**
 * Option words are those of the table, one list may not hold a flag and its inverse, and no condition follows `->` (policy-language
 * 2.6.8).
 */
import { type Details, sentence } from "../../../foundation/diagnostics/index.ts";
import type { Span } from "../../../foundation/text/index.ts";
import type { MountRule, Operand } from "../../model/index.ts";
import type { ConditionNode, MountRuleNode, WordNode } from "../../syntax/index.ts";
import { mountOptions, nearestWord } from "../../tables/index.ts";
import { didYouMean, replaceFix } from "../report.ts";
import {
  type ConditionUse,
  operandOf,
  optionalOperand,
  qualifiersOf,
  type QualifierUse,
  readConditions,
  reportAt,
  type RuleContext,
} from "./context.ts";

const use: QualifierUse = { name: "mount", priority: "used", owner: "forbidden" };
const names = ["options", "option", "fstype", "vfstype"];
const either = ["=", "in"];
const conditions: ConditionUse = {
  kind: "mount",
  known: names,
  unknownCode: "resolve/mount-condition",
  operatorCode: "resolve/condition-operator",
  values: "many",
  repeatable: names,
  operators: Object.fromEntries(names.map((name) => [name, either])),
};
const pivot: ConditionUse = {
  kind: "pivot_root",
  known: ["oldroot"],
  unknownCode: "resolve/pivot-condition",
  operatorCode: "resolve/condition-operator",
  values: "first",
  repeatable: ["oldroot"],
  operators: { oldroot: either },
};

export function checkMount(node: MountRuleNode, context: RuleContext): MountRule {
  const qualifiers = { kind: "mount" as const, ...qualifiersOf(node, { ...use, name: node.verb }, context) };
  if (node.verb === "pivot_root") return { ...qualifiers, ...pivotRoot(node, context) };
  const found = readConditions(node.conditions, conditions, context);
  const [stray] = node.targetConditions;
  if (stray !== undefined) {
    reportAt(context, "resolve/mount-target-condition", stray.span, "a condition after `->` is not allowed");
  }
  const options = [...(found.get("options") ?? []), ...(found.get("option") ?? [])];
  const mounts = node.verb === "mount";
  return {
    ...qualifiers,
    verb: node.verb,
    source: mounts ? optionalOperand(node.operand) : undefined,
    target: mounts ? optionalOperand(node.target) : optionalOperand(node.operand),
    fstypes: fstypesOf(found),
    options: optionLists(options, "=", context),
    optionsIn: optionLists(options, "in", context),
    oldRoot: undefined,
    transition: undefined,
  };
}

function fstypesOf(found: ReadonlyMap<string, readonly ConditionNode[]>): readonly Operand[] {
  const types = [...(found.get("fstype") ?? []), ...(found.get("vfstype") ?? [])];
  return types.flatMap(({ values }) => values.map(operandOf));
}

function optionLists(
  lists: readonly ConditionNode[],
  operator: "=" | "in",
  context: RuleContext,
): readonly (readonly string[])[] {
  return lists
    .filter((list) => list.operator === operator)
    .map((list) => {
      const words = list.values.filter(({ value, span }) => {
        if (mountOptions.has(value)) return true;
        const bare = list.parenthesised ? undefined : bareOptions(value, span);
        const help = didYouMean(nearestWord(value, mountOptions.keys()));
        const details = bare ?? { help };
        reportAt(context, "resolve/mount-option", span, sentence`unknown mount option ${{ option: value }}`, details);
        return false;
      });
      if (operator === "=") checkContradictions(list, context);
      return words.map(({ value }) => value);
    });
}

/** `options=ro,nosuid`: one word for the language, several for people. */
function bareOptions(value: string, span: Span): Details | undefined {
  const parts = value.split(",");
  if (parts.length < 2 || span.end - span.start !== value.length) return undefined;
  const options = parts.map((part) => mountOptions.get(part));
  if (options.includes(undefined)) return undefined;
  const set = options.reduce((bits, option) => bits | (option?.set ?? 0), 0);
  // What would contradict itself is not offered.
  if (options.some((option) => ((option?.clear ?? 0) & set) !== 0)) return undefined;
  return { help: "put several options in parentheses", fixes: [replaceFix(span, `(${value})`)] };
}

/** A flag and its inverse in one list. */
function checkContradictions(list: ConditionNode, context: RuleContext): void {
  const setBy = new Map<number, WordNode>();
  const clearedBy = new Map<number, WordNode>();
  for (const word of list.values) {
    const { clear, set } = mountOptions.get(word.value) ?? { clear: 0, set: 0 };
    for (let bit = 0; bit < 32; bit += 1) {
      const mask = 1 << bit;
      const other = (set & mask) !== 0 ? clearedBy.get(bit) : (clear & mask) !== 0 ? setBy.get(bit) : undefined;
      if (other !== undefined) {
        const also = [{ span: other.span, message: "contradicts this" }];
        const message = sentence`the options ${{ first: other.value }} and ${{ second: word.value }} contradict each other`;
        reportAt(context, "resolve/mount-conflict", word.span, message, { also });
        return;
      }
      if ((set & mask) !== 0) setBy.set(bit, word);
      if ((clear & mask) !== 0) clearedBy.set(bit, word);
    }
  }
}

type Pivot = Omit<MountRule, "kind" | "mode" | "audit" | "priority" | "origin">;

function pivotRoot(node: MountRuleNode, context: RuleContext): Pivot {
  const found = readConditions(node.conditions, pivot, context);
  return {
    verb: "pivot_root",
    source: undefined,
    target: optionalOperand(node.operand),
    fstypes: [],
    options: [],
    optionsIn: [],
    oldRoot: optionalOperand(found.get("oldroot")?.at(-1)?.values[0]),
    transition: optionalOperand(node.target),
  };
}

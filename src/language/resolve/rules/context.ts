/**
 * What the checkers of all rule classes share: which qualifiers a class takes (policy-language 2.4), how its permission words and
 * conditions are read, and what may be written once or with one value only (policy-language 2.6).
 */
import { sentence, type Details, type Message } from "../../../foundation/diagnostics/index.ts";
import type { Span } from "../../../foundation/text/index.ts";
import type { Operand, Origin, RuleQualifiers } from "../../model/index.ts";
import type { ConditionNode, ConditionRuleNode, PrefixNode, WordNode } from "../../syntax/index.ts";
import { nearestWord, type PermissionWords } from "../../tables/index.ts";
import type { ResolveCode } from "../codes.ts";
import { didYouMean, type Report } from "../report.ts";

/** What a checker may ask and say. */
export interface RuleContext {
  readonly includes: readonly Span[];
  readonly report: Report;
  /** The number of a capability, also of those only a feature set names. */
  readonly capability: (name: string) => number | undefined;
}

/** Says something about a part of a rule. */
// oxlint-disable-next-line max-params -- the report function itself with the includes of the rule in front
export function reportAt(
  context: RuleContext,
  code: ResolveCode,
  span: Span,
  message: string | Message,
  details?: Details,
): void {
  context.report(code, { span, includes: context.includes }, message, details);
}

export function originOf(node: { readonly span: Span }, context: RuleContext): Origin {
  return { span: node.span, includes: context.includes };
}

/** A word as an operand that is not expanded yet. */
export function operandOf(word: WordNode): Operand {
  return { text: word.value, written: word.value, span: word.span };
}

export function optionalOperand(word: WordNode | undefined): Operand | undefined {
  return word === undefined ? undefined : operandOf(word);
}

/** What a class makes of the qualifiers it may be given. */
export interface QualifierUse {
  /** As people know the class. */
  readonly name: string;
  readonly priority: "used" | "ignored" | "forbidden";
  readonly owner: "used" | "forbidden";
  readonly prompt?: "ignored";
}

/** The qualifiers of a rule; those that do not go with its class are reported. */
export function qualifiersOf(
  node: { readonly span: Span; readonly prefix: PrefixNode },
  use: QualifierUse,
  context: RuleContext,
): RuleQualifiers {
  const { prefix } = node;
  const { name } = use;
  if (prefix.owner !== undefined && use.owner === "forbidden") {
    const message = sentence`${name} rules take no ${{ qualifier: prefix.owner.word }}`;
    reportAt(context, "resolve/owner-forbidden", prefix.owner.span, message);
  }
  if (prefix.mode?.word === "prompt" && use.prompt === "ignored") {
    reportAt(context, "resolve/prompt-ignored", prefix.mode.span, `\`prompt\` has no effect on ${name} rules`);
  }
  return {
    mode: prefix.mode?.word ?? "implicit",
    audit: prefix.audit !== undefined,
    priority: priorityOf(prefix, use, context),
    origin: originOf(node, context),
  };
}

function priorityOf(prefix: PrefixNode, { name, priority: use }: QualifierUse, context: RuleContext): number {
  const { priority } = prefix;
  if (priority === undefined) return 0;
  const value = checkPriority(priority, context);
  if (use === "forbidden" && value !== 0) {
    reportAt(context, "resolve/priority-forbidden", priority.span, `${name} rules take no priority`);
  } else if (use === "ignored" && value !== 0) {
    reportAt(context, "resolve/priority-ignored", priority.span, `a priority has no effect on ${name} rules`);
  }
  return use === "used" ? value : 0;
}

/** The number of a priority; 0 when it is out of range. */
export function checkPriority(priority: { readonly span: Span; readonly text: string }, context: RuleContext): number {
  const value = Number(priority.text);
  if (value >= -1000 && value <= 1000) return value;
  reportAt(
    context,
    "resolve/priority-range",
    priority.span,
    sentence`the priority ${{ value: priority.text }} is not between -1000 and 1000`,
  );
  return 0;
}

/** The permissions written, by their canonical names; `undefined`: none are, which means all. */
export function permissionsOf<Name extends string>(
  words: PermissionWords<Name>,
  node: ConditionRuleNode,
  context: RuleContext,
): readonly Name[] | undefined {
  const found = new Set<Name>();
  for (const word of node.permissions?.words ?? []) {
    const name = words.names.find((known) => known === word.value) ?? words.aliases.get(word.value);
    if (name !== undefined) found.add(name);
    else for (const letter of lettersOf(words, word, node.kind, context)) found.add(letter);
  }
  return found.size === 0 ? undefined : words.names.filter((name) => found.has(name));
}

/** A word that is not a permission is read as letters, in either case. */
function lettersOf<Name extends string>(
  { aliases, names }: PermissionWords<Name>,
  word: WordNode,
  kind: string,
  context: RuleContext,
): readonly Name[] {
  const found: Name[] = [];
  for (const letter of word.value) {
    const name = aliases.get(letter.toLowerCase());
    if (name === undefined || letter.length > 1) {
      const all = `the permissions of ${kind} rules are ${names.map((one) => `\`${one}\``).join(", ")}`;
      const help = didYouMean(nearestWord(word.value, names)) ?? all;
      const message = sentence`${kind} rules have no permission ${{ permission: word.value }}`;
      reportAt(context, "resolve/permission-unknown", word.span, message, { help });
      return found;
    }
    if (letter !== letter.toLowerCase()) {
      reportAt(
        context,
        "resolve/permission-case",
        word.span,
        sentence`the permission ${{ permission: letter }} is upper case`,
      );
    }
    found.push(name);
  }
  return found;
}

/** How a class takes its conditions. */
export interface ConditionUse {
  readonly kind: string;
  /** Names that are allowed here. */
  readonly known: readonly string[];
  readonly unknownCode: ResolveCode;
  readonly operatorCode: ResolveCode;
  /** More values than one: an error, or all but the first ignored, or all taken. */
  readonly values: "one" | "first" | "many";
  /** Conditions that may be written again. */
  readonly repeatable?: readonly string[];
  /** Conditions that take other operators than `=` as well. */
  readonly operators?: Readonly<Record<string, readonly string[]>>;
}

/** Goes through conditions: unknown ones, operators and repetitions are reported, the rest is given by name. */
export function readConditions(
  conditions: readonly ConditionNode[],
  use: ConditionUse,
  context: RuleContext,
): ReadonlyMap<string, readonly ConditionNode[]> {
  const found = new Map<string, ConditionNode[]>();
  for (const condition of conditions) {
    if (!use.known.includes(condition.name)) {
      const help = didYouMean(nearestWord(condition.name, use.known));
      const message = sentence`${use.kind} rules have no condition ${{ condition: condition.name }} here`;
      reportAt(context, use.unknownCode, condition.nameSpan, message, { help });
      continue;
    }
    checkOperator(condition, use, context);
    const before = found.get(condition.name);
    if (before === undefined) found.set(condition.name, [condition]);
    else if (use.repeatable?.includes(condition.name) === true) before.push(condition);
    else {
      const also = before.slice(0, 1).map(({ span }) => ({ span, message: "first written here" }));
      const message = sentence`the condition ${{ condition: condition.name }} is written twice`;
      reportAt(context, "resolve/condition-repeated", condition.span, message, { also });
    }
    checkCount(condition, use, context);
  }
  return found;
}

function checkOperator(condition: ConditionNode, use: ConditionUse, context: RuleContext): void {
  const allowed = use.operators?.[condition.name] ?? ["="];
  if (allowed.includes(condition.operator)) return;
  const shown = condition.operator === "" ? "without a value" : `with \`${condition.operator}\``;
  const message = sentence`the condition ${{ condition: condition.name }} cannot be written ${shown}`;
  reportAt(context, use.operatorCode, condition.span, message);
}

function checkCount(condition: ConditionNode, use: ConditionUse, context: RuleContext): void {
  const extra = condition.values[1];
  if (extra === undefined || use.values === "many") return;
  const code = use.values === "one" ? "resolve/condition-values" : "resolve/condition-extra-values";
  const message =
    use.values === "one"
      ? sentence`the condition ${{ condition: condition.name }} takes one value`
      : sentence`only the first value of ${{ condition: condition.name }} counts`;
  reportAt(context, code, extra.span, message);
}

/** The value of a condition that is there once. */
export function valueOf(found: ReadonlyMap<string, readonly ConditionNode[]>, name: string): Operand | undefined {
  return optionalOperand(found.get(name)?.[0]?.values[0]);
}

/** Reports a group under another name than `peer`. */
export function checkGroupName(node: ConditionRuleNode, context: RuleContext): void {
  if (node.group === undefined || node.group.name === "peer") return;
  const message = sentence`${node.kind} rules have no group ${{ group: `${node.group.name}=( )` }}`;
  reportAt(context, "resolve/group-name", node.group.span, message);
}

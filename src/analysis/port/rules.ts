/** Rules. One that is left out costs protection where it denied, and an access where it allowed what is mediated there. */
import { sentence } from "../../foundation/diagnostics/index.ts";
import type { ConditionRuleNode, RuleNode } from "../../language/syntax/index.ts";
import { NEW_SIGNALS, isBefore, kindSince } from "./releases.ts";
import { portPrefix } from "./statements.ts";
import type { Porting } from "./types.ts";

const NEW_VARIABLES = /@\{(?:attach_path|exec_path)\}/g;

export function portRule(rule: RuleNode, porting: Porting): void {
  const { release, report } = porting;
  if (isBefore(release, "5.0")) portVariables(rule, porting);
  const since = kindSince[rule.kind];
  if (since !== undefined && isBefore(release, since)) return portNewKind(rule, since, porting);
  if (rule.prefix.mode?.word === "prompt" && isBefore(release, "4.1")) {
    leaveOut(rule, porting);
    report("port/access-lost", rule.span, "nobody is asked there: what the rule is about is denied");
    return;
  }
  if (rule.kind === "network" && hasNewWords(rule, porting)) return portNetwork(rule, porting);
  if (rule.kind === "signal" && isBefore(release, "5.0") && signalsOf(rule).some(isNewSignal))
    return portSignal(rule, porting);
  portPrefix(rule, porting);
}

/** Both stand for what the profile attaches to. */
function portVariables({ span }: RuleNode, { attachment, edit, report, text }: Porting): void {
  for (const { 0: variable, index } of text.slice(span.start, span.end).matchAll(NEW_VARIABLES)) {
    if (attachment === undefined || /[\s"]/.test(attachment)) {
      report("port/not-there", span, sentence`${{ variable }} came with 5.0`);
      return;
    }
    const start = span.start + index;
    edit({ start, end: start + variable.length, newText: attachment });
    report("port/said-otherwise", span, sentence`${{ variable }} becomes ${{ value: attachment }}`);
  }
}

function leaveOut({ span }: RuleNode, { change }: Porting): void {
  change({ kind: "remove-rule", at: span });
}

function denies({ prefix }: RuleNode): boolean {
  return prefix.mode?.word === "deny";
}

/** The class is not mediated by what that release compiles. */
function portNewKind(rule: RuleNode, since: string, porting: Porting): void {
  const { report } = porting;
  if (rule.kind === "all") {
    report("port/not-there", rule.span, sentence`${{ word: "all" }} came with ${since}`);
    return;
  }
  leaveOut(rule, porting);
  if (denies(rule)) report("port/protection-lost", rule.span, sentence`nothing denies ${{ word: rule.kind }} there`);
  else report("port/left-out", rule.span, sentence`${{ word: rule.kind }} needs no rule there`);
}

function hasNewWords({ conditions, group, permissions }: ConditionRuleNode, { release }: Porting): boolean {
  const all = [...conditions, ...(group?.conditions ?? [])];
  if (isBefore(release, "4.0")) return all.length > 0 || group !== undefined || permissions !== undefined;
  const isNew = (name: string): boolean => isBefore(release, "5.0") && (name === "interface" || name === "label");
  const isRange = (value: string): boolean => isBefore(release, "4.1") && value.includes("-");
  return all.some(({ name, values }) => isNew(name) || (name === "port" && values.some(({ value }) => isRange(value))));
}

/** Without permissions and addresses the rule is about more: an allowing one is widened, a denying one is left out. */
function portNetwork(rule: ConditionRuleNode, porting: Porting): void {
  const { edit, report, text } = porting;
  if (denies(rule)) {
    leaveOut(rule, porting);
    report("port/protection-lost", rule.span, "what the rule denies cannot be told apart there, and is not denied");
    return;
  }
  const prefix = text.slice(rule.span.start, rule.prefix.span.end);
  const hasAddress = [...rule.conditions, ...(rule.group?.conditions ?? [])].some(({ name }) => name !== "label");
  const operands = rule.operands.map((word) => word.text).join(" ");
  // With addresses and without a family a rule is about these two.
  const families = operands === "" && hasAddress ? ["inet", "inet6"] : [operands];
  const start = prefix.trim() === "" ? "" : `${prefix.trim()} `;
  const comma = text.slice(rule.span.start, rule.span.end).endsWith(",") ? "," : "";
  const written = families.map((family) => `${start}network${family === "" ? "" : ` ${family}`}`).join(", ");
  edit({ start: rule.span.start, end: rule.span.end, newText: `${written}${comma}` });
  report(
    "port/protection-lost",
    rule.span,
    "permissions and addresses are not told apart there: all of the family is allowed",
  );
}

function signalsOf(rule: ConditionRuleNode): readonly string[] {
  return rule.conditions.flatMap(({ name, values }) => (name === "set" ? values.map(({ value }) => value) : []));
}

function isNewSignal(name: string): boolean {
  return NEW_SIGNALS.has(name);
}

function portSignal(rule: ConditionRuleNode, porting: Porting): void {
  const { edit, report } = porting;
  const code = denies(rule) ? "port/protection-lost" : "port/access-lost";
  report(code, rule.span, "the signals `tstp` and `poll` have no name there");
  if (signalsOf(rule).every(isNewSignal)) return leaveOut(rule, porting);
  for (const { name, span, values } of rule.conditions) {
    if (name !== "set" || !values.some(({ value }) => isNewSignal(value))) continue;
    const kept = values.filter(({ value }) => !isNewSignal(value)).map((word) => word.text);
    edit({ start: span.start, end: span.end, newText: kept.length === 0 ? "" : `set=(${kept.join(" ")})` });
  }
}

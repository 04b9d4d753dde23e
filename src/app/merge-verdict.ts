/** What a profile makes of one rule of another: it says it already, it says the opposite, or it lacks it. Decided by meaning. */
import { type ExplainedPart, type Subject, draftOf, explainQuestion, profileOf } from "../analysis/explain/index.ts";
import { parseQuestion } from "../analysis/sets/index.ts";
import { compileVariant } from "../compiler/compile/index.ts";
import { type FileDraft, type RuleDraft, meaningOfDraft, meaningOfRule, printRule } from "../language/edit/index.ts";
import type { Profile, Rule } from "../language/model/index.ts";
import type { RulesWorld } from "./meaning-world.ts";

/** A profile that is asked, in the company of its file. */
export interface MergeSide {
  readonly file: RulesWorld["files"][number];
  readonly subject: Omit<Subject, "compiled">;
}

type MergeVerdict =
  | { readonly kind: "said" }
  | { readonly kind: "lacking"; readonly note: string | undefined }
  /** Only one of the two can be had; `others` are the rules there are. */
  | { readonly kind: "conflict"; readonly others: readonly Rule[]; readonly note: string };

/** The rule as it can be written, its qualifiers with it; `undefined`: a draft cannot say all of it. */
export function wholeDraft(rule: Rule): RuleDraft | undefined {
  const plain = draftOf(rule);
  if (plain.kind === "rlimit" || rule.kind === "rlimit") return plain;
  const { audit, mode, priority } = rule;
  const draft = { ...(mode === "deny" ? withoutTransition(plain) : plain), audit, mode, priority };
  return meaningOfDraft(draft) === meaningOfRule(rule, "written") ? draft : undefined;
}

/** A deny rule says `x` alone. */
function withoutTransition(draft: Exclude<RuleDraft, { kind: "rlimit" }>): Exclude<RuleDraft, { kind: "rlimit" }> {
  if (draft.kind !== "file" || draft.exec === undefined) return draft;
  const exec: FileDraft["exec"] = { transition: "deny", fallback: "none", safe: false };
  return { ...draft, exec, execTarget: undefined, execSafety: undefined };
}

/** A rule on one line, as it would be written. */
export function ruleText(rule: Rule): string {
  return printRule(wholeDraft(rule) ?? draftOf(rule)).replaceAll(/\s+/g, " ");
}

/** Whether a rule is written in the profile itself, and not in what it includes. */
export function isOwn({ origin }: Rule, profile: Profile): boolean {
  return origin.span.file === profile.origin.span.file;
}

const LACKING: MergeVerdict = { kind: "lacking", note: undefined };

/** What a side makes of a rule that comes from elsewhere. */
export function verdictOn(rule: Rule, side: MergeSide): MergeVerdict {
  const { profile } = side.subject;
  const meaning = meaningOfRule(rule, "written");
  if (profile.rules.some((one) => meaningOfRule(one, "written") === meaning)) return { kind: "said" };
  if (rule.kind === "rlimit") {
    const others = profile.rules.filter(
      (one) => one.kind === "rlimit" && one.resource === rule.resource && isOwn(one, profile),
    );
    return others.length === 0
      ? LACKING
      : { kind: "conflict", others, note: "Of two limits only the last one counts." };
  }
  const question = parseQuestion(printRule(draftOf(rule)), side.file.questions, profile.written);
  if (!question.ok || !question.value.isMediated) return LACKING;
  const explained = explainQuestion(question.value, side.subject);
  if (!explained.ok) return LACKING;
  const { parts } = explained.value;
  // that uses are logged, or that others are outranked, is more than what is permitted
  const isPlain = !rule.audit && rule.priority === 0;
  if (rule.mode === "deny") return onDenial(parts, isPlain);
  if (parts.every(({ outcome }) => outcome === "allowed")) return isPlain ? { kind: "said" } : LACKING;
  return onPermission(question.value.rule, parts, side);
}

function rulesWith(parts: readonly ExplainedPart[], outcome: ExplainedPart["outcome"]): readonly Rule[] {
  return [...new Set(parts.flatMap((part) => (part.outcome === outcome ? part.rules : [])))];
}

function onDenial(parts: readonly ExplainedPart[], isPlain: boolean): MergeVerdict {
  if (isPlain && parts.every(({ outcome }) => outcome === "denied")) return { kind: "said" };
  const others = rulesWith(parts, "allowed");
  if (others.length === 0) return LACKING;
  const example = parts.find(({ outcome }) => outcome === "allowed")?.witness.rule;
  const what = example === undefined ? "" : `, such as \`${example}\``;
  return { kind: "conflict", others, note: `The denial takes away what the profile permits${what}.` };
}

function onPermission(asked: Rule, parts: readonly ExplainedPart[], side: MergeSide): MergeVerdict {
  const otherwise = rulesWith(parts, "other-transition");
  const clashing = otherwise.filter((one) => clash(asked, one, side));
  if (clashing.length > 0)
    return { kind: "conflict", others: clashing, note: "A program can be started in one way only." };
  const denials = rulesWith(parts, "denied");
  const isDenied = denials.length > 0 && parts.every(({ outcome }) => outcome === "denied");
  if (isDenied) return { kind: "conflict", others: denials, note: "The profile denies all of it." };
  const beside = [...otherwise, ...denials].map((one) => `\`${ruleText(one)}\``);
  return beside.length === 0 ? LACKING : { kind: "lacking", note: `A part stays as ${beside.join(", ")} has it.` };
}

/** Whether two rules cannot be in one profile. */
function clash(one: Rule, other: Rule, { subject: { options, policy, profile } }: MergeSide): boolean {
  const tried = compileVariant({ ...policy, profiles: [profileOf(profile, [other, one])] }, options);
  return tried.diagnostics.some(({ severity }) => severity === "error");
}

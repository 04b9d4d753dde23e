/**
 * Rules without which the profile means the same: ignored by this kernel, impossible, overruled, or covered by others. Whether a rule is one
 * is decided by compiling the profile without it; then more is tried to say why.
 */
import type { Rule } from "../../../language/model/index.ts";
import { isDecidedOtherwise, samplePaths } from "../sample.ts";
import { type LintProfile, compileWith, isSameMeaning, ownRules, withoutRule } from "../subject.ts";
import type { Check, LintWorld } from "../types.ts";

export type Reason =
  | { readonly kind: "not-enforced" | "never-matches" | "default" }
  | { readonly kind: "overruled" | "covered"; readonly by: readonly Rule[] };

export interface Removable {
  readonly rule: Rule;
  readonly reason: Reason;
}

export const checkRemovable: Check = (subject, world, report) => {
  const removable = removableRules(subject, world);
  const fixable = jointlyRemovable(
    subject,
    removable.map(({ rule }) => rule),
  );
  for (const { rule, reason } of removable) {
    const fix = fixable.has(rule) ? { remove: rule } : {};
    switch (reason.kind) {
      case "not-enforced":
        report("lint/rule-not-enforced", rule, "this kernel and ABI ignore the rule", {});
        break;
      case "never-matches":
        report("lint/rule-never-matches", rule, "the rule speaks of nothing that can happen", fix);
        break;
      case "default":
        report("lint/rule-covered", rule, "what the rule denies is denied and logged without it", fix);
        break;
      case "overruled":
        report("lint/rule-overruled", rule, "all that the rule says is taken back", { ...fix, also: reason.by });
        break;
      case "covered":
        report("lint/rule-covered", rule, coveredText(reason.by), { ...fix, also: reason.by });
        break;
    }
  }
  return new Set(removable.map(({ rule }) => rule));
};

function coveredText(by: readonly Rule[]): string {
  if (by.length === 1) return "another rule says all that this rule says";
  return "other rules together say all that this rule says";
}

/** Each rule of the file itself that can be taken away by itself, with the reason. */
export function removableRules(subject: LintProfile, world: LintWorld): readonly Removable[] {
  const { rules } = subject.profile;
  const whole = compileWith(subject, rules);
  if (whole === undefined) return [];
  return ownRules(subject).flatMap((rule): readonly Removable[] => {
    const others = withoutRule(rules, rule);
    if (countsForSample(subject, rule, world)) return [];
    if (!isSameMeaning(whole, compileWith(subject, others))) return [];
    return [{ rule, reason: reasonFor(subject, rule, world) }];
  });
}

/** With aliases a path has other names, which the sample does not know. */
function countsForSample({ policy, profile }: LintProfile, rule: Rule, { cells }: LintWorld): boolean {
  if (rule.kind !== "file" || policy.aliases.length > 0) return false;
  const others = withoutRule(profile.rules, rule);
  return isDecidedOtherwise(profile, { before: profile.rules, after: others }, samplePaths(rule, cells));
}

function reasonFor(subject: LintProfile, rule: Rule, { newest }: LintWorld): Reason {
  const nothing = compileWith(subject, []);
  if (isSameMeaning(nothing, compileWith(subject, [rule]))) {
    const modern = { ...subject, options: { ...subject.options, ...newest } };
    const isIgnored = !isSameMeaning(compileWith(modern, []), compileWith(modern, [rule]));
    if (isIgnored) return { kind: "not-enforced" };
    return { kind: rule.kind !== "rlimit" && rule.mode === "deny" ? "default" : "never-matches" };
  }
  const { rules } = subject.profile;
  const below = rules.filter((one) => one === rule || rankOf(one) <= rankOf(rule));
  const above = rules.filter((one) => rankOf(one) > rankOf(rule));
  const countsBelow = !isSameMeaning(compileWith(subject, below), compileWith(subject, withoutRule(below, rule)));
  if (countsBelow) {
    return { kind: "overruled", by: single(above, (one) => isIdleBeside(subject, rule, [...below, one])) };
  }
  return {
    kind: "covered",
    by: single(withoutRule(rules, rule), (one) =>
      isIdleBeside(subject, rule, inOrder(rules, [rule, one]))),
  };
}

/** Priority first; at one priority a deny wins (compile-semantics 4.1). */
function rankOf(rule: Rule): number {
  if (rule.kind === "rlimit") return 0;
  return 2 * rule.priority + (rule.mode === "deny" ? 1 : 0);
}

function inOrder(rules: readonly Rule[], wanted: readonly Rule[]): readonly Rule[] {
  return rules.filter((rule) => wanted.includes(rule));
}

function isIdleBeside(subject: LintProfile, rule: Rule, rules: readonly Rule[]): boolean {
  return isSameMeaning(compileWith(subject, rules), compileWith(subject, withoutRule(rules, rule)));
}

/** The one rule that does it alone, if there is one. */
function single(rules: readonly Rule[], does: (rule: Rule) => boolean): readonly Rule[] {
  const found = rules.find(does);
  return found === undefined ? [] : [found];
}

/** Of two rules that cover each other only one can go: as many as can go together, the last ones first. */
function jointlyRemovable(subject: LintProfile, rules: readonly Rule[]): ReadonlySet<Rule> {
  const whole = compileWith(subject, subject.profile.rules);
  const gone = new Set<Rule>();
  for (const rule of rules.toReversed()) {
    gone.add(rule);
    const left = [...gone].reduce(withoutRule, subject.profile.rules);
    if (!isSameMeaning(whole, compileWith(subject, left))) gone.delete(rule);
  }
  return gone;
}

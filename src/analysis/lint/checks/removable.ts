/**
 * Rules without which the profile means the same: ignored by this kernel, impossible, overruled, or covered by others. Whether a rule is one
 * is decided by compiling the profile without it; then more is tried to say why.
 */
import { sentence } from "../../../foundation/diagnostics/index.ts";
import type { Rule } from "../../../language/model/index.ts";
import { type Reason, reasonFor } from "../reasons.ts";
import { isDecidedOtherwise, samplePaths } from "../sample.ts";
import { type LintProfile, type LintSubject, compileWith, isSameMeaning, ownRules, withoutRule } from "../subject.ts";
import type { LintReport, LintWorld } from "../types.ts";

interface Removable {
  readonly rule: Rule;
  readonly reason: Reason;
}

export function checkRemovable(
  subject: LintSubject,
  world: Pick<LintWorld, "newest">,
  report: LintReport,
): ReadonlySet<Rule> {
  const removable = removableRules(subject, world);
  const unheard = removable.filter(({ reason }) => reason.kind === "not-enforced");
  const fixable = jointlyRemovable(
    subject,
    removable.filter((one) => !unheard.includes(one)).map(({ rule }) => rule),
  );
  for (const { rule, reason } of removable)
    tell(rule, reason, { report, fix: fixable.has(rule) ? { remove: rule } : {} });
  tellUnheard(unheard, report);
  return new Set(removable.map(({ rule }) => rule));
}

interface Telling {
  readonly report: LintReport;
  readonly fix: { readonly remove?: Rule };
}

function tell(rule: Rule, reason: Reason, { fix, report }: Telling): void {
  switch (reason.kind) {
    case "not-enforced":
      // all of a kind are said together
      break;
    case "never-matches":
      report("lint/rule-never-matches", rule, "the rule speaks of nothing that can happen", fix);
      break;
    case "default":
      report("lint/rule-covered", rule, "what the rule denies is denied and logged without it", fix);
      break;
    case "overruled":
      report("lint/rule-overruled", rule, "all that the rule says is taken back", {
        ...fix,
        also: reason.by,
        label: "by this one",
      });
      break;
    case "covered":
      report("lint/rule-covered", rule, coveredText(reason.by), { ...fix, also: reason.by });
      break;
  }
}

function coveredText(by: readonly Rule[]): string {
  if (by.length === 1) return "another rule says all that this rule says";
  return "other rules together say all that this rule says";
}

/** What the kernel or the ABI leaves out, one message for each kind of rule: a profile for a newer kernel has dozens. */
function tellUnheard(unheard: readonly Removable[], report: LintReport): void {
  const said = new Set<string>();
  for (const { rule, reason } of unheard) {
    if (reason.kind !== "not-enforced") continue;
    const key = `${rule.kind} ${reason.by}`;
    if (said.has(key)) continue;
    said.add(key);
    const others = unheard.filter(
      (one) =>
        one.rule !== rule && one.rule.kind === rule.kind && JSON.stringify(one.reason) === JSON.stringify(reason),
    );
    const who = reason.by === "kernel" ? "the kernel" : "the ABI of the profile";
    const count = others.length === 0 ? "the rule is" : `the rule and ${others.length} more are`;
    const message = sentence`${who} knows nothing of this use of ${{ kind: rule.kind }}: ${count} not enforced`;
    report("lint/rule-not-enforced", rule, message, { also: others.map((one) => one.rule), label: "nor is this one" });
  }
}

/** Each rule of the file itself that can be taken away by itself, with the reason. */
function removableRules(subject: LintSubject, world: Pick<LintWorld, "newest">): readonly Removable[] {
  return ownRules(subject).flatMap((rule): readonly Removable[] => {
    // COST: which rules meet it is asked of its automaton, and most rules need none.
    if (countsForSample(subject, rule)) return [];
    const rules = subject.near([rule]);
    if (!isSameMeaning(compileWith(subject, rules), compileWith(subject, withoutRule(rules, rule)))) return [];
    return [{ rule, reason: reasonFor(subject, rule, world) }];
  });
}

/** With aliases a path has other names, which the sample does not know. */
function countsForSample({ policy, profile }: LintProfile, rule: Rule): boolean {
  if (rule.kind !== "file" || policy.aliases.length > 0) return false;
  const { rules } = profile;
  return isDecidedOtherwise(profile, { before: rules, after: withoutRule(rules, rule) }, samplePaths(rule));
}

/** Of two rules that cover each other only one can go: as many as can go together, the last ones first. */
function jointlyRemovable(subject: LintSubject, rules: readonly Rule[]): ReadonlySet<Rule> {
  const gone = new Set<Rule>();
  if (rules.length === 0) return gone;
  const near = subject.near(rules);
  const whole = compileWith(subject, near);
  for (const rule of rules.toReversed()) {
    gone.add(rule);
    const left = [...gone].reduce(withoutRule, near);
    if (!isSameMeaning(whole, compileWith(subject, left))) gone.delete(rule);
  }
  return gone;
}

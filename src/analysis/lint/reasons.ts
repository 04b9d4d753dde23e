/** Why a rule can go: more is tried until one reason is left. */
import { FilePermission, type Rule, bareRules, nowhere } from "../../language/model/index.ts";
import { fit, subject as subjectOf } from "../monitor/index.ts";
import { samplePaths } from "./sample.ts";
import { type LintProfile, type LintSubject, compileWith, isSameMeaning, withoutRule } from "./subject.ts";
import type { LintWorld } from "./types.ts";

/** Of a rule without which the profile means the same. */
export type Reason =
  | { readonly kind: "never-matches" | "default" }
  /** What leaves it out: the kernel knows nothing of it, or the ABI of the profile keeps silent about it. */
  | { readonly kind: "not-enforced"; readonly by: "kernel" | "abi" }
  | { readonly kind: "overruled" | "covered"; readonly by: readonly Rule[] };

export function reasonFor(subject: LintSubject, rule: Rule, { newest }: Pick<LintWorld, "newest">): Reason {
  if (isSilent(subject, rule)) {
    const { options } = subject;
    const { kernelFeatures, policyFeatures, overrideFeatures } = newest;
    const isHeard = (features: Partial<typeof newest>): boolean =>
      !isSilent({ ...subject, options: { ...options, ...features } }, rule);
    if (isHeard({ policyFeatures, overrideFeatures })) return { kind: "not-enforced", by: "abi" };
    if (isHeard({ kernelFeatures, policyFeatures, overrideFeatures })) return { kind: "not-enforced", by: "kernel" };
    return { kind: rule.kind !== "rlimit" && rule.mode === "deny" ? "default" : "never-matches" };
  }
  const rules = subject.near([rule]);
  const below = rules.filter((one) => one === rule || rankOf(one) <= rankOf(rule));
  const above = rules.filter((one) => rankOf(one) > rankOf(rule));
  const near = nearTo(rule, above);
  if (!isIdleBeside(subject, rule, below)) {
    return { kind: "overruled", by: single(near, (one) => isIdleBeside(subject, rule, [...below, one])) };
  }
  // Covered, too, but for whoever wrote it that is the smaller surprise.
  const isTakenBack = above.length > 0 && isIdleBeside(subject, rule, inOrder(rules, [rule, ...above]));
  if (isTakenBack) {
    const by = single(near, (one) => isIdleBeside(subject, rule, inOrder(rules, [rule, one])));
    return { kind: "overruled", by };
  }
  const others = nearTo(rule, withoutRule(rules, rule));
  return { kind: "covered", by: single(others, (one) => isIdleBeside(subject, rule, inOrder(rules, [rule, one]))) };
}

/** Whether a profile with this rule alone means what one without rules means. */
function isSilent(subject: LintProfile, rule: Rule): boolean {
  const qualifiers = { mode: "implicit", audit: false, priority: 0, origin: subject.profile.origin } as const;
  const neutral = { ...bareRules.file, ...qualifiers, path: NOWHERE, permissions: FilePermission.r };
  return isSameMeaning(compileWith(subject, [neutral]), compileWith(subject, [neutral, rule]));
}

/** A profile without any file rule has no automaton for files, which is another difference. */
const NOWHERE = { text: "/\u0001", written: "/\u0001", span: nowhere.span };

/** COST: of a file rule, those that match a path of it, which are few; of any other rule, those of its kind. */
function nearTo(rule: Rule, others: readonly Rule[]): readonly Rule[] {
  if (rule.kind !== "file") return others.filter(({ kind }) => kind === rule.kind || kind === "all");
  const paths = samplePaths(rule).map(subjectOf);
  return others.filter((one) => one.kind !== "file" || paths.some((path) => fit(one.path.text, "path", path) !== "no"));
}

/** Priority first; at one priority a deny wins (compile-semantics 4.1). */
export function rankOf(rule: Rule): number {
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

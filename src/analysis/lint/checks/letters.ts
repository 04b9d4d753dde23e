/** Letters of a file rule without which the profile means the same. */
import { FilePermission, type FileRule, type Rule } from "../../../language/model/index.ts";
import { sentence } from "../../../foundation/diagnostics/index.ts";
import { rankOf } from "../reasons.ts";
import { isDecidedOtherwise, samplePaths } from "../sample.ts";
import { type LintProfile, compileWith, isOneText, isSameMeaning, ownRules } from "../subject.ts";
import type { Check } from "../types.ts";

const LETTERS = ["r", "w", "a", "l", "k", "m"] as const;
type Letter = (typeof LETTERS)[number];

export const checkLetters: Check = (subject, _world, report) => {
  const { policy } = subject;
  for (const rule of ownRules(subject)) {
    if (rule.kind !== "file") continue;
    const rules = subject.near([rule]);
    const paths = policy.aliases.length === 0 ? samplePaths(rule) : [];
    for (const letter of LETTERS) {
      if (!isIdle(subject, rule, { letter, paths, rules })) continue;
      const by = takenBackBy(subject, rule, { letter, rules });
      if (by === undefined)
        report("lint/letter-covered", rule, sentence`the letter ${{ permission: letter }} says nothing new here`, {});
      else
        report("lint/letter-overruled", rule, sentence`the letter ${{ permission: letter }} is taken back`, {
          also: by,
          label: "by this one",
        });
    }
  }
  return new Set<Rule>();
};

interface Trial {
  readonly letter: Letter;
  readonly rules: readonly Rule[];
  readonly paths: readonly string[];
}

function isIdle(subject: LintProfile, rule: FileRule, { letter, paths, rules }: Trial): boolean {
  const fewer = withoutLetter(rules, rule, letter);
  if (fewer === undefined || isDecidedOtherwise(subject.profile, { before: rules, after: fewer }, paths)) return false;
  return isSameMeaning(compileWith(subject, rules), compileWith(subject, fewer));
}

/** The rules with one letter fewer in this text; `undefined` where nothing would be left of it, or a link's target would hang in the air. */
function withoutLetter(rules: readonly Rule[], rule: FileRule, letter: Letter): readonly Rule[] | undefined {
  const bit = FilePermission[letter];
  if ((rule.permissions & bit) === 0 || rule.permissions === bit) return undefined;
  if (letter === "l" && rule.linkTarget !== undefined) return undefined;
  return rules.map((one) =>
    one.kind === "file" && isOneText(one, rule) ? { ...one, permissions: one.permissions & ~bit } : one,
  );
}

/** The rules of a higher rank that make a letter idle; `undefined`: it would be idle without them, too. */
function takenBackBy(
  subject: LintProfile,
  rule: FileRule,
  { letter, rules }: Pick<Trial, "letter" | "rules">,
): readonly Rule[] | undefined {
  const counts = (some: readonly Rule[]): boolean => {
    const fewer = withoutLetter(some, rule, letter);
    return fewer !== undefined && !isSameMeaning(compileWith(subject, some), compileWith(subject, fewer));
  };
  const below = rules.filter((one) => rankOf(one) <= rankOf(rule));
  const above = rules.filter((one) => rankOf(one) > rankOf(rule));
  // a letter that another of the rule brings along says nothing whatever else is written
  if (above.length === 0 || !counts([rule])) return undefined;
  if (!counts(below) && counts([rule, ...above])) return undefined;
  const beside = counts(below) ? below : [rule];
  const single = above.find((one) => !counts([...beside, one]));
  return single === undefined ? above.filter((one) => one.kind === "file").slice(0, 3) : [single];
}

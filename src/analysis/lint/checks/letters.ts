/** Letters of a file rule without which the profile means the same. */
import { FilePermission, type FileRule, type Rule } from "../../../language/model/index.ts";
import { sentence } from "../../../foundation/diagnostics/index.ts";
import { isDecidedOtherwise, samplePaths } from "../sample.ts";
import { compileWith, isSameMeaning, ownRules } from "../subject.ts";
import type { Check } from "../types.ts";

const LETTERS = ["r", "w", "a", "l", "k", "m"] as const;

export const checkLetters: Check = (subject, { cells }, report) => {
  const { policy, profile } = subject;
  const whole = compileWith(subject, profile.rules);
  if (whole === undefined) return new Set();
  for (const rule of ownRules(subject)) {
    if (rule.kind !== "file") continue;
    const idle = LETTERS.filter((letter) => {
      const fewer = withoutLetter(rule, letter);
      if (fewer === undefined) return false;
      const after = profile.rules.map((one) => (one === rule ? fewer : one));
      const sampled = policy.aliases.length === 0 ? samplePaths(rule, cells) : [];
      if (isDecidedOtherwise(profile, { before: profile.rules, after }, sampled)) return false;
      return isSameMeaning(whole, compileWith(subject, after));
    });
    for (const letter of idle) {
      report("lint/letter-covered", rule, sentence`the letter ${{ permission: letter }} says nothing new here`, {});
    }
  }
  return new Set<Rule>();
};

/** The rule with one letter fewer; `undefined` where nothing would be left, or a link's target would hang in the air. */
function withoutLetter(rule: FileRule, letter: (typeof LETTERS)[number]): FileRule | undefined {
  const bit = FilePermission[letter];
  const permissions = rule.permissions & ~bit;
  if ((rule.permissions & bit) === 0 || permissions === 0) return undefined;
  return letter === "l" && rule.linkTarget !== undefined ? undefined : { ...rule, permissions };
}

/** Deny rules of profiles in a mode in which kernels ask no rule. */
import { isFreeOf, isUnconfinedMode, type Rule } from "../../../language/model/index.ts";
import { sentence } from "../../../foundation/diagnostics/index.ts";
import { ownRules } from "../subject.ts";
import type { Check } from "../types.ts";

export const checkUnasked: Check = (subject, _world, report) => {
  const { mode } = subject.profile.flags;
  if (!isUnconfinedMode(mode)) return new Set();
  const denials = ownRules(subject).filter(
    (rule) => rule.kind !== "rlimit" && rule.mode === "deny" && isFreeOf(subject.profile, rule.kind),
  );
  const [first, ...also] = denials;
  if (first === undefined) return new Set();
  const message = sentence`a profile in ${{ mode }} mode is asked none of such rules, and denies nothing`;
  report("lint/denial-without-effect", first, message, { also, label: "nor does this one" });
  return new Set<Rule>(denials);
};

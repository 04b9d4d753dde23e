/**
 * A change of profile needs a rule whose target matches the label, and on exec one whose condition may also match; a hat needs to be there
 * (compile-semantics 3.3; kernel-abi 7.8, 8.18).
 */
import { lastPart, type Profile, type Rule } from "../../../language/model/index.ts";
import { type Decision, decisionOf, plainDecision } from "../decision.ts";
import { labelComponents } from "../../../language/tables/index.ts";
import { fit, type Subject, subject } from "../match.ts";
import type { ChangeHatQuestion, ChangeProfileQuestion } from "../question.ts";
import { type Claim, type Verdict, claim, weigh } from "../weigh.ts";

const ANY_TARGET = "**";
const ANY_EXEC = "/[^/]**";

/**
 * The compound label first; then each component by itself. Priority means nothing here, and nobody is asked. At exec a program that rules
 * name has to have the label as its own; to any other the label alone is what counts, as when the change was asked for.
 */
export function decideChangeProfile(profile: Profile, { target, onExec, program }: ChangeProfileQuestion): Decision {
  const asked = labelVerdict(target, (text) => verdictFor(profile, text, onExec));
  const isNamed = onExec && program !== undefined && verdictFor(profile, program, true).outcome === "allow";
  const verdict =
    asked.outcome === "allow" && isNamed
      ? labelVerdict(target, (text) => pairVerdict(profile, subject(program), subject(text)))
      : asked;
  const name = onExec ? "change_onexec" : "change_profile";
  // what `audit` and `deny` say of logging has no place in the automaton: every refusal is logged, and nothing that is granted
  return decisionOf([{ ...verdict, name, quiet: false, audit: false }]);
}

function labelVerdict(label: string, verdictOf: (text: string) => Verdict): Verdict {
  const whole = verdictOf(label);
  const parts = labelComponents(label);
  if (whole.outcome === "allow" || parts.length < 2) return whole;
  const verdicts = parts.map(verdictOf);
  return verdicts.find(({ outcome }) => outcome !== "allow") ?? verdicts[0] ?? whole;
}

function verdictFor(profile: Profile, target: string, onExec: boolean): Verdict {
  const text = subject(target);
  return weighChanges(profile, (rule) => {
    const own = fit(rule.target?.text ?? ANY_TARGET, "text", text) !== "no";
    // The pattern of the executable carries onexec, too, and a target may look like a path.
    return own || (onExec && fit(rule.exec?.text ?? ANY_EXEC, "text", text) !== "no");
  });
}

function pairVerdict(profile: Profile, program: Subject, label: Subject): Verdict {
  return weighChanges(
    profile,
    ({ exec, target }) =>
      fit(exec?.text ?? ANY_EXEC, "text", program) !== "no" && fit(target?.text ?? ANY_TARGET, "text", label) !== "no",
  );
}

type ChangeRule = Extract<Rule, { readonly kind: "change_profile" }>;

function weighChanges(profile: Profile, matches: (rule: ChangeRule) => boolean): Verdict {
  const claims = profile.rules.flatMap((rule): readonly Claim[] => {
    if (rule.kind !== "change_profile" || rule.mode === "prompt" || !matches(rule)) return [];
    return [claim(rule, 1, { priority: 0, mode: rule.mode === "deny" ? "deny" : "allow" })];
  });
  return weigh(claims, 1);
}

/** A hat is found by its name among the children of the profile, or of the parent of a hat. */
export function decideChangeHat(profile: Profile, parent: Profile | undefined, question: ChangeHatQuestion): Decision {
  const among = profile.hat && parent !== undefined ? parent.children : profile.children;
  return plainDecision(
    "change_hat",
    among.some((child) => child.hat && lastPart(child.name) === question.hat),
  );
}

/**
 * A change of profile needs a rule whose target matches the label, and on exec one whose condition may also match; a hat needs to be there
 * (compile-semantics 3.3; kernel-abi 7.8, 8.18).
 */
import { lastPart, type Profile } from "../../../language/model/index.ts";
import { type Decision, decisionOf, plainDecision } from "../decision.ts";
import { fit, labelComponents, subject } from "../match.ts";
import type { ChangeHatQuestion, ChangeProfileQuestion } from "../question.ts";
import { type Claim, type Verdict, claim, weigh } from "../weigh.ts";

const ANY_TARGET = "**";
const ANY_EXEC = "/[^/]**";

/** The compound label first; then each component by itself. Priority means nothing here, and nobody is asked. */
export function decideChangeProfile(profile: Profile, question: ChangeProfileQuestion): Decision {
  const whole = verdictFor(profile, question.target, question.onExec);
  const parts = labelComponents(question.target);
  const verdicts =
    whole.outcome === "allow" || parts.length < 2
      ? [whole]
      : parts.map((part) => verdictFor(profile, part, question.onExec));
  const name = question.onExec ? "change_onexec" : "change_profile";
  const refused = verdicts.find((verdict) => verdict.outcome !== "allow");
  // what `audit` and `deny` say of logging has no place in the automaton: every refusal is logged, and nothing that is granted
  return decisionOf([{ ...(refused ?? verdicts[0] ?? whole), name, quiet: false, audit: false }]);
}

function verdictFor(profile: Profile, target: string, onExec: boolean): Verdict {
  const text = subject(target);
  const claims = profile.rules.flatMap((rule): readonly Claim[] => {
    if (rule.kind !== "change_profile" || rule.mode === "prompt") return [];
    const mode = rule.mode === "deny" ? "deny" : "allow";
    const own = fit(rule.target?.text ?? ANY_TARGET, "text", text) !== "no";
    // The pattern of the executable carries onexec, too, and a target may look like a path.
    const exec = onExec && fit(rule.exec?.text ?? ANY_EXEC, "text", text) !== "no";
    return own || exec ? [claim(rule, 1, { priority: 0, mode })] : [];
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

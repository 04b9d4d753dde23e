/** What else an answer answers: whatever its rules allow, or deny, of the other questions about the same profile. */
import type { RuleDraft } from "../../language/edit/index.ts";
import { emptyProfile } from "../../language/model/index.ts";
import { standingIn } from "./coverage.ts";
import type { Candidate, LearnOptions, Proposal } from "./types.ts";

/**
 * The proposals, by id, that need no answer any more once a candidate was taken.
 *
 * Cost: only rules with patterns, or for programs, are looked at, since other needs of the same path are one proposal already, and only proposals
 * whose path begins as the pattern does.
 */
export function settledBeside(
  proposal: Proposal,
  candidate: Candidate,
  others: readonly Proposal[],
  { readRules }: LearnOptions,
): readonly string[] {
  if (readRules === undefined) return [];
  const drafts = candidate.actions.flatMap((action) => ("rule" in action && isWide(action.rule) ? [action.rule] : []));
  if (drafts.length === 0) return [];
  const stems = drafts.map(stemOf);
  const near = others.filter(
    (other) =>
      other.profile === proposal.profile &&
      other.id !== proposal.id &&
      other.questions.length > 0 &&
      (other.status === "needed" || other.status === "companion") &&
      isNear(other, stems),
  );
  if (near.length === 0) return [];
  const profile = { ...emptyProfile(proposal.profile), rules: readRules(drafts) };
  return near.filter(({ questions }) => standingIn([profile], questions).status !== "needed").map(({ id }) => id);
}

/** Whether a candidate's own rules decide all that its proposal asks; without rules, or a reader of them, it is taken to. */
export function isAnsweredBy(
  { profile: name, questions }: Proposal,
  { actions }: Candidate,
  { readRules }: LearnOptions,
): boolean {
  const drafts = actions.flatMap((action) => ("rule" in action ? [action.rule] : []));
  if (readRules === undefined || drafts.length === 0 || questions.length === 0) return true;
  return standingIn([{ ...emptyProfile(name), rules: readRules(drafts) }], questions).status !== "needed";
}

/** A pattern, or the rule for a program, whose file is often read by itself: other proposals may be about what it matches. */
function isWide(rule: RuleDraft): boolean {
  return rule.kind === "file" && (rule.exec !== undefined || /[*?[{]|@\{/.test(rule.path));
}

/** What every path that the pattern matches begins with, as far as that is plain. */
function stemOf(rule: RuleDraft): string {
  return rule.kind === "file" ? (/^[^*?[{@\\]*/.exec(rule.path)?.[0] ?? "") : "";
}

function isNear({ questions }: Proposal, stems: readonly string[]): boolean {
  return questions.some((question) => question.kind === "file" && stems.some((stem) => question.path.startsWith(stem)));
}

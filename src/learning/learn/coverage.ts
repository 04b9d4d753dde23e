/** What the policy says to a need by now, and what an include would say. */
import { type ProfilePath, decide, execDestination } from "../../analysis/index.ts";
import type { Profile, Rule } from "../../language/model/index.ts";
import type { ProfileIndex } from "./profiles.ts";
import type { Abstraction, Need, ProposalStatus } from "./types.ts";

export interface Standing {
  readonly status: Extract<ProposalStatus, "needed" | "covered" | "denied">;
  readonly decidedBy: readonly Rule[];
}

/** Whether a profile allows all that a need asks. A profile that does not exist allows nothing. */
export function standingOf(index: ProfileIndex, need: Pick<Need, "profile" | "questions">): Standing {
  const path = index.find(need.profile);
  return path === undefined ? { status: "needed", decidedBy: [] } : standingIn(path, need.questions);
}

export function standingIn(path: ProfilePath, questions: Need["questions"]): Standing {
  const decisions = questions.map((question) => decide(path, question));
  const denied = [...new Set(decisions.flatMap((decision) => decision.deniedBy))];
  if (denied.length > 0) return { status: "denied", decidedBy: denied };
  if (!decisions.every((decision) => decision.allowed)) return { status: "needed", decidedBy: [] };
  return { status: "covered", decidedBy: [...new Set(decisions.flatMap((decision) => decision.allowedBy))] };
}

/** Whether an exec rule asks for a profile that the policy does not have, and has nothing to fall back on. */
export function leadsNowhere(index: ProfileIndex, exec: { readonly profile: string; readonly path: string }): boolean {
  const caller = index.find(exec.profile);
  if (caller === undefined) return false;
  const destination = execDestination({ caller, world: index.top, path: exec.path, owner: false });
  return destination.kind === "refused" && destination.reason === "no-profile";
}

/** What an include would do for some needs. */
export interface IncludeOffer {
  readonly path: string;
  /** Places in the list of needs. */
  readonly answers: readonly number[];
  /** Its rules that no need uses. */
  readonly excess: number;
}

/** Offers of all abstractions, those that answer most first; of equal ones the one that brings least, then by name. */
export function offersFor(
  needs: readonly Pick<Need, "questions">[],
  abstractions: readonly Abstraction[],
  template: Profile,
): readonly IncludeOffer[] {
  const offers = abstractions.map((abstraction) => offerOf(needs, abstraction, template));
  return offers
    .filter((offer) => offer.answers.length > 0)
    .toSorted((a, b) => b.answers.length - a.answers.length || a.excess - b.excess || (a.path < b.path ? -1 : 1));
}

function offerOf(needs: readonly Pick<Need, "questions">[], abstraction: Abstraction, template: Profile): IncludeOffer {
  const profile = { ...template, rules: abstraction.rules, children: [], hat: false };
  const used = new Set<Rule>();
  const answers: number[] = [];
  for (const [at, need] of needs.entries()) {
    const { status, decidedBy } = standingIn([profile], need.questions);
    if (status !== "covered" || need.questions.length === 0) continue;
    answers.push(at);
    for (const rule of decidedBy) used.add(rule);
  }
  return { path: abstraction.path, answers, excess: abstraction.rules.length - used.size };
}

/** What the policy says to a need by now, and what an include would say. */
import { type ProfilePath, decide, execDestination } from "../../analysis/monitor/index.ts";
import { compareBytes } from "../../foundation/text/index.ts";
import { FilePermission, type Profile, type Rule } from "../../language/model/index.ts";
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
  readonly rules: readonly Rule[];
  /** Its rules that no need uses. */
  readonly unused: readonly Rule[];
  /** What including it costs for each need that it answers: its unused rules by what they open, and the breadth of all its rules. */
  readonly price: number;
}

/** Offers of all abstractions, the cheapest for what it answers first; of equal ones by name. */
export function offersFor(
  needs: readonly Pick<Need, "questions">[],
  abstractions: readonly Abstraction[],
  template: Profile,
): readonly IncludeOffer[] {
  const offers = abstractions.map((abstraction) => offerOf(needs, abstraction, template));
  return offers
    .filter((offer) => offer.answers.length > 0)
    .toSorted((a, b) => a.price - b.price || b.answers.length - a.answers.length || compareBytes(a.path, b.path));
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
  const unused = abstraction.rules.filter((rule) => !used.has(rule));
  const cost = sumOf(unused, costOf) + sumOf(abstraction.rules, breadthOf);
  return {
    path: abstraction.path,
    answers,
    rules: abstraction.rules,
    unused,
    price: cost / Math.max(answers.length, 1),
  };
}

function sumOf(rules: readonly Rule[], measure: (rule: Rule) => number): number {
  return rules.reduce((sum, rule) => sum + measure(rule), 0);
}

/** What a rule costs that nobody asked for: reading one thing is 1, a deny rule nothing. */
function costOf(rule: Rule): number {
  if (rule.kind === "rlimit" || rule.mode === "deny") return 0;
  if (rule.kind !== "file") return 3;
  const { permissions } = rule;
  return permissions & FilePermission.x ? 5 : permissions & (FilePermission.w | FilePermission.a) ? 3 : 1;
}

/** What a rule opens beside what it was used for, used or not: whole trees, all capabilities, everything. */
function breadthOf(rule: Rule): number {
  if (rule.kind === "all") return 1000;
  if (rule.kind === "capability") return rule.mode !== "deny" && rule.capabilities.length === 0 ? 100 : 0;
  if (rule.kind !== "file" || rule.mode === "deny" || !rule.path.text.includes("**")) return 0;
  // What precedes the first star, without its alternations: `/**` has one slash there, `{/usr,}/lib/**` two.
  const fixed = rule.path.text.slice(0, rule.path.text.indexOf("*")).replaceAll(/\{[^{}]*\}/g, "");
  return fixed.split("/").length <= 2 ? 100 : 2;
}

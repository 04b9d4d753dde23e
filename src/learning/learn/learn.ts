/** Learning in one go: every question answered by its first candidate, nobody asked. */
import type { ProfileDraft } from "../../language/edit/index.ts";
import type { EventGroup } from "../audit/index.ts";
import { execKey } from "./chains.ts";
import { INCLUDE_FROM, propose } from "./propose.ts";
import { type SelectedChanges, type Selection, selectedChanges } from "./select.ts";
import type { Candidate, ExecDecision, LearnOptions, Learning, Proposal } from "./types.ts";

export interface AutomaticOptions extends LearnOptions {
  /** Profiles to learn that the policy does not have yet, by name. */
  readonly newProfiles?: readonly string[];
  /** Which of an exec question's candidates to take, asked once; `undefined` leaves it open. Without it the first is taken. */
  readonly chooseExec?: (proposal: Proposal) => ExecDecision | undefined;
}

/** What was learned without asking. */
export interface Learned extends SelectedChanges {
  readonly learning: Learning;
  readonly selections: readonly Selection[];
}

const MAX_ROUNDS = 32;

/**
 * Learns everything a log asks for: answers exec questions from the outside in, follows learning profiles as far as they
 * go, and takes the first candidate of every other proposal. Deny rules that stand are respected; nothing is widened but what
 * the first candidates widen.
 *
 * Errors: none. Cost: one pass over the log for every level of programs starting programs, at most 32.
 */
export function learnAll(groups: readonly EventGroup[], options: AutomaticOptions): Learned {
  const chosen = new Map(options.execChoices);
  const wanted = new Set(options.newProfiles);
  const accepts = (profile: string): boolean => wanted.has(profile);
  const asked = new Set<string>();
  let learning = propose(groups, { ...options, execChoices: chosen }, accepts);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    if (!answerExecs(learning, { chosen, asked }, options)) break;
    learning = propose(groups, { ...options, execChoices: chosen }, accepts);
  }
  const selections = firstOfAll(learning, options.includeFrom ?? INCLUDE_FROM);
  return { ...selectedChanges(selections, options.profiles), learning, selections };
}

interface Answers {
  readonly chosen: Map<string, ExecDecision>;
  /** Questions that were put, whatever came of it. */
  readonly asked: Set<string>;
}

/** Puts answers to new exec questions into `chosen`; whether there were any. */
function answerExecs(learning: Learning, { chosen, asked }: Answers, options: AutomaticOptions): boolean {
  let grew = false;
  for (const proposal of learning.proposals) {
    if (proposal.kind !== "exec" || proposal.status !== "needed") continue;
    const key = execKey(proposal.profile, proposal.id.slice(`${proposal.profile} exec `.length));
    if (chosen.has(key) || asked.has(key)) continue;
    asked.add(key);
    const first = proposal.candidates[0]?.exec;
    const decision = options.chooseExec === undefined ? first : options.chooseExec(proposal);
    if (decision === undefined) continue;
    chosen.set(key, decision);
    grew = true;
  }
  return grew;
}

/** The first candidate of each open proposal; what an include answers needs no rule of its own. */
function firstOfAll(learning: Learning, includeFrom: number): readonly Selection[] {
  const answered = new Set<string>();
  const selections: Selection[] = [];
  const open = learning.proposals.filter(({ status }) => status === "needed" || status === "companion");
  for (const proposal of open.toSorted((a, b) => reach(b) - reach(a))) {
    const candidate = answered.has(proposal.id) ? undefined : firstWorth(proposal, answered, includeFrom);
    if (candidate === undefined) continue;
    selections.push({ proposal, candidate });
    answered.add(proposal.id);
    for (const id of candidate.alsoAnswers) answered.add(id);
  }
  const place = new Map(learning.proposals.map((proposal, at) => [proposal.id, at]));
  return selections.toSorted((a, b) => (place.get(a.proposal.id) ?? 0) - (place.get(b.proposal.id) ?? 0));
}

/** Includes that answer most come first, so that fewer are taken. */
function reach(proposal: Proposal): number {
  return proposal.candidates[0]?.alsoAnswers.length ?? 0;
}

/** An include is worth it while it still answers enough that nothing else has answered. */
function firstWorth(proposal: Proposal, answered: ReadonlySet<string>, includeFrom: number): Candidate | undefined {
  return proposal.candidates.find(
    ({ kind, alsoAnswers }) =>
      kind !== "abstraction" || alsoAnswers.filter((id) => !answered.has(id)).length >= includeFrom,
  );
}

/** A program without any rules yet. */
export interface NewProgram {
  /** The profile's name in the log. */
  readonly name: string;
  /** The executable, as a pattern; `undefined`: the profile attaches by its name, or not at all. */
  readonly attachment: string | undefined;
}

/**
 * The whole rule set of a program that has none, from a complain-mode log: its profile with children and hats, and the
 * profiles of programs it starts that got one of their own.
 *
 * Shape: the program's profile first.
 */
export function learnProfile(
  groups: readonly EventGroup[],
  program: NewProgram,
  options: AutomaticOptions,
): { readonly profiles: readonly ProfileDraft[]; readonly learned: Learned } {
  const others = options.profiles.filter((profile) => profile.name !== program.name);
  const newProfiles = [...(options.newProfiles ?? []), program.name];
  const learned = learnAll(groups, { ...options, profiles: others, newProfiles });
  const own = learned.profiles.find((profile) => profile.name === program.name);
  const base: ProfileDraft = { keyword: "profile", name: program.name };
  const first: ProfileDraft = { ...base, ...own, keyword: "profile", attachment: program.attachment };
  return { profiles: [first, ...learned.profiles.filter((profile) => profile !== own)], learned };
}

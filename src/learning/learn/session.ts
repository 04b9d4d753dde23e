/**
 * Learning as a dialogue that is a value: a session has a next question, an answer makes another session of it, and both are as good as
 * before. Whoever asks (a prompt, a script, an editor, nobody) asks the same questions in the same order. An answer changes what is asked
 * after it: a decision about an exec says whose the program's events are, an include answers all that it allows.
 */
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import { compareBytes } from "../../foundation/text/index.ts";
import type { EventGroup } from "../audit/index.ts";
import { actionText } from "./action-text.ts";
import { execKey } from "./chains.ts";
import { INCLUDE_FROM, propose } from "./propose.ts";
import { type SelectedChanges, type Selection, selectedChanges } from "./select.ts";
import type { Candidate, ExecDecision, LearnOptions, Learning, Proposal } from "./types.ts";

export interface SessionOptions extends LearnOptions {
  /** Profiles to learn that the policy does not have yet, by name. */
  readonly newProfiles?: readonly string[];
}

/** A dialogue so far. */
export interface Session {
  readonly groups: readonly EventGroup[];
  readonly options: SessionOptions;
  /** What the log asks for by the decisions about execs that were made when it was last gone through. */
  readonly learning: Learning;
  /** By the proposal's id, in order; `undefined`: it is left as it is. */
  readonly answered: ReadonlyMap<string, Candidate | undefined>;
  readonly execChoices: ReadonlyMap<string, ExecDecision>;
  /** How often the log was gone through again, and with how many decisions the last time. */
  readonly rounds: number;
  readonly decided: number;
}

export interface Question {
  readonly proposal: Proposal;
  /** What is taken where nobody is asked; `undefined`: nothing. */
  readonly suggested: Candidate | undefined;
}

/** An answer in words that can be kept and given again. */
export interface Answer {
  /** The proposal's id. */
  readonly question: string;
  /** A candidate, as `choiceOf` calls it, or `skip`. */
  readonly choice: string;
}

export type AnswerProblem = "no-such-question" | "not-open" | "no-such-choice";

export const SKIP = "skip";

/** Programs that start programs that start programs: levels of them that are asked about, each one pass over the log. */
const MAX_ROUNDS = 32;

/** Opens the dialogue about a log. COST: one pass over the log. */
export function openSession(groups: readonly EventGroup[], options: SessionOptions): Session {
  const execChoices = options.execChoices ?? new Map<string, ExecDecision>();
  const learning = learningBy(groups, options, execChoices);
  const decided = execChoices.size;
  return { groups, options, learning, answered: new Map(), execChoices, rounds: 0, decided };
}

function learningBy(
  groups: readonly EventGroup[],
  options: SessionOptions,
  execChoices: ReadonlyMap<string, ExecDecision>,
): Learning {
  const wanted = new Set(options.newProfiles);
  return propose(groups, { ...options, execChoices }, (profile) => wanted.has(profile));
}

/** What a candidate is called in an answer: what it is and what it writes. */
export function choiceOf({ kind, actions }: Candidate): string {
  return [kind, ...actions.map(actionText)].join(" ");
}

/** The next question; `undefined`: all is answered. */
export function question(session: Session): Question | undefined {
  return openQuestions(session)[0];
}

/**
 * Answers one question that is still open, the next one or another.
 *
 * Cost: one pass over the log after the last answer about the execs of one level.
 */
export function answer(session: Session, { question: id, choice }: Answer): Outcome<Session, AnswerProblem> {
  const proposal = session.learning.proposals.find((one) => one.id === id);
  if (proposal === undefined || !isOpen(proposal)) return fail("no-such-question");
  if (isSettled(session, proposal)) return fail("not-open");
  const candidate = proposal.candidates.find((one) => choiceOf(one) === choice);
  if (candidate === undefined && choice !== SKIP) return fail("no-such-choice");
  return ok(answerAll(session, [{ proposal, suggested: candidate }]));
}

/** Answers everything as suggested. */
export function answerRest(session: Session): Session {
  for (let current = session; ;) {
    const open = openQuestions(current);
    if (open.length === 0) return current;
    current = answerAll(current, open);
  }
}

/** The answers that lead from the opened session to this one. */
export function answersOf({ answered }: Session): readonly Answer[] {
  return [...answered].map(([id, candidate]) => ({
    question: id,
    choice: candidate === undefined ? SKIP : choiceOf(candidate),
  }));
}

/** What the answers come to, in order of the proposals; what is still open is left as it is. */
export function selectionsOf({ learning, answered, execChoices }: Session): readonly Selection[] {
  return learning.proposals.filter(isOpen).flatMap((proposal) => {
    const candidate = proposal.kind === "exec" ? decidedExec(proposal, execChoices) : answered.get(proposal.id);
    return candidate === undefined ? [] : [{ proposal, candidate }];
  });
}

/** The changes that the answers come to. */
export function changesOf(session: Session): SelectedChanges {
  return selectedChanges(selectionsOf(session), session.options.profiles);
}

function isOpen({ status }: Proposal): boolean {
  return status === "needed" || status === "companion";
}

function keyOf({ id, profile }: Proposal): string {
  return execKey(profile, id.slice(`${profile} exec `.length));
}

/** The candidate as it is by now: what came to light since may have changed its rules. */
function decidedExec(proposal: Proposal, execChoices: Session["execChoices"]): Candidate | undefined {
  const decision = execChoices.get(keyOf(proposal));
  return decision && proposal.candidates.find(({ exec }) => exec?.kind === decision.kind);
}

function isDecided({ answered, execChoices }: Session, proposal: Proposal): boolean {
  return answered.has(proposal.id) || (proposal.kind === "exec" && execChoices.has(keyOf(proposal)));
}

/** Whether there is nothing to answer any more, or not yet: whose an event is comes before what it needs. */
function isSettled(session: Session, proposal: Proposal): boolean {
  if (isDecided(session, proposal)) return true;
  return proposal.kind !== "exec" && (openExecs(session).length > 0 || settledBy(session).has(proposal.id));
}

function openExecs(session: Session): readonly Proposal[] {
  const { proposals } = session.learning;
  return proposals.filter((one) => one.kind === "exec" && one.status === "needed" && !isDecided(session, one));
}

/** What was answered, and what these answers answer, too. */
function settledBy({ answered }: Session): Set<string> {
  const settled = new Set(answered.keys());
  for (const candidate of answered.values()) for (const id of candidate?.alsoAnswers ?? []) settled.add(id);
  return settled;
}

/**
 * All that is to be asked, if each answer is the suggested one. Includes that answer most come first, so that fewer are taken.
 *
 * INVARIANT: without the first question, answered as suggested, it is the list of the next session (while no exec is among them).
 */
function openQuestions(session: Session): readonly Question[] {
  const execs = openExecs(session);
  if (execs.length > 0) return execs.map((proposal) => ({ proposal, suggested: proposal.candidates[0] }));
  const enough = session.options.includeFrom ?? INCLUDE_FROM;
  const settled = settledBy(session);
  const questions: Question[] = [];
  const open = session.learning.proposals.filter((proposal) => isOpen(proposal) && !isDecided(session, proposal));
  for (const proposal of open.toSorted((a, b) => compareBytes(a.profile, b.profile) || reach(b) - reach(a))) {
    if (settled.has(proposal.id)) continue;
    const suggested = firstWorth(proposal, settled, enough);
    questions.push({ proposal, suggested });
    settled.add(proposal.id);
    for (const id of suggested?.alsoAnswers ?? []) settled.add(id);
  }
  return questions;
}

function reach(proposal: Proposal): number {
  return proposal.candidates[0]?.alsoAnswers.length ?? 0;
}

/** An include is worth it while it still answers enough that nothing else has answered. */
function firstWorth(proposal: Proposal, settled: ReadonlySet<string>, enough: number): Candidate | undefined {
  return proposal.candidates.find(
    ({ kind, alsoAnswers }) => kind !== "abstraction" || alsoAnswers.filter((id) => !settled.has(id)).length >= enough,
  );
}

/** The session with these questions answered by what is beside them. */
function answerAll(session: Session, given: readonly Question[]): Session {
  const answered = new Map(session.answered);
  const execChoices = new Map(session.execChoices);
  for (const { proposal, suggested } of given) {
    answered.set(proposal.id, suggested);
    if (proposal.kind === "exec" && suggested?.exec !== undefined) execChoices.set(keyOf(proposal), suggested.exec);
  }
  return heardAgain({ ...session, answered, execChoices });
}

/** Once the execs of a level are decided, the log is gone through again: it tells of the next. */
function heardAgain(session: Session): Session {
  const { groups, options, execChoices, rounds, decided } = session;
  if (execChoices.size === decided || rounds === MAX_ROUNDS || openExecs(session).length > 0) return session;
  const learning = learningBy(groups, options, execChoices);
  return { ...session, learning, rounds: rounds + 1, decided: execChoices.size };
}

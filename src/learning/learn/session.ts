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
import { INCLUDE_FROM } from "./includes.ts";
import { ProfileIndex } from "./profiles.ts";
import { propose } from "./propose.ts";
import { type SelectedChanges, type Selection, selectedChanges } from "./select.ts";
import { isAnsweredBy, settledBeside } from "./settled.ts";
import type { Candidate, ExecDecision, HatDecision, LearnOptions, Learning, Proposal, Variation } from "./types.ts";
import { varied } from "./variations.ts";

export interface SessionOptions extends LearnOptions {
  /** Profiles to learn that the policy does not have yet, by name. */
  readonly newProfiles?: readonly string[];
}

/** What was answered. */
export interface Given {
  /** With its variation; `undefined`: it is left as it is. */
  readonly candidate: Candidate | undefined;
  readonly choice: string;
  readonly variation: Variation | undefined;
}

/** A dialogue so far. */
export interface Session {
  readonly groups: readonly EventGroup[];
  readonly options: SessionOptions;
  /** What the log asks for by the decisions about execs that were made when it was last gone through. */
  readonly learning: Learning;
  /** By the proposal's id, in order. */
  readonly answered: ReadonlyMap<string, Given>;
  /** Ids of the proposals that an answer to another one answers, too. */
  readonly settled: ReadonlySet<string>;
  readonly execChoices: ReadonlyMap<string, ExecDecision>;
  readonly hatChoices: ReadonlyMap<string, HatDecision>;
  /** How often the log was gone through again for another level of execs, and with how many decisions the last time. */
  readonly rounds: number;
  readonly decided: { readonly execs: number; readonly hats: number };
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
  /** What is to be different in it. */
  readonly variation?: Variation;
}

export type AnswerProblem = "no-such-question" | "not-open" | "no-such-choice" | "no-such-rule";

export const SKIP = "skip";

/** Programs that start programs that start programs: levels of them that are asked about, each one pass over the log. */
const MAX_ROUNDS = 32;

/** Opens the dialogue about a log. COST: one pass over the log. */
export function openSession(groups: readonly EventGroup[], options: SessionOptions): Session {
  const execChoices = options.execChoices ?? new Map<string, ExecDecision>();
  const hatChoices = options.hatChoices ?? new Map<string, HatDecision>();
  const learning = learningBy(groups, options, { execChoices, hatChoices });
  const decided = sizesOf({ execChoices, hatChoices });
  const answers = { answered: new Map(), settled: new Set<string>(), execChoices, hatChoices };
  return { groups, options, learning, ...answers, rounds: 0, decided };
}

/** Opens the dialogue about proposals that come from elsewhere than a log. */
export function openSessionOn(learning: Learning, options: SessionOptions): Session {
  const answers = { answered: new Map(), settled: new Set<string>(), execChoices: new Map(), hatChoices: new Map() };
  return { groups: [], options, learning, ...answers, rounds: 0, decided: { execs: 0, hats: 0 } };
}

function learningBy(
  groups: readonly EventGroup[],
  options: SessionOptions,
  decisions: Pick<Session, "execChoices" | "hatChoices">,
): Learning {
  const wanted = new Set(options.newProfiles);
  return propose(groups, { ...options, ...decisions }, (profile) => wanted.has(profile));
}

/** What a candidate is called in an answer: what it is and what it writes. */
export function choiceOf({ kind, actions }: Candidate): string {
  return [kind, ...actions.map(actionText)].join(" ");
}

/** The next question; `undefined`: all is answered. */
export function question(session: Session): Question | undefined {
  return questions(session)[0];
}

/**
 * What a question would be answered with: one of its candidates, or one that is different in what the variation says.
 *
 * Errors: `no-such-rule` where the candidate has nothing of the kind, or the rule cannot be written.
 */
export function candidateFor(
  session: Session,
  { question: id, choice, variation }: Answer,
): Outcome<Candidate | undefined, AnswerProblem> {
  const proposal = session.learning.proposals.find((one) => one.id === id);
  if (proposal === undefined || !isOpen(proposal)) return fail("no-such-question");
  const candidate = proposal.candidates.find((one) => choiceOf(one) === choice);
  if (candidate === undefined)
    return choice === SKIP && variation === undefined ? ok(undefined) : fail("no-such-choice");
  if (variation === undefined) return ok(candidate);
  const own = variedOf(session, proposal, candidate, variation);
  return own === undefined ? fail("no-such-rule") : ok(own);
}

function variedOf(
  { options }: Session,
  proposal: Proposal,
  candidate: Candidate,
  variation: Variation,
): Candidate | undefined {
  const { profiles, isWritable = () => true } = options;
  const own = varied(proposal, candidate, variation, new ProfileIndex(profiles).find(proposal.profile)?.at(-1));
  const rules = own?.actions.flatMap((action) => ("rule" in action ? [action.rule] : []));
  return rules?.every(isWritable) === true ? own : undefined;
}

/** Whether the rules of an answer decide what its question asks for, either way; an include is taken at its word. */
export function fits(session: Session, given: Answer): boolean {
  const proposal = session.learning.proposals.find((one) => one.id === given.question);
  const candidate = candidateFor(session, given);
  if (proposal === undefined || !candidate.ok || candidate.value === undefined) return false;
  return isAnsweredBy(proposal, candidate.value, session.options);
}

/**
 * Answers one question that is still open, the next one or another.
 *
 * Cost: one pass over the log after the last answer about the execs of one level.
 */
export function answer(session: Session, given: Answer): Outcome<Session, AnswerProblem> {
  const candidate = candidateFor(session, given);
  if (!candidate.ok) return candidate;
  const proposal = session.learning.proposals.find((one) => one.id === given.question);
  if (proposal === undefined) return fail("no-such-question");
  if (isSettled(session, proposal)) return fail("not-open");
  const { choice, variation } = given;
  return ok(answerAll(session, [{ proposal, given: { candidate: candidate.value, choice, variation } }]));
}

/** Answers everything as suggested. */
export function answerRest(session: Session): Session {
  for (let current = session; ;) {
    const open = questions(current);
    if (open.length === 0) return current;
    current = answerAll(
      current,
      open.map(({ proposal, suggested }) => ({ proposal, given: asGiven(suggested) })),
    );
  }
}

function asGiven(candidate: Candidate | undefined): Given {
  return { candidate, choice: candidate === undefined ? SKIP : choiceOf(candidate), variation: undefined };
}

/** The answers that lead from the opened session to this one. */
export function answersOf({ answered }: Session): readonly Answer[] {
  return [...answered].map(([id, { choice, variation }]) => ({
    question: id,
    choice,
    ...(variation !== undefined && { variation }),
  }));
}

/** What the answers come to, in order of the proposals; what is still open is left as it is. */
export function selectionsOf(session: Session): readonly Selection[] {
  return session.learning.proposals.filter(isOpen).flatMap((proposal) => {
    const given = session.answered.get(proposal.id);
    const candidate = proposal.kind === "exec" ? decidedExec(session, proposal, given) : given?.candidate;
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
function decidedExec(session: Session, proposal: Proposal, given: Given | undefined): Candidate | undefined {
  const decision = session.execChoices.get(keyOf(proposal));
  if (decision === undefined) return undefined;
  const kind = given?.candidate?.kind ?? decision.kind;
  const plain = proposal.candidates.find(
    (one) => one.kind === kind || (given === undefined && one.exec?.kind === kind),
  );
  const variation = given?.variation;
  return plain === undefined || variation === undefined ? plain : variedOf(session, proposal, plain, variation);
}

function isDecided({ answered, execChoices }: Session, proposal: Proposal): boolean {
  return answered.has(proposal.id) || (proposal.kind === "exec" && execChoices.has(keyOf(proposal)));
}

/** Whether there is nothing to answer any more, or not yet: whose an event is comes before what it needs. */
function isSettled(session: Session, proposal: Proposal): boolean {
  if (isDecided(session, proposal)) return true;
  return proposal.kind !== "exec" && (openExecs(session).length > 0 || session.settled.has(proposal.id));
}

function openExecs(session: Session): readonly Proposal[] {
  const { proposals } = session.learning;
  return proposals.filter((one) => one.kind === "exec" && one.status === "needed" && !isDecided(session, one));
}

/**
 * All that is to be asked, if each answer is the suggested one. Includes that answer most come first, so that fewer are taken.
 *
 * INVARIANT: without the first question, answered as suggested, it is the list of the next session (while no exec is among them).
 */
export function questions(session: Session): readonly Question[] {
  const execs = openExecs(session);
  if (execs.length > 0) return execs.map((proposal) => ({ proposal, suggested: proposal.candidates[0] }));
  const enough = session.options.includeFrom ?? INCLUDE_FROM;
  const settled = new Set([...session.answered.keys(), ...session.settled]);
  const found: Question[] = [];
  const open = session.learning.proposals.filter((proposal) => isOpen(proposal) && !isDecided(session, proposal));
  for (const proposal of open.toSorted((a, b) => compareBytes(a.profile, b.profile) || reach(b) - reach(a))) {
    if (settled.has(proposal.id)) continue;
    const suggested = firstWorth(proposal, settled, enough);
    found.push({ proposal, suggested });
    settled.add(proposal.id);
    for (const id of alsoSettled(session, proposal, suggested)) settled.add(id);
  }
  return found;
}

/** What else an answer answers: by its include, or by what its rules come to. */
function alsoSettled(
  { learning, options }: Session,
  proposal: Proposal,
  candidate: Candidate | undefined,
): readonly string[] {
  if (candidate === undefined) return [];
  return [...candidate.alsoAnswers, ...settledBeside(proposal, candidate, learning.proposals, options)];
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
function answerAll(
  session: Session,
  answers: readonly { readonly proposal: Proposal; readonly given: Given }[],
): Session {
  const answered = new Map(session.answered);
  const settled = new Set(session.settled);
  const execChoices = new Map(session.execChoices);
  const hatChoices = new Map(session.hatChoices);
  for (const { proposal, given } of answers) {
    const { candidate } = given;
    answered.set(proposal.id, given);
    for (const id of alsoSettled(session, proposal, candidate)) settled.add(id);
    if (proposal.kind === "exec" && candidate?.exec !== undefined) execChoices.set(keyOf(proposal), candidate.exec);
    const hat = proposal.kind === "hat" ? hatDecision(candidate) : undefined;
    if (hat !== undefined) hatChoices.set(execKey(proposal.profile, proposal.subject), hat);
  }
  const heard = heardAgain({ ...session, answered, settled, execChoices, hatChoices });
  if (answers.every(({ proposal }) => proposal.kind !== "exec")) return heard;
  return { ...heard, settled: new Set([...heard.settled, ...settledByExecs(heard)]) };
}

/** What the answers about programs answer of what their programs did, which is heard once they are given. */
function settledByExecs(session: Session): readonly string[] {
  return session.learning.proposals
    .filter(({ kind }) => kind === "exec")
    .flatMap((proposal) => alsoSettled(session, proposal, session.answered.get(proposal.id)?.candidate));
}

/** The answers so far, as answers to what is asked by now: those whose choice there is no longer are asked again. */
function answeredAlike(session: Session): Session {
  const byId = new Map(session.learning.proposals.map((proposal) => [proposal.id, proposal]));
  const answered = new Map<string, Given>();
  const settled = new Set<string>();
  for (const [id, given] of session.answered) {
    const proposal = byId.get(id);
    const { choice, variation } = given;
    if (proposal === undefined || proposal.kind === "exec") {
      answered.set(id, given);
      continue;
    }
    const found = candidateFor(session, { question: id, choice, ...(variation !== undefined && { variation }) });
    if (!found.ok) continue;
    answered.set(id, { ...given, candidate: found.value });
    for (const other of alsoSettled(session, proposal, found.value)) settled.add(other);
  }
  return { ...session, answered, settled };
}

function sizesOf({ execChoices, hatChoices }: Pick<Session, "execChoices" | "hatChoices">): Session["decided"] {
  return { execs: execChoices.size, hats: hatChoices.size };
}

/** What is to become of a hat's events; `undefined`: they are its own, as they were read. */
function hatDecision(candidate: Candidate | undefined): HatDecision | undefined {
  if (candidate === undefined) return { kind: "deny" };
  return candidate.kind === "default-hat" ? candidate.hat : undefined;
}

/** Once the execs of a level are decided, the log is gone through again: it tells of the next. */
function heardAgain(session: Session): Session {
  const { groups, options, execChoices, hatChoices, rounds, decided } = session;
  const isDeeper = execChoices.size !== decided.execs && rounds < MAX_ROUNDS;
  if (!isDeeper && hatChoices.size === decided.hats) return session;
  if (openExecs(session).length > 0) return session;
  const learning = learningBy(groups, options, { execChoices, hatChoices });
  return answeredAlike({
    ...session,
    learning,
    rounds: isDeeper ? rounds + 1 : rounds,
    decided: sizesOf(session),
  });
}

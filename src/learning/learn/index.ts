/**
 * In: accesses of events and the policy there is. Out: a session of questions, each a proposal with its candidates, reasons and evidence,
 * and the changes that the answers come to.
 * Must not know: prompts, terminals, files, how text is edited.
 */
export { ProfileIndex } from "./profiles.ts";
export { execKey } from "./chains.ts";
export { fileAction } from "./files.ts";
export { coveredRules } from "./covered-rules.ts";
export { actionText } from "./action-text.ts";
export { type NewProgram, openProgram, programProfiles } from "./program.ts";
export { type Accepts, propose } from "./propose.ts";
export { ruleOfEvent } from "./rule-of-event.ts";
export { secondLook } from "./second-look.ts";
export { type SelectedChanges, type Selection, selectedChanges } from "./select.ts";
export {
  type Answer,
  type AnswerProblem,
  type Given,
  type Question,
  SKIP,
  type Session,
  type SessionOptions,
  answer,
  answerRest,
  answersOf,
  candidateFor,
  changesOf,
  choiceOf,
  fits,
  openSession,
  openSessionOn,
  question,
  questions,
  selectionsOf,
} from "./session.ts";
export { type PathChoices, type PathEvidence, type PathPattern, choosePatterns } from "./paths.ts";
export type {
  Abstraction,
  Action,
  Candidate,
  CandidateKind,
  Evidence,
  ExecDecision,
  HatDecision,
  LearnOptions,
  Learning,
  Proposal,
  ProposalStatus,
  SkipReason,
  Skipped,
  Variation,
} from "./types.ts";

/**
 * In: events and the policy there is. Out: proposals with their candidates, reasons and evidence; the changes chosen ones come to.
 * Must not know: prompts, terminals, files, how text is edited.
 */
export { execKey } from "./chains.ts";
export { coveredRules } from "./covered-rules.ts";
export { type AutomaticOptions, type Learned, type NewProgram, learnAll, learnProfile } from "./learn.ts";
export { needKey } from "./need-key.ts";
export { propose } from "./propose.ts";
export { type SelectedChanges, type Selection, selectedChanges } from "./select.ts";
export { type PathChoices, type PathPattern, choosePatterns } from "./paths.ts";
export type {
  Abstraction,
  Action,
  Candidate,
  CandidateKind,
  Evidence,
  ExecDecision,
  LearnOptions,
  Learning,
  Proposal,
  ProposalStatus,
  SkipReason,
  Skipped,
} from "./types.ts";

/**
 * In: policy, logs and questions, as texts, bytes and plain options. Out: the common jobs, each as one call: check, compile, format, decode,
 * explain, query, diff, test, learn, load.
 * Must not know: argv, terminals, Node; what is on this machine, but through the ports it is given.
 *
 * The parts of the compiler are read when they are first needed, which is why most jobs give a promise.
 */
export { type PolicyInput, type PolicyOptions, type PolicyText, defaultPolicySettings } from "./inputs.ts";
export {
  type DecodedForms,
  type DiffOptions,
  type LoadOptions,
  type ModelledSource,
  type QueryOptions,
  type ReachOptions,
  type ReachResult,
  type RenderOptions,
  type TestOptions,
  check,
  compile,
  createEngine,
  decode,
  diff,
  explain,
  explainEvent,
  format,
  load,
  query,
  reach,
  readModel,
  renderDiagnostics,
  runTests,
} from "./jobs.ts";
export type { Checks } from "./reported.ts";
export { type LearnOptions, type LogEvents, learn, readEvents, writeLearned } from "./learning.ts";
export { type MemoryFiles, memoryFiles } from "../foundation/ports/index.ts";
export { decodeBytes, encodeBytes } from "../foundation/text/index.ts";
export type { Outcome } from "../foundation/basics/index.ts";
export {
  type SuiteTrouble,
  type Fate,
  type CheckedSource,
  type CompiledAndLoaded,
  type CompiledSource,
  type CompiledUnit,
  type Coverage,
  type DiffPart,
  type DiffPlace,
  type DiffProblem,
  type DiffProfile,
  type DiffReport,
  type DiffRule,
  type EventAnswer,
  type EventGroup,
  type ExpectationResult,
  type ExplainAnswer,
  type Flip,
  type FormatOptions,
  type FormatProblem,
  type FormattedText,
  type LearnAnswer,
  type LearnProblem,
  type LearnQuestion,
  type LearnResult,
  type LearnSession,
  type LearnedCandidate,
  type LearnedFile,
  type LearnedProposal,
  type LoadedUnit,
  type MutationScore,
  type PartAnswer,
  type PolicyEngine,
  type PolicyFeatures,
  type PolicySettings,
  type PolicySource,
  type ProfileOutline,
  type QueryAnswer,
  type QueryResult,
  type ReachAnswer,
  type ShownRelation,
  type ShownStep,
  type RulePlace,
  type SkippedEvents,
  type SourceStage,
  type SourceStages,
  type StatusReport,
  type TestReport,
  type TestResult,
  countModes,
  fullNames,
  readStatus,
  refusalText,
} from "../app/index.ts";
export type { Direction, Verdict } from "../analysis/diff/index.ts";
export type { Relation, Step, StepKind } from "../analysis/reach/index.ts";
export type { ExplainedPart, OutrankedRule, PartOutcome } from "../analysis/explain/index.ts";
export type { LogSummary } from "../learning/audit/index.ts";

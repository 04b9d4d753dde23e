/**
 * In: paths, options and ports. Out: the use cases: compile and load, check, learn and write, status, caches.
 * Must not know: argv, terminals, HTTP, Node. The compiler is loaded when it is first needed, so that what needs none starts fast.
 */
export {
  type CheckedSource,
  type CompiledSource,
  type CompiledUnit,
  type OwnUnit,
  type PolicyEngine,
  type PolicyFeatures,
  type PolicySettings,
  type PolicySource,
  type LearnAnswer,
  type LearnProblem,
  type LearnQuestion,
  type LearnRequest,
  type LearnResult,
  type LearnSession,
  type Learner,
  type SkippedEvents,
  type LearnedFile,
  type LearnedCandidate,
  type LearnedProposal,
  type ProfileOutline,
  type SourceStage,
  type SourceStages,
  fullNames,
  writtenNames,
  noWork,
} from "./engine.ts";
export type { CompileWork } from "../compiler/compile/index.ts";
export { bugReport, bugText, internalCodes, PortMisuse } from "./bug.ts";
export { defaultPolicySettings } from "./default-settings.ts";
export {
  featureSetNames,
  isFeatureSetName,
  isFeatureText,
  meantFeatureSet,
  newestFeatureSet,
} from "../language/features/index.ts";
export { COMPILER_VERSION } from "./version.ts";
export {
  type FindGist,
  type TraceableFiles,
  type FileTracer,
  type Observation,
  type Replay,
  type TracedFiles,
  createTracer,
  replayer,
} from "./caches/trace.ts";
export {
  type FoundResult,
  type ResultCache,
  type StoredResult,
  type StoredTables,
  resultCache,
} from "./caches/result-cache.ts";
export { type AutomatonCache, automatonCache } from "./caches/automaton-cache.ts";
export {
  type CacheEntry,
  type CacheMiss,
  type CacheRecord,
  cacheDirectory,
  createCache,
  openCache,
  purgeCache,
  readEntry,
  writeEntry,
} from "./caches/policy-cache.ts";
export {
  ignoredFileName as skippedName,
  type PolicyMarks,
  readPolicyMarks,
  skippedHere,
  SUITE_SUFFIX,
} from "./ignored-names.ts";
export { labelComponents } from "../language/tables/index.ts";
export { skippedText } from "./unknown-profile.ts";
export { type StatusReport, countModes, readStatus } from "./status.ts";
export { refusalText } from "../foundation/ports/index.ts";
export { type AuditReport, type EventFilter, MAX_DIFFERENT } from "./audit-report.ts";
export type { ReachAnswer, ReachPolicy, ReachQuestion, ShownRelation, ShownStep } from "./reach.ts";
export { loadAuditor } from "./auditor.ts";
export type { AuditEvent, EventGroup } from "../learning/audit/index.ts";
export type { DiffPart, DiffPlace, DiffProblem, DiffProfile, DiffReport, DiffRule, DiffSide } from "./diff-report.ts";
export type {
  AppAbi,
  AppCheck,
  AppInstalled,
  AppListed,
  AppListing,
  AppPlan,
  AppProblem,
  AppProfile,
  AppRemoved,
  AppVerified,
  AppWish,
  AppWorld,
} from "./apps.ts";
export {
  loadApps,
  loadCodes,
  loadComparer,
  loadConflicts,
  loadDecoder,
  loadBrowsers,
  loadEasyprof,
  loadEngine,
  loadFormatter,
  loadGists,
  loadEventRules,
  loadLearner,
  loadCleaner,
  loadLinter,
  loadMeaning,
  loadMerger,
  loadNewProfiles,
  loadPackaging,
  loadPolicySet,
  loadPorter,
  loadReach,
  loadStartRules,
  loadStreamReader,
} from "./loaders.ts";
export type { PackageFile, PackageFinding, PackageForm, Packaged } from "./packaging.ts";
export type { Fate, EventAnswer, ExplainAnswer, PartAnswer, StackAnswer } from "./explain-policy.ts";
export type { LintConfig, Linted, LintedFile } from "./lint.ts";
export type {
  BrokenFile,
  PlannedFileChange,
  PolicySet,
  PolicyStep,
  SetDepth,
  SetFile,
  SetProblem,
  SetProfile,
  SetWish,
  SetWorld,
  StepsRefusal,
} from "./policy-set.ts";
export type { EasyTexts, EasyWish } from "./easyprof.ts";
export type { Release } from "../analysis/port/index.ts";
export type { Unit } from "../analysis/lint/index.ts";
export type { Flip } from "./tried-edit.ts";
export type { PolicyWorld, RulePlace } from "./meaning-world.ts";
export {
  type SuiteTrouble,
  type Coverage,
  type ExpectationResult,
  type MutationScore,
  type TestReport,
  type TestResult,
  type TestOutcome,
  outcomeOfTest,
} from "./test-report.ts";
export type { OpenPolicy } from "./starter-suite.ts";
export type { PolicyTested, PolicyTests, TestAnswer, TestCrew, Tester, TestRequest } from "./testing.ts";
export type { QueryAnswer, QueryResult } from "./query-policy.ts";
export {
  type Undone,
  type Writing,
  type WrittenFile,
  forgetWriting,
  isWithin,
  judgeUndo,
  lastWriting,
  standsInTheWay,
  undoWriting,
} from "./undo.ts";
export { createTeller, type Withheld } from "./told.ts";
export type { OutlinedFile } from "./conflicts.ts";
export type { FormatOptions, FormatProblem, FormattedText } from "./format.ts";
export { type CompiledAndLoaded, type LoadTarget, type LoadedUnit, compileAndLoad, loadUnits, submit } from "./load.ts";

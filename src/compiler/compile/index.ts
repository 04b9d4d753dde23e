/**
 * In: the resolved model of a policy and two feature sets. Out: what the kernel reads (`CompiledPolicy`), diagnostics, timings.
 * Must not know: bytes of the stream, caches, files, how text was laid out.
 */
export { attachmentTerms } from "./attachment.ts";
export { type ImpliedAccess, withoutAll } from "./implied.ts";
export { type CompileCodeInfo, compileCodes, type WarningClass } from "./codes.ts";
export { familiesOf, type ProfileFamily } from "./families.ts";
export {
  type CompiledFamily,
  compilePolicy,
  compilePolicyWith,
  type CompileOptions,
  type CompileResult,
  type CompileWork,
  type PlannedPolicy,
  type PlannedProfile,
  planPolicy,
  targetOf,
} from "./policy.ts";
export { compileVariant } from "./variants.ts";
export { namesInet } from "./rules/network.ts";
export { mountFlags } from "./rules/mount.ts";
export { changeExecBits } from "./rules/change-profile.ts";
export { fileBits, keepsEnvironment } from "./rules/file.ts";
export type { Emission } from "./context.ts";
export type { SharedEmissions } from "./shared.ts";
export { type Encoding, type EncodingSession, type CompileSession, createCompileSession } from "./session.ts";
export type { AutomatonRequest, Targets, Obtain } from "./settings.ts";
export type { Trace, TracedAutomaton, TracedPattern, TracedStates, TracedBits } from "./trace.ts";
export type { CompileStage, CompileTimings } from "./timings.ts";
export { behindNul } from "./pattern.ts";
export { patternTerms, type RulePattern, rulePatterns } from "./rule-patterns.ts";
export type { OperandKind } from "./context.ts";
export type { ExpandedRules } from "./expanded.ts";
export type { Resolved, Effect } from "./resolution.ts";
export type { LabelledPattern } from "./build-key.ts";
export type { Effects } from "./effects.ts";
export type { ExecTypes } from "./exec-types.ts";

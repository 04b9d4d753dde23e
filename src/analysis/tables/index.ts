/**
 * In: compiled policy, whoever compiled it. Out: what it decides for one input, as a given kernel reads it, and where two compiled
 * policies decide differently; and answers to the questions of the monitor, by the
 * strings that a kernel would look up.
 * Must not know: the profile language, bytes of the stream but through the codec, files.
 */
export { compareAutomata, comparePolicies, compareStreams, type PolicyDifference } from "./compare.ts";
export { decideCompiled, type Finder, type TableDecision, type TableOptions } from "./decide.ts";
export { compiledDestination, type TableExecution } from "./exec.ts";
export type { Lookup } from "./lookups.ts";
export {
  kernelPermissions,
  mediates,
  type QueryAnswer,
  queryAnswer,
  type QueryOptions,
  queryProfile,
} from "./query.ts";
export { failedStage } from "./stage.ts";

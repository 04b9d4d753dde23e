/**
 * In: compiled policy, whoever compiled it. Out: what it decides for one input, as a given kernel reads it, and where two compiled
 * policies decide differently.
 * Must not know: the profile language, bytes of the stream but through the codec, files.
 */
export { compareAutomata, comparePolicies, compareStreams, type PolicyDifference } from "./compare.ts";
export { createDecider, type Decider } from "./decider.ts";
export { kernelPermissions, mediates, queryProfile, type QueryOptions } from "./query.ts";
export { leftMatch, match, outOfBandStep } from "./walk.ts";

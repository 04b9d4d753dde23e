/**
 * In: the bytes of a policy stream, or a `CompiledPolicy`. Out: the other one; what kernels would refuse; walks and permissions
 * over compiled automata.
 * Must not know: the profile language, how automata are made, files.
 */
export { decodePolicy, isCompressed, validatePolicy, type DecodeError, type DecodeOptions } from "./decode.ts";
export { kernelAnswer, kernelGenerations, type KernelGeneration, type Refusal, type RefusalKind } from "./refusals.ts";
export {
  permissionsOf,
  noPermissions,
  XINDEX_CHILD,
  XINDEX_INDEX,
  XINDEX_INHERIT,
  XINDEX_NAME,
  XINDEX_TABLE,
  XINDEX_TYPE,
  XINDEX_UNCONFINED,
  XINDEX_UNSAFE,
  type PermissionView,
} from "./permissions.ts";
export { leftMatch, match, outOfBandStep, startState } from "./walk.ts";
export { compareAutomata, comparePolicies, compareStreams, type PolicyDifference } from "./compare.ts";
export { encodePolicy } from "./encode.ts";
export { encodeAutomaton, type EncodedAutomaton } from "./encode-group.ts";
export { attachmentPatterns, renderPolicy } from "./render.ts";
export { renderGraph, renderPolicyGraph, type GraphOptions } from "./render-graph.ts";
export { policyToJson, type Json } from "./render-json.ts";
export { kernelPermissions, mediates, queryProfile, type QueryOptions } from "./query.ts";

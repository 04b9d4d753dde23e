/** Compiled policy as rules, as data, and as graphs. */
export {
  type Effort,
  type Work,
  type GraphOptions,
  type Json,
  attachmentPatterns,
  policyToJson,
  renderGraph,
  renderPolicy,
  renderPolicyGraph,
} from "../compiler/decompile/index.ts";

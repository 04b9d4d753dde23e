/** Compiled policy as rules, as data, and as graphs. */
export {
  type RuleOfClass,
  type Effort,
  type Work,
  type GraphOptions,
  type Json,
  type ProfileRules,
  attachmentPatterns,
  policyToJson,
  renderGraph,
  renderPolicy,
  renderPolicyGraph,
  rulesOf,
} from "../compiler/decompile/index.ts";

/**
 * In: a `CompiledPolicy`, whoever compiled it. Out: rules that say the same, as text; JSON; the automata for Graphviz.
 * Must not know: bytes of the stream, how text is parsed, files, terminals.
 */
export { attachmentPatterns } from "./attachment.ts";
export { type ProfileRules, renderPolicy, rulesOf } from "./render.ts";
export { pathBesideTarget } from "./pattern-texts.ts";
export { renderFileRules } from "./render-file.ts";
export { renderGraph, renderPolicyGraph, type GraphOptions } from "./render-graph.ts";
export { policyToJson, type Json } from "./render-json.ts";
export { type Effort, type Work, smallEffort, tinyEffort } from "./work.ts";
export type { RuleOfClass } from "./render-policydb.ts";

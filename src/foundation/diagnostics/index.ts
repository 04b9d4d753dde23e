/**
 * In: what any pass has to say about a text. Out: the `Diagnostic` value and its renderings (terminal, GCC lines, JSON, SARIF).
 * Must not know: what any code means, AppArmor, Node.
 */
export type { Checked, CodeInfo, Diagnostic, Fix, Label, Severity } from "./diagnostic.ts";
export { type SourceMap, sortDiagnostics, sourceMap } from "./sources.ts";
export { type RenderOptions, type Tone, renderFrame, renderGcc } from "./render.ts";
export { type JsonDiagnostic, type JsonRange, diagnosticToJson, diagnosticsToSarif } from "./json.ts";

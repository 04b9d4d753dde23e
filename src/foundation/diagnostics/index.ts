/**
 * In: what any pass has to say about a text. Out: the `Diagnostic` value and its renderings (terminal, GCC lines, JSON, SARIF).
 * Must not know: what any code means, AppArmor, Node.
 */
export type { Checked, CodeInfo, Diagnostic, Fix, Label, Severity } from "./diagnostic.ts";
export { asMessage, type Facts, type Message, quote, sentence } from "./message.ts";
export { createReporter, type Details, makeDiagnostic, type Report, type Reporter } from "./reporter.ts";
export { type FileReport, type FindSource, sortDiagnostics } from "./report.ts";
export { acceptTogether } from "./together.ts";
export { type FrameOptions, frameDiagnostics, type HumanOptions, renderHuman } from "./human.ts";
export { renderLines } from "./lines.ts";
export {
  jsonReport,
  jsonVersion,
  type JsonDiagnostic,
  type JsonPosition,
  type JsonRange,
  type JsonReport,
} from "./json.ts";
export { sarifLog, sarifProblems, type SarifTool } from "./sarif.ts";

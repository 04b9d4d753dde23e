/**
 * In: what any pass has to say about a text. Out: the `Diagnostic` value and its renderings (terminal, GCC lines, JSON, SARIF).
 * Must not know: what any code means, AppArmor, Node.
 */
export type { Checked, CodeInfo, Diagnostic, Fix, Label, Severity } from "./diagnostic.ts";

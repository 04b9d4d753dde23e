/** Diagnostics for programs. Units: lines and columns from 1, columns in UTF-16 units, ends behind the last character. */
import type { Span } from "../text/index.ts";
import type { Diagnostic, Label, Severity } from "./diagnostic.ts";
import type { SourceMap } from "./sources.ts";

export interface JsonRange {
  readonly file: string;
  readonly start: { readonly line: number; readonly column: number };
  readonly end: { readonly line: number; readonly column: number };
}

export interface JsonDiagnostic {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly range: JsonRange;
  readonly related: readonly { readonly range: JsonRange; readonly message: string }[];
  readonly help: string | null;
  readonly fixes: readonly {
    readonly title: string;
    readonly edits: readonly { readonly range: JsonRange; readonly newText: string }[];
  }[];
}

function rangeOf(span: Span, sources: SourceMap): JsonRange {
  return { file: sources.path(span), start: sources.start(span), end: sources.end(span) };
}

/** The documented JSON form of a diagnostic (schema version 1). */
export function diagnosticToJson(diagnostic: Diagnostic, sources: SourceMap): JsonDiagnostic {
  const { code, severity, message, at, also, help, fixes } = diagnostic;
  return {
    code,
    severity,
    message,
    range: rangeOf(at.span, sources),
    related: also.map((label: Label) => ({ range: rangeOf(label.span, sources), message: label.message })),
    help: help ?? null,
    fixes: fixes.map((fix) => ({
      title: fix.title,
      edits: fix.edits.map(({ file, edit }) => ({
        range: rangeOf({ file, start: edit.start, end: edit.end }, sources),
        newText: edit.newText,
      })),
    })),
  };
}

const levels: Readonly<Record<Severity, string>> = { error: "error", warning: "warning", info: "note", hint: "note" };

function sarifLocation(span: Span, sources: SourceMap, message: string): object {
  const start = sources.start(span);
  const end = sources.end(span);
  const region = { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column };
  const uri = encodeURI(sources.path(span).replace(/[\ud800-\udfff]/gu, "\ufffd"));
  return {
    physicalLocation: { artifactLocation: { uri }, region },
    ...(message === "" ? {} : { message: { text: message } }),
  };
}

/** A SARIF 2.1.0 log of one run. */
export function diagnosticsToSarif(
  diagnostics: readonly Diagnostic[],
  sources: SourceMap,
  tool: { readonly name: string; readonly version: string },
): object {
  const codes = [...new Set(diagnostics.map((diagnostic) => diagnostic.code))].toSorted();
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { ...tool, rules: codes.map((id) => ({ id })) } },
        columnKind: "utf16CodeUnits",
        results: diagnostics.map((diagnostic) => ({
          ruleId: diagnostic.code,
          ruleIndex: codes.indexOf(diagnostic.code),
          level: levels[diagnostic.severity],
          message: { text: diagnostic.message + (diagnostic.help === undefined ? "" : `. ${diagnostic.help}`) },
          locations: [sarifLocation(diagnostic.at.span, sources, diagnostic.at.message)],
          relatedLocations: diagnostic.also.map((label) => sarifLocation(label.span, sources, label.message)),
        })),
      },
    ],
  };
}

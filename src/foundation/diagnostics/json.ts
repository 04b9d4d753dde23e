import type { Span } from "../text/index.ts";
import type { Diagnostic, Severity } from "./diagnostic.ts";
import type { Facts } from "./message.ts";
import { type FileReport, findIn, type FindSource, Places, sortDiagnostics } from "./report.ts";

/** Raised when a member changes its meaning or goes away; new members do not raise it. */
export const jsonVersion = 1;

/** Units: lines and columns from 1; columns and offsets count UTF-16 units; the end is the first place behind. */
export interface JsonPosition {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

export interface JsonRange {
  /** The file the range lies in: not the report's own when the fact came through an include. */
  readonly file: string;
  readonly start: JsonPosition;
  readonly end: JsonPosition;
}

export interface JsonDiagnostic {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly facts: Facts;
  readonly range: JsonRange;
  readonly label?: string;
  readonly related: readonly { readonly range: JsonRange; readonly message: string }[];
  readonly help: string | null;
  readonly fixes: readonly {
    readonly title: string;
    readonly edits: readonly { readonly range: JsonRange; readonly newText: string }[];
  }[];
}

export interface JsonReport {
  readonly version: typeof jsonVersion;
  readonly files: readonly {
    readonly file: string;
    readonly ok: boolean;
    readonly diagnostics: readonly JsonDiagnostic[];
  }[];
}

/**
 * The reports as plain data for `JSON.stringify`. The files keep their order; their diagnostics are sorted.
 *
 * Errors: none; a span of an unknown file has line and column 1.
 *
 * @example
 * jsonReport([{ file: sourceFile("a", ""), ok: true, diagnostics: [] }]); // { version: 1, files: [{ file: "a", ok: true, diagnostics: [] }] }
 */
export function jsonReport(reports: readonly FileReport[], find?: FindSource): JsonReport {
  const places = new Places(findIn(reports, find));
  return {
    version: jsonVersion,
    files: reports.map(({ file, ok, diagnostics }) => ({
      file: file.path,
      ok,
      diagnostics: sortDiagnostics(diagnostics).map((item) => jsonDiagnostic(item, places)),
    })),
  };
}

function jsonDiagnostic(item: Diagnostic, places: Places): JsonDiagnostic {
  const range = (span: Span): JsonRange => rangeOf(span, places);
  return {
    code: item.code,
    severity: item.severity,
    message: item.message,
    facts: item.facts,
    range: range(item.at.span),
    ...(item.at.message === "" ? {} : { label: item.at.message }),
    related: item.also.map((label) => ({ range: range(label.span), message: label.message })),
    help: item.help ?? null,
    fixes: item.fixes.map(({ title, edits }) => ({
      title,
      edits: edits.map(({ file, edit }) => ({
        range: range({ file, start: edit.start, end: edit.end }),
        newText: edit.newText,
      })),
    })),
  };
}

function rangeOf(span: Span, places: Places): JsonRange {
  const { path, start, end } = places.place(span);
  return { file: path, start: { ...start, offset: span.start }, end: { ...end, offset: span.end } };
}

import { type Position, type SourceFile, type Span, lineStarts, positionAt } from "../text/index.ts";
import type { Diagnostic } from "./diagnostic.ts";

/** Texts by id, with their line tables; how renderers find what a span points to. */
export interface SourceMap {
  /** `undefined` for a file whose text is not at hand. */
  readonly file: (span: Span) => SourceFile | undefined;
  /** The name to show for the span's file. */
  readonly path: (span: Span) => string;
  readonly start: (span: Span) => Position;
  readonly end: (span: Span) => Position;
  /** A line without its end; units: lines from 1. */
  readonly line: (span: Span, line: number) => string;
}

const NOWHERE: Position = { line: 1, column: 1 };

/** Makes the texts of a run ready to be looked up. */
export function sourceMap(texts: readonly SourceFile[]): SourceMap {
  const files = new Map(texts.map((text) => [text.id, text]));
  const tables = new Map<string, Uint32Array>();
  const starts = (file: SourceFile): Uint32Array => {
    let table = tables.get(file.id);
    if (table === undefined) {
      table = lineStarts(file.text);
      tables.set(file.id, table);
    }
    return table;
  };
  const place = (span: Span, offset: number): Position => {
    const file = files.get(span.file);
    return file === undefined ? NOWHERE : positionAt(starts(file), offset);
  };
  return {
    file: (span) => files.get(span.file),
    path: (span) => files.get(span.file)?.path ?? span.file,
    start: (span) => place(span, span.start),
    end: (span) => place(span, span.end),
    line: (span, line) => {
      const file = files.get(span.file);
      if (file === undefined) return "";
      const table = starts(file);
      const end = table[line] ?? file.text.length + 1;
      return file.text.slice(table[line - 1] ?? file.text.length, end - 1).replace(/\r$/, "");
    },
  };
}

/** By file, start, code, message: the order in which diagnostics are told. Equal ones are told once. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[], sources: SourceMap): readonly Diagnostic[] {
  const key = (diagnostic: Diagnostic): string => {
    const { span } = diagnostic.at;
    return [sources.path(span), String(span.start).padStart(12, "0"), diagnostic.code, diagnostic.message].join("\0");
  };
  const byKey = new Map<string, Diagnostic>();
  for (const diagnostic of diagnostics) {
    const own = key(diagnostic);
    if (!byKey.has(own)) byKey.set(own, diagnostic);
  }
  return [...byKey].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, diagnostic]) => diagnostic);
}

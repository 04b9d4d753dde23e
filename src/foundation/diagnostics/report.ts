/** What all renderings start from: diagnostics by file, in order, with their places computed. */
import { compareBy } from "../basics/index.ts";
import { type FileId, lineStarts, type Position, positionAt, type SourceFile, type Span } from "../text/index.ts";
import type { Diagnostic } from "./diagnostic.ts";

/** The outcome of one file. */
export interface FileReport {
  readonly file: SourceFile;
  /** Whether the whole check passed; the caller's to say, since more than diagnostics may be wrong. */
  readonly ok: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

/** Finds the text of a file a span points into; `undefined` for one that is not at hand. */
export type FindSource = (file: FileId) => SourceFile | undefined;

/** Orders diagnostics as they are shown: by file, start, code. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.toSorted(
    compareBy(
      (item) => item.at.span.file,
      (item) => item.at.span.start,
      (item) => item.code,
      (item) => item.at.span.end,
      (item) => item.message,
    ),
  );
}

/** A span as people say it. */
interface Place {
  readonly path: string;
  readonly source: SourceFile | undefined;
  readonly start: Position;
  readonly end: Position;
}

/** Works out places; the lines of each file are counted once. */
export class Places {
  readonly #find: FindSource;
  readonly #starts = new Map<FileId, Uint32Array>();

  constructor(find: FindSource) {
    this.#find = find;
  }

  place(span: Span): Place {
    const source = this.#find(span.file);
    if (source === undefined) {
      const none = { line: 1, column: 1 };
      return { path: span.file, source, start: none, end: none };
    }
    const starts = this.starts(source);
    return { path: source.path, source, start: positionAt(starts, span.start), end: positionAt(starts, span.end) };
  }

  starts(source: SourceFile): Uint32Array {
    const known = this.#starts.get(source.id);
    if (known !== undefined) return known;
    const starts = lineStarts(source.text);
    this.#starts.set(source.id, starts);
    return starts;
  }
}

/** Finds sources in the reports themselves and in the others given. */
export function findIn(reports: readonly FileReport[], others: FindSource | undefined): FindSource {
  const known = new Map(reports.map((report) => [report.file.id, report.file]));
  return (file) => known.get(file) ?? others?.(file);
}

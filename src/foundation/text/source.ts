import { type Brand, invariant } from "../basics/index.ts";

/** Counts UTF-16 units in a file's text, from 0. */
export type Offset = number;

/** Names a source file within one run. */
export type FileId = Brand<string, "FileId">;

/** A text and the name people know it by. Shape: `path` is for display and identity; it is never opened by pure code. */
export interface SourceFile {
  readonly id: FileId;
  readonly path: string;
  readonly text: string;
}

/** A stretch of one file. Units: offsets, half open. */
export interface Span {
  readonly file: FileId;
  readonly start: Offset;
  readonly end: Offset;
}

/** A place as people say it. Units: line and column from 1; a column counts UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The id of the file known by `path`. */
export function fileId(path: string): FileId {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the brand's one constructor
  return path as FileId;
}

/** A source file whose id is its path. */
export function sourceFile(path: string, text: string): SourceFile {
  return { id: fileId(path), path, text };
}

/** The offset at which each line starts. Lines end with LF. */
export function lineStarts(text: string): Uint32Array {
  const starts: number[] = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return Uint32Array.from(starts);
}

/** The line and column of an offset. Cost: O(log lines). */
export function positionAt(starts: Uint32Array, offset: Offset): Position {
  invariant(starts.length > 0, "a text has at least one line");
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
}

/** The offset of a position; places after the last line give the start of the last line. */
export function offsetAt(starts: Uint32Array, position: Position): Offset {
  const line = Math.min(Math.max(position.line, 1), starts.length);
  return (starts[line - 1] ?? 0) + position.column - 1;
}

/** Source files, positions, edits of texts, and the one encoding between bytes and strings. */
export {
  type DiffOptions,
  type FileId,
  type Offset,
  type OwnBytes,
  type Position,
  type SourceFile,
  type Span,
  type TextEdit,
  applyEdits,
  decodeBytes,
  displayLines,
  displayText,
  encodeBytes,
  lineStarts,
  offsetAt,
  positionAt,
  sourceFile,
  unifiedDiff,
} from "../foundation/text/index.ts";
export type { Brand } from "../foundation/basics/index.ts";

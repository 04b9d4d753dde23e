/**
 * In: bytes and strings. Out: source files, spans, line maps, text edits, and the one encoding between bytes and strings.
 * Must not know: AppArmor's syntax, files on a disk, Node.
 */
export { type OwnBytes, decodeBytes, encodeBytes, compareBytes, canonicalText } from "./bytes.ts";
export {
  type FileId,
  type Offset,
  type SourceFile,
  type Span,
  fileId,
  sourceFile,
  lineStarts,
  positionAt,
  offsetAt,
  type Position,
} from "./source.ts";
export { isInside, plainPath } from "./paths.ts";
export { withoutTrailing } from "./trailing.ts";
export { type TextEdit, applyEdits } from "./edits.ts";
export { displayJson, displayLines, displayText, displayWidth } from "./display.ts";
export { type Piece, type Style, type StyledText, renderStyled, say } from "./styled.ts";
export { type DiffOptions, unifiedDiff } from "./diff.ts";

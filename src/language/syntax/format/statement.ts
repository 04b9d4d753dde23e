/** One item, or the head of one that has a body, as lines. */
import { K, tokenNames } from "../kinds.ts";
import { Scanner } from "../scanner.ts";
import type { Token } from "../tree.ts";
import { between, isSpacing, type Piece, pieceOf, spellingOf } from "./spacing.ts";

/** Rules longer than this are broken before each of their conditions, assignments before each value. */
const LINE_WIDTH = 80;

export interface StatementLook {
  readonly indent: string;
  /** What further lines have before them, besides the indentation. */
  readonly continued: string;
  readonly modernize: boolean;
  /** What may stand on lines of its own when the statement is too long. */
  readonly breaks: "conditions" | "values" | "never";
}

/**
 * The text of the tokens, without the indentation of its first line. Where the tokens would be read differently after
 * formatting, the text as it was.
 */
export function formatStatement(text: string, tokens: readonly Token[], look: StatementLook): string {
  const pieces = tokens.filter((token) => !isSpacing(token)).map((token) => pieceOf(token, text, look.modernize));
  const line = join(pieces, look, () => undefined);
  const isLong = look.indent.length + line.length > LINE_WIDTH || line.includes("\n");
  const result = isLong ? explode(pieces, line, look) : line;
  const original = text.slice(tokens[0]?.start ?? 0, tokens.at(-1)?.end ?? 0);
  return isSameReading(result, pieces, look.modernize) ? result : original;
}

/** Broken over lines, unless it is a comment alone that breaks it. */
function explode(pieces: readonly Piece[], line: string, look: StatementLook): string {
  const hasComment = pieces.some((piece) => piece.kind === "comment");
  if (look.breaks === "never" || (hasComment && look.breaks === "conditions")) return line;
  if (look.breaks === "values")
    return join(pieces, look, (before, after) =>
      before.kind === "value" && after.kind === "value" ? ` \\\n${look.indent}${look.continued}` : undefined,
    );
  return join(pieces, look, (_, after, depth) =>
    depth === 0 && (after.kind === "condition" || after.kind === "conditionGroup" || after.kind === "arrow")
      ? `\n${look.indent}${look.continued}`
      : undefined,
  );
}

type Breaker = (before: Piece, after: Piece, depth: number) => string | undefined;

function join(pieces: readonly Piece[], { indent, continued }: StatementLook, breaker: Breaker): string {
  const parts: string[] = [];
  let before: Piece | undefined;
  let depth = 0;
  for (const piece of pieces) {
    if (piece.kind === "rightParen") depth -= 1;
    if (before?.kind === "comment") parts.push(`\n${indent}${continued}`);
    else if (before !== undefined)
      parts.push(piece.kind === "comment" ? " " : (breaker(before, piece, depth) ?? between(before, piece, depth)));
    parts.push(piece.text);
    if (piece.kind === "leftParen") depth += 1;
    before = piece;
  }
  return parts.join("");
}

/** Whether the scanner, from the top mode, finds the same tokens in what was written. */
function isSameReading(text: string, pieces: readonly Piece[], modernize: boolean): boolean {
  // A comment or `#include` needs the line end that will follow.
  const scanner = new Scanner(`${text}\n`);
  let index = 0;
  for (let kind = scanner.scan(); kind !== K.end; kind = scanner.scan()) {
    if (kind === K.blank || kind === K.newline || kind === K.continuation || kind === K.separator) continue;
    const piece = pieces[index];
    const own = scanner.text.slice(scanner.start, scanner.at);
    const name = tokenNames[kind] ?? "";
    if (name !== piece?.kind || spellingOf(name, own, modernize) !== piece.text) return false;
    index += 1;
  }
  return index === pieces.length;
}

/** What stands between two tokens of one line. Strings, not numbers, name the kinds: these are the tree's own tokens. */
import type { Token } from "../tree.ts";

/** A token of the text with what the formatter writes for it. */
export interface Piece {
  readonly kind: string;
  readonly text: string;
}

const noBlankBefore = new Set(["comma", "rightParen", "equals", "set", "separator"]);
const noBlankAfter = new Set(["leftParen", "caret", "equals", "set"]);

/** The text between two tokens; `depth` counts the parentheses open between them. */
export function between(before: Piece, after: Piece, depth: number): string {
  if (noBlankAfter.has(before.kind) || noBlankBefore.has(after.kind)) return "";
  if (depth > 0 && isElementEnd(before) && (after.kind === "value" || after.kind === "condition")) return ", ";
  const isUnit = before.kind === "value" && after.kind === "id" && /^-?\d+$/.test(before.text);
  return isUnit ? "" : " ";
}

function isElementEnd({ kind }: Piece): boolean {
  return kind === "value" || kind === "rightParen" || kind === "condition";
}

/** What is written for a token: blanks that belong to it are made uniform. */
export function pieceOf(token: Token, text: string, modernize: boolean): Piece {
  const own = text.slice(token.start, token.end);
  if (token.kind === "include") return { kind: token.kind, text: includeKeyword(own, modernize) };
  return { kind: token.kind, text: token.kind === "equals" || token.kind === "set" ? own.trim() : own };
}

function includeKeyword(text: string, modernize: boolean): string {
  const word = text.startsWith("#") && !modernize ? "#include" : "include";
  return text.endsWith("exists") ? `${word} if exists` : word;
}

const trivia = new Set(["blank", "newline", "continuation", "separator"]);

/** Whether the formatter may drop the token and make its own. Comments are not trivia here. */
export function isSpacing(token: Token): boolean {
  return trivia.has(token.kind);
}

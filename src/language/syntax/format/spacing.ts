/** What is between two tokens of one line. Strings, not numbers, name the kinds: these are the tree's own tokens. */
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
  return { kind: token.kind, text: spellingOf(token.kind, text.slice(token.start, token.end), modernize) };
}

/** What is written for a token of that kind that is spelled `own`. */
export function spellingOf(kind: string, own: string, modernize: boolean): string {
  if (kind === "include") return includeKeyword(own, modernize);
  if (kind === "comment") return own.slice(0, contentEnd(own, " \t\r"));
  return kind === "equals" || kind === "set" ? own.slice(0, contentEnd(own, " \t")) : own;
}

/** After the last character that is none of `blanks`: white space that the scanner knows nothing of is part of words. */
function contentEnd(text: string, blanks: string): number {
  let end = text.length;
  while (end > 0 && blanks.includes(text.charAt(end - 1))) end -= 1;
  return end;
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

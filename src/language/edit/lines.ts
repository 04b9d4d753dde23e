/** Places in a text by lines: where something may be put or taken away without touching what is beside it. */
import type { TextEdit } from "../../foundation/text/index.ts";

/** The line end a file uses: its first one. A file of mixed ends keeps them. */
export function newlineOf(text: string): string {
  const at = text.indexOf("\n");
  return at > 0 && text[at - 1] === "\r" ? "\r\n" : "\n";
}

/** The start of the line an offset is in. */
function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** Blanks before `offset` on its line; `undefined` when something else is there. */
export function indentAt(text: string, offset: number): string | undefined {
  const before = text.slice(lineStart(text, offset), offset);
  return /^[ \t]*$/.test(before) ? before : undefined;
}

function skipBlanks(text: string, offset: number): number {
  let at = offset;
  while (text[at] === " " || text[at] === "\t") at += 1;
  return at;
}

/** What follows `offset` on its line: nothing, a comment, or more of the language. */
function tailOf(text: string, offset: number): { readonly kind: "end" | "comment" | "more"; readonly at: number } {
  const at = skipBlanks(text, offset);
  if (at >= text.length || text[at] === "\n" || text.startsWith("\r\n", at)) return { kind: "end", at };
  const isComment = text[at] === "#" && !/^#include\s/.test(text.slice(at, at + 9));
  return { kind: isComment ? "comment" : "more", at };
}

/** The end of the line (before its line end) when only blanks or a comment follow `offset`; `undefined` otherwise. */
export function restOfLine(text: string, offset: number): number | undefined {
  if (tailOf(text, offset).kind === "more") return undefined;
  const end = text.indexOf("\n", offset);
  if (end < 0) return text.length;
  return text[end - 1] === "\r" && end - 1 >= offset ? end - 1 : end;
}

/** The start of the comment lines directly above the line of `offset`, or that line's own start: they speak of what is below them. */
export function withCommentsAbove(text: string, offset: number): number {
  let start = lineStart(text, offset);
  while (start > 0) {
    const above = lineStart(text, start - 1);
    if (!/^[ \t]*#(?!include\s)/.test(text.slice(above, start))) break;
    start = above;
  }
  return start;
}

/**
 * Removes `[start, end)`: with its lines when nothing else is on them; a comment after it stays where it is, for what it says may hold
 * for more than the rule.
 */
export function removal(text: string, start: number, end: number): TextEdit {
  const indent = indentAt(text, start);
  const tail = tailOf(text, end);
  if (indent === undefined) {
    let from = start;
    while (text[from - 1] === " " || text[from - 1] === "\t") from -= 1;
    return { start: from, end, newText: "" };
  }
  if (tail.kind !== "end") return { start, end: tail.at, newText: "" };
  const next = text.indexOf("\n", end);
  return { start: start - indent.length, end: next < 0 ? text.length : next + 1, newText: "" };
}

/** Joins removals that overlap, as those of two rules on one line do, and orders edits; INVARIANT: only removals may overlap one another. */
export function tidyEdits(edits: readonly TextEdit[]): readonly TextEdit[] {
  const tidy: TextEdit[] = [];
  for (const edit of edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    const last = tidy.at(-1);
    if (last !== undefined && edit.start < last.end && last.newText === "" && edit.newText === "") {
      tidy[tidy.length - 1] = { start: last.start, end: Math.max(last.end, edit.end), newText: "" };
    } else tidy.push(edit);
  }
  return tidy;
}

const WORD_MODES =
  /^\s*(?:(?:priority=\S+|audit|allow|deny|prompt) )*(?:network|unix|dbus|signal|ptrace|mqueue|mount|remount|umount)\b[^]*,$/;

/**
 * A line that may come before this line end. In rules with words of their own a carriage return is part of a word, and the
 * comma before it too (policy-language 1.4): a blank keeps them apart.
 */
export function endable(line: string, newline: string): string {
  return newline === "\r\n" && WORD_MODES.test(line) ? `${line} ` : line;
}

import { invariant } from "../basics/index.ts";
import type { Offset } from "./source.ts";

/** Replaces `[start, end)` of a text by `newText`. */
export interface TextEdit {
  readonly start: Offset;
  readonly end: Offset;
  readonly newText: string;
}

/** Carries out edits that do not overlap, in any order. Errors: overlapping edits are our bug. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const sorted = edits.toSorted((a, b) => a.start - b.start || a.end - b.end);
  const parts: string[] = [];
  let at = 0;
  for (const edit of sorted) {
    invariant(edit.start >= at && edit.end >= edit.start && edit.end <= text.length, "edits overlap or leave the text");
    parts.push(text.slice(at, edit.start), edit.newText);
    at = edit.end;
  }
  parts.push(text.slice(at));
  return parts.join("");
}

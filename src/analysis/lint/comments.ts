/** Comments that may have been meant for includes: `#inlcude <abstractions/base>` says nothing, and all that is in there is missing. */
import { nearestWord } from "../../foundation/basics/index.ts";
import { type Diagnostic, makeDiagnostic, sentence } from "../../foundation/diagnostics/index.ts";
import type { SourceFile } from "../../foundation/text/index.ts";
import { lintCodes } from "./codes.ts";

/** `#word <NAME>` on a line of its own; a blank behind the sign makes it a comment that was meant to be one. */
const COMMENT = /^([ \t]*)#([A-Za-z]{5,9})[ \t]+(?:if[ \t]+exists[ \t]+)?(?:<[^<>\s]+>|"[^"\n]+")[ \t\r]*$/gm;

export function misspeltIncludes({ id, text }: SourceFile): readonly Diagnostic[] {
  return [...text.matchAll(COMMENT)].flatMap(
    ({ 0: line, 1: blanks = "", 2: word = "", index }): readonly Diagnostic[] => {
      if (word === "include" || nearestWord(word.toLowerCase(), ["include"]) === undefined) return [];
      const start = index + blanks.length;
      const span = { file: id, start, end: index + line.trimEnd().length };
      const message = sentence`${{ word: `#${word}` }} begins a comment, and includes nothing`;
      return [makeDiagnostic(lintCodes, "lint/comment-include", { span, includes: [] }, message)];
    },
  );
}

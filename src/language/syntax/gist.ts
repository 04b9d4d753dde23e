/**
 * What is left of a text when all that the grammar never sees is taken away: blanks, line ends, comments (`kinds.ts`). Two texts of one
 * gist are the same policy; only places differ.
 */
import { firstSignificant, tokenNames } from "./kinds.ts";
import type { SyntaxTree } from "./tree.ts";

const unseen: ReadonlySet<string> = new Set(tokenNames.slice(0, firstSignificant));

/**
 * The gist of a text that stands on its own: its words, each with whether nothing, blanks or an end of a line came before it.
 *
 * Errors: `undefined` where something is said of the text, or where it goes on in what includes it: then comments and places may matter.
 * Cost: reads the tokens again.
 */
export function gistOf(tree: SyntaxTree): string | undefined {
  if (tree.needsSplicing || tree.diagnostics.length > 0) return undefined;
  const { text } = tree.source;
  let gist = "";
  // A comment above everything is as good as none.
  let before = "\n";
  for (const { end, kind, start } of tree.tokens) {
    const piece = text.slice(start, end);
    if (unseen.has(kind)) {
      if (kind === "newline" || kind === "comment") before = "\n";
      else if (before === "") before = " ";
      continue;
    }
    gist += `${before}${kind}\0${piece}\0`;
    before = "";
  }
  return gist;
}

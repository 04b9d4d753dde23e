/** Applying a plan to a text, for tests. */
import { applyEdits, sourceFile } from "../../src/foundation/text/index.ts";
import { type Change, type ChangeProblem, plan } from "../../src/language/edit/index.ts";
import { type SyntaxTree, parse } from "../../src/language/syntax/index.ts";

interface Edited {
  readonly text: string;
  readonly problems: readonly ChangeProblem["reason"][];
}

export function treeOf(text: string, path = "test"): SyntaxTree {
  return parse(sourceFile(path, text));
}

/** The text after the changes; `changes` may look at the tree to point at things. */
export function edited(text: string, changes: readonly Change[] | ((tree: SyntaxTree) => readonly Change[])): Edited {
  const tree = treeOf(text);
  const { edits, problems } = plan(tree, typeof changes === "function" ? changes(tree) : changes);
  return { text: applyEdits(text, edits), problems: problems.map(({ reason }) => reason) };
}

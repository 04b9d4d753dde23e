import type { SyntaxTree } from "./tree.ts";

/**
 * The text of a tree, character for character.
 *
 * Errors: none. `printTree(parse(source)) === source.text` for every text, broken ones too.
 *
 * @example
 * printTree(parse(sourceFile("a", "profile { oops"))); // "profile { oops"
 */
export function printTree(tree: SyntaxTree): string {
  const { text } = tree.source;
  return tree.tokens.map((token) => text.slice(token.start, token.end)).join("");
}

/** Whether two texts read the same: what the last check of the formatter asks, and whoever tests it. */
import type { SyntaxTree, Token } from "../tree.ts";
import { isSpacing, pieceOf } from "./spacing.ts";

/** What may differ besides blanks, line ends and the commas of lists. */
export interface ReadingOptions {
  /** Rules within a body may have changed places. */
  readonly sort?: boolean;
  /** `#include` may have become `include`. */
  readonly modernizeIncludes?: boolean;
}

/**
 * Whether the tokens of two trees, comments among them, are the same words in the same order, and what comes behind the files,
 * where they are included, goes on in the same construct.
 *
 * Errors: none; a tree with errors reads like no other, not even itself.
 * Cost: linear in the texts; with `sort` a sort more.
 */
export function readsTheSame(a: SyntaxTree, b: SyntaxTree, options: ReadingOptions = {}): boolean {
  if (hasError(a) || hasError(b) || a.needsSplicing !== b.needsSplicing) return false;
  const modernize = options.modernizeIncludes === true;
  const [left, right] = [wordsOf(a, modernize), wordsOf(b, modernize)];
  if (left.length !== right.length) return false;
  if (options.sort !== true) return left.every((word, index) => word === right[index]);
  const sorted = statementsOf(right);
  return statementsOf(left).every((statement, index) => statement === sorted[index]);
}

function hasError(tree: SyntaxTree): boolean {
  return tree.diagnostics.some(({ severity }) => severity === "error");
}

/** Kind and spelling of everything but spacing. */
function wordsOf(tree: SyntaxTree, modernize: boolean): readonly string[] {
  const { text } = tree.source;
  const word = (token: Token): string => `${token.kind} ${pieceOf(token, text, modernize).text}`;
  return tree.tokens.filter((token) => !isSpacing(token)).map(word);
}

/** The statements, each behind the number of the body that it is in, in no order that means anything. */
function statementsOf(words: readonly string[]): readonly string[] {
  const statements: string[] = [];
  const bodies = [0];
  let count = 0;
  let statement: string[] = [];
  const end = (word: string): void => {
    statements.push([bodies.at(-1), ...statement, word].join("\n"));
    statement = [];
  };
  for (const word of words) {
    if (endsAssignment(statement, word)) end("");
    if (word.startsWith("comment ")) statements.push(`${bodies.at(-1)}\n${word}`);
    // An include ends with its name.
    else if (word === "comma ,") end(word);
    else if (word.startsWith("fileName ") && statement.at(-1)?.startsWith("include ") === true) end(word);
    else if (word === "close }") {
      end(word);
      bodies.pop();
    } else if (word === "open {") {
      end(word);
      bodies.push((count += 1));
    } else statement.push(word);
  }
  end("");
  return statements.toSorted();
}

/** Whether an assignment, which no comma ends, is complete before the word: it has one truth value, or values as long as they go on. */
function endsAssignment([variable, operator, first]: readonly string[], word: string): boolean {
  if (first === undefined || !/^(?:assign|addAssign) /.test(operator ?? "")) return false;
  return variable?.startsWith("booleanVariable ") === true || !word.startsWith("value ");
}

/**
 * The tokens of a text as objects. Hardly anybody wants them, so they are not kept while a text is parsed: the scanner runs
 * again, and goes on elsewhere wherever the parser did so to recover.
 */
import { K, tokenNames } from "./kinds.ts";
import { Scanner } from "./scanner.ts";
import type { Token } from "./tree.ts";

/** The parser, having read up to `read`, gave up and went on at `at` in the top mode. */
export interface Jump {
  readonly read: number;
  readonly at: number;
}

/** INVARIANT: the scanner depends on nothing but the text and these jumps, so this gives what the parser saw. */
export function tokensOf(text: string, jumps: readonly Jump[]): readonly Token[] {
  const scanner = new Scanner(text);
  const tokens: Token[] = [];
  for (const jump of jumps) {
    while (scanner.at < jump.read) push(tokens, scanner);
    cut(tokens, jump.at);
    scanner.restart(jump.at);
  }
  while (scanner.at < text.length) push(tokens, scanner);
  return tokens;
}

function push(tokens: Token[], scanner: Scanner): void {
  const kind = scanner.scan();
  tokens.push({ kind: tokenNames[kind] ?? "", start: scanner.start, end: scanner.at });
}

/** Drops what reaches after `offset` and fills up with a `skipped` token. */
function cut(tokens: Token[], offset: number): void {
  while ((tokens.at(-1)?.end ?? 0) > offset) tokens.pop();
  const end = tokens.at(-1)?.end ?? 0;
  if (end < offset) tokens.push({ kind: tokenNames[K.skipped] ?? "", start: end, end: offset });
}

/** The examples in docstrings, taken at their word. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";

interface Example {
  /** The expression as it stands behind `@example`. */
  readonly expression: string;
  /** What the comment behind it says it gives, as JavaScript. */
  readonly expected: string;
}

/** The lines `expression; // value` under the `@example` marks of a source file; `path` starts at the repository's root. */
export function examplesIn(path: string): readonly Example[] {
  const text = readFileSync(join(import.meta.dirname, "../../..", path), "utf8");
  const examples: Example[] = [];
  for (const block of text.matchAll(/@example\n([\s\S]*?)\*\//g))
    for (const line of (block[1] ?? "").matchAll(/^ \* (\S.*); \/\/ (.+)$/gm))
      examples.push({ expression: line[1] ?? "", expected: line[2] ?? "" });
  return examples;
}

/** What an example gives and what it says it gives, both as JSON. */
export function runExample(example: Example, names: object): readonly [string, string] {
  const run = (source: string): string => JSON.stringify(runInNewContext(`(${source})`, { ...names }));
  return [run(example.expression), run(example.expected)];
}

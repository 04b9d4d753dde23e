/** The examples in docstrings, taken at their word. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";

interface Example {
  /** What stands before it in the same block. */
  readonly before: string;
  /** The expression whose value is said. */
  readonly expression: string;
  /** What the comment behind it says it gives, as JavaScript; `…` stands for anything. */
  readonly expected: string;
}

/** `expression; // value`, or the value in a line of its own behind it. What hangs on the machine is said `for example`. */
function examplesOf(block: string): readonly Example[] {
  const lines = block.replaceAll(/;\n\/\/ /g, "; // ").split("\n");
  const examples: Example[] = [];
  let before = "";
  for (const line of lines) {
    const [, code = line, expected] = /^(\S.*); \/\/ (?!for example)(.+)$/.exec(line) ?? [];
    if (expected !== undefined && !code.startsWith("const ")) examples.push({ before, expression: code, expected });
    before += `${code}\n`;
  }
  return examples;
}

/** The examples under the `@example` marks of a source file; `path` starts at the repository's root. */
export function examplesIn(path: string): readonly Example[] {
  const text = readFileSync(join(import.meta.dirname, "../../..", path), "utf8");
  const blocks = [...text.matchAll(/@example\n([\s\S]*?)\*\//g)].map(([, block = ""]) =>
    block.replaceAll(/^ *\* ?/gm, ""),
  );
  return blocks.flatMap(examplesOf);
}

/** What an example gives and what it says it gives, both as JSON. */
export async function runExample(
  { before, expression, expected }: Example,
  names: object,
): Promise<readonly [string, string]> {
  const run = async (start: string, source: string): Promise<string> =>
    JSON.stringify(await runInNewContext(`(async () => {\n${start}\nreturn (${source});\n})()`, { ...names })) ??
    "undefined";
  return [await run(before, expression), await run("", expected)];
}

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Diagnostic } from "../../src/foundation/diagnostics/index.ts";
import { sourceFile } from "../../src/foundation/text/index.ts";
import { parse, printTree, syntaxCodes } from "../../src/language/syntax/index.ts";
import { checkFormat } from "../support/format-law.ts";
import { errorsAlone } from "../support/policy-texts.ts";

interface Case {
  readonly name: string;
  readonly verdict: "pass" | "fail";
  readonly text: string;
  readonly note: string;
}

const path = join(import.meta.dirname, "../../../tests/corpus/policy-language.json");
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own file
const cases = JSON.parse(readFileSync(path, "utf8")) as readonly Case[];

/** The rejections that a file's own text decides. */
const ours = new Set(["syntax", "lex.char", "lex.jam", "file.eol", "var.comma", "syntax.nest"]);

/** What makes these wrong stands in the file they include, or in its place among other files. */
const needIncludes = new Set([
  "include/include-lt-tunables-global-gt-2",
  "include/include-lt-abstractions-base-gt-nl-ob-nl-nl",
  "include/include-lt-abstractions-gt-nl-ob-nl-nl-cb-nl",
]);

const specs: ReadonlyMap<string, string> = new Map(Object.entries(syntaxCodes).map(([code, { spec }]) => [code, spec]));

function specOf(diagnostic: Diagnostic): string | undefined {
  return specs.get(diagnostic.code);
}

test("every text of the corpus that is accepted has no error, and every one with a syntax error has one", () => {
  const wrong: string[] = [];
  for (const item of cases) {
    const code = /error ([\w.]+)/.exec(item.note)?.[1];
    const errors = errorsAlone(item.text);
    const mustFail = code !== undefined && ours.has(code) && !needIncludes.has(item.name);
    if (mustFail && errors.length === 0) wrong.push(`${item.name}: nothing was found`);
    if (item.verdict === "pass" && errors.length > 0) wrong.push(`${item.name}: ${errors[0]?.message}`);
  }
  assert.deepEqual(wrong, []);
  assert.ok(cases.length > 2000);
});

/** Where ours says something nearer to the cause: a missing comma, a word nobody knows, a brace glued to a word, another system's line ends. */
const nearer = new Set<string>([
  "syntax/missing-comma",
  "syntax/missing-comma-after-path",
  "syntax/unknown-rule",
  "syntax/variable-comma",
  "syntax/unexpected",
  "syntax/carriage-return",
]);

test("the first error names the same rejection as the reference, or one nearer to the cause", () => {
  const wrong: string[] = [];
  for (const item of cases) {
    const code = /error ([\w.]+)/.exec(item.note)?.[1];
    if (code === undefined || !ours.has(code)) continue;
    const errors = errorsAlone(item.text);
    const isSame = errors.length === 0 || errors.some((error) => specOf(error) === code);
    if (!isSame && !errors.some((error) => nearer.has(error.code))) wrong.push(`${item.name}: ${errors[0]?.code}`);
  }
  assert.deepEqual(wrong, []);
});

test("every text of the corpus is printed back to the letter, and formatted to one that says the same and stays", () => {
  for (const item of cases) {
    assert.equal(printTree(parse(sourceFile(item.name, item.text))), item.text);
    for (const options of [{}, { sort: true }, { modernizeIncludes: true }]) checkFormat(item.text, options);
  }
});

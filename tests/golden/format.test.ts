import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { sourceFile } from "../../src/foundation/text/index.ts";
import { parse } from "../../src/language/syntax/index.ts";
import { mustFormat } from "../support/format-law.ts";
import { matchGolden } from "../support/golden.ts";

const sample = readFileSync(join(import.meta.dirname, "../../../tests/golden/format/sample.profile"), "utf8");

test("the style is what the sample shows", () => {
  matchGolden("format/formatted.profile", mustFormat(sample));
});

test("rules that stand together are sorted with their comments when that is asked for", () => {
  matchGolden("format/sorted.profile", mustFormat(sample, { sort: true }));
});

test("old includes become new ones only when that is asked for", () => {
  assert.ok(mustFormat(sample).includes("#include if exists <local/x>"));
  const modern = mustFormat(sample, { modernizeIncludes: true });
  assert.ok(modern.includes("\ninclude if exists <local/x>") && !modern.includes("#include"));
});

test("a comma or brace that would be read as part of a word stays apart from it", () => {
  for (const text of ["profile t {\n  link /a -> /b\\\n  ,\n}\n", "@{x} = a\\\n  profile t {\n}\n"]) {
    const tree = parse(sourceFile("x", text));
    const again = parse(sourceFile("x", mustFormat(text)));
    const words = (tokens: typeof tree): readonly string[] =>
      tokens.tokens
        .filter((token) => token.kind === "id")
        .map((token) => tokens.source.text.slice(token.start, token.end));
    assert.deepEqual(words(again), words(tree));
  }
});

test("an empty text stays empty", () => {
  assert.equal(mustFormat(""), "");
  assert.equal(mustFormat(" \n\n"), "");
});

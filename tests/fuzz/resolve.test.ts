import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { createChecker, repository } from "../support/check-policy.ts";
import { memoryFiles } from "../support/memory-files.ts";
import { TextMaker } from "../support/policy-grammar.ts";

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own file
const corpus = JSON.parse(readFileSync(join(repository, "tests/corpus/policy-language.json"), "utf8")) as readonly {
  readonly text: string;
}[];

const text = (index: number): string => corpus[index % corpus.length]?.text ?? "";

test("any text and any files it includes are read, and what is said points into them", () => {
  const maker = new TextMaker(4711);
  let told = 0;
  for (let index = 0; index < 1500; index += 1) {
    const included = {
      "/p/a": maker.mutate(text(index * 13), text(index * 17)),
      "/p/d/b": text(index * 19),
      "/p/d/c": maker.oneRule(),
    };
    const place = maker.mutate(
      "include <a>\ninclude <d>\nprofile t {\n  include <a>\n  include if exists <d>\n}\n",
      text(index * 23),
    );
    const { diagnostics, loaded } = createChecker(memoryFiles(included), ["/p"]).check(place);
    for (const { also, at, code, message } of diagnostics) {
      told += 1;
      // oxlint-disable-next-line no-control-regex -- what must not reach a terminal
      assert.ok(!code.startsWith("resolve/") || !/[\0-\x1f\x7f]/.test(message), message);
      for (const { span } of [at, ...also]) {
        const source = loaded.sources.get(span.file);
        assert.ok(source !== undefined, `${span.file} is no source`);
        assert.ok(span.start >= 0 && span.start <= span.end && span.end <= source.text.length, message);
      }
    }
  }
  assert.ok(told > 1000);
});

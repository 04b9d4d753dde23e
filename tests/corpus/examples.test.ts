import assert from "node:assert/strict";
import { test } from "node:test";
import * as diagnostics from "../../src/foundation/diagnostics/index.ts";
import * as text from "../../src/foundation/text/index.ts";
import * as syntax from "../../src/language/syntax/index.ts";
import { examplesIn, runExample } from "../support/examples.ts";

const names = { ...text, ...diagnostics, ...syntax };

const documented = [
  "src/foundation/text/display.ts",
  "src/foundation/diagnostics/human.ts",
  "src/foundation/diagnostics/lines.ts",
  "src/foundation/diagnostics/json.ts",
  "src/language/syntax/parse.ts",
  "src/language/syntax/print.ts",
  "src/language/syntax/place.ts",
  "src/language/syntax/escapes.ts",
  "src/language/syntax/format/format.ts",
];

for (const path of documented)
  test(`the examples of ${path} are true`, () => {
    const examples = examplesIn(path);
    assert.ok(examples.length > 0, "it has none");
    for (const example of examples) {
      const [actual, expected] = runExample(example, names);
      assert.equal(actual, expected, example.expression);
    }
  });

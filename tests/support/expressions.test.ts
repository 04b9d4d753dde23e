import assert from "node:assert/strict";
import { test } from "node:test";
import { allExpressions, expressionsIn } from "./expressions.ts";

test("expressions are found in code, and not in comments, strings and divisions", () => {
  const text = [
    "const a = /x[/]y\\/z/gi; // no /comment/",
    "/* nor /this/ */ const b = c / d / e;",
    'const s = "a /string/ \\" /more/", f = (1 + 2) / 3 / 4;',
    "const t = `a /template/ ${s.replace(/in/g, `${/deep/.source} /no/`)} /no/`;",
    "return /last/u.test(x) ? list[0] / 2 : /other/;",
  ].join("\n");
  assert.deepEqual(expressionsIn(text), ["/x[/]y\\/z/gi", "/in/g", "/deep/", "/last/u", "/other/"]);
});

test("every literal of the sources is found, and is an expression", () => {
  const all = allExpressions();
  assert.ok(all.length > 400, String(all.length));
  for (const one of all) {
    const end = one.lastIndexOf("/");
    assert.doesNotThrow(() => new RegExp(one.slice(1, end), one.slice(end + 1)), one);
  }
});

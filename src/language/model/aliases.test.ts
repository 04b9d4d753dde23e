import assert from "node:assert/strict";
import { test } from "node:test";
import { sourceFile } from "../../foundation/text/index.ts";
import { Random } from "../../../tests/support/random.ts";
import { type Alias, aliasedTexts, aliasTable } from "./index.ts";

const at = { file: sourceFile("x", "").id, start: 0, end: 0 };

function alias(from: string, to: string): Alias {
  return { from, to, at };
}

test("a path gets the other names that each alias gives it, tried one by one in the order of their bytes", () => {
  const random = new Random(3);
  const path = (): string =>
    `/${Array.from({ length: 1 + random.below(4) }, () => random.pick(["a", "b", "ab"])).join("/")}`;
  for (let round = 0; round < 300; round += 1) {
    const aliases = Array.from({ length: random.below(12) }, () => alias(path(), path()));
    const text = path();
    const expected = aliases
      .filter(({ from }) => text.startsWith(from))
      .toSorted((a, b) => (a.from === b.from ? (a.to < b.to ? -1 : a.to > b.to ? 1 : 0) : a.from < b.from ? -1 : 1))
      .map(({ from, to }) => `${to}${text.slice(from.length)}`);
    assert.deepEqual(aliasedTexts(text, aliasTable(aliases)), expected, text);
  }
});

test("aliases that replace nothing of a path are not looked at", () => {
  let looks = 0;
  const aliases = Array.from({ length: 1000 }, (_, index) => ({
    ...alias("", "/to"),
    get from() {
      looks += 1;
      return `/from/${index}/`;
    },
  }));
  const table = aliasTable(aliases);
  looks = 0;
  for (let index = 0; index < 1000; index += 1) aliasedTexts(`/other/${index}/x`, table);
  assert.equal(looks, 0);
  assert.deepEqual(aliasedTexts("/from/7/x", table), ["/tox"]);
});

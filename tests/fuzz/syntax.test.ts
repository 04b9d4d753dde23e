import assert from "node:assert/strict";
import { test } from "node:test";
import { sourceFile } from "../../src/foundation/text/index.ts";
import { parse, parseSpliced, type SyntaxTree } from "../../src/language/syntax/index.ts";
import { countSteps } from "../support/counted-steps.ts";
import { mustFormat } from "../support/format-law.ts";

function read(text: string): SyntaxTree {
  return parse(sourceFile("x", text));
}

const deep: readonly (readonly [string, string])[] = [
  ["blocks", `profile t {${" {".repeat(10_000)}${" }".repeat(10_000)}}`],
  ["open blocks", "profile t {".concat(" {".repeat(100_000))],
  ["profiles", "profile t { ".repeat(10_000)],
  ["hats", "hat t { ".repeat(10_000)],
  ["conditionals", `profile t { ${"if true { ".repeat(10_000)}`],
  ["else if", `profile t { if true { } ${"else if true { } ".repeat(10_000)}}`],
  ["parentheses", `$x = ${"(".repeat(10_000)}true${")".repeat(10_000)}\n`],
  ["not", `$x = ${"not ".repeat(10_000)}true\n`],
  ["or", `$x = true${" or true".repeat(10_000)}\n`],
  ["and", `$x = true${" and true".repeat(10_000)}\n`],
];

for (const [what, text] of deep)
  test(`ten thousand levels of ${what} end in one diagnostic`, () => {
    const codes = read(text).diagnostics.map((item) => item.code);
    assert.deepEqual(codes, ["syntax/too-deep"]);
    const steps = countSteps(() => void read(text));
    assert.ok(steps < 40 * text.length, `${steps} steps for ${text.length} characters`);
  });

test("a thousand levels less a few are read", () => {
  for (const [open, close] of [
    ["{ ", "} "],
    ["profile t { ", "} "],
    ["if true { ", "} "],
  ] as const) {
    const tree = read(`profile t { ${open.repeat(900)}${close.repeat(900)}}`);
    assert.deepEqual(tree.diagnostics, []);
    const once = mustFormat(tree.source.text);
    assert.equal(mustFormat(once), once);
  }
});

const repeated: readonly string[] = [
  '"',
  '\\"',
  '"\\" ',
  "#include ",
  "#include a ",
  "include ",
  "{",
  "}",
  "{ ",
  "} ",
  "(",
  "a (",
  "signal (",
  "signal (\n",
  "/a r",
  "/a r\n",
  "dbus send\n",
  "@{x}=",
  "@{x}=a,",
  "x ",
  "x\n",
  "x\n  ",
  "profile ",
  "profile t{ ",
  "if ",
  "if (",
  "capability a\n",
  "capability a\n ",
  "/a -> \\\n",
  "priority=",
  "\u0000",
  "a\u0000",
  "\\",
  ", ",
  "!",
  "\r",
  "peer=(",
  "foo bar {\n",
  '/a" r,\n',
  "@{",
  "a b c\n   d\n",
];

test("two hundred thousand characters of anything are read, with no more messages than the limit", () => {
  for (const piece of repeated) {
    const body = piece.repeat(Math.ceil(200_000 / piece.length));
    for (const text of [body, `profile t {\n${body}`]) {
      const tree = read(text);
      assert.ok(tree.diagnostics.length <= 1001);
    }
  }
});

test("twice the text takes no more than twice the work", () => {
  for (const piece of repeated) {
    for (const start of ["", "profile t {\n"]) {
      // An even number of pieces both times: what an odd one leaves over is another text.
      const [one, two] = [2, 4].map((times) => {
        const text = start + piece.repeat(times * Math.ceil(5000 / piece.length));
        return countSteps(() => void read(text));
      });
      assert.ok(
        one !== undefined && two !== undefined && two < 2.2 * one + 1000,
        `${JSON.stringify(piece)} ${one} ${two}`,
      );
    }
  }
});

test("a text of more words than can be held is reported, not held", () => {
  const tree = read("profile t {\n".concat("/a r,\n".repeat(700_000), "}\n"));
  assert.deepEqual(
    tree.diagnostics.map((item) => item.code),
    ["syntax/too-large"],
  );
});

test("a file that includes itself inside a body ends in a diagnostic", () => {
  const main = sourceFile("main", "profile a {\n  include <main>\n}\n");
  const tree = parseSpliced(main, { include: () => [main] });
  assert.deepEqual(
    tree.diagnostics.map((item) => item.code),
    ["syntax/too-deep"],
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { isSelected, parseSuite } from "./index.ts";

test("a suite is a preamble and tests, whose statements end with a comma in no braces or quotes", () => {
  const text = [
    "# mail",
    "#include <tunables/global>",
    "@{DIR}=/srv /var",
    'test "a \\"b\\"" for courier, "a b" {',
    "  all   owner /x/{a,b}/** rw, # a comment",
    '  none  "/a, b" r,',
    "  some  unix (send, receive) type=stream peer=(addr=@x, label=y),",
    "  never reach unconfined,",
    "}",
    "test rest for * except passwd, useradd { none /etc/shadow w, }",
  ].join("\n");
  const { preamble, problems, tests } = parseSuite(text);
  assert.deepEqual(problems, []);
  assert.equal(preamble, "#include <tunables/global>\n@{DIR}=/srv /var");
  assert.deepEqual(
    tests.map(({ name, line, expectations }) => [name, line, expectations.map(({ kind, text: rule }) => [kind, rule])]),
    [
      [
        'a "b"',
        4,
        [
          ["all", "owner /x/{a,b}/** rw,"],
          ["none", '"/a, b" r,'],
          ["some", "unix (send, receive) type=stream peer=(addr=@x, label=y),"],
          ["never-reach", "unconfined"],
        ],
      ],
      ["rest", 10, [["none", "/etc/shadow w,"]]],
    ],
  );
  const [named, rest] = tests.map(({ selection }) => selection);
  assert(named !== undefined && rest !== undefined);
  assert.deepEqual(
    ["courier", "a b", "c"].map((name) => isSelected(named, name)),
    [true, true, false],
  );
  assert.deepEqual(
    ["courier", "passwd"].map((name) => isSelected(rest, name)),
    [true, false],
  );
});

test("what is wrong costs its own statement, and says where it is", () => {
  const { problems, tests } = parseSuite("test t for x {\n  allow /a r,\n  all /b r\n}\ntest {\n}\n");
  assert.deepEqual(
    problems.map(({ line }) => line),
    [2, 3, 5],
  );
  assert.equal(tests.length, 1);
  assert.deepEqual(parseSuite("test t for x {\n all /a r,").problems, [
    { line: 2, message: "the `{` of this test is never closed" },
  ]);
});

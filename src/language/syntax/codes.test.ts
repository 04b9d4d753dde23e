import assert from "node:assert/strict";
import { test } from "node:test";
import { sourceFile } from "../../foundation/text/index.ts";
import { checkPlace, parse, type SyntaxCode, syntaxCodes } from "./index.ts";

/** A text for each code, and what must be said of it. */
const raised: Readonly<Record<SyntaxCode, readonly [string, string]>> = {
  "syntax/unexpected-character": ["profile t { /a!b r, }", "unexpected character `!`"],
  "syntax/not-a-number": ["profile t { priority=x /a r, }", "expected a whole number, found `x`"],
  "syntax/unclosed-string": ['profile t {\n  "/a r,\n}\n', "the double quote is never closed"],
  "syntax/comment-at-end": ["profile t { } # end", "the comment on the last line is not ended by a line feed"],
  "syntax/carriage-return": [
    "profile t {\n network inet tcp,\r\n}\r\n",
    "a carriage return `U+000D` is not allowed here (the first of 2)",
  ],
  "syntax/look-alike": ["profile t { capability\u00a0kill, }", "a no-break space `U+00A0` is not allowed here"],
  "syntax/hidden-character": [
    "profile t { /a\u200b r, }",
    "this word contains a zero-width space `U+200B`, which is taken literally",
  ],
  "syntax/unquoted-blank": [
    "profile t {\n  /My Files r,\n}",
    "the path `/My Files` contains a blank and must be quoted",
  ],
  "syntax/unclosed-name": ["profile t {\n  include <local/x\n}", "the name `<local/x` is not closed"],
  "syntax/bare-list": ["profile t {\n  signal send receive,\n}", "several permissions must be in parentheses"],
  "syntax/bare-values": [
    "profile t {\n  mount fstype in ext4,xfs /a -> /b,\n}",
    "the values of `fstype` must be in parentheses",
  ],
  "syntax/comma-in-list": [
    "profile t {\n  capability kill, chown,\n}",
    "capabilities are separated by blanks, not by commas",
  ],
  "syntax/relative-path": ["profile t usr/bin/t {\n}", "the attachment `usr/bin/t` does not start with `/`"],
  "syntax/semicolon": ["profile t {\n  /a r;\n}", "a rule ends with a comma, not with a semicolon"],
  "syntax/not-policy": ["foo:\n  - bar: 1\n", "this looks like YAML, not like a profile"],
  "syntax/byte-order-mark": ["\ufeffprofile t { }", "the file starts with a byte order mark"],
  "syntax/nul-in-word": ["profile t { /a\0b r, }", "the word contains a NUL byte, which ends it"],
  "syntax/include-without-name": ["include ", "the file ends before the name of what to include"],
  "syntax/variable-comma": ["@{x}=a,\n", "an assignment takes no commas"],
  "syntax/unexpected": ["profile t { signal peer=(a), }", "expected a permission, a condition or `,`, found `peer`"],
  "syntax/missing-comma": ["profile t {\n  capability kill\n  /a r,\n}", "the rule does not end with a comma"],
  "syntax/missing-comma-after-path": [
    "profile t { /a r /b r, }",
    "the rule does not end with a comma before the next path",
  ],
  "syntax/glued-brace": ["profile t{ /a r, }", "this brace is part of the word before it"],
  "syntax/unclosed-body": ["profile t { /a r,", "this `{` is never closed"],
  "syntax/stray-close": ["profile t { } }", "this `}` closes nothing"],
  "syntax/unknown-rule": ["profile t { quiet /a r, }", "no rule starts with `quiet`"],
  "syntax/misplaced": ["/a r,", "a rule is not allowed outside a profile"],
  "syntax/prefix": ["profile t { deny audit /a r, }", "`audit` must come before the other qualifiers"],
  "syntax/too-deep": [`profile t {${" {".repeat(2000)}`, "more than 1000 levels are open at once"],
  "syntax/too-large": ["", "more than 2000000 words and signs in one text"],
  "syntax/too-many-problems": [
    "profile t {\n".concat(" /a!b r,\n".repeat(2000)),
    "more than 1000 problems; the rest is not read",
  ],
};

/** Raised by texts of megabytes: tests/fuzz has one. */
const elsewhere = new Set<string>(["syntax/too-large"]);

for (const [code, [text, message]] of Object.entries(raised).filter(([name]) => !elsewhere.has(name)))
  test(`${code} is raised by a text of its own`, () => {
    const tree = parse(sourceFile("x", text));
    const misplaced = tree.items.map((item) => checkPlace(item, "preamble"));
    const found = [...tree.diagnostics, ...misplaced].find((item) => item?.code === code);
    assert.equal(found?.message, message);
    assert.equal(found?.severity, Object.entries(syntaxCodes).find(([name]) => name === code)?.[1].severity);
  });

test("no two codes have the same message", () => {
  const messages = Object.values(raised).map(([, message]) => message);
  assert.equal(new Set(messages).size, messages.length);
});

test("a word no rule starts with is reported once, and never in the way of the rest", () => {
  const tree = parse(
    sourceFile("x", "profile t {\n  quiet /a r,\n  later x {\n    y,\n  }\n  quiet /b r,\n  /c r,\n}\n"),
  );
  assert.deepEqual(
    tree.diagnostics.map((item) => item.message),
    ["no rule starts with `quiet`", "no rule starts with `later`"],
  );
  const profile = tree.items[0];
  assert.deepEqual(
    profile?.kind === "profile" ? profile.items.map((item) => (item.kind === "broken" ? item.keyword : item.kind)) : [],
    ["quiet", "later", "quiet", "file"],
  );
});

test("every problem of a file is found in one reading, and each costs its own rule", () => {
  const text = `profile a flags=complain {
  /a r
  /b w,
  network inet tcp
  "/c r,
  deny audit /d r,
  /e r,
}
profile b{
  /f r,
  dbus send
}
`;
  const tree = parse(sourceFile("x", text));
  const lines = tree.diagnostics.map((item) => text.slice(0, item.at.span.start).split("\n").length);
  assert.deepEqual(lines, [1, 2, 4, 5, 6, 9, 11]);
  const kept = tree.items.map((item) =>
    item.kind === "profile" ? item.items.flatMap((rule) => (rule.kind === "file" ? [rule.path?.value] : [])) : [],
  );
  assert.deepEqual(kept, [["/b", "/e"], ["/f"]]);
});

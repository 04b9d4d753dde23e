import assert from "node:assert/strict";
import test from "node:test";
import { encodeBytes } from "../../foundation/text/index.ts";
import { checkGlob, globExpression, isExact, matches, minimalLength, parseGlob, slashes } from "./index.ts";

function accepts(pattern: string, subject: string, nul = false): boolean {
  const parsed = parseGlob(pattern, { nul });
  assert.ok(parsed.ok, pattern);
  return matches(parsed.value, encodeBytes(subject));
}

function refusal(pattern: string): string | undefined {
  const parsed = parseGlob(pattern, { nul: false });
  return parsed.ok ? undefined : `${parsed.error.kind} ${parsed.error.offset}`;
}

test("globs match what the manual says", () => {
  const yes: readonly (readonly [string, string])[] = [
    ["/a/*", "/a/b"],
    ["/a/*", "/a/.b"],
    ["/a*", "/a"],
    ["/a/**", "/a/b/c"],
    ["/a/*.c", "/a/.c"],
    ["/a{/**,}", "/a/"],
    ["/{*,a}", "/"],
    ["/a\\*", "/a*"],
    ["/a.b", "/a.b"],
    ["/a[^b]c", "/a/c"],
    ["/[z-a]", "/m"],
    ["/[\\]]", "/]"],
    ["/[-a]", "/-"],
    ["/[^^]", "/a"],
    ["/{a,b{c,d}e}", "/bde"],
    ["/a{,b}", "/a"],
    ["/a,b", "/a,b"],
    ["/{a\\,b,c}", "/a,b"],
    ["/\\x2a", "/*"],
  ];
  for (const [pattern, subject] of yes) assert.ok(accepts(pattern, subject), `${pattern} matches ${subject}`);
  const no: readonly (readonly [string, string])[] = [
    ["/a/*", "/a/"],
    ["/a/*", "/a/b/c"],
    ["/a/**", "/a/"],
    ["/a/**", "/a//x"],
    ["/*/b", "//b"],
    ["/a.b", "/axb"],
    ["/a?b", "/a/b"],
    ["/a", "/a/"],
    ["/[^^]", "/^"],
    ["/ä?", "/äö"],
  ];
  for (const [pattern, subject] of no) assert.ok(!accepts(pattern, subject), `${pattern} does not match ${subject}`);
});

test("NUL is matched by globs only where they may", () => {
  assert.ok(!accepts("a*", "a\0b"));
  assert.ok(accepts("a*", "a\0b", true));
  assert.ok(!accepts("a**", "a\0/"));
  assert.ok(accepts("a**", "a\0/", true));
  assert.ok(accepts("a[^b]", "a\0"));
});

test("a class holds bytes, not characters", () => {
  assert.ok(accepts("/[ä]x", "/\udcc3x"));
  assert.ok(!accepts("/[ä]x", "/äx"));
});

test("stars, question marks and escaped dashes inside a class mean themselves, and are told of", () => {
  assert.ok(accepts("/[*?]", "/*"));
  assert.ok(!accepts("/[*?]", "/a"));
  assert.ok(accepts("/[a\\-c]", "/-"));
  assert.ok(!accepts("/[a\\-c]", "/b"));
  assert.deepEqual(checkGlob("/ä[*]", { nul: false }).mended, [3]);
});

test("what is no pattern is refused where it goes wrong", () => {
  assert.equal(refusal("/[a"), "class 1");
  assert.equal(refusal("/a]"), "class 2");
  assert.equal(refusal("/ä{a"), "brace 2");
  assert.equal(refusal("/a}"), "brace 2");
  assert.equal(refusal("/{a}"), "brace 1");
  assert.equal(refusal("/{}"), "brace 1");
  assert.equal(refusal("/a\\"), "trailing-escape 2");
  assert.equal(refusal("/x[]"), "syntax 2");
  assert.equal(refusal("/[a-]"), "syntax 1");
  assert.equal(refusal("/[^]"), "syntax 1");
  assert.equal(refusal("/[--]"), "syntax 1");
  assert.equal(refusal("/[^^-a]"), "syntax 1");
  assert.equal(refusal("/[*[]"), "syntax 1");
  assert.equal(refusal(`/${"{a,".repeat(49)}${"}".repeat(49)}`), undefined);
  assert.equal(refusal(`/${"{a,".repeat(50)}${"}".repeat(50)}`), "depth 148");
  assert.equal(refusal("{".repeat(100_000)), "depth 49");
});

test("expressions are those apparmor_parser prints", () => {
  const expected: readonly (readonly [string, string])[] = [
    ["/a/*", "/a/[^/\\x00][^/\\x00]*"],
    ["/a/**", "/a/[^/\\x00][^\\x00]*"],
    ["/**/", "/[^/\\x00][^\\x00]*/"],
    ["/a/?*", "/a/[^/\\x00][^/\\x00]*"],
    ["/a/***", "/a/[^/\\x00][^\\x00]*[^/\\x00]*"],
    ["/a/****", "/a/[^/\\x00][^\\x00]*[^\\x00]*"],
    ["/{a,b{c,d}e}", "/(a|b(c|d)e)"],
    ["/a\\z", "/az"],
    ["/a\\000", "/a\\000"],
    ["/[.+|()]", "/[\\.\\+\\|\\(\\)]"],
    ["/[*?]", "/[[^/\\x00]*[^/\\x00]]"],
    ["/a\\/*", "/a/[^/\\x00][^/\\x00]*"],
  ];
  for (const [pattern, expression] of expected) {
    assert.deepEqual(globExpression(pattern, { nul: false }), { ok: true, value: expression });
  }
});

test("needless escapes are found", () => {
  assert.deepEqual(checkGlob("/ä\\z\\*", { nul: false }).needlessEscapes, [2]);
});

test("exactness and minimal length follow the pattern", () => {
  const lengths: readonly (readonly [string, number, boolean])[] = [
    ["/usr/bin/foo", 12, true],
    ["/usr/bin/*", 10, false],
    ["/usr/bin/{foo,bar}*", 12, false],
    ["/**", 2, false],
    ["/{a,bcd}**", 2, false],
    ["foo*", 3, false],
    ["/usr/{,s}bin/f*", 10, false],
    ["/{a,b}", 2, true],
    ["/[ab]", 2, true],
    ["/?", 2, false],
    ["/[^a]", 2, false],
  ];
  for (const [pattern, length, exact] of lengths) {
    const parsed = parseGlob(pattern, { nul: false });
    assert.ok(parsed.ok);
    assert.equal(minimalLength(parsed.value), length, pattern);
    assert.equal(isExact(parsed.value), exact, pattern);
  }
});

test("slashes are squeezed but for two at the start", () => {
  const pairs = [
    ["///d", "/d"],
    ["//c", "//c"],
    ["/a//b", "/a/b"],
    ["//", "//"],
    ["///", "/"],
    ["/a///", "/a/"],
    ["//a//b", "//a/b"],
    ["a//b", "a/b"],
  ];
  for (const [from, to] of pairs) assert.equal(slashes(from ?? ""), to);
});

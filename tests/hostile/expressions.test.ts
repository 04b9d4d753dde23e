/**
 * Texts that are one piece over and over, for which an expression that can go two ways through the same characters never ends: each of these ran for
 * minutes, or for ever.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { loadEngine, loadNewProfiles } from "../../src/app/index.ts";
import { encodeBytes, sourceFile, withoutTrailing } from "../../src/foundation/text/index.ts";
import { parseGlob } from "../../src/language/globs/index.ts";
import { parse, printTree } from "../../src/language/syntax/index.ts";
import { parseLine } from "../../src/learning/audit/index.ts";
import { memoryStore } from "../support/memory-files.ts";

const MANY = 1_000_000;

const profiles: Readonly<Record<string, string>> = {
  "empty lines, and no YAML behind them": `\r\n${"\n".repeat(60)}profile $t=true\r\nprofile t {\r\n}\r\n`,
  "comments, and no YAML behind them": `${" \n \n#\r\n".repeat(60)} \nprofile $t\n`,
  "an attachment without its slash": `profile - s/${"/o".repeat(60)}\t\n`,
  "braces of templates": `profile t {\n  zap ${"{{0|".repeat(20_000)}\n}\n`,
  "blanks behind braces": `profile t {\n  zap {{ ${"\t".repeat(100_000)}\n}\n`,
  "bodies that open on each line and never close": " network port=80le t {\n".repeat(900),
  "blanks that are none": `profile t {\n  zap${"\u00a0".repeat(300_000)}\n}\n`,
  "carriage returns and comments": `profile t {\n${"#\r\r\n".repeat(30_000)}  zap\r\r\n}\n`,
  "lines without anything": `#!/bin/sh\n${"\n".repeat(300_000)}/\n`,
};

for (const [what, text] of Object.entries(profiles)) {
  test(`a text of ${what} is read to its end`, () => {
    const tree = parse(sourceFile("x", text));
    assert.equal(printTree(tree), text);
    assert.ok(tree.diagnostics.length > 0);
  });
}

const settings = {
  base: "/etc",
  includePath: [],
  kernelFeatures: readFileSync("tests/corpus/features/debian-kernel-7.2", "utf8"),
  policyFeatures: { kind: "kernel" as const },
  overrideAbi: false,
  namespace: undefined,
  forceComplain: false,
  readImpliesExec: false,
  workingDirectory: "/",
  encoding: {},
};

test("policy of slashes and blanks is resolved to its end", async () => {
  const engine = await loadEngine();
  for (const text of [
    `include </${"/".repeat(MANY)}x>\nprofile t { }\n`,
    `include if exists "${"/".repeat(MANY)}x"\nprofile t { }\n`,
    `abi\t${"\v".repeat(MANY)}\nprofile t { @{HOME} r, }\n`,
    `profile t { @{HOME}/${"/".repeat(MANY)}x r, }\n`,
    `@{x}=/${"/".repeat(MANY)}x\nprofile t @{x}/y { }\n`,
  ]) {
    const { ok } = engine.check({ path: "/p", bytes: encodeBytes(text) }, settings, memoryStore({}));
    assert.equal(typeof ok, "boolean");
  }
});

test("a script whose first line sets variable after variable gets its profile", async () => {
  const engine = await loadEngine();
  const newProgramText = await loadNewProfiles();
  const head = encodeBytes(`#!/usr/bin/env -S ${"-=-=\t".repeat(45)}-\n`);
  const program = {
    path: "/usr/bin/x",
    head,
    find: (name: string) => (name.startsWith("/") ? name : undefined),
    hats: [],
  };
  const made = newProgramText(program, settings, { files: memoryStore({}), engine });
  assert.ok(made.ok, JSON.stringify(made));
  assert.match(made.value.text, /\/usr\/bin\/env/);
  const named = {
    ...program,
    head: encodeBytes("#!/usr/bin/env -S A=1 B=2 python3 -u\n"),
    find: (name: string) => `/usr/bin/${name.split("/").at(-1)}`,
  };
  const python = newProgramText(named, settings, { files: memoryStore({}), engine });
  assert.ok(python.ok && python.value.text.includes("/usr/bin/python3"), JSON.stringify(python));
});

test("classes that nobody closes are looked through once", () => {
  const { ok } = parseGlob(`/${"[\\\\]".repeat(300_000)}`, { nul: false });
  assert.equal(typeof ok, "boolean");
  const wrong = parseGlob("/[a][a-]", { nul: false });
  assert.ok(!wrong.ok && "offset" in wrong.error);
  assert.equal(wrong.error.offset, 4);
});

test("lines of one character are read to their end", () => {
  for (const piece of ["\r", " ", "/", ".", "a.", "[", "=", '"', "e.\u0000"]) {
    const line = `${piece.repeat(Math.floor(MANY / 4 / piece.length))}x apparmor="DENIED" operation="open"`;
    const item = parseLine(line);
    assert.ok(item === undefined || typeof item === "object");
  }
});

test("what is taken off the end of a text is taken off its end", () => {
  assert.equal(withoutTrailing("/a//b//", "/"), "/a//b");
  assert.equal(withoutTrailing("a\r\n\n", "\r\n"), "a");
  assert.equal(withoutTrailing("///", "/"), "");
  assert.equal(withoutTrailing("a", "/"), "a");
});

/** `check --fix` and what it says of its work; `--allow`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fail } from "../../foundation/basics/index.ts";
import { machine } from "../../../tests/support/machine.ts";

const broken = "abi <kernel>,\nprofile a {\n  /a r\n  /b r,\n  capability kill\n}\n";
const mended = "abi <kernel>,\nprofile a {\n  /a r,\n  /b r,\n  capability kill,\n}\n";
const other = "abi <kernel>,\nprofile b {\n  /b r\n}\n";

test("check --fix names the files it changed, and --diff shows what it would change", async (t) => {
  const { path, read, run } = machine(t, { "p/a": broken, "p/b": other, "p/c": "abi <kernel>,\nprofile c {\n}\n" });
  const shown = await run(["check", "--fix", "--diff", path("p")]);
  assert.equal(shown.status, 0, shown.err);
  assert.deepEqual([read("p/a"), read("p/b")], [broken, other]);
  assert.ok(
    shown.err.includes(`${path("p/a")}: 2 fixes would be applied\n${path("p/b")}: 1 fix would be applied\n`),
    shown.err,
  );
  assert.match(shown.out, /^--- \S+\/p\/a\n\+\+\+ \S+\/p\/a\n@@ [^]*\n- {2}\/a r\n[^]*^--- \S+\/p\/b$/m);
  assert.doesNotMatch(shown.out, /^--- \S+\/p\/c$/m);
  const done = await run(["check", "--fix", path("p")]);
  assert.equal(done.status, 0, done.err);
  assert.equal(
    done.err,
    `${path("p/a")}: 2 fixes applied\n${path("p/b")}: 1 fix applied\n3 fixes applied to 2 files\n3 files checked, nothing is wrong\n`,
  );
  assert.equal(read("p/a"), mended);
  const nothing = await run(["check", "--fix", path("p")]);
  assert.deepEqual([nothing.out, nothing.err], ["", "3 files checked, nothing is wrong\n"]);
  assert.equal((await run(["check", "--diff", path("p")])).status, 2);
  assert.equal((await run(["check", "--fix", "--diff", "--json", path("p")])).status, 2);
});

test("check --allow takes a code with or without what is before its slash, and none of an error", async (t) => {
  const text = "profile a {\n}\n";
  const { path, run } = machine(t, { a: text });
  const said = await run(["check", path("a")]);
  assert.match(said.out, /resolve\/abi-missing/);
  for (const code of ["resolve/abi-missing", "abi-missing"]) {
    const { out, status } = await run(["check", "--strict", "--allow", code, path("a")]);
    assert.deepEqual([status, out], [0, ""]);
  }
  const near = await run(["check", "--allow", "abi-mising", path("a")]);
  assert.equal(near.status, 2);
  assert.match(near.err, /Did you mean `(?:resolve\/)?abi-missing`\?/);
  const wrong = await run(["check", "--allow", "syntax/unknown-rule", path("a")]);
  assert.equal(wrong.status, 2);
  assert.match(
    wrong.err,
    /needs the code of a warning: syntax\/unknown-rule: is an error, which cannot be switched off/,
  );
});

test("compile makes a directory of a directory, however many files it has, and none where nothing is put into it", async (t) => {
  const good = "abi <kernel>,\nprofile a {\n}\n";
  const { path, read, run } = machine(t, { "one/a": good, "bad/a": "abi <kernel>,\nprofile a {\n" });
  const one = await run(["compile", "--no-cache", "-o", path("out"), path("one")]);
  assert.equal(one.status, 0, one.err);
  const named = await run(["compile", "--no-cache", "-o", path("file"), path("one/a")]);
  assert.equal(named.status, 0, named.err);
  assert.equal(read("out/a.bin"), read("file"));
  const bad = await run(["compile", "--no-cache", "-o", path("none"), path("bad")]);
  assert.equal(bad.status, 1);
  const listed = await run(["check", path("none")]);
  assert.match(listed.err, /none: No such file or directory/);
});

test("that the system refuses a place is no wrong usage", async (t) => {
  const policy = { a: "abi <kernel>,\nprofile a {\n}\n" };
  const { path, run } = machine(t, policy, {
    options: () => [],
    world: ({ files }) => ({ files: { ...files, output: (name) => fail({ path: name, errno: "EROFS" }) } }),
  });
  const compile = ["compile", "--no-cache", "-M", path("features")];
  const refused = await run([...compile, "-o", path("x"), path("a")]);
  assert.deepEqual([refused.status, refused.err], [1, `armorer compile: ${path("x")}: Read-only file system\n`]);
});

test("fmt --recursive says nothing of a directory whose files are further down", async (t) => {
  const { path, run } = machine(t, {
    "top/deep/deeper/a": "abi <kernel>,\n\nprofile a {\n  /a r,\n}\n",
    "empty/none/README": "x\n",
  });
  const found = await run(["fmt", "--check", "--recursive", path("top")]);
  assert.deepEqual([found.status, found.err], [0, ""]);
  const none = await run(["fmt", "--check", "--recursive", path("empty")]);
  assert.equal(none.status, 1);
  assert.match(none.err, /empty: there are no files of policy in it/);
});

test("what is behind an include and ends nothing is taken away, comma or semicolon", async (t) => {
  const { path, read, run } = machine(t, {
    "p/abstractions/a": "/x r,\n",
    "p/a": "abi <kernel>,\nprofile a {\n  include <abstractions/a>;\n  /y r;\n  include <abstractions/a> ,\n}\n",
  });
  const { status, err } = await run(["check", "--fix", path("p/a")]);
  assert.equal(status, 0, err);
  assert.equal(
    read("p/a"),
    "abi <kernel>,\nprofile a {\n  include <abstractions/a>\n  /y r,\n  include <abstractions/a> \n}\n",
  );
});

const withRules = (one: string, two: string): string => `abi <kernel>,\nprofile a {\n  ${one}\n  ${two}\n}\n`;

test("two ways to start one program are one mistake", async (t) => {
  const { path, run } = machine(t, { same: withRules("/x ix,", "/x px,"), apart: withRules("/x* ix,", "/{x,y}* px,") });
  const same = await run(["check", path("same")]);
  assert.deepEqual(same.out.match(/^error\[.*\]/gm), ["error[compile/exec-merge-conflict]"]);
  assert.match(same.err, /^not shown \(--all shows them\): 1 that follows? from these$/m);
  const all = await run(["check", "--all", path("same")]);
  assert.equal(all.out.match(/^error\[.*\]/gm)?.length, 2);
  const apart = await run(["check", path("apart")]);
  assert.match(apart.out, /^error\[compile\/exec-conflict\]/m);
});

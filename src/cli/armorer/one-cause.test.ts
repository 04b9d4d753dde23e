/** One cause is one message, and what is said of nothing is said of nothing: files without profiles, tests without expectations, questions that are no rules. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fail } from "../../foundation/basics/index.ts";
import type { CliIo } from "../io.ts";
import { machine } from "../../../tests/support/machine.ts";

const of = (name: string, body: string): string => `abi <kernel>,\nprofile ${name} {\n  ${body}\n}\n`;
const DENIAL = `type=AVC msg=audit(1764374400.123:42): apparmor="DENIED" operation="open" profile="p" name="/srv/x" pid=7 comm="x" requested_mask="r" denied_mask="r" fsuid=0 ouid=0\n`;
const comment = "# nothing yet\n";

const learnCall = (path: (name: string) => string): readonly string[] => {
  return ["learn", "--base", path("d"), "--log", path("log"), "--apply"];
};

test("a file that has no profile is no success without a word", async (t) => {
  const { path, run } = machine(t, { empty: comment, other: comment, good: of("good", "/x r,") });
  const loaded = await run(["load", "--no-cache", path("empty")]);
  assert.deepEqual([loaded.status, loaded.out], [0, `${path("empty")}: there is no profile in it\n`]);
  const json = await run(["load", "--no-cache", "--json", path("empty")]);
  assert.deepEqual(JSON.parse(json.out).results, [
    { path: path("empty"), profiles: [], ok: true, message: "there is no profile in it" },
  ]);
  const compiled = await run(["compile", "--no-cache", path("empty")]);
  assert.match(compiled.err, /^1 of 1 files compiled, 0 bytes, and there is no profile in it, written nowhere/m);
  const both = await run(["compile", "--no-cache", path("empty"), path("other")]);
  assert.match(both.err, /^2 of 2 files compiled, 0 bytes, and there is no profile in them,/m);
  const some = await run(["compile", "--no-cache", path("empty"), path("good")]);
  assert.doesNotMatch(some.err, /no profile/);
  const linted = await run(["lint", path("empty")]);
  assert.equal(linted.err, "1 file looked at: nothing is found, and there is no profile in it\n");
  assert.equal((await run(["lint", path("good")])).err, "1 file looked at: nothing is found\n");
});

test("decode says that a file is empty, and calls standard input so", async (t) => {
  const { path, run } = machine(t, { empty: "" });
  const file = await run(["decode", path("empty")]);
  assert.deepEqual([file.status, file.err], [1, `armorer decode: ${path("empty")}: it is empty\n`]);
  assert.equal((await run(["decode", "-"], "")).err, "armorer decode: standard input: it is empty\n");
  assert.match((await run(["decode", "-"], "x")).err, /^armorer decode: standard input: this is not compiled policy/m);
});

test("a file that many include and that is wrong is one message, with its line", async (t) => {
  const { path, run } = machine(t, {
    "p/abstractions/shared": "\n/x zz,\n",
    "p/a": of("a", "include <abstractions/shared>"),
    "p/b": of("b", "include <abstractions/shared>"),
    "p/c": of("c", "/c r,"),
    "old/a": of("a", "/a r,"),
    "old/b": of("b", "/b r,"),
    "old/c": of("c", "/c r,"),
    "s.aatest": 'test "c" for c {\n  all /c r,\n}\n',
  });
  const wrong = "`zz` are not permissions for files: `z` is none";
  const where = `${path("p/abstractions/shared")}:2`;
  const files = `${path("p/a")}, ${path("p/b")}`;
  const calls = [
    ["query", path("p"), "/c r"],
    ["explain", path("p"), "c", "/c r"],
    ["lint", path("p")],
    ["reach", path("p"), "c"],
    ["test", path("p"), path("s.aatest")],
  ];
  for (const [verb = "", ...operands] of calls) {
    const { err, status } = await run([verb, ...operands]);
    assert.notEqual(status, 0, verb);
    const line = `armorer ${verb}: 2 files were skipped: ${wrong} (${where}): ${files}`;
    assert.deepEqual([verb, err.split("\n").filter((one) => one.includes("zz"))], [verb, [line]]);
  }
  const { err, status } = await run(["diff", path("old"), path("p")]);
  assert.equal(status, 2);
  assert.ok(err.includes(`armorer diff: new 2 files: ${wrong} (${where}): ${files}\n`), err);
});

test("a question to one profile says nothing of files that do not have it", async (t) => {
  const { path, run } = machine(t, { "p/a": `@{SHOP}=/srv\n${of("a", "@{SHOP}/x r,")}`, "p/b": of("b", "/b r,") });
  const one = await run(["query", path("p"), "@{SHOP}/x r", "--by", "a"]);
  assert.deepEqual([one.status, one.out.slice(0, 7), one.err], [0, "all   a", ""]);
  const all = await run(["query", path("p"), "@{SHOP}/x r"]);
  assert.deepEqual(
    [all.status, all.err],
    [1, `armorer query: ${path("p/b")} was skipped: \`@{SHOP}\` is not defined\n`],
  );
});

test("what is no rule is called so, whatever comma it would have taken", async (t) => {
  const { path, run } = machine(t, { p: of("p", "/x r,"), "abstractions/a": "/y r,\n" });
  for (const question of [
    "include <abstractions/a>",
    "include <x>",
    "include <abstractions/>",
    "@{X}=/y",
    "alias /a -> /b",
    "^x",
    "/x r,,",
    "{",
    "# x",
  ]) {
    const { err, status } = await run(["query", path("p"), question]);
    assert.deepEqual([question, status, err], [question, 2, "armorer query: the question is no rule\n"]);
  }
  const { err } = await run(["query", path("p"), "/x"]);
  assert.equal(err, "armorer query: expected permissions after the path, but the rule ends there\n");
});

test("a test that expects nothing is told, and which word --init takes", async (t) => {
  const { path, run } = machine(t, { p: of("p", "/x r,"), "s.aatest": '\ntest "n" for p {\n}\n' });
  const { err, status } = await run(["test", path("p"), path("s.aatest")]);
  assert.equal(status, 2);
  assert.match(err, /s\.aatest:2: the test expects nothing$/m);
  const wrong = await run(["test", "--init", path("p"), "p"]);
  assert.equal(wrong.status, 2);
  const advice = /^armorer test: --init takes the profile: `armorer (.*)`$/m.exec(wrong.err)?.[1] ?? "";
  const followed = await run(advice.split(" "));
  assert.deepEqual([followed.status, followed.out.slice(0, 5)], [0, "test "]);
});

test("learn says that nothing was to be written only where nothing was", async (t) => {
  const broken = of("p", "/x r,").replace("/x r,", "/x r");
  const { path, read, run } = machine(t, { "d/p": broken, log: DENIAL });
  const { err, status } = await run(["learn", "--base", path("d"), "--log", path("log"), "--apply"]);
  assert.equal(status, 1);
  assert.match(err, /^note: nothing was written$/m);
  assert.doesNotMatch(err, /was to be written/);
  assert.equal(read("d/p"), broken);
});

test("why a cache cannot be made is said, and not that it is not there", async (t) => {
  const { path, run } = machine(
    t,
    { p: of("p", "/x r,") },
    {
      options: () => [],
      world: ({ files }) => ({
        files: { ...files, makeDirectory: (name) => fail({ path: name, errno: "EROFS" }) },
      }),
    },
  );
  const { err, status } = await run(["compile", "--cache", path("kept"), path("p")]);
  assert.equal(status, 0);
  assert.equal(err.split("\n")[0], `armorer: no cache is used: ${path("kept")}: Read-only file system`);
});

test("who skips a file for an include that is not there says where it is, and that works", async (t) => {
  const text = "abi <kernel>,\ninclude <tunables/global>\nprofile p {\n  @{HOME}/x r,\n}\n";
  const { path, run } = machine(t, { "shop/p": text, "s.aatest": 'test "p" for p {\n  all @{HOME}/x r,\n}\n' });
  const suite = path("s.aatest");
  const calls = [
    ["query", path("shop/p"), "/root/x r"],
    ["explain", path("shop/p"), "p", "/root/x r"],
    ["lint", path("shop/p")],
    ["reach", path("shop/p"), "p"],
    ["test", path("shop/p"), suite],
    ["port", "--to", "5.0", path("shop/p")],
    ["diff", path("shop/p"), path("shop/p")],
  ];
  for (const [verb = "", ...words] of calls) {
    const without = await run([verb, ...words]);
    const advice = "the starter policy of armorer has what was not found: try `--starter-policy`";
    assert.deepEqual(
      [verb, without.status !== 0, without.err.split(`armorer ${verb}: ${advice}\n`).length],
      [verb, true, 2],
      without.err,
    );
    const followed = await run([verb, "--starter-policy", ...words]);
    assert.deepEqual([verb, followed.status], [verb, 0], followed.err);
  }
});

test("learn says that what is written cannot be undone only where something is written", async (t) => {
  const contents = { "d/p": of("p", "/x r,"), log: DENIAL };
  const closed: Partial<CliIo> = { openDirectory: (path) => fail({ kind: "refused", path, errno: "EACCES" }) };
  const sealed = machine(t, contents, {
    options: () => [],
    world: ({ files }) => ({ ...closed, files: { ...files, write: (path) => fail({ path, errno: "EROFS" }) } }),
  });
  const none = await sealed.run(learnCall(sealed.path));
  assert.equal(none.status, 1);
  assert.match(none.err, /d\/p: Read-only file system$/m);
  assert.doesNotMatch(none.err, /cannot be undone/);
  const open = machine(t, contents, { options: () => [], world: () => closed });
  const some = await open.run(learnCall(open.path));
  assert.equal(some.status, 1);
  assert.match(some.err, /^armorer learn: what is written cannot be undone: /m);
  assert.match(open.read("d/p"), /\/srv\/x r,/);
});

test("a profile that the log has, but no event of it as asked for, is not taken for an unknown one", async (t) => {
  const { path, run } = machine(t, {
    "d/p": of("p", "/x r,"),
    log: `${DENIAL}${DENIAL.replace('profile="p"', 'profile="q//hat"')}`,
  });
  const none = "note: none of 2 events is what was asked for";
  for (const profile of ["p", "q"]) {
    for (const [verb = "", ...asked] of [
      ["audit", "--type", "KILLED"],
      ["audit", "--since", "2030-01-01"],
      ["learn", "--base", path("d"), "--since", "2030-01-01"],
    ]) {
      const { err, status } = await run([verb, ...asked, "--profile", profile, "--log", path("log")]);
      assert.deepEqual([verb, profile, status, err.includes(none)], [verb, profile, 0, true], err);
      assert.doesNotMatch(err, /no event of a profile/);
    }
  }
  const unknown = await run(["audit", "--since", "2030-01-01", "--profile", "pp", "--log", path("log")]);
  assert.equal(unknown.status, 1);
  assert.match(unknown.err, /no event of a profile `pp`; did you mean `p`\?|the log speaks of `p`, `q\/\/hat`/);
});

test("whoever loads compiled policy as if it were text is told how it is loaded, and that works", async (t) => {
  const { path, run } = machine(t, { p: of("p", "/x r,") });
  assert.equal((await run(["compile", "--no-cache", "--output", path("p.bin"), path("p")])).status, 0);
  const refused = await run(["load", "--no-cache", path("p.bin")]);
  assert.equal(refused.status, 1);
  assert.match(refused.err, /`armorer load --binary` loads it$/m);
  const loaded = await run(["load", "--binary", path("p.bin")]);
  assert.deepEqual([loaded.status, loaded.err], [0, ""]);
});

import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { type Answer, machine } from "../../../tests/support/machine.ts";

const good = "abi <kernel>,\nprofile good /usr/bin/good {\n  /etc/good r,\n}\n";
const bad = "profile bad {\n  bogus,\n  /x zz,\n}\n";

test("check tells every problem of every file, and its verdict by the exit status", async (t) => {
  const { path, run } = machine(t, { "p/good": good, "p/bad": bad });
  const { status, out } = await run(["check", "--json", path("p")]);
  assert.equal(status, 1);
  const { schema, files } = JSON.parse(out);
  assert.equal(schema, "armorer/check/1");
  assert.deepEqual(
    files.map((file: { file: string; ok: boolean }) => [file.file, file.ok]),
    [
      [path("p/bad"), false],
      [path("p/good"), true],
    ],
  );
  const errors = files[0].diagnostics.filter((one: { severity: string }) => one.severity === "error");
  assert.deepEqual(
    errors.map((one: { range: { start: { line: number } } }) => one.range.start.line),
    [2, 3],
  );
  assert.equal((await run(["check", path("p/good")])).status, 0);
  assert.equal((await run(["check", path("p/missing")])).status, 1);
  assert.equal((await run(["check", "--json", "--sarif", path("p")])).status, 2);
  assert.match(
    (await run(["check", "--gcc", path("p/bad")])).out,
    new RegExp(`^${path("p/bad")}:2:\\d+: error: `, "m"),
  );
});

test("check --fix makes what is certain right", async (t) => {
  const { path, read, run } = machine(t, { "p/x": "abi <kernel>,\n#include <inc>\nprofile x {}\n", "p/inc": "" });
  const { status } = await run(["check", "--strict", "--fix", "--base", path("p"), path("p/x")]);
  assert.equal(read("p/x"), "abi <kernel>,\ninclude <inc>\nprofile x {}\n");
  assert.equal(status, 0);
});

test("check --fix mends what a first fix brings to light, and a text of another system", async (t) => {
  const text =
    "abi <kernel>,\nprofile x /usr/bin/x {\n  network inet tcp,\n  /My Files r,\n  /b RW,\n  capability kill, chown,\n}\n";
  const { path, read, run } = machine(t, { "p/x": text.replaceAll("\n", "\r\n") });
  const { err, status } = await run([
    "check",
    "--fix",
    "--allow",
    "compile/network-not-enforced",
    "--base",
    path("p"),
    path("p/x"),
  ]);
  assert.equal(
    read("p/x"),
    'abi <kernel>,\nprofile x /usr/bin/x {\n  network inet tcp,\n  "/My Files" r,\n  /b rw,\n  capability kill chown,\n}\n',
  );
  assert.equal(status, 0, err);
  assert.match(err, /fixes applied\n1 file checked, nothing is wrong\n$/);
});

function attachedTo(name: string, attachment: string): string {
  return `abi <kernel>,\nprofile ${name} ${attachment} {\n  /a r,\n}\n`;
}

function withRules(name: string, rules: string): string {
  return `abi <kernel>,\nprofile ${name} {\n${rules}}\n`;
}

test("check compares files however they are named, but not what is switched off", async (t) => {
  const { path, run } = machine(t, {
    "p/a": attachedTo("x", "/usr/bin/x"),
    "p/b": attachedTo("x", "/usr/bin/other"),
    "p/c": attachedTo("y", "/usr/bin/x"),
    "p/d": attachedTo("x", "/usr/bin/x"),
    "p/disable/d": "",
  });
  const both = /duplicate-across-files[^]*\/b:2:[^]*attachment-twice[^]*\/c:2:[^]*4 files checked, 2 warnings\n/;
  for (const call of [
    ["check", path("p")],
    ["check", "-b", path("p")],
    ["check", `${path("p")}/`],
  ]) {
    const { err, out } = await run(call);
    assert.match(out + err, both, call.join(" "));
    assert.match(err, /^switched off by `disable\/`, and checked all the same: .*\/d\n$/m);
  }
  const { err, out } = await run(["check", "-b", path("p"), path("p/a"), `${path("p")}/./a`, path("p/b")]);
  assert.match(out, /\/b:2:/);
  assert.match(err, /^3 files checked, 1 warning\n/);
});

test("check gives one message for a cause and one for a place, and counts the rest", async (t) => {
  const uses = Array.from({ length: 40 }, (_, index) => `  @{HOME}/${index} r,\n  @{PROC}/${index} r,\n`).join("");
  const { path, run } = machine(t, {
    "p/a": withRules("a", uses),
    "p/tunables/global": "@{HOME}=/home/*/\n@{PROC}=/proc/\n",
    "q/a": withRules("a", "  include <old>\n"),
    "q/b": withRules("b", "  include <old>\n"),
    "q/old": "#include if exists <none>\n",
  });
  const one = await run(["check", "-b", path("p"), path("p/a")]);
  assert.equal(one.out.match(/^error/gm)?.length, 1);
  assert.match(one.out, /fix: add `include <tunables\/global>`/);
  assert.match(one.err, /1 cannot be used: 1 error\nnot shown \(--all shows them\): 79 that follow from these\n/);
  assert.equal((await run(["check", "--all", "-b", path("p"), path("p/a")])).out.match(/^error/gm)?.length, 80);
  const warned = await run(["check", "-b", path("q"), path("q/a"), path("q/b")]);
  assert.equal(warned.out, "");
  assert.match(
    warned.err,
    /^2 files checked, nothing is wrong\nnot shown .*: 2 warnings about files that are only included\n$/,
  );
  const told = await run(["check", "-b", path("q"), path("q/a"), path("q/b"), path("q/old")]);
  assert.equal(told.out.match(/^warning/gm)?.length, 1);
  assert.match(told.err, /^3 files checked, 1 warning\nnot shown .*: 2 at places that were named before\n$/);
});

test("compile of a directory leaves out what is switched off, and is quiet when asked", async (t) => {
  const { path, run } = machine(t, {
    "p/a": "abi <kernel>,\n#include <inc>\nprofile a {\n  bogus,\n}\n",
    "p/b": "abi <kernel>,\nprofile b {\n}\n",
    "p/disable/b": "",
    "p/inc": "# nothing\n",
  });
  const loud = await run(["compile", "--no-cache", "-b", path("p"), path("p")]);
  assert.match(loud.err, /switched off by `disable\/` and not compiled: .*\/b\n/);
  assert.match(loud.err, /pound-include/);
  const quiet = await run(["compile", "-q", "--no-cache", "-b", path("p"), path("p/a")]);
  assert.match(quiet.err, /^error/);
  assert.doesNotMatch(quiet.err, /warning/);
});

test("fmt says what would change, changes it, and then nothing more", async (t) => {
  const crooked = "profile x {\n/a   r,\n}\n";
  const { path, read, run } = machine(t, { "p/x": crooked });
  assert.deepEqual(await run(["fmt", "--check", path("p/x")]), { status: 1, out: `${path("p/x")}\n`, err: "" });
  assert.match((await run(["fmt", "--diff", path("p/x")])).out, /^-\/a {3}r,\n\+ {2}\/a r,$/m);
  assert.equal(read("p/x"), crooked);
  assert.equal((await run(["fmt", path("p/x")])).status, 0);
  assert.equal(read("p/x"), "profile x {\n  /a r,\n}\n");
  assert.equal((await run(["fmt", "--check", path("p/x")])).status, 0);
  assert.equal((await run(["fmt", "-"], crooked)).out, "profile x {\n  /a r,\n}\n");
});

const unreadable: Readonly<Record<string, readonly [text: string, reason: RegExp]>> = {
  "a program": ["\x7fELF\x02\x01\x01\0\0 \r\n  \t\n\0", /this is a program/],
  "compiled policy": ["\x04\x08\0version\0\x02\x05\0\0\0 \n \n", /this is compiled policy/],
  "a NUL in a comment": ["#  a\0\n/a   r,\n", /this is not text: byte 4 is NUL/],
  "a syntax error": ["profile x {\n/a   r,\n  quiet   /b  r,\n}\n", /line 3, column 3: /],
  "a profile cut off": ["profile x {\n/a   r,\n  /b", /line \d+, column \d+: /],
  "line ends of carriage returns": ["profile x {\r  /a   r,\r}\r", /line 1, column \d+: /],
  "a byte order mark": ["\ufeffprofile x {\n/a   r,\n}\n", /line 1, column 1: /],
  "UTF-16": ["\xff\xfep\0r\0o\0", /this is not text: byte 3 is NUL/],
  "an include without a name": ["/a   r,\ninclude ", /line 2, column /],
};

test("fmt leaves what it cannot read, all of it, as it is, with the reason and status 1", async (t) => {
  const { path, read, run } = machine(t, {});
  for (const [what, [text, reason]] of Object.entries(unreadable)) {
    const bytes = Buffer.from(text, what === "a byte order mark" ? "utf8" : "latin1");
    mkdirSync(path("d"), { recursive: true });
    writeFileSync(path("d/x"), bytes);
    for (const operand of ["d", "d/x"]) {
      for (const option of ["--sort", "--check", "--diff", "--modernize"]) {
        const { err, out, status } = await run(["fmt", option, path(operand)]);
        assert.deepEqual([status, out], [1, ""], what);
        assert.match(err, /^armorer fmt: \S+\/x: left as it was: [^\n]+\n$/, what);
        assert.match(err, reason);
        assert.equal(read("d/x"), bytes.toString("latin1"), what);
      }
    }
    const [file] = JSON.parse((await run(["fmt", "--json", path("d/x")])).out).files;
    assert.deepEqual([file.changed, file.broken, typeof file.refusal], [false, true, "string"], what);
  }
  assert.deepEqual(readdirSync(path("d")), ["x"]);
});

test("fmt writes nothing to standard output for what it cannot read on standard input", async (t) => {
  const { run } = machine(t, {});
  const { err, out, status } = await run(["fmt", "-"], "profile x {\n/a   r\n");
  assert.deepEqual([status, out], [1, ""]);
  assert.match(err, /^armorer fmt: stdin: left as it was: line \d+, column \d+: /);
});

test("fmt of a directory formats the others, and says what of it is passed over", async (t) => {
  const { path, read, run } = machine(t, {
    "p/good": "profile x {\n/a   r,\n}\n",
    "p/blob": "\x04\x08\0version\0  \n \n",
    "p/abstractions/a": "/a   r,\n",
    "p/good.dpkg-old": "/a   r,\n",
    "p/old~": "/a   r,\n",
    "empty/sub/a": "/a   r,\n",
  });
  const { err, status } = await run(["fmt", path("p")]);
  assert.equal(status, 1);
  assert.equal(read("p/good"), "profile x {\n  /a r,\n}\n");
  for (const name of ["abstractions/a", "good.dpkg-old", "old~"]) assert.equal(read(`p/${name}`), "/a   r,\n");
  assert.deepEqual(err.replaceAll(path("p"), "p").split("\n"), [
    "armorer fmt: p: directories in it were skipped; --recursive formats what is in them: abstractions",
    "armorer fmt: p: skipped, because no tool takes files with such names for policy: good.dpkg-old, old~",
    "armorer fmt: p/blob: left as it was: this is compiled policy, not the text of a profile",
    "",
  ]);
  const nothing = await run(["fmt", path("empty")]);
  assert.equal(nothing.status, 1);
  assert.match(
    nothing.err,
    /directories in it were skipped; --recursive formats what is in them: sub\n.*\/empty: there are no files of policy in it\n$/,
  );
});

test("check says where the includes are that it did not find, having looked, and takes them from there", async (t) => {
  const { path, run } = machine(t, {
    "src/apparmor.d/tunables/mine": "@{MINE}=/m\n",
    "src/apparmor.d/abstractions/mine": "@{MINE}/a r,\n",
    "src/debian/demo": "include <tunables/mine>\nprofile x {\n  include <abstractions/mine>\n}\n",
    "src/apparmor.d/demo": "include <tunables/mine>\nprofile x {\n  include <abstractions/mine>\n}\n",
    "src/debian/starter": "abi <abi/4.0>,\ninclude <tunables/global>\nprofile y {\n}\n",
    "src/debian/nowhere": "include <tunables/nothing-has-this>\nprofile z {\n}\n",
    "empty/x": "",
  });
  const check = (...argv: readonly string[]): Promise<Answer> => run(["check", ...argv]);
  const base = path("src/apparmor.d");
  const inside = await check("-b", path("empty"), path("src/apparmor.d/demo"));
  const beside = await check("-b", path("empty"), path("src/debian/demo"));
  for (const { err, status } of [inside, beside]) {
    assert.equal(status, 1);
    assert.ok(err.endsWith(`armorer check: what was not found is in ${base}: try \`--base ${base}\`\n`), err);
  }
  assert.doesNotMatch((await check("-b", base, path("src/debian/demo"))).err, /try `/);
  const starter = await check("-b", path("empty"), path("src/debian/starter"));
  assert.match(starter.err, /the starter policy of armorer has what was not found: try `--starter-policy`\n$/);
  assert.match(
    starter.out,
    /the feature file `abi\/4\.0` cannot be opened[^]*= help: looked for in `[^`]*\/empty`; correct the name/,
  );
  assert.equal((await check("-b", path("empty"), "--starter-policy", path("src/debian/starter"))).status, 0);
  assert.doesNotMatch((await check("-b", path("empty"), path("src/debian/nowhere"))).err, /try `/);
});

test("fmt --recursive formats what is in the directories, too, and links in a circle end somewhere", async (t) => {
  const crooked = "/a   r,\n";
  const { path, read, run } = machine(t, {
    "p/abstractions/a": crooked,
    "p/abstractions/a.d/b": crooked,
    "p/abstractions/a.d/b.aatest": "test   x for a { none /b r, }\n",
    "p/local/README": "Not   policy.\n",
    "p/old~/c": crooked,
    "p/x": "profile x {\n/a   r,\n}\n",
  });
  const names = ["p/abstractions/a", "p/abstractions/a.d/b", "p/x"];
  const checked = await run(["fmt", "--check", "-r", path("p/")]);
  assert.deepEqual([checked.status, checked.out.trim().split("\n").toSorted()], [1, names.map(path)]);
  const formatted = await run(["fmt", "--recursive", path("p")]);
  assert.deepEqual([formatted.status, formatted.out], [0, ""]);
  for (const name of names) assert.match(read(name), /^ {0,2}\/a r,$/m);
  assert.equal(read("p/old~/c"), crooked);
  assert.equal(read("p/abstractions/a.d/b.aatest"), "test   x for a { none /b r, }\n");
  assert.deepEqual((await run(["fmt", "--check", "-r", path("p")])).status, 0);
  symlinkSync("..", path("p/abstractions/again"));
  assert.equal((await run(["fmt", "--check", "-r", path("p")])).status, 0);
});

test("fmt keeps every byte that is not layout, UTF-8 or not", async (t) => {
  const { path, read, run } = machine(t, {});
  writeFileSync(path("x"), Buffer.from("# \xe9\xa0\nprofile x {\r\n/\xe9   r, # \xa0\r\n}\n", "latin1"));
  assert.equal((await run(["fmt", path("x")])).status, 0);
  assert.equal(read("x"), "# \xe9\xa0\nprofile x {\n  /\xe9 r, # \xa0\n}\n");
  writeFileSync(path("x"), "@{x}=a   #");
  assert.equal((await run(["fmt", path("x")])).status, 0);
  assert.equal(read("x"), "@{x}=a   #");
});

test("compile writes one blob a file, which decode reads back", async (t) => {
  const { path, run } = machine(t, {
    "p/good": good,
    "p/bad": bad,
    "p/two": "profile a {}\nprofile b {}\n",
    "out/keep": "",
  });
  const { status, out } = await run(["compile", "--json", "--no-cache", "-o", path("out"), path("p")]);
  assert.equal(status, 1);
  const { schema, files } = JSON.parse(out);
  assert.equal(schema, "armorer/compile/1");
  assert.deepEqual(
    files.map((file: { ok: boolean; profiles: string[] }) => [file.ok, file.profiles]),
    [
      [false, ["bad"]],
      [true, ["good"]],
      [true, ["a", "b"]],
    ],
  );
  assert.deepEqual(readdirSync(path("out")), ["good.bin", "keep", "two.bin"]);
  const decoded = await run(["decode", path("out/good.bin")]);
  assert.match(decoded.out, /profile good .*\{\n(?:.*\n)*? {2}\/etc\/good r,\n/);
  const [stream] = JSON.parse((await run(["decode", "--json", path("out/two.bin")])).out).streams;
  assert.deepEqual(
    stream.profiles.map((profile: { name: string }) => profile.name),
    ["a", "b"],
  );
  assert.match((await run(["decode", "--dot", path("out/good.bin")])).out, /^digraph policy \{/);
});

test("compile and load share a cache: a file that was compiled is not compiled again, and a changed one keeps what is the same", async (t) => {
  const { path, read, run } = machine(t, { "p/good": good, "var/cache/other": "" });
  const compile = async (): Promise<readonly unknown[]> => {
    const { built, cached, states } = JSON.parse((await run(["compile", "--json", path("p/good")])).out).automata;
    return [built, cached, states > 0];
  };
  // Those of the attachment, of files, of the rest.
  assert.deepEqual(await compile(), [3, 0, true]);
  assert.deepEqual(await compile(), [0, 0, false]);
  writeFileSync(path("p/good"), good.replace("{", "{ # a comment"));
  assert.deepEqual(await compile(), [0, 3, false]);
  const entries = readdirSync(path("var/cache/armorer/automata"));
  writeFileSync(path("p/good"), good.replace("{", "{ # another"));
  assert.equal((await run(["load", path("p/good")])).status, 0);
  assert.deepEqual(readdirSync(path("var/cache/armorer/automata")), entries);
  const loaded = read("sys/kernel/security/apparmor/.replace");
  assert.equal((await run(["load", "--no-cache", path("p/good")])).status, 0);
  assert.equal(read("sys/kernel/security/apparmor/.replace"), loaded);
});

/** A profile that something is said of. */
function oddProfile(name: string): string {
  return `abi <kernel>,\nprofile ${name} /usr/bin/${name} {\n  include <abstractions/a>\n  /x\\y r,\n}\n`;
}

test("check keeps what it says of files that pass, of twelve and more, until they or what they include change", async (t) => {
  const names = Array.from({ length: 12 }, (_, at) => `p${at}`);
  const { path, run } = machine(t, {
    ...Object.fromEntries(names.map((name) => [`p/${name}`, oddProfile(name)])),
    "p/abstractions/a": "  /a r,\n",
    "var/cache/other": "",
  });
  const check = (...words: readonly string[]): Promise<Answer> => run(["check", ...words, path("p")]);
  const plain = await check("--no-cache");
  assert.match(plain.err, /^12 files checked, 12 warnings$/m);
  assert.ok(!existsSync(path("var/cache/armorer")));
  await run(["check", path("p/p1"), path("p/p2")]);
  assert.ok(!existsSync(path("var/cache/armorer")), "nothing is written for a few files");
  assert.deepEqual(await check(), plain);
  const again = await check();
  assert.equal(again.out, plain.out);
  assert.match(again.err, /^12 files checked \(12 as they were when they were checked last\), 12 warnings$/m);
  assert.equal(JSON.parse((await check("--json")).out).cached, 12);
  writeFileSync(path("p/p3"), oddProfile("p3").replace("}", "  /n r,\n}"));
  assert.match((await check()).err, /^12 files checked \(11 as they were when they were checked last\), 12 warnings$/m);
  // What files have against each other is looked at each time, and so is what does not pass.
  writeFileSync(path("p/p4"), oddProfile("p3"));
  for (const _ of [1, 2]) assert.match((await check()).out, /^warning\[resolve\/duplicate-across-files\]/m);
  writeFileSync(path("p/abstractions/a"), "  /a rq,\n");
  for (const _ of [1, 2]) {
    const { err, status } = await check();
    assert.equal(status, 1);
    assert.match(err, /^12 files checked, 12 cannot be used/m);
  }
  // What was checked is nothing that could be loaded, and is still known afterwards.
  writeFileSync(path("p/abstractions/a"), "  /a r,\n");
  const compiled = JSON.parse((await run(["compile", "--json", "-o", path("out"), path("p")])).out);
  assert.ok(compiled.files.every(({ cached }: { readonly cached: boolean }) => !cached));
  assert.match((await check()).err, /^12 files checked \(12 as they were/m);
});

test("a cache directory that others can write is not used, unless it is named", async (t) => {
  const { path, run } = machine(t, { "p/good": good, "var/cache/armorer/x": "" });
  chmodSync(path("var/cache/armorer"), 0o777);
  await run(["compile", path("p/good")]);
  assert.deepEqual(readdirSync(path("var/cache/armorer")), ["x"]);
  await run(["compile", "--cache", path("var/cache/armorer"), path("p/good")]);
  assert.ok(readdirSync(path("var/cache/armorer")).includes("automata"));
});

test("what cannot be written to is refused with the reason, and nothing to do is not called fine", async (t) => {
  const { path, run } = machine(t, { "p/good": good, "p/other": good, "suite.aatest": "", "empty/sub/a": "" });
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [["compile", "-o", path("p/good/"), path("p/good")], /p\/good\/: Not a directory\n/],
    [["compile", "-o", path("p/good"), path("p")], /p\/good: Not a directory\n/],
    [["compile", "-o", path("none/x"), path("p/good")], /none\/x: No such file or directory\n/],
    [["test", "--init", "good", "-o", path("suite.aatest"), path("p/good")], /suite\.aatest: File exists\n/],
  ];
  for (const [argv, reason] of cases) {
    const { err, status } = await run([...argv, "-b", path("p")]);
    assert.equal(status, 2, argv.join(" "));
    assert.match(err, reason);
  }
  for (const verb of ["check", "compile", "load", "fmt"]) {
    const { err, status } = await run([verb, path("empty")]);
    assert.equal(status, 1, verb);
    assert.match(err, /empty: there are no files of policy in it\n/);
    assert.doesNotMatch(err, /nothing is wrong/);
  }
  const { err, status } = await run(["load", "--binary", path("none")]);
  assert.deepEqual([status, /none: No such file or directory/.test(err)], [1, true]);
});

test("decode refuses what is no policy and says where", async (t) => {
  const { path, run } = machine(t, { noise: "not policy at all" });
  const { status, err } = await run(["decode", path("noise")]);
  assert.equal(status, 1);
  assert.match(err, /noise: .+ \(at byte \d+\)/);
});

test("load hands each profile to the kernel, and a broken file stops no other", async (t) => {
  const { path, read, run } = machine(t, { "p/good": good, "p/bad": bad });
  const { status, out } = await run(["load", "--json", path("p/bad"), path("p/good")]);
  assert.equal(status, 1);
  assert.deepEqual(
    JSON.parse(out).results.map((one: { profiles: string[]; ok: boolean }) => [one.profiles, one.ok]),
    [
      [[], false],
      [["good"], true],
    ],
  );
  assert.match(read("sys/kernel/security/apparmor/.replace"), /^...version/s);
  assert.equal(read("sys/kernel/security/apparmor/.load"), "");
});

test("a directory that was made with the first result is not looked for again for the second", async (t) => {
  const own = { "p/a": "abi <kernel>,\nprofile a { }\n", "p/b": "abi <kernel>,\nprofile b { }\n" };
  const { path, run } = machine(t, own, {
    options: (of) => ["-M", of("features")],
    world: ({ files }, at) => ({
      // As where it may not be looked at.
      files: { ...files, kind: (name) => (name === at("out") ? undefined : files.kind(name)) },
    }),
  });
  const { err, status } = await run(["compile", "-o", path("out"), path("p")]);
  assert.equal(status, 0, err);
  assert.deepEqual(readdirSync(path("out")), ["a.bin", "b.bin"]);
});

test("load --dry-run says what would be loaded, and what replaced, and loads nothing", async (t) => {
  const { path, read, run } = machine(t, {
    "p/old": "abi <kernel>,\nprofile old { /a r, }\n",
    "p/new": "abi <kernel>,\nprofile new { /a r, }\n",
    "p/off": "abi <kernel>,\nprofile off { /a r, }\n",
    "p/disable/off": "",
    "p/bad": "abi <kernel>,\nprofile bad { /a rq, }\n",
  });
  const replace = "sys/kernel/security/apparmor/.replace";
  const { err, out, status } = await run(["load", "--dry-run", path("p")]);
  assert.equal(status, 1, "one cannot be compiled");
  assert.equal(out, "new: would be loaded\nold: would be replaced\n");
  assert.match(err, /p\/bad: cannot be compiled/);
  assert.match(err, /switched off by `disable\/` and not loaded/);
  const add = await run(["load", "--dry-run", "--add", path("p/old"), path("p/new")]);
  assert.deepEqual([add.status, add.out], [1, "new: would be loaded\n"]);
  assert.match(add.err, /^old: is loaded already$/m);
  await run(["compile", "-o", path("new.bin"), path("p/new")]);
  const binary = await run(["load", "--dry-run", "--binary", path("new.bin"), path("p/new")]);
  assert.deepEqual([binary.status, binary.out], [1, "new: would be loaded, new or in place of what is loaded\n"]);
  assert.match(binary.err, /p\/new: /, "what is no policy is none");
  assert.equal(read(replace) + read("sys/kernel/security/apparmor/.load"), "");
  assert.equal((await run(["load", path("p/new")])).status, 0);
  assert.notEqual(read(replace), "");
});

test("load --dry-run says that it cannot tell what is loaded", async (t) => {
  const { path, run } = machine(t, { "p/new": "abi <kernel>,\nprofile new { /a r, }\n" });
  rmSync(path("sys/kernel/security/apparmor/profiles"));
  const { err, out, status } = await run(["load", "--dry-run", path("p/new")]);
  assert.deepEqual([status, out], [0, "new: would be loaded, new or in place of what is loaded\n"]);
  assert.match(err, /^armorer load: what is loaded cannot be listed: /m);
});

test("unload writes the name, with its closing NUL", async (t) => {
  const { read, run } = machine(t, {});
  assert.equal((await run(["unload", "old"])).status, 0);
  assert.equal(read("sys/kernel/security/apparmor/.remove"), "old\0");
  assert.equal((await run(["unload"])).status, 2);
});

test("status shows the kernel under the root", async (t) => {
  const { run } = machine(t, { "proc/7/attr/current": "old (enforce)\n" });
  const { status, out } = await run(["status", "--json"]);
  assert.equal(status, 0);
  const { schema, profiles, processes } = JSON.parse(out);
  assert.equal(schema, "armorer/status/1");
  assert.deepEqual(profiles, [
    { name: "old", mode: "enforce" },
    { name: "other", mode: "complain" },
  ]);
  assert.equal(processes[0].label, "old");
});

test("with --json what cannot be read leaves one document, with what could be read in it", async (t) => {
  const { path, run } = machine(t, { "p/good": good });
  await run(["compile", "--no-cache", "-o", path("bin"), path("p/good")]);
  const decoded = await run(["decode", "--json", path("missing"), path("bin")]);
  assert.equal(decoded.status, 1);
  const { schema, streams } = JSON.parse(decoded.out);
  assert.equal(schema, "armorer/decode/1");
  assert.deepEqual(
    streams.map(({ ok: isRead }: { ok: boolean }) => isRead),
    [false, true],
  );
  for (const verb of ["audit", "learn"]) {
    const { status, out } = await run([verb, "--json", "--log", path("missing")]);
    assert.equal(status, 1);
    const document = JSON.parse(out);
    assert.equal(document.schema, `armorer/${verb}/1`);
    assert.match(document.refusals[0], /missing: No such file/);
  }
});

test("check compares files that are named from where one is, from elsewhere, or in part so", async (t) => {
  const { path, run } = machine(t, { "p/a": attachedTo("x", "/usr/bin/x"), "p/b": attachedTo("x", "/usr/bin/other") });
  const before = process.cwd();
  t.after(() => process.chdir(before));
  process.chdir(path("."));
  for (const operands of [["p"], ["./p"], ["p/a", "p/b"], ["p/a", path("p/b")], [path("p/a"), "./p/../p/b"]]) {
    const { err, out } = await run(["check", ...operands]);
    assert.match(out, /duplicate-across-files/, operands.join(" "));
    assert.match(err, /^2 files checked, 1 warning$/m, operands.join(" "));
  }
  const same = await run(["check", "p/a", path("p/a"), "./p/a"]);
  assert.doesNotMatch(same.out, /duplicate-across-files/);
});

test("check says what only the compiler finds", async (t) => {
  const conflict = withRules("x", "  /usr/bin/* px -> a,\n  /usr/bin/f* cx -> b,\n  profile b {\n  }\n");
  const targets = withRules("y", Array.from({ length: 13 }, (_, at) => `  /b${at} px -> t${at},\n`).join(""));
  const { path, run } = machine(t, { "p/x": conflict, "p/y": targets, "p/z": withRules("z", "  /[b r,\n") });
  const { err, out, status } = await run(["check", path("p")]);
  for (const code of ["exec-conflict", "too-many-targets", "unclosed-class"])
    assert.match(out, new RegExp(`compile/${code}`));
  assert.match(out, /\/y:15:3\n[^]*the target of this rule is number 13/);
  assert.match(err, /^3 files checked, 3 cannot be used: 3 errors$/m);
  assert.equal(status, 1);
});

test("about the abi of an included file whoever includes it is told what may be done there", async (t) => {
  const { path, run } = machine(t, {
    "p/abi/1": "mount {yes\n}\n",
    "p/abi/2": "dbus {yes\n}\n",
    "p/inc": "abi <abi/2>,\n",
    "p/x": "abi <abi/1>,\ninclude <inc>\nprofile x {\n}\n",
  });
  const kept = await run(["check", "-b", path("p"), path("p/x")]);
  assert.doesNotMatch(kept.out, /abi-differs/);
  const all = await run(["check", "--all", "-b", path("p"), path("p/x")]);
  assert.match(all.out, /abi-differs/);
  assert.doesNotMatch(all.out, /Keep one `abi` line/, "which is no advice for the author of the file");
});

test("check says what is wrong with a file before it reads the next ones", async (t) => {
  const names = Array.from({ length: 12 }, (_, at) => `f${at}`);
  const contents = Object.fromEntries(
    names.flatMap((name) => [
      [`p/${name}`, withRules(name, `  include <part/${name}>\n  /a zz,\n`)],
      [`p/part/${name}`, `  /${name} r,\n`],
    ]),
  );
  const events: string[] = [];
  const seen = <T extends object>(target: T): T =>
    new Proxy(target, {
      get: (of, key) => {
        const value: unknown = Reflect.get(of, key);
        if (typeof value !== "function") return value;
        return (...given: readonly unknown[]): unknown => {
          if (given.some((one) => typeof one === "string" && one.includes("/part/"))) events.push("read");
          return Reflect.apply(value, of, given);
        };
      },
    });
  const { path, run } = machine(t, contents, {
    // Of another root the files would be looked at past these.
    options: () => [],
    world: ({ files, out }) => ({
      files: seen(files),
      out: (text) => {
        events.push("said");
        out(text);
      },
    }),
  });
  const { status } = await run(["check", "-j", "1", "-b", path("p"), path("p")]);
  assert.equal(status, 1);
  assert.ok(events.includes("read") && events.indexOf("said") < events.lastIndexOf("read"), events.join(" "));
  assert.ok(events.indexOf("said") < 4, "what is wrong with the first file");
});

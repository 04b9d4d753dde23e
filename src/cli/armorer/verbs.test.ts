import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
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

const DENIAL =
  'type=AVC msg=audit(1764374400.123:42): apparmor="DENIED" operation="open" class="file" profile="good" name="/srv/x" pid=7 comm="good" requested_mask="r" denied_mask="r" fsuid=0 ouid=0\n';
const UNKNOWN = DENIAL.replace('profile="good"', 'profile="fresh"').replace(":42)", ":43)");

test("what learn wrote is taken back by undo, file by file as it was, new ones too", async (t) => {
  const { path, read, run } = machine(t, { "etc/apparmor.d/good": good, log: DENIAL + UNKNOWN });
  const learned = await run(["learn", "--log", path("log"), "--create", "--apply"]);
  assert.equal(learned.status, 0, learned.err);
  assert.match(read("etc/apparmor.d/good"), /\/srv\/x r,/);
  assert.match(read("etc/apparmor.d/fresh"), /\/srv\/x r,/);
  const seen = await run(["undo", "--diff"]);
  assert.match(seen.out, /^- {2}\/srv\/x r,$/m);
  const undone = await run(["undo"]);
  assert.equal(undone.status, 0, undone.err);
  assert.equal(read("etc/apparmor.d/good"), good);
  assert.throws(() => read("etc/apparmor.d/fresh"), /ENOENT/);
  const again = await run(["undo"]);
  assert.equal(again.status, 1);
  assert.match(again.err, /nothing that was written is left to undo/);
});

test("undo touches nothing where one file was changed since", async (t) => {
  const { path, read, run } = machine(t, { "etc/apparmor.d/good": good, log: DENIAL + UNKNOWN });
  await run(["learn", "--log", path("log"), "--create", "--apply"]);
  const written = read("etc/apparmor.d/good");
  writeFileSync(path("etc/apparmor.d/fresh"), "# mine\n");
  const undone = await run(["undo"]);
  assert.equal(undone.status, 1);
  assert.match(undone.err, /fresh: was changed since, so nothing is undone/);
  assert.equal(read("etc/apparmor.d/good"), written);
  assert.equal(read("etc/apparmor.d/fresh"), "# mine\n");
});

test("whoever is asked confirms at the end; without an answer nothing is written", async (t) => {
  const other = DENIAL.replace("/srv/x", "/srv/y").replace(":42)", ":44)");
  const files = { "etc/apparmor.d/good": good, log: DENIAL, two: DENIAL + other };
  const { path, read, run } = machine(t, files);
  const call = ["learn", "--log", path("log"), "--ask", "--apply"];
  for (const [input, status, said] of [
    ["", 1, /the answers ended before the questions did; nothing was written/],
    ["1\nn\n", 0, /nothing was written/],
    ["1\n", 1, /nothing was written/],
    ["s\n", 0, /take 1-/],
  ] as const) {
    const dialogue = await run(call, input);
    assert.equal(dialogue.status, status, dialogue.err);
    assert.match(dialogue.err, said);
    assert.equal(read("etc/apparmor.d/good"), good);
  }
  const back = await run(["learn", "--log", path("two"), "--ask", "--apply"], "2\nb\n1\ns\ny\n");
  assert.equal(back.status, 0, back.err);
  assert.match(read("etc/apparmor.d/good"), /^ {2}\/srv\/x r,$/m);
});

test("--diff shows what would change and nothing else; strict takes nothing but what the log shows", async (t) => {
  const many = [1, 2, 3, 4, 5, 6]
    .map((at) => DENIAL.replace("/srv/x", `/srv/d/${at}.x`).replace(":42)", `:5${at})`))
    .join("");
  const { path, read, run } = machine(t, { "etc/apparmor.d/good": good, log: many });
  const balanced = await run(["learn", "--log", path("log"), "--diff"]);
  assert.match(balanced.out, /^--- /);
  assert.match(balanced.out, /^\+ {2}\/srv\/d\/\*\.x r,$/m);
  assert.equal(read("etc/apparmor.d/good"), good);
  const strict = await run(["learn", "--log", path("log"), "--diff", "--choices", "strict"]);
  assert.match(strict.out, /^\+ {2}\/srv\/d\/6\.x r,$/m);
  assert.doesNotMatch(strict.out, /\*\.x/);
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

const denied = (serial: number, rest: string): string =>
  `type=AVC msg=audit(1795338034.254:${serial}): apparmor="DENIED" profile="good" pid=12 comm="good" ${rest}\n`;
const log =
  denied(54, 'operation="open" class="file" name="/etc/hosts" requested_mask="r" denied_mask="r" fsuid=0 ouid=0') +
  denied(55, 'operation="capable" class="cap" capability=0 capname="chown"') +
  denied(56, 'operation="capable" class="cap" capability=0 capname="chown"');

test("audit counts equal events, and filters them", async (t) => {
  const { path, run } = machine(t, { "var/log/audit/audit.log": log, other: log });
  const { events } = JSON.parse((await run(["audit", "--json"])).out);
  assert.deepEqual(
    events.map((one: { count: number }) => one.count),
    [1, 2],
  );
  assert.equal((await run(["audit", "--profile", "else", "--log", path("other")])).out, "");
  assert.equal((await run(["audit", "--log", path("missing")])).status, 1);
});

test("audit says what it found nothing of, and its status does", async (t) => {
  const { path, run } = machine(t, { other: log, empty: "", none: "hello\n" });
  const of = async (name: string, ...argv: readonly string[]): Promise<readonly [number, string]> => {
    const { status, err } = await run(["audit", "--log", path(name), ...argv]);
    return [status, err.replace(/^read .*\n/m, "")];
  };
  assert.deepEqual(await of("other", "--profile", "goood"), [
    1,
    "armorer audit: no event of a profile `goood`; did you mean `good`?\n",
  ]);
  assert.deepEqual(await of("other", "--type", "KILLED"), [0, "note: none of 3 events is what was asked for\n"]);
  assert.deepEqual(await of("empty"), [0, "note: the log is empty\n"]);
  assert.deepEqual(await of("none"), [0, "note: no event of AppArmor in 1 line\n"]);
  const learned = await run(["learn", "--base", path("."), "--log", path("other"), "--profile", "goood"]);
  assert.equal(learned.status, 1);
  assert.match(learned.err, /^armorer learn: no event of a profile `goood`; did you mean `good`\?$/m);
});

test("audit filters, groups, and gives a line of JSON for each event", async (t) => {
  const { path, run } = machine(t, { one: log, two: log.replaceAll(".254:5", ".254:9") });
  const both = ["--log", path("one"), "--log", path("two")];
  const lines = async (...argv: readonly string[]): Promise<readonly string[]> => {
    const { out } = await run(["audit", ...both, ...argv]);
    return out.split("\n").filter((line) => line !== "");
  };
  assert.deepEqual(await lines("--kind", "capability", "--group", "operation"), [
    "      4  capable  (2026-11-22T09:00:34Z)",
  ]);
  assert.deepEqual(await lines("--name", "/etc/", "--group", "hour"), [
    "      2  2026-11-22T09  (2026-11-22T09:00:34Z)",
  ]);
  assert.deepEqual((await lines("--operation", "open", "--program", "good")).length, 1);
  assert.deepEqual((await lines("--since", "2026-11-23")).length, 0);
  assert.deepEqual((await lines("--until", "2026-11-23", "--program", "bad")).length, 0);
  const documents = (await lines("--json-lines")).map((line): { schema: string } => JSON.parse(line));
  assert.deepEqual(
    documents.map(({ schema }) => schema),
    [...Array.from({ length: 6 }, () => "armorer/event/1"), "armorer/audit/1"],
  );
});

test("audit groups by the rule that would permit it, which is what learn proposes for the event alone", async (t) => {
  const wanted: readonly (readonly [event: string, key: string])[] = [
    [
      'operation="open" class="file" name="/srv/a b" requested_mask="r" denied_mask="r" fsuid=1000 ouid=0',
      '"/srv/a b" r,',
    ],
    [
      'operation="mknod" class="file" name="/srv/o" requested_mask="c" denied_mask="c" fsuid=1000 ouid=1000',
      "owner /srv/o w,",
    ],
    ['operation="exec" class="file" name="/srv/x" requested_mask="x" denied_mask="x" fsuid=0 ouid=0', "/srv/x x,"],
    ['operation="capable" class="cap" capability=5  capname="kill"', "capability kill,"],
    [
      'operation="signal" class="signal" requested_mask="send" denied_mask="send" signal=term peer="p"',
      "signal send set=term peer=p,",
    ],
    ['operation="userns_create" class="namespace" requested="userns_create" denied="userns_create"', "userns,"],
  ];
  const lines = wanted.map(([event], at) => {
    const line = `type=AVC msg=audit(1795338034.254:${900 + at}): apparmor="DENIED" profile="good" pid=12 comm="good" ${event}\n`;
    return line.replace('"/srv/a b"', "2F7372762F612062");
  });
  const hat =
    'type=AVC msg=audit(1795338034.254:990): apparmor="ALLOWED" operation="change_hat" class="file" profile="good" name="NOPE" pid=1 comm="w" target="good//null-NOPE"\n';
  const status =
    'type=AVC msg=audit(1795338034.254:991): apparmor="STATUS" operation="profile_replace" name="good" pid=1 comm="w"\n';
  const names = lines.map((_, at) => `log${at}`);
  const { path, run } = machine(t, {
    "etc/apparmor.d/good": good,
    all: [...lines, ...lines, hat, status].join("").replaceAll(
      /:(9\d\d)\)/g,
      (() => {
        let serial = 0;
        return () => `:${(serial += 1)})`;
      })(),
    ),
    ...Object.fromEntries(names.map((name, at) => [name, lines[at] ?? ""])),
  });
  const { out } = await run(["audit", "--log", path("all"), "--group", "rule", "--json"]);
  const { by, groups } = JSON.parse(out);
  assert.equal(by, "rule");
  assert.deepEqual(
    groups.map(({ key, count }: { key: string; count: number }) => [key, count]),
    [...wanted.map(([, key]) => [key, 2]), ["hat NOPE", 1], ["without a rule", 1]],
  );
  for (const [at, [, key]] of wanted.entries()) {
    const learned = JSON.parse((await run(["learn", "--choices", "strict", "--json", "--log", path(`log${at}`)])).out);
    assert.deepEqual(learned.proposals[0].subject, key);
  }
});

function readLine(name: string, at: number): string {
  return `type=AVC msg=audit(1795338034.254:${700 + at}): apparmor="DENIED" operation="open" class="file" profile="good" name="${name}" pid=7 comm="good" requested_mask="r" denied_mask="r" fsuid=0 ouid=0\n`;
}

/** Reads of files by one profile, at a time of 2026-11-22. */
function reads(...names: readonly string[]): string {
  return names.map(readLine).join("");
}

test("learn says of what is permitted by now whether the text was changed since, or what is loaded seems older", async (t) => {
  const { path, run } = machine(t, {
    "etc/apparmor.d/good": "profile good /usr/bin/good {\n  include <abstractions/own>\n  /etc/good r,\n}\n",
    "etc/apparmor.d/abstractions/own": "/etc/own r,\n",
    log: reads("/etc/good", "/etc/own"),
  });
  const [profile, include] = [path("etc/apparmor.d/good"), path("etc/apparmor.d/abstractions/own")];
  const [before, after] = [new Date("2026-11-01"), new Date("2026-11-25")];
  const told = async (own: Date, included: Date): Promise<readonly unknown[]> => {
    utimesSync(profile, own, own);
    utimesSync(include, included, included);
    const { out } = await run(["learn", "--log", path("log"), "--json"]);
    return JSON.parse(out).proposals.map(({ status, toLoad }: { status: string; toLoad: unknown }) => [status, toLoad]);
  };
  const older = ["covered", { path: profile }];
  assert.deepEqual(await told(before, before), [older, older]);
  assert.deepEqual(await told(before, after), [older, ["covered", { path: profile, changed: include }]]);
  const changed = ["covered", { path: profile, changed: profile }];
  assert.deepEqual(await told(after, before), [changed, changed]);
  const { out } = await run(["learn", "--log", path("log")]);
  assert.ok(out.includes(`    ${profile} was changed after this event; load it: armorer load ${profile}\n`), out);
  await told(before, before);
  const text = (await run(["learn", "--log", path("log")])).out;
  assert.ok(text.includes("permitted it before this event already, so what is loaded seems older; load it:"), text);
});

test("learn shows what an include opens by what it permits: not what is permitted already, in whatever words", async (t) => {
  const { path, run } = machine(t, {
    "etc/apparmor.d/good": "profile good /usr/bin/good {\n  /srv/known/** r,\n}\n",
    "etc/apparmor.d/abstractions/own":
      "/etc/{a,b} r,\n/etc/c r,\n/srv/known/x r,\n/srv/more/** r,\ndeny /srv/more/not r,\n/srv/more/x r,\n",
    "etc/apparmor.d/abstractions/just": "/opt/[ab] r,\n/opt/c r,\n",
    log: reads("/etc/a", "/etc/b", "/etc/c", "/opt/a", "/opt/b", "/opt/c"),
  });
  const { out } = await run(["learn", "--log", path("log")]);
  assert.match(out, /own>  .+ it answers 3 needs\n {7}besides what was asked it opens:\n {9}\/srv\/more\/\*\* r,\n/);
  assert.match(out, /just>  .+ it answers 3 needs\n {7}it opens nothing else\n/);
  const { proposals } = JSON.parse((await run(["learn", "--log", path("log"), "--json"])).out);
  const taken = proposals.flatMap(({ candidates, taken: at }: { candidates: { opens?: string[] }[]; taken?: number }) =>
    at === undefined ? [] : [candidates[at]?.opens],
  );
  assert.equal(taken.length, 2);
  assert.deepEqual(
    taken.map((opens: readonly string[]) => opens.length > 0),
    [true, false],
  );
  const { err } = await run(["learn", "--ask", "--log", path("log")], "\n\n");
  assert.match(err, /besides what was asked it opens:\n {9}\/srv\/more/);
});

test("answers are kept as they are given, and given again: a session that ends early goes on where it was", async (t) => {
  const files = { "etc/apparmor.d/good": good, log: reads("/srv/a", "/srv/b", "/srv/c", "/srv/d") };
  const keys = ["2", "s", "1", "2"];
  const whole = machine(t, files);
  const once = await whole.run(["learn", "--log", whole.path("log"), "--ask", "--apply"], `${keys.join("\n")}\ny\n`);
  assert.equal(once.status, 0, once.err);
  const { path, read, run } = machine(t, files);
  const call = ["learn", "--log", path("log"), "--answers", path("kept")];
  for (const [at, key] of keys.entries()) {
    const { err, status } = await run([...call, "--ask", "--apply"], `${key}\n`);
    const isLast = at === keys.length - 1;
    assert.equal(status, 1);
    const end = isLast
      ? /nothing was written\n$/
      : /ended before the questions did; nothing was written; those that were given are in .*kept\n$/;
    assert.match(err, end);
    assert.equal(err.includes(`${at} answer${at === 1 ? "" : "s"} of ${path("kept")} given again`), at > 0, err);
    assert.equal(JSON.parse(read("kept")).answers.length, at + 1);
    assert.equal(read("etc/apparmor.d/good"), good);
  }
  const rest = await run([...call, "--ask", "--apply"], "y\n");
  assert.equal(rest.status, 0, rest.err);
  assert.equal(read("etc/apparmor.d/good"), whole.read("etc/apparmor.d/good"));
  assert.notEqual(read("etc/apparmor.d/good"), good);
  const again = await run([...call, "--ask"]);
  assert.match(again.err, /about what is not asked \(any more\)/);
});

test("a step back takes the kept answer back; without --ask the kept answers count, and the rest is as suggested", async (t) => {
  const { path, read, run } = machine(t, { "etc/apparmor.d/good": good, log: reads("/srv/a", "/srv/b") });
  const call = ["learn", "--log", path("log"), "--answers", path("kept")];
  await run([...call, "--ask"], "s\nb\n2\n");
  const [kept, ...others] = JSON.parse(read("kept")).answers;
  assert.deepEqual([kept.choice, others], ["deny deny /srv/a r,", []]);
  const { out } = await run([...call, "--diff"]);
  assert.match(out, /^\+ {2}deny \/srv\/a r,$/m);
  assert.match(out, /^\+ {2}\/srv\/b r,$/m);
});

test("a file that holds no answers, or cannot hold any, ends the session before anything is asked", async (t) => {
  const { path, read, run } = machine(t, {
    "etc/apparmor.d/good": good,
    log: reads("/srv/a"),
    none: "{}",
    odd: '{"schema":"armorer/answers/1","answers":[{"question":1}]}',
    bad: '{"schema":"armorer/answers/1","answers":[{"question":"a","choice":"b","variation":{"path":1}}]}',
    old: '{"schema":"armorer/answers/1","answers":[{"question":"good file /srv/a r,","choice":"gone"}]}',
  });
  for (const name of ["none", "odd", "bad", "missing/kept", "etc"]) {
    const before = name.includes("/") || name === "etc" ? "" : read(name);
    const { err, status } = await run(["learn", "--ask", "--log", path("log"), "--answers", path(name)], "1\n");
    assert.deepEqual([status, err.includes("take 1-")], [1, false], err);
    if (before !== "") assert.equal(read(name), before);
  }
  const old = await run(["learn", "--ask", "--log", path("log"), "--answers", path("old")], "2\n");
  assert.match(old.err, /1 answer of .*old left out: the choice is not there any more/);
  assert.match(old.out, /deny \/srv\/a r,/);
});

test("answers that somebody else could have written are nobody's: nothing is read or written by them", async (t) => {
  const answers = JSON.stringify({
    schema: "armorer/answers/1",
    answers: [{ question: "good file /srv/a r,", choice: "exact /srv/a r," }],
  });
  const { path, read, run } = machine(t, { "etc/apparmor.d/good": good, log: reads("/srv/a"), kept: answers });
  const call = ["learn", "--log", path("log"), "--apply", "--answers"];
  const spoilt: readonly (readonly [why: string, spoil: () => string])[] = [
    ["everybody", () => (chmodSync(path("kept"), 0o646), path("kept"))],
    ["the group", () => (chmodSync(path("kept"), 0o664), path("kept"))],
    ["a link", () => (symlinkSync(path("kept"), path("link")), path("link"))],
    ...(process.geteuid?.() === 0
      ? [["somebody else", (): string => (chownSync(path("kept"), 65534, 65534), path("kept"))] as const]
      : []),
  ];
  for (const [why, spoil] of spoilt) {
    chmodSync(path("kept"), 0o600);
    const name = spoil();
    const { err, status } = await run([...call, name]);
    const reason = `${name}: it is no plain file that you alone may write, so that its answers may not be yours`;
    assert.deepEqual([why, status, err.includes(reason)], [why, 1, true], err);
    assert.equal(read("etc/apparmor.d/good"), good);
    assert.equal(read("kept"), answers);
  }
});

test("audit with a root never reads this machine's journal, and reads what the system log of that root has", async (t) => {
  const bare = machine(t, { "etc/x": "" });
  const { status, err } = await bare.run(["audit"]);
  assert.equal(status, 1);
  for (const name of ["/var/log/audit/audit.log", "/var/log/journal", "/var/log/syslog", "/dev/kmsg"]) {
    assert.ok(err.includes(`${bare.path(name.slice(1))}: No such file`), err);
  }
  const syslog = machine(t, {
    "var/log/kern.log": log.replaceAll("type=AVC msg=", "Nov 22 08:52:44 h kernel: audit: type=1400 "),
  });
  assert.equal(JSON.parse((await syslog.run(["audit", "--json"])).out).source.kind, "syslog");
});

test("audit and learn say what they read, and leave out what is older than --since, whatever the source", async (t) => {
  const { path, run } = machine(t, { "etc/apparmor.d/good": good, "var/log/audit/audit.log": log, copy: log });
  const from = { copy: ["--log", path("copy")], "audit-log": ["--source", "audit-log"] };
  for (const [name, source] of Object.entries(from)) {
    const read =
      name === "copy" ? /^read 3 lines of \S+\/copy: / : /^read 3 lines of \S+audit\.log and its predecessors: /;
    for (const verb of ["audit", "learn"]) {
      const all = await run([verb, ...source, "--since", "@1795338034"]);
      assert.match(all.err, new RegExp(`${read.source}3 events\n`, "m"), verb);
      assert.notEqual(all.out, "", verb);
      const none = await run([verb, ...source, "--since", "@1795338035"]);
      assert.match(none.err, new RegExp(`${read.source}0 events\n`, "m"), verb);
      assert.equal(none.out, "", verb);
    }
  }
  const both = await run(["audit", "--log", path("copy"), "--source", "audit-log"]);
  assert.deepEqual([both.status, both.out], [2, ""]);
});

test("learn shows what it would write, and writes it with --write", async (t) => {
  const { path, read, run } = machine(t, { "etc/apparmor.d/good": good, log });
  const dry = await run(["learn", "--log", path("log")]);
  assert.equal(dry.status, 0);
  assert.match(dry.out, /^\+ {2}\/etc\/hosts r,$/m);
  assert.equal(read("etc/apparmor.d/good"), good);
  assert.equal((await run(["learn", "--write", "--log", path("log")])).status, 0);
  const learned = read("etc/apparmor.d/good");
  assert.match(learned, /^ {2}capability chown,$/m);
  assert.match(learned, /^ {2}\/etc\/hosts r,$/m);
  assert.equal((await run(["check", path("etc/apparmor.d/good")])).status, 0);
  const again = await run(["learn", "--write", "--log", path("log")]);
  assert.equal(again.status, 0);
  assert.equal(read("etc/apparmor.d/good"), learned);
  assert.ok(!existsSync(path("etc/apparmor.d/good~")));
});

const READ = 'requested_mask="r" denied_mask="r" pid=1 comm="t" fsuid=0 ouid=0';
const helper = [
  `apparmor="ALLOWED" operation="exec" profile="good" name="/bin/helper" target="good//null-/bin/helper" ${READ.replaceAll('"r"', '"x"')}`,
  `apparmor="ALLOWED" operation="open" profile="good//null-/bin/helper" name="/srv/secret" ${READ}`,
  ...["a", "b", "c"].map((name) => `apparmor="ALLOWED" operation="open" profile="good" name="/etc/${name}" ${READ}`),
].map((record, at) => `type=AVC msg=audit(1.1:${at}): ${record}\n`);

/** What the questions were about. */
function asked({ err }: Answer): readonly string[] {
  return err
    .split("\n")
    .map((line) => /(?:^|\]: )good(?:\S*): (\S+) \w+, \(/.exec(line)?.[1])
    .filter((name) => name !== undefined);
}

test("learn --ask asks what is still open after each answer, and writes what was answered", async (t) => {
  const trio = "/etc/a r,\n/etc/b r,\n/etc/c r,\n";
  const files = { "etc/apparmor.d/good": good, "etc/apparmor.d/abstractions/trio": trio, log: helper.join("") };
  const { path, read, run } = machine(t, files);
  const dry = await run(["learn", "--ask", "--log", path("log")], "s\n2\ns\n7\n1\n");
  assert.deepEqual(asked(dry), ["/bin/helper", "/etc/a", "/etc/b", "/etc/c"]);
  assert.match(dry.out, /^\+ {2}\/etc\/a r,$/m);
  assert.match(dry.out, /^\+ {2}include <abstractions\/trio>$/m);
  assert.equal(read("etc/apparmor.d/good"), good);
  const written = await run(["learn", "--ask", "--write", "--log", path("log")], "2\n\n\ny\n");
  assert.deepEqual(asked(written), ["/bin/helper", "/etc/a", "/srv/secret"]);
  const [own = "", child = ""] = read("etc/apparmor.d/good").split("profile /bin/helper {");
  assert.match(own, /include <abstractions\/trio>[^]*\/bin\/helper Cx,/);
  assert.doesNotMatch(own, /secret/);
  assert.match(child, /\/srv\/secret r,/);
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

/** Whoever did nothing, or not all, says so, in words and by the exit status. */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { test } from "node:test";
import { FORCE_COMPLAIN } from "../../compiler/compiled/index.ts";
import { decodePolicy } from "../../compiler/policydb/index.ts";
import { machine } from "../../../tests/support/machine.ts";

const good = "abi <kernel>,\nprofile good /usr/bin/good {\n  /etc/good r,\n}\n";
const of = (name: string, rule: string): string => `abi <kernel>,\nprofile ${name} {\n  ${rule}\n}\n`;
/** A profile that needs the tunables of its own policy. */
const tuned = (name: string): string =>
  `abi <kernel>,\ninclude <tunables/${name}>\nprofile ${name} @{${name}} {\n  @{${name}} r,\n}\n`;
const denial = (profile: string): string =>
  `type=AVC msg=audit(1764374400.123:42): apparmor="DENIED" operation="open" class="file" profile="${profile}" name="/srv/x" pid=7 comm="x" requested_mask="r" denied_mask="r" fsuid=0 ouid=0\n`;

test("diff calls nothing equivalent that it could not compare", async (t) => {
  const { path, run } = machine(t, {
    "old/good": good,
    "old/b": "profile b { }\n",
    "new/good": good,
    "new/b": "profile b {\n",
  });
  const json = await run(["diff", "--json", path("old"), path("new")]);
  assert.equal(json.status, 2);
  const report = JSON.parse(json.out);
  assert.equal(report.verdict, "unknown");
  assert.deepEqual(
    report.problems.map(({ side, path: one }: { side: string; path: string }) => [side, one]),
    [
      ["new", path("new/b")],
      ["old", path("old/b")],
    ],
  );
  const markdown = await run(["diff", "--markdown", path("old"), path("new")]);
  assert.match(markdown.out, /^### Not all of the policy could be compared; the rest means the same$/m);
  const nothing = await run(["diff", "--markdown", path("old/b"), path("new/b")]);
  assert.match(nothing.out, /^### The policy could not be compared$/m);
  const looser = machine(t, {
    "old/good": good,
    "new/good": good.replace("/etc/good r", "/etc/* r"),
    "new/b": "profile b {\n",
  });
  const part = await looser.run(["diff", "--markdown", looser.path("old"), looser.path("new")]);
  assert.match(part.out, /^### The policy becomes looser, and not all of it could be compared$/m);
  const whole = await run(["diff", "--json", path("old/good"), path("new/good")]);
  assert.deepEqual([whole.status, JSON.parse(whole.out).verdict], [0, "equivalent"]);
});

test("explain says that no line came, and each reason to skip events once", async (t) => {
  const { path, run } = machine(t, { good });
  const none = await run(["explain", path("good")], "");
  assert.deepEqual([none.status, none.out], [1, ""]);
  assert.match(none.err, /no line of a log came from standard input/);
  const skipped = await run(["explain", path("good")], denial("gone").repeat(3));
  assert.equal(skipped.status, 1);
  assert.match(skipped.err, /^armorer explain: 3 events were skipped: .*`?gone`?/m);
  assert.equal(skipped.err.match(/skipped/g)?.length, 1);
});

test("compile without an output says that nothing was written", async (t) => {
  const { path, run } = machine(t, { good });
  const { status, err } = await run(["compile", "--no-cache", path("good")]);
  assert.equal(status, 0, err);
  assert.match(err, /1 of 1 files compiled, \d+ bytes, written nowhere/);
  const written = await run(["compile", "--no-cache", "-o", path("out"), path("good")]);
  assert.doesNotMatch(written.err, /nowhere/);
});

test("an ABI that was not found is the only thing said of what is enforced", async (t) => {
  const text = "abi <abi/none>,\nprofile good {\n  network,\n  userns,\n  signal,\n}\n";
  const { path, run } = machine(t, { good: text });
  for (const verb of ["check", "compile"]) {
    const { status, err, out } = await run([verb, path("good")]);
    assert.equal(status, 1);
    assert.match(out + err, /abi\/none/);
    assert.doesNotMatch(out + err, /not enforced/);
  }
});

test("compile says where the includes are that it did not find", async (t) => {
  const { path, run } = machine(t, {
    "policy/tunables/mine": "@{MINE}=/m\n",
    "policy/good": "include <tunables/mine>\nprofile good {\n  @{MINE} r,\n}\n",
  });
  const { status, err } = await run(["compile", path("policy/good")]);
  assert.equal(status, 1);
  assert.ok(err.includes(`armorer compile: what was not found is in ${path("policy")}: try`), err);
});

test("policy that is only looked at is read with the tunables and abstractions it lies beside", async (t) => {
  const { path, run } = machine(t, {
    "policy/tunables/mine": "@{MINE}=/m\n",
    "policy/own": good,
    "policy/apps/good": "abi <kernel>,\ninclude <tunables/mine>\nprofile good {\n  @{MINE} r,\n}\n",
  });
  const file = path("policy/apps/good");
  for (const argv of [
    ["check", file],
    ["check", path("policy")],
    ["query", file, "/m r"],
    ["explain", file, "good", "/m r"],
    ["lint", file],
  ]) {
    const { err, status } = await run(argv);
    assert.doesNotMatch(err, /not found|ENOENT|cannot be opened/, argv.join(" "));
    assert.equal(status, 0, `${argv.join(" ")}: ${err}`);
  }
});

test("learn says what it wrote, and that it is not loaded", async (t) => {
  const { path, run } = machine(t, { "etc/apparmor.d/good": good, log: denial("good") });
  const { status, err } = await run(["learn", "--log", path("log"), "--apply"]);
  assert.equal(status, 0, err);
  assert.ok(err.includes(`${path("etc/apparmor.d/good")}: written\n`), err);
  const root = path("").replace(/\/$/, "");
  const load = `armorer load --root ${root} ${path("etc/apparmor.d/good")}`;
  assert.ok(
    err.includes(
      `what is loaded stays as it is until \`${load}\` loads it; \`armorer undo --root ${root}\` takes it back`,
    ),
    err,
  );
});

test("undo goes to another directory only where it is named, and leaves behind what stands in its way only where that is said", async (t) => {
  const { path, read, run } = machine(t, { "mine/good": good, log: denial("good") });
  const root = path("").replace(/\/$/, "");
  const learned = await run(["learn", "--base", path("mine"), "--log", path("log"), "--apply"]);
  assert.equal(learned.status, 0, learned.err);
  const after = read("mine/good");
  const refused = await run(["undo"]);
  assert.equal(refused.status, 1);
  assert.ok(refused.err.includes(`\`armorer undo --root ${root} --base ${path("mine")}\` takes it back`), refused.err);
  assert.equal(read("mine/good"), after);
  const none = await run(["undo", "--base", path("sys")]);
  assert.match(none.err, /nothing that was written is left to undo/);
  const undone = await run(["undo", "--base", path("mine")]);
  assert.equal(undone.status, 0, undone.err);
  assert.equal(read("mine/good"), good);

  await run(["learn", "--base", path("mine"), "--log", path("log"), "--apply"]);
  rmSync(path("mine/good"));
  const stuck = await run(["undo", "--base", path("mine")]);
  assert.equal(stuck.status, 1);
  const forget = `\`armorer undo --root ${root} --base ${path("mine")} --forget\` leaves these files as they are`;
  assert.ok(stuck.err.includes(forget), stuck.err);
  const forgotten = await run(["undo", "--base", path("mine"), "--forget", "--json"]);
  assert.equal(forgotten.status, 0, forgotten.err);
  assert.deepEqual(JSON.parse(forgotten.out).files, [{ path: path("mine/good"), state: "forgotten" }]);
  assert.match((await run(["undo", "--base", path("mine")])).err, /nothing that was written is left/);
});

test("ps says that there is no AppArmor, and not that there is no process", async (t) => {
  const { path, run } = machine(t, { "proc/1/comm": "init\n" });
  rmSync(path("sys/module"), { recursive: true });
  const { status, err } = await run(["ps"]);
  assert.equal(status, 1);
  assert.match(err, /AppArmor is not in this kernel: nothing is confined/);
});

test("a profile without a name is told that a name is missing", async (t) => {
  const { path, run } = machine(t, { p: "profile {\n}\n" });
  const { out, err } = await run(["check", path("p")]);
  assert.match(out + err, /expected a name, found `\{`/);
  assert.doesNotMatch(out + err, /expected `\{`/);
});

test("a profile that is not there is told with the one that may be meant", async (t) => {
  const { path, run } = machine(t, { good, "x.aatest": 'test "x" for god { none /x r, }\n' });
  for (const [argv, meant] of [
    [["explain", path("good"), "god", "/x r"], "did you mean `good`?"],
    [["explain", path("good"), "/usr/bin/good", "/x r"], "the profile that attaches to it is `good`"],
    [["test", path("good"), path("x.aatest")], "did you mean `good`?"],
    [["test", "--init", "god", path("good")], "did you mean `good`?"],
  ] as const) {
    const { status, out, err } = await run(argv);
    assert.notEqual(status, 0);
    assert.ok((out + err).includes(meant), `${argv.join(" ")}: ${out}${err}`);
  }
});

test("check says once, and on one stream, that a file is not there, with the reason", async (t) => {
  const { path, run } = machine(t, { good });
  const { status, out, err } = await run(["check", path("nowhere"), path("good")]);
  assert.equal(status, 1);
  assert.match(err, /^armorer check: \S*nowhere: No such file or directory$/m);
  assert.match(err, /^2 files checked, 1 cannot be used: 1 error$/m);
  assert.equal((out + err).match(/nowhere/g)?.length, 1);
});

test("check looks for the includes of each operand in the policy around it", async (t) => {
  const { path, run } = machine(t, {
    "one/tunables/a": "@{a}=/srv/a\n",
    "one/a": tuned("a"),
    "two/tunables/b": "@{b}=/srv/b\n",
    "two/b": tuned("b"),
    "two/disable/b": "",
  });
  for (const operands of [
    ["one/a", "two/b"],
    ["two/b", "one/a"],
    ["one", "two"],
    ["two", "one/a"],
  ]) {
    const { status, out, err } = await run(["check", ...operands.map(path)]);
    assert.equal(status, 0, `${operands.join(" ")}: ${out}${err}`);
    assert.match(err, /switched off by `disable\/`, and checked all the same: [^\n]*two\/b\n/);
  }
  const named = await run(["check", "-b", path("one"), path("one/a"), path("two/b")]);
  assert.equal(named.status, 1, "a directory that is named is that of all");
});

test("diff counts what changed in which way, takes one side from standard input, and says of which part in the line", async (t) => {
  const { path, run } = machine(t, {
    "old/a": of("a", "/srv/* r,"),
    "old/b": of("b", "/srv/* r,"),
    "old/c": of("c", "/srv/* r,"),
    "old/d": of("d", "/srv/* r,"),
    "old/e": of("e", "/srv/* r,"),
    "new/a": of("a", "/srv/* rw,"),
    "new/b": of("b", "/srv/a* r,"),
    "new/c": of("c", "/srv/a r,\n  /tmp/a r,"),
    "new/d": of("d", "/srv/* r,"),
    "new/f": of("f", "/var/lib/f/** rw,"),
    "old/g": of("g", "/opt/g r,"),
    "new/i": of("i", "/srv/{a,b}* rw,"),
    "old/i": of("i", "/srv/{a,b}* rw,"),
    "new/h": of("h", "/opt/g r,"),
  });
  const { err } = await run(["diff", path("old"), path("new")]);
  assert.match(
    err,
    /^6 of 8 profiles differ \(1 added, 1 removed, 1 renamed, 1 looser, 1 stricter, 1 both\), 2 are the same; all together: both$/m,
  );
  const piped = await run(["diff", path("old/a"), "-"], of("a", "/srv/* rw,"));
  assert.equal(piped.status, 1, piped.err);
  assert.match(piped.out, /^a: looser\n {2}\+ \/srv\/\* w,/m);
  const part = await run(["diff", "-", path("new/i")], of("i", "/srv/{a,b}? r,"));
  assert.match(part.out, /^ {2}\+ \/srv\/\{a,b\}\* rw, {2}# in part, for example \/srv\/a rw,$/m);
  const same = await run(["diff", "-", path("old/a")], of("a", "/srv/* r,"));
  assert.equal(same.status, 0, same.err);
  const both = await run(["diff", "-", "-"], "");
  assert.deepEqual([both.status, /standard input can be read once/.test(both.err)], [2, true]);
});

test("a carriage return is shown where it matters, not where it is a part of a line end", async (t) => {
  const text = "abi <kernel>,\r\nprofile good {\r\n  /x r,\r\n  network inet tcp,\r\n}\r\n";
  const { path, run } = machine(t, { good: text, fine: "abi <kernel>,\r\nprofile good {\r\n  /x r,\r\n}\r\n" });
  assert.match((await run(["check", path("good")])).out, /good:4:20\n/);
  assert.equal((await run(["check", path("fine")])).status, 0);
});

test("reach leaves out what does not compile, and says so, as query and explain do", async (t) => {
  const conflict =
    "profile a /usr/bin/a {\n  /x px -> b,\n  /x cx -> c,\n  /usr/bin/b px,\n}\nprofile b /usr/bin/b { }\n";
  const { path, run } = machine(t, { policy: conflict, other: "profile c /usr/bin/c { }\n" });
  const reason = /policy was skipped: two rules for `\/x` name different exec transitions/;
  for (const argv of [
    ["reach", path("policy"), "a"],
    ["reach", path("."), "c"],
    ["query", path("policy"), "/x r"],
    ["explain", path("policy"), "a", "/x r"],
  ]) {
    const { err, out, status } = await run(argv);
    assert.match(err, reason, argv.join(" "));
    assert.notEqual(status, 0);
    assert.doesNotMatch(out, /^a /m);
  }
});

test("of a directory what `disable/` switches off is not loaded, and what `force-complain/` names complains", async (t) => {
  const { path, read, run } = machine(t, {
    "policy/off": of("off", "/a r,"),
    "policy/soft": of("soft", "/a r,"),
    "policy/hard": of("hard", "/a r,"),
    "policy/disable/off": "",
    "policy/force-complain/soft": "",
  });
  const loadedAs = (): readonly string[] => {
    const decoded = decodePolicy(Buffer.from(read("sys/kernel/security/apparmor/.replace"), "latin1"));
    return decoded.ok
      ? decoded.value.profiles.map(
          ({ name, version }) => `${name} ${(version & FORCE_COMPLAIN) === 0 ? "enforce" : "complain"}`,
        )
      : [];
  };
  const whole = await run(["load", "--no-cache", path("policy")]);
  assert.equal(whole.status, 0, whole.err);
  assert.match(whole.err, /^armorer load: switched off by `disable\/` and not loaded: \S+\/off$/m);
  assert.match(whole.err, /^armorer load: in complain mode because of `force-complain\/`: \S+\/soft$/m);
  assert.deepEqual(
    [...whole.out.matchAll(/^(\w+): loaded$/gm)].map(([, name]) => name),
    ["hard", "soft"],
  );
  assert.deepEqual(loadedAs(), ["soft complain"], "the last one");
  for (const [name, said] of [
    ["off", /switched off by `disable\/`, and loaded all the same/],
    ["soft", /in complain mode because of/],
  ] as const) {
    const one = await run(["load", "--no-cache", "--base", path("policy"), path(`policy/${name}`)]);
    assert.equal(one.status, 0, one.err);
    assert.match(one.err, said);
    assert.deepEqual(loadedAs(), [name === "soft" ? "soft complain" : "off enforce"]);
  }
  const compiled = await run(["compile", "--no-cache", "--json", "--output", path("out/"), path("policy")]);
  const { complaining, disabled, files } = JSON.parse(compiled.out);
  assert.deepEqual(
    files.map(({ path: file }: { path: string }) => file),
    [path("policy/hard"), path("policy/soft")],
  );
  assert.deepEqual([disabled, complaining], [[path("policy/off")], [path("policy/soft")]]);
  const soft = decodePolicy(Buffer.from(read("out/soft.bin"), "latin1"));
  assert.deepEqual(soft.ok && soft.value.profiles.map(({ version }) => version & FORCE_COMPLAIN), [FORCE_COMPLAIN]);
});

test("whoever asks a directory is told what of it is not in force", async (t) => {
  const { path, run } = machine(t, {
    "policy/off": of("off", "/a r,"),
    "policy/on": of("on", "/a r,"),
    "policy/disable/off": "",
  });
  for (const argv of [
    ["query", path("policy"), "/a r"],
    ["explain", path("policy"), "on", "/a r"],
    ["reach", path("policy"), "on"],
    ["lint", path("policy")],
    ["check", path("policy")],
    ["compile", "--no-cache", path("policy")],
  ]) {
    const { err } = await run(argv);
    assert.match(err, /switched off by `disable\/`[^\n]*: \S+\/off$/m, argv.join(" "));
  }
});

test("load says one cause once, as check does", async (t) => {
  const rules = Array.from({ length: 20 }, (_, at) => `  @{HOEM}/${at} r,`).join("\n");
  const { path, run } = machine(t, { p: `abi <kernel>,\nprofile p {\n${rules}\n}\n` });
  for (const verb of ["load", "compile"]) {
    const { err } = await run([verb, "--no-cache", path("p")]);
    assert.equal(err.match(/is not defined\n -->/g)?.length, 1, err);
    assert.match(err, /^19 more messages are not shown; `armorer check --all` shows them$/m);
  }
});

test("undo of somebody who has nothing kept says so, whatever is missing on the way there", async (t) => {
  const { path, run } = machine(
    t,
    {},
    {
      options: () => [],
      world: (_, at) => ({
        environment: { HOME: at("nowhere") },
        openDirectory: (one) => {
          rmSync(one, { recursive: true, force: true });
          return { ok: false, error: { kind: "refused", path: one, errno: "ENOENT" } };
        },
      }),
    },
  );
  const { status, err } = await run(["undo", "--base", path(".")]);
  assert.deepEqual([status, err], [1, "armorer undo: nothing that was written is left to undo\n"]);
});

test("load and unload say that there is no AppArmor, as status does", async (t) => {
  const { path, run } = machine(t, { good });
  rmSync(path("sys"), { recursive: true });
  const loaded = await run(["load", "--no-cache", path("good")]);
  assert.deepEqual([loaded.status, loaded.err], [1, "good: AppArmor is not in this kernel\n"]);
  const unloaded = await run(["unload", "good"]);
  assert.deepEqual([unloaded.status, unloaded.err], [1, "good: AppArmor is not in this kernel\n"]);
});

test("check says of files that have no profile that they have none, and diff that a file is no directory", async (t) => {
  const { path, run } = machine(t, {
    tunables: "@{A}=/a\n",
    "d/good": good,
    "d/other": good.replaceAll("good", "other"),
  });
  assert.equal(
    (await run(["check", path("tunables")])).err,
    "1 file checked, nothing is wrong, and there is no profile in it\n",
  );
  assert.equal((await run(["check", path("d"), path("tunables")])).err, "3 files checked, nothing is wrong\n");
  const { err } = await run(["diff", path("d/good"), path("d")]);
  assert.match(err, /^note: a file is compared with a directory: all that is in the directory alone differs$/m);
});

import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { Refused } from "../../foundation/basics/index.ts";
import { capturedIo } from "../../../tests/support/captured-io.ts";
import { type Answer, machine } from "../../../tests/support/machine.ts";
import { runArmorer } from "./index.ts";

const good = "abi <kernel>,\nprofile good /usr/bin/good {\n  /etc/good r,\n}\n";

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

test("what a log says of its own losses is told to whoever learns from it", async (t) => {
  const notices = [
    "Nov 22 08:52:44 h kernel: audit: rate limit exceeded",
    "Nov 22 08:52:44 h systemd-journald[3]: Suppressed 1 messages from kernel.slice",
    "Nov 22 08:52:44 h kernel: audit: audit_lost=4 audit_rate_limit=5 audit_backlog_limit=64",
    "Nov 22 08:52:45 h kernel: audit: audit_lost=5 audit_rate_limit=5 audit_backlog_limit=64",
  ];
  const { path, run } = machine(t, { "etc/apparmor.d/good": good, log: `${DENIAL}${notices.join("\n")}\n` });
  const notes = ["rate limit exceeded", "1 line suppressed by a rate limit", "the audit subsystem lost 2 records"];
  for (const verb of ["learn", "audit"]) {
    const { err, status } = await run([verb, "--log", path("log")]);
    for (const note of notes) assert.ok(err.includes(`note: ${note}\n`), err);
    assert.equal(status, 0);
  }
  const { out } = await run(["learn", "--log", path("log"), "--json"]);
  const { log }: { log: { notes: readonly string[] } } = JSON.parse(out);
  assert.deepEqual(log.notes, notes);
});

test("records that a log was not asked for are not called missing by who learns from it", async (t) => {
  const { path, run } = machine(t, { "etc/apparmor.d/good": good, log: DENIAL + DENIAL.replace(":42)", ":420)") });
  assert.match((await run(["audit", "--log", path("log")])).err, /at most 377 records missing/);
  assert.doesNotMatch((await run(["learn", "--log", path("log")])).err, /missing/);
});

test("where nothing of a log asks for a rule, that is said", async (t) => {
  const silent = [
    DENIAL.replace("DENIED", "AUDIT").replace(' denied_mask="r"', ""),
    DENIAL.replace('profile="good"', 'profile="unconfined"'),
    'type=AVC msg=audit(1764374400.123:42): apparmor="STATUS" operation="profile_load" profile="unconfined" name="good" pid=7 comm="armorer"\n',
  ];
  const { path, run } = machine(t, {
    "etc/apparmor.d/good": good,
    ...Object.fromEntries(silent.map((log, at) => [`log${at}`, log])),
  });
  for (const at of silent.keys()) {
    const { err, out, status } = await run(["learn", "--log", path(`log${at}`)]);
    assert.deepEqual([out, status], ["", 0]);
    assert.match(err, /note: none of 1 event asks for a rule/);
  }
});

test("of two files with one profile, the disabled one is neither asked nor written", async (t) => {
  const other = "abi <kernel>,\nprofile good /usr/bin/good {\n  /srv/x r,\n}\n";
  const more = DENIAL.replace("/srv/x", "/srv/y");
  const files = { "etc/apparmor.d/a-good": good, "etc/apparmor.d/good": other, log: DENIAL, more };
  const { path, read, run } = machine(t, files);
  mkdirSync(path("etc/apparmor.d/disable"));
  symlinkSync("../a-good", path("etc/apparmor.d/disable/a-good"));
  const covered = await run(["learn", "--log", path("log"), "--apply"]);
  assert.match(covered.out, /^good: \/srv\/x r, \(once, covered\)$/m);
  assert.equal((await run(["learn", "--log", path("more"), "--apply"])).status, 0);
  assert.equal(read("etc/apparmor.d/a-good"), good);
  assert.match(read("etc/apparmor.d/good"), /\/srv\/y r,/);
  // What no other file has may have been loaded by hand.
  rmSync(path("etc/apparmor.d/good"));
  await run(["learn", "--log", path("log"), "--apply"]);
  assert.match(read("etc/apparmor.d/a-good"), /\/srv\/x r,/);
});

test("that what is changed may not be what is loaded is told", async (t) => {
  const { path, run } = machine(t, { "etc/apparmor.d/a-good": good, "etc/apparmor.d/good": good, log: DENIAL });
  const [first, second] = [path("etc/apparmor.d/a-good"), path("etc/apparmor.d/good")];
  const twice = `${first}: the profile \`good\` is defined by two files, the other is ${second}: the one that is loaded last counts`;
  assert.ok((await run(["learn", "--log", path("log")])).err.includes(`note: ${twice}\n`));
  mkdirSync(path("etc/apparmor.d/disable"));
  symlinkSync("../a-good", path("etc/apparmor.d/disable/a-good"));
  assert.doesNotMatch((await run(["learn", "--log", path("log")])).err, /defined by two files|no boot loads/);
  rmSync(second);
  assert.ok(
    (await run(["learn", "--log", path("log")])).err.includes(`note: ${first}: it is disabled, and no boot loads it\n`),
  );
  const { out } = await run(["learn", "--log", path("log"), "--json"]);
  const { doubtful }: { doubtful: unknown } = JSON.parse(out);
  assert.deepEqual(doubtful, [{ path: first, reason: "it is disabled, and no boot loads it" }]);
});

test("a program is not sent to a profile that no boot loads", async (t) => {
  const log = DENIAL.replace('operation="open"', 'operation="exec"')
    .replace("/srv/x", "/usr/bin/other")
    .replaceAll('_mask="r"', '_mask="x"');
  const other = "abi <kernel>,\nprofile other /usr/bin/other {\n}\n";
  const { path, run } = machine(t, { "etc/apparmor.d/good": good, "etc/apparmor.d/other": other, log });
  const attached = /profile: \/usr\/bin\/other Px, .*the profile "other" attaches to it/;
  assert.match((await run(["learn", "--log", path("log")])).out, attached);
  mkdirSync(path("etc/apparmor.d/disable"));
  symlinkSync("../other", path("etc/apparmor.d/disable/other"));
  const { out, status } = await run(["learn", "--log", path("log")]);
  assert.doesNotMatch(out, /attaches to it/);
  assert.match(out, /^ {2}\* 1\. inherit: /m);
  assert.equal(status, 0);
});

test("a record of the message bus about a stack is named as what it is", async (t) => {
  const log = `type=USER_AVC msg=audit(1764374400.123:42): pid=1 uid=100 auid=1 ses=1 msg='apparmor="DENIED" operation="dbus_method_call"  bus="system" path="/a" interface="a.B" member="C" mask="send" name="a.b" pid=7 label="good//&other" peer_label="unconfined"'\n`;
  const other = "abi <kernel>,\nprofile other /usr/bin/other {\n}\n";
  const { path, run } = machine(t, { "etc/apparmor.d/good": good, "etc/apparmor.d/other": other, log });
  const { err, out } = await run(["learn", "--log", path("log"), "--create"]);
  assert.equal(out, "");
  assert.match(err, /left out: it is of a stack, and the record does not say which .* \(good\/\/&other\)/);
});

test("a profile of a container's namespace is named as what it is", async (t) => {
  const log = DENIAL.replace('profile="good"', 'namespace="root//lxd-c1_<var-lib-lxd>" profile="good"');
  const { path, read, run } = machine(t, { "etc/apparmor.d/good": good, log });
  const { err, status } = await run(["learn", "--log", path("log"), "--create", "--apply"]);
  assert.match(err, /left out: the policy has no such profile in that namespace \(:lxd-c1_<var-lib-lxd>:good\)/);
  assert.equal(status, 0);
  assert.equal(read("etc/apparmor.d/good"), good);
});

test("what cannot be kept, to be undone, is not written, and not said to be; the record is called by its name", async (t) => {
  const { path, read, run } = machine(t, { "etc/apparmor.d/good": good, log: DENIAL });
  mkdirSync(path("var/lib/armorer/undo/writing-000001.json"), { recursive: true });
  const { err, status } = await run(["learn", "--log", path("log"), "--apply"]);
  assert.equal(status, 1);
  assert.ok(err.includes(`armorer learn: ${path("var/lib/armorer/undo/writing-000001.json")}: `), err);
  assert.doesNotMatch(err, /written/);
  assert.equal(read("etc/apparmor.d/good"), good);
});

test("the millionth writing is kept and undone as all others are", async (t) => {
  const { path, read, run } = machine(t, { "etc/apparmor.d/good": good, log: DENIAL });
  mkdirSync(path("var/lib/armorer/undo"), { recursive: true });
  writeFileSync(path("var/lib/armorer/undo/writing-999999.json"), '{"files":[]}');
  assert.equal((await run(["learn", "--log", path("log"), "--apply"])).status, 0);
  assert.notEqual(read("etc/apparmor.d/good"), good);
  const undone = await run(["undo"]);
  assert.equal(undone.status, 0, undone.err);
  assert.equal(read("etc/apparmor.d/good"), good);
});

/** Calls a verb that does what it is asked. */
async function called(...argv: readonly string[]): Promise<void> {
  const { io, text } = capturedIo();
  assert.equal(await runArmorer(argv, io), 0, `${argv.join(" ")}: ${text()}`);
}

test("a root or directory that is named from where the user stands is the one that was written", async (t) => {
  const before = process.cwd();
  t.after(() => process.chdir(before));
  const { path, read } = machine(t, { "etc/apparmor.d/good": good, log: DENIAL });
  const root = path("");
  for (const [stand, named] of [
    [dirname(root), basename(root)],
    [dirname(root), `./${basename(root)}/`],
    [path("etc"), ".."],
    [root, "."],
  ] as const) {
    process.chdir(stand);
    await called("learn", "--root", named, "--log", path("log"), "--apply");
    assert.notEqual(read("etc/apparmor.d/good"), good, named);
    await called("undo", "--root", named);
    assert.equal(read("etc/apparmor.d/good"), good, named);
  }
});

/** A file beside the system under the root, that is none of its own. */
function outside(t: TestContext, name: string, text: string): string {
  const directory = mkdtempSync(join(tmpdir(), "armorer-outside-"));
  t.after(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, name), text);
  return directory;
}

test("what a system under --root has kept takes back nothing outside of it", async (t) => {
  const host = outside(t, "crontab", "mine");
  const { path, run } = machine(t, { "etc/apparmor.d/good": good });
  mkdirSync(path("var/lib/armorer/undo"), { recursive: true });
  symlinkSync(host, path("etc/apparmor.d/out"));
  for (const named of [
    join(host, "crontab"),
    `${path("etc/apparmor.d")}/../../../${basename(host)}/crontab`,
    path("etc/apparmor.d/out/crontab"),
  ]) {
    const files = [{ path: named, before: "theirs", after: "mine" }];
    writeFileSync(path("var/lib/armorer/undo/writing-000001.json"), JSON.stringify({ files }));
    const answer = await run(["undo"]).catch((thrown: unknown) => thrown);
    const isRefused =
      answer instanceof Refused || (answer instanceof Object && "status" in answer && answer.status === 1);
    assert.ok(isRefused, named);
    assert.equal(readFileSync(join(host, "crontab"), "utf8"), "mine", named);
  }
});

test("a link of a system under --root leads to no policy of this one", async (t) => {
  const host = outside(t, "good", good);
  const whole = machine(t, { "etc/x": "", log: DENIAL });
  symlinkSync(host, whole.path("etc/apparmor.d"));
  const one = machine(t, { "etc/apparmor.d/other": good.replaceAll("good", "other"), log: DENIAL });
  symlinkSync(join(host, "good"), one.path("etc/apparmor.d/good"));
  for (const { path, run } of [whole, one]) {
    const answer = await run(["learn", "--log", path("log"), "--apply"]).catch((thrown: unknown) => thrown);
    const isSaid = answer instanceof Object && "err" in answer && String(answer.err).includes("has no such profile");
    assert.ok(answer instanceof Refused || isSaid);
    assert.equal(readFileSync(join(host, "good"), "utf8"), good);
  }
});

test("a link of a system under --root leads where it leads that system", async (t) => {
  const { path, read, run } = machine(t, { "srv/policy/kept": good, "etc/x": "", log: DENIAL });
  symlinkSync("/srv/policy", path("etc/apparmor.d"));
  symlinkSync("/../../srv/policy/kept", path("srv/policy/good"));
  rmSync(path("var"), { recursive: true, force: true });
  const { status, err } = await run(["learn", "--log", path("log"), "--apply"]);
  assert.equal(status, 0, err);
  assert.match(read("srv/policy/kept"), /^ {2}\/srv\/x r,$/m);
  assert.ok(lstatSync(path("srv/policy/good")).isSymbolicLink());
  assert.equal((await run(["undo"])).status, 0);
  assert.equal(read("srv/policy/kept"), good);
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
  const load = `armorer load --root ${path("").replace(/\/$/, "")} ${profile}`;
  assert.ok(out.includes(`    ${profile} was changed after this event; load it: ${load}\n`), out);
  await told(before, before);
  const text = (await run(["learn", "--log", path("log")])).out;
  assert.ok(text.includes("permitted it before this event already, so what is loaded seems older; load it:"), text);
});

test("learn shows what an include opens by what it permits: not what is permitted already, in whatever words", async (t) => {
  const { path, run } = machine(t, {
    "etc/apparmor.d/good": "profile good /usr/bin/good {\n  /srv/known/** r,\n}\n",
    "etc/apparmor.d/abstractions/own":
      "/etc/{a,b} r,\n/etc/c r,\n/srv/known/x r,\n/srv/more/* r,\ndeny /srv/more/not r,\n/srv/more/x r,\n",
    "etc/apparmor.d/abstractions/just": "/opt/[ab] r,\n/opt/c r,\n",
    log: reads("/etc/a", "/etc/b", "/etc/c", "/opt/a", "/opt/b", "/opt/c"),
  });
  const { out } = await run(["learn", "--log", path("log")]);
  assert.match(out, /own>  .+ it answers 3 needs\n {7}besides what was asked it opens:\n {9}\/srv\/more\/\* r,\n/);
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

test("learn shows what it would write, and writes it with --write", async (t) => {
  const log =
    DENIAL.replace("/srv/x", "/etc/hosts") +
    'type=AVC msg=audit(1764374401.0:43): apparmor="DENIED" operation="capable" class="cap" profile="good" pid=7 comm="good" capability=0 capname="chown"\n';
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

test("events left out because not all of the policy could be read are no success", async (t) => {
  const broken = "profile fresh {\n  include <absent>\n}\n";
  const whole = machine(t, { "etc/apparmor.d/good": good, log: DENIAL + UNKNOWN });
  const answer = await whole.run(["learn", "--log", whole.path("log")]);
  assert.equal(answer.status, 0, "the policy has no such profile");
  const place = machine(t, { "etc/apparmor.d/good": good, "etc/apparmor.d/fresh": broken, log: DENIAL });
  const other = await place.run(["learn", "--log", place.path("log")]);
  assert.deepEqual(
    [other.status, /not all of \S+\/fresh can be read/.test(other.err)],
    [0, true],
    "nothing was left out",
  );
  const hidden = machine(t, { "etc/apparmor.d/fresh": "profile fresh\n", log: UNKNOWN });
  const missed = await hidden.run(["learn", "--log", hidden.path("log")]);
  assert.match(missed.err, /1 event left out/);
  assert.equal(missed.status, 1, missed.err);
});

test("learn --ask asks what is still open after each answer, and writes what was answered", async (t) => {
  const trio = "/etc/a r,\n/etc/b r,\n/etc/c r,\n";
  const files = { "etc/apparmor.d/good": good, "etc/apparmor.d/abstractions/trio": trio, log: helper.join("") };
  const { path, read, run } = machine(t, files);
  const dry = await run(["learn", "--ask", "--log", path("log")], "s\n2\ns\n7\n1\n");
  assert.deepEqual(asked(dry), ["/bin/helper", "/etc/a", "/etc/b", "/etc/c"]);
  assert.doesNotMatch(dry.out, /^\+ {2}\/etc\/a r,$/m, "the include that was taken later permits it");
  assert.match(
    dry.err,
    /^note: good: \/etc\/a r, is not written: include <abstractions\/trio>, which was taken, permits all of it$/m,
  );
  assert.match(dry.out, /^\+ {2}include <abstractions\/trio>$/m);
  assert.equal(read("etc/apparmor.d/good"), good);
  const written = await run(["learn", "--ask", "--write", "--log", path("log")], "2\n\n\ny\n");
  assert.deepEqual(asked(written), ["/bin/helper", "/etc/a", "/srv/secret"]);
  const [own = "", child = ""] = read("etc/apparmor.d/good").split("profile /bin/helper {");
  assert.match(own, /include <abstractions\/trio>[^]*\/bin\/helper Cx,/);
  assert.doesNotMatch(own, /secret/);
  assert.match(child, /\/srv\/secret r,/);
});

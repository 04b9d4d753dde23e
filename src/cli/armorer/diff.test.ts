import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { runArmorer } from "./index.ts";
import { capturedIo } from "../../../tests/support/captured-io.ts";

interface Answer {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

function directory(context: TestContext, contents: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "armorer-diff-"));
  context.after(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(contents)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

async function diff(root: string, ...argv: readonly string[]): Promise<Answer> {
  const { io, bytes, text } = capturedIo({ escapes: "always" });
  const features = join(import.meta.dirname, "../../../../policy/abi/5.0");
  const status = await runArmorer(["diff", "-M", features, ...argv], { ...io, workingDirectory: root });
  return { status, out: bytes("out").toString("utf8"), err: text("err") };
}

const courier = (rules: string, head = "profile courier /usr/bin/courier"): string => `${head} {\n${rules}\n}\n`;
const base = "/srv/mail/** rw,\n  deny /srv/mail/*/private/** rw,";

test("a removed deny rule is what becomes allowed, with the lines on both sides", async (t) => {
  const root = directory(t, { old: courier(base), new: courier("/srv/mail/** rw,") });
  const { status, out } = await diff(root, join(root, "old"), join(root, "new"));
  assert.equal(status, 1);
  assert.match(out, /^courier: looser\n/);
  assert.match(out, /\n {2}\+ \/srv\/mail\/\*\/private\/\*\* rw,\n/);
  assert.match(out, /new \S+new:2: \/srv\/mail\/\*\* rw,\n {6}old \S+old:3: deny/);
});

test("another spelling of the same rules is the same policy", async (t) => {
  const root = directory(t, { old: courier("/a{b,c}* r,\n /x rw,"), new: courier("/ab* r,\n/ac* r,\n/x r,\n/x w,") });
  const { status, out, err } = await diff(root, join(root, "old"), join(root, "new"));
  assert.deepEqual({ status, out, err }, { status: 0, out: "", err: "nothing differs: 1 profile compared\n" });
});

test("a remount is asked with all its flags, also those of other kinds of mounts", async (t) => {
  const root = directory(t, { old: courier("remount options=(bind, make-private) /m/,"), new: courier("") });
  const { status, out } = await diff(root, join(root, "old"), join(root, "new"));
  assert.equal(status, 1);
  assert.match(out, /^courier: stricter\n {2}- remount /);
});

test("--fail-on chooses what a check fails on", async (t) => {
  const root = directory(t, { old: courier("/x r,"), new: courier("/x rw,") });
  const [old, now] = [join(root, "old"), join(root, "new")];
  assert.equal((await diff(root, "--fail-on", "looser", old, now)).status, 1);
  assert.equal((await diff(root, "--fail-on", "stricter", old, now)).status, 0);
  assert.equal((await diff(root, "--fail-on", "looser", now, old)).status, 0);
  assert.equal((await diff(root, "--fail-on", "never", old, now)).status, 0);
  assert.equal((await diff(root, "--fail-on", "all", old, now)).status, 2);
});

test("what cannot be compiled is not compared, and the exit status is 2", async (t) => {
  const root = directory(t, { "old/a": courier("/x r,"), "new/a": courier("/x zz,"), "old/b": "", "new/b": "" });
  const { status, err } = await diff(root, "--fail-on", "never", join(root, "old"), join(root, "new"));
  assert.equal(status, 2);
  assert.match(err, /armorer diff: new \S+new\/a: /);
});

test("a profile is not called added or removed while a file could not be read", async (t) => {
  const root = directory(t, {
    "old/a": courier("/x r,"),
    "old/b": "profile b { /b r, }\n",
    "new/a": courier("/x zz,"),
    "new/b": "profile b { /b rw, }\n",
  });
  const { status, out, err } = await diff(root, join(root, "old"), join(root, "new"));
  assert.equal(status, 2);
  assert.match(err, /the profile courier is not compared: it may be in a file that could not be read/);
  assert.match(out, /^b: looser\n/);
  assert.doesNotMatch(out, /removed/);
  assert.doesNotMatch((await diff(root, join(root, "new"), join(root, "old"))).out, /added/);
});

test("profiles that were added, removed and renamed, and changed heads", async (t) => {
  const old = courier("/x r,") + "profile gone { /g r,\n}\nprofile before /usr/bin/p { /p r,\n}\n";
  const now = courier("/x r,", "profile courier /usr/bin/courier flags=(complain)");
  const root = directory(t, { old, new: `${now}profile fresh { /f r,\n}\nprofile after /usr/bin/p { /p r,\n}\n` });
  const { out } = await diff(root, "--json", join(root, "old"), join(root, "new"));
  const { schema, verdict, profiles } = JSON.parse(out);
  assert.deepEqual([schema, verdict], ["armorer/diff/1", "both"]);
  assert.deepEqual(
    profiles.map((one: Record<string, unknown>) => [one["name"], one["before"], one["change"], one["verdict"]]),
    [
      ["after", "before", "renamed", "equivalent"],
      ["courier", null, "changed", "looser"],
      ["fresh", null, "added", "stricter"],
      ["gone", null, "removed", "looser"],
    ],
  );
});

test("a binary is compared with the text that it should be", async (t) => {
  const root = directory(t, { old: courier("/x r,"), new: courier("/x r,\n/y w,") });
  const { io } = capturedIo({ escapes: "always" });
  const features = join(import.meta.dirname, "../../../../policy/abi/5.0");
  const binary = join(root, "bin");
  const compile = ["compile", "-M", features, "--no-cache", "-o", binary, join(root, "old")];
  assert.equal(await runArmorer(compile, { ...io, workingDirectory: root }), 0);
  assert.equal((await diff(root, binary, join(root, "old"))).status, 0);
  const { status, out } = await diff(root, binary, join(root, "new"));
  assert.equal(status, 1);
  assert.match(out, /^courier: looser\n {2}\+ \/y w,\n/);
});

test("--git compares with what was committed, includes and all", async (t) => {
  const root = directory(t, {
    "policy/tunables/global": "@{MAIL}=/srv/mail\n",
    "policy/courier": `include <tunables/global>\n${courier("@{MAIL}/** r,")}`,
  });
  const git = (...argv: readonly string[]): void => {
    const identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
    execFileSync("git", ["-C", root, ...identity, ...argv], { stdio: "ignore" });
  };
  git("init");
  git("add", "-A");
  git("commit", "-m", "first");
  assert.equal((await diff(root, "--git", "HEAD", "policy")).status, 0);
  writeFileSync(join(root, "policy/tunables/global"), "@{MAIL}=/srv/mail /var/mail\n");
  const { status, out } = await diff(root, "--git", "HEAD", "--markdown", "policy");
  assert.equal(status, 1);
  assert.match(out, /^### The policy becomes looser\n/);
  assert.match(out, /Newly allowed:\n\n- `\/var\/mail\/\*\* r,`/);
  assert.match((await diff(root, "--git", "no-such-revision", "policy")).err, /git knows no revision/);
});

/** A repository with everything of a directory committed; what `git` gives, without its last newline. */
function repository(root: string): (...argv: readonly string[]) => string {
  const git = (...argv: readonly string[]): string => {
    const identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
    return execFileSync("git", ["-C", root, ...identity, ...argv], { stdio: ["ignore", "pipe", "ignore"] })
      .toString()
      .trimEnd();
  };
  git("init");
  git("add", "-A");
  git("commit", "-m", "first");
  return git;
}

for (const lost of ["policy/a", "policy/tunables/lost"]) {
  test(`what a repository has lost is said, and neither taken for empty nor for absent: ${lost}`, async (t) => {
    const root = directory(t, {
      "policy/a": courier("/x r,").replace("courier", "a"),
      "policy/b": `include if exists <tunables/lost>\n${courier("/x r,").replace("courier", "b")}`,
      "policy/tunables/lost": "@{x}=/x\n",
      "policy/z": courier("/x r,").replace("courier", "z"),
    });
    const id = repository(root)("rev-parse", `HEAD:${lost}`);
    rmSync(join(root, ".git/objects", id.slice(0, 2), id.slice(2)));
    const { status, err } = await diff(root, "--git", "HEAD", "policy");
    assert.equal(status, 2);
    const reason = "Was there at that revision, but the git repository does not have its content";
    assert.ok(
      err.split("\n").some((line) => line.includes(lost) && line.toLowerCase().includes(reason.toLowerCase())),
      err,
    );
    assert.doesNotMatch(err, /policy\/z/);
  });
}

test("a repository's own configuration starts no program", async (t) => {
  const root = directory(t, { "policy/courier": courier("/x r,"), watch: "" });
  const git = repository(root);
  const mark = join(root, "mark");
  writeFileSync(join(root, "watch"), `#!/bin/sh\ntouch '${mark}'\n`, { mode: 0o755 });
  chmodSync(join(root, "watch"), 0o755);
  git("config", "core.fsmonitor", join(root, "watch"));
  git("update-index", "--fsmonitor");
  git("status");
  assert.ok(existsSync(mark), "git itself runs it");
  rmSync(mark);
  for (const key of ["core.pager", "core.sshCommand", "diff.external", "core.editor", "gpg.program", "alias.rev-parse"])
    git("config", key, join(root, "watch"));
  for (const revision of ["HEAD", ":0:policy/courier", ":policy/courier", ":/first", "@{-1}"])
    await diff(root, "--git", revision, "policy");
  assert.ok(!existsSync(mark));
});

test("a directory that only looks like a repository is none", async (t) => {
  const root = directory(t, { "policy/courier": courier("/x r,"), "bare/policy/courier": courier("/x rw,") });
  repository(root);
  renameSync(join(root, ".git"), join(root, "bare/evil"));
  for (const name of ["HEAD", "objects", "refs", "config"])
    renameSync(join(root, "bare/evil", name), join(root, "bare", name));
  const { status, err } = await diff(root, "--git", "HEAD", "bare/policy");
  assert.equal(status, 2);
  assert.match(err, /git says: cannot use bare repository/);
});

test("a SARIF log has a warning for what is newly allowed", async (t) => {
  const root = directory(t, { old: courier("/x r,"), new: courier("/x rw,") });
  const { out } = await diff(root, "--sarif", join(root, "old"), join(root, "new"));
  const [result] = JSON.parse(out).runs[0].results;
  assert.deepEqual([result.ruleId, result.level], ["diff/newly-allowed", "warning"]);
  assert.equal(result.locations[0].physicalLocation.region.startLine, 2);
});

/** Each rule of a difference with its bounds. */
async function boundedRules(context: TestContext, old: string, now: string): Promise<readonly unknown[]> {
  const root = directory(context, { old: courier(old), new: courier(now) });
  const { out } = await diff(root, "--json", join(root, "old"), join(root, "new"));
  const { profiles } = JSON.parse(out);
  return profiles[0].rules.map(
    ({
      sign,
      rule,
      exact,
      except,
      within,
    }: Record<"sign" | "rule" | "exact", unknown> &
      Record<"except" | "within", readonly { readonly text: string }[]>) => {
      assert.equal(exact, true);
      return [sign, rule, except.map(({ text }) => text), within.map(({ text }) => text)];
    },
  );
}

test("where other rules of the other side allow some and deny some of that, the two parts of a rule are two lines", async (t) => {
  const kept = 'signal set=(hup kill) peer="a",\n  audit deny signal (receive) peer="**",';
  assert.deepEqual(await boundedRules(t, `priority=2 allow signal,\n  ${kept}`, kept), [
    ["-", "priority=2 allow signal,", ['signal set=(hup kill) peer="a",'], []],
    ["-", "priority=2 allow signal,", [], ['audit deny signal (receive) peer="**",']],
  ]);
});

test("a part of a rule is bounded on both sides at once, and by rules of a higher priority", async (t) => {
  const kept = 'network,\n  deny unix type=stream addr="@{b,c}",';
  assert.deepEqual(await boundedRules(t, `${kept}\n  deny unix (bind, setattr),`, kept), [
    ["+", "network,", ['deny unix type=stream addr="@{b,c}",'], ["deny unix (bind, setattr),"]],
  ]);
  assert.deepEqual(await boundedRules(t, "/srv/** rw,\n  priority=1 deny /srv/a/** w,", "/srv/** rw,"), [
    ["+", "/srv/a/** w,", [], []],
  ]);
});

test("a rule about changes of profile that denies is what brings the files for them", async (t) => {
  assert.deepEqual(await boundedRules(t, "/x r,\n  deny change_profile -> a,", "/x r,"), [
    ["-", "deny change_profile -> a,", [], []],
  ]);
});

test("of rules that are merged each is found for what it says itself", async (t) => {
  const old = 'signal (send) peer="f*",\n  signal peer="f*",';
  assert.deepEqual(await boundedRules(t, old, 'signal (send) peer="f*",'), [
    ["-", 'signal peer="f*",', ['signal (send) peer="f*",'], []],
  ]);
});

test("all capabilities are one rule, without those that others speak of", async (t) => {
  assert.deepEqual(await boundedRules(t, "/x r,", "/x r,\n  capability,"), [["+", "capability,", [], []]]);
  const kept = "capability chown,\n  capability kill,";
  assert.deepEqual(await boundedRules(t, kept, `${kept}\n  capability,\n  deny capability sys_admin,`), [
    ["+", "capability,", ["capability chown,", "capability kill,", "deny capability sys_admin,"], []],
  ]);
  assert.deepEqual(await boundedRules(t, "capability,\n  deny capability kill,", "capability,"), [
    ["+", "capability kill,", [], []],
  ]);
});

test("what comes with a child, and no rule says, is said beside the rules", async (t) => {
  const rules = await boundedRules(t, "/x r,", "/x r,\n  /y rw,\n  profile child {\n    /z r,\n  }");
  assert.deepEqual(rules[0], ["+", "/y rw,", [], []]);
  assert.ok(rules.length > 3);
  for (const rule of rules.slice(1))
    assert.match(String(rule), /^\+,owner \/(?:proc\/[^ ]*\/attr\/|sys\/module\/apparmor\/)/);
});

test("--git says of a file that is gone, or new, that its profiles are", async (t) => {
  const root = directory(t, { "policy/a": courier("/x r,"), "policy/b": courier("/x r,").replace("courier", "b") });
  const git = repository(root);
  rmSync(join(root, "policy/a"));
  const gone = await diff(root, "--git", "HEAD", "policy/a");
  assert.equal(gone.status, 1, gone.err);
  assert.match(gone.out, /^courier: removed, looser$/m);
  writeFileSync(join(root, "policy/c"), courier("/x r,").replace("courier", "c"));
  const made = await diff(root, "--git", "HEAD", "policy/c");
  assert.match(made.out, /^c: added, stricter$/m);
  const nowhere = await diff(root, "--git", "HEAD", "policy/d");
  assert.deepEqual([nowhere.status, nowhere.out], [2, ""]);
  assert.match(nowhere.err, /policy\/d: No such file or directory/);
  git("add", "-A");
  git("commit", "-m", "second");
  assert.match((await diff(root, "--git", "HEAD~1..HEAD", "policy/a")).out, /^courier: removed, looser$/m);
  const side = await diff(root, join(root, "policy/a"), join(root, "policy/b"));
  assert.equal(side.status, 2, "of two paths that are named each is there");
});

test("--git names no directory of this machine, and what to do where no path is named, or the clone is shallow", async (t) => {
  const root = directory(t, {
    "policy/abstractions/own": "/x/a r,\n/x/b r,\n",
    "policy/courier": courier("include <abstractions/own>"),
  });
  const git = repository(root);
  writeFileSync(join(root, "policy/courier"), courier("include <abstractions/own>\n  /x/* r,"));
  const { out } = await diff(root, "--git", "HEAD", "policy");
  assert.match(out, /except \/x\/[ab] r, \(old policy\/abstractions\/own:\d\)/);
  assert.ok(!out.includes(root), out);
  const unnamed = await diff(root, "--git", "HEAD");
  assert.equal(unnamed.status, 2);
  assert.match(unnamed.err, /; name the policy of the repository here: `armorer diff --git HEAD PATH`\n/);
  git("commit", "-am", "second");
  const shallow = directory(t, {});
  execFileSync("git", ["clone", "-q", "--depth", "1", `file://${root}`, join(shallow, "clone")], { stdio: "ignore" });
  const refused = await diff(join(shallow, "clone"), "--git", "HEAD~1", "policy");
  assert.match(
    refused.err,
    /git knows no revision `HEAD~1`: the clone is shallow, and `git fetch --unshallow` brings the rest/,
  );
  assert.doesNotMatch((await diff(root, "--git", "no-such", "policy")).err, /shallow/);
});

test("of logging that differs an access is named", async (t) => {
  const root = directory(t, {
    old: courier("deny /etc/shadow r,"),
    new: courier(""),
    audited: courier("audit /x r,"),
    plain: courier("/x r,"),
  });
  const quiet = await diff(root, join(root, "old"), join(root, "new"));
  assert.match(quiet.out, /^ {2}denials that are not logged: fewer, for example \/etc\/shadow r$/m);
  const loud = await diff(root, join(root, "new"), join(root, "old"));
  assert.match(loud.out, /^ {2}denials that are not logged: more, for example \/etc\/shadow r$/m);
  const audited = await diff(root, join(root, "plain"), join(root, "audited"));
  assert.match(audited.out, /^ {2}audited accesses: more, for example \/x r$/m);
});

test("a file that cannot be looked at for a moment is not one that is gone", async (t) => {
  const root = directory(t, { p: courier(base) });
  const features = join(import.meta.dirname, "../../../../policy/abi/5.0");
  const whole = await diff(root, join(root, "p"), join(root, "p"));
  for (let moment = 1; moment < 8; moment += 1) {
    const { io, bytes, text } = capturedIo({ escapes: "always" });
    let asked = 0;
    const kind: typeof io.files.kind = (path) => {
      asked += path === join(root, "p") ? 1 : 0;
      return path === join(root, "p") && asked === moment ? undefined : io.files.kind(path);
    };
    const argv = ["diff", "-M", features, join(root, "p"), join(root, "p")];
    const status = await runArmorer(argv, { ...io, files: { ...io.files, kind }, workingDirectory: root });
    const answer = { status, out: bytes("out").toString("utf8"), err: text("err") };
    if (status !== 2) assert.deepEqual(answer, whole, `look ${moment}`);
  }
});

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
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
  const root = mkdtempSync(join(tmpdir(), "armorer-lint-"));
  context.after(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(contents)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

async function lint(root: string, features: string, ...argv: readonly string[]): Promise<Answer> {
  const { io, bytes, text } = capturedIo();
  const path = join(import.meta.dirname, "../../../..", features);
  const status = await runArmorer(["lint", "-M", path, ...argv], { ...io, workingDirectory: root });
  return { status, out: bytes("out").toString("utf8"), err: text("err") };
}

const NEWEST = "policy/abi/5.0";

/** `LINE CODE` of everything that is found in a directory, with the beginning of the rest of the line where it is asked for. */
async function found(
  context: TestContext,
  contents: Readonly<Record<string, string>>,
  { argv = [], features = NEWEST }: { readonly argv?: readonly string[]; readonly features?: string } = {},
): Promise<readonly string[]> {
  const root = directory(context, contents);
  const { out } = await lint(
    root,
    features,
    "--json",
    ...argv.map((word) => word.replace("{root}", root)),
    join(root, "d"),
  );
  const document: {
    files: { diagnostics: { code: string; message: string; range: { start: { line: number } } }[] }[];
  } = JSON.parse(out);
  return document.files
    .flatMap(({ diagnostics }) => diagnostics)
    .map(({ code, message, range }) => `${range.start.line} ${code.replace("lint/", "")}: ${message}`);
}

/** The same without messages. */
async function codes(
  context: TestContext,
  text: string,
  others: Readonly<Record<string, string>> = {},
): Promise<string> {
  const list = await found(context, { "d/p": text, ...others });
  return list.map((line) => line.slice(0, line.indexOf(":"))).join(", ");
}

const profile = (rules: string, head = "profile p /usr/bin/p"): string => `${head} {\n${rules}\n}\n`;

test("a rule that others cover can go, alone or together, in any kind", async (t) => {
  assert.equal(await codes(t, profile("/srv/** r,\n/srv/mail/* r,")), "3 rule-covered");
  assert.equal(
    await codes(t, profile("/srv/a* r,\n/srv/[^a]* r,\n/srv/?* r,\n/srv/ab r,")),
    "2 rule-covered, 4 rule-covered, 5 rule-covered",
  );
  assert.equal(await codes(t, profile("signal send,\nsignal send set=hup peer=q,")), "3 rule-covered");
  assert.equal(await codes(t, profile("network inet,\nnetwork inet stream,")), "3 rule-covered");
  assert.equal(await codes(t, profile("/srv/** r,\nowner /srv/mail/* rw,")), "3 letter-covered");
  assert.equal(await codes(t, profile("owner /srv/** r,\n/srv/mail/* r,")), "");
});

test("a rule of an included file is the reason, and not what is reported", async (t) => {
  const list = await found(t, {
    "d/p": "profile p {\ninclude <all>\n/srv/a r,\n}\n",
    "d/abstractions/all": "/srv/** r,\n/srv/b r,\n",
  });
  assert.deepEqual(list, []);
  const names = await found(t, {
    "d/p": "profile p {\ninclude <abstractions/all>\n/srv/a r,\n}\n",
    "d/abstractions/all": "/srv/** r,\n/srv/b r,\n",
  });
  assert.deepEqual(names, ["3 rule-covered: another rule says all that this rule says"]);
});

test("what a rule of a higher rank takes back is said to be taken back, and by which", async (t) => {
  assert.equal(await codes(t, profile("deny /srv/** r,\n/srv/a r,")), "3 rule-overruled");
  assert.equal(await codes(t, profile("deny /srv/** w,\n/srv/a rw,")), "3 letter-overruled");
  assert.equal(await codes(t, profile("priority=2 /srv/** r,\ndeny /srv/a r,")), "3 rule-overruled");
  assert.equal(await codes(t, profile("/srv/** rw,\ndeny /srv/keys/** rw,\n/srv/keys/a rk,")), "4 letter-overruled");
  assert.equal(await codes(t, profile("/srv/** rw,\ndeny /srv/keys/** rw,\n/srv/keys/a r,")), "4 rule-overruled");
  // it keeps the log quiet
  assert.equal(await codes(t, profile("/x r,\ndeny /srv/a r,")), "");
  assert.equal(await codes(t, profile("/x r,\naudit deny /srv/a r,")), "3 rule-covered");
});

test("paths that no kernel asks about", async (t) => {
  assert.equal(await codes(t, profile("/srv/../etc/x r,\n/srv/{.,a}/x r,\n/srv/.hidden r,")), "2 path-impossible");
  assert.equal(
    await codes(t, profile("/srv/ m,\n/srv/ r,\n/srv/*/ ix,")),
    "2 directory-executed, 4 directory-executed",
  );
});

test("what is written and run", async (t) => {
  assert.equal(await codes(t, profile("/srv/*.so m,\n/srv/** w,")), "3 write-execute");
  assert.equal(await codes(t, profile("/srv/*.so m,\n/srv/*.txt w,")), "");
  assert.equal(await codes(t, profile("/srv/bin/* ix,\n/srv/** w,\ndeny /srv/bin/** w,")), "");
  assert.equal(await codes(t, profile("/srv/bin/* ix,\nowner /srv/** w,")), "3 write-execute");
});

test("ways out of the profile", async (t) => {
  assert.equal(await codes(t, profile("/usr/bin/sudo Ux,")), "2 exec-unconfined");
  assert.equal(await codes(t, profile("/etc/cron.d/x w,")), "2 writes-start-up");
  assert.equal(
    await codes(t, profile("/etc/cron.d/* r,\n/etc/** rw,\ndeny /etc/{a..z,cron.d}/** w,")).then((text) =>
      text.includes("writes-policy"),
    ),
    true,
  );
  assert.equal(await codes(t, profile("/etc/apparmor.d/* w,")), "2 writes-policy");
  const two = "profile p {\n/opt/q w,\n}\nprofile q /opt/q {\n}\n";
  assert.equal(await codes(t, two), "2 writes-program, 2 writes-start-up");
});

test("targets that are not there", async (t) => {
  assert.equal(await codes(t, profile("/usr/bin/q Px -> q,")), "2 exec-target-missing");
  assert.equal(await codes(t, profile("/usr/bin/q Px,")), "2 exec-attaches-nowhere");
  assert.equal(await codes(t, profile("/usr/bin/q Pix,")), "");
  assert.equal(await codes(t, `${profile("/usr/bin/q Px,")}profile q /usr/bin/q {\n}\n`), "");
  assert.equal(
    await codes(t, profile("change_profile -> q,\nchange_profile -> q*,")),
    "2 change-target-missing, 2 rule-covered",
  );
});

test("what may be missing elsewhere is not reported for a single file", async (t) => {
  const root = directory(t, { p: profile("/usr/bin/q Px -> q,\n/usr/bin/r Cx -> r,") });
  const { out } = await lint(root, NEWEST, "--gcc", join(root, "p"));
  assert.match(out, /^[^\n]*:3:1: [^\n]*no profile `p\/\/r`[^\n]*\n$/);
});

const pair = (other: string): string => `profile p {\nsignal send set=hup peer=q,\n}\nprofile q {\n${other}\n}\n`;

test("half of an agreement", async (t) => {
  assert.equal(await codes(t, pair("/x r,")), "2 peer-half");
  assert.equal(await codes(t, pair("signal receive set=hup peer=p,")), "");
  assert.equal(await codes(t, pair("signal receive set=term peer=p,")), "2 peer-half, 5 peer-half");
});

test("what the kernel or the ABI leaves out is said once for each kind", async (t) => {
  const text = profile("dbus send bus=session peer=(name=a),\ndbus send bus=system,\nuserns,\n/x r,");
  const old = await found(t, { "d/p": text }, { features: "tests/corpus/features/debian-kernel-6.1" });
  assert.deepEqual(old, [
    "2 rule-not-enforced: the kernel knows nothing of this use of `dbus`: the rule and 1 more are not enforced",
    "4 rule-not-enforced: the kernel knows nothing of this use of `userns`: the rule is not enforced",
  ]);
});

const unit = (settings: string): string => `[Service]\nExecStart=-/usr/bin/p --daemon\n${settings}\n`;

test("no_new_privs in a unit against a change of profile", async (t) => {
  const text = `${profile("/usr/bin/q Px,\n/usr/bin/r ix,\n/usr/bin/s Px -> &q,")}profile q /usr/bin/q {\n}\n`;
  const ask = async (files: Readonly<Record<string, string>>): Promise<readonly string[]> =>
    found(t, { "d/p": text, ...files }, { argv: ["--unit", "{root}/u"] });
  const said = "2 no-new-privs: `p.service` has `NoNewPrivileges`, so `/usr/bin/q` is not started in `q`";
  assert.deepEqual(await ask({ "u/p.service": unit("NoNewPrivileges=yes") }), [said]);
  assert.deepEqual(await ask({ "u/p.service": unit("NoNewPrivileges=yes\nNoNewPrivileges=no") }), []);
  assert.deepEqual(await ask({ "u/p.service": unit(""), "u/p.service.d/a.conf": "[Service]\nNoNewPrivileges=1\n" }), [
    said,
  ]);
  assert.deepEqual(await ask({ "u/p.service": unit("User=p\nSystemCallFilter=@system-service") }), [
    said.replace("`NoNewPrivileges`", "`User with SystemCallFilter`"),
  ]);
  assert.deepEqual(await ask({ "u/p.service": unit("SystemCallFilter=@system-service") }), []);
  assert.deepEqual(await ask({ "u/p.service": unit("NoNewPrivileges=yes").replace("bin/p", "bin/other") }), []);
});

test("comments silence with a reason; those that silence nothing are reported", async (t) => {
  const silenced = "/srv/** r,\n/srv/a r, # lint: allow rule-covered -- older kernels";
  assert.equal(await codes(t, profile(silenced)), "");
  assert.equal(await codes(t, profile("/srv/** r,\n# lint: allow rule-covered -- older kernels\n/srv/a r,")), "");
  assert.equal(await codes(t, profile("/srv/** r,\n/srv/a r, # lint: allow rule-covered")), "3 silence-without-reason");
  assert.equal(await codes(t, profile("/srv/** r, # lint: allow rule-covered -- no reason")), "2 silence-unused");
});

test("the configuration changes severities, makes exceptions, and is not passed over where it is wrong", async (t) => {
  const text = profile("capability sys_admin,\n/usr/bin/sudo Ux,");
  const root = directory(t, {
    "d/p": text,
    "d/.armorer-lint.json": JSON.stringify({
      severity: { capability: "off", "lint/exec-unconfined": "error" },
      allow: [{ code: "peer-half", profile: "q", reason: "made elsewhere" }],
    }),
    none: JSON.stringify({ allow: [{ code: "exec-unconfined", profile: "p", reason: "it is a shell" }] }),
    wrong: JSON.stringify({ severity: { nothing: "off" } }),
    reasonless: JSON.stringify({ allow: [{ code: "capability", profile: "p" }] }),
  });
  const one = await lint(root, NEWEST, "--gcc", join(root, "d"));
  assert.equal(one.status, 1);
  assert.match(one.out, /^[^\n]*:3:1: error: [^\n]*\n$/);
  assert.match(one.err, /allows lint\/peer-half in `q`, where it is not found/);
  const other = await lint(root, NEWEST, "--gcc", "--config", join(root, "none"), join(root, "d"));
  assert.equal(other.status, 0);
  assert.match(other.out, /^[^\n]*:2:1: [^\n]*capability[^\n]*\n$/);
  for (const name of ["wrong", "reasonless", "missing"]) {
    const refused = await lint(root, NEWEST, "--config", join(root, name), join(root, "d"));
    assert.equal(refused.status, 1);
    assert.match(refused.err, new RegExp(`${name}: `));
    assert.equal(refused.out, "");
  }
});

test("a configuration, a unit or a drop-in that is there and is no file is not passed over; a masked one is", async (t) => {
  const root = directory(t, { "d/p": profile("/srv/a r,"), "u/p.service": unit("NoNewPrivileges=yes") });
  mkdirSync(join(root, "d/.armorer-lint.json"));
  const refused = await lint(root, NEWEST, join(root, "d"));
  assert.match(refused.err, /\.armorer-lint\.json: Is a directory/);
  assert.equal(refused.status, 1);
  rmdirSync(join(root, "d/.armorer-lint.json"));
  symlinkSync("nowhere", join(root, "d/.armorer-lint.json"));
  assert.equal((await lint(root, NEWEST, join(root, "d"))).status, 1);
  rmSync(join(root, "d/.armorer-lint.json"));
  mkdirSync(join(root, "u/p.service.d"));
  symlinkSync("/dev/null", join(root, "u/p.service.d/masked.conf"));
  symlinkSync("/dev/null", join(root, "u/masked.service"));
  assert.equal((await lint(root, NEWEST, "--unit", join(root, "u"), join(root, "d"))).status, 0);
  symlinkSync("nowhere", join(root, "u/p.service.d/gone.conf"));
  const gone = await lint(root, NEWEST, "--unit", join(root, "u"), join(root, "d"));
  assert.match(gone.err, /gone\.conf: No such file or directory/);
  assert.equal(gone.status, 1);
});

test("--fix takes out what can go, keeps what it says, and leaves comments alone", async (t) => {
  const before = profile("# all of it\n/srv/** r,\n/srv/a r,\n/srv/b r, # twice\n/usr/bin/sudo Ux,");
  const root = directory(t, { "d/p": before });
  const { status, err } = await lint(root, NEWEST, "--fix", join(root, "d"));
  assert.equal(status, 0);
  assert.match(err, /2 rules removed/);
  const after = readFileSync(join(root, "d/p"), "utf8");
  assert.match(after, /# all of it\n\/srv\/\*\* r,\n/);
  assert.doesNotMatch(after, /\/srv\/[ab] r/);
  assert.equal(await codes(t, after), "5 exec-unconfined");
});

test("--strict makes warnings count, SARIF has the codes, and a file that is wrong is skipped loudly", async (t) => {
  const root = directory(t, { "d/p": profile("/srv/** r,\n/srv/a r,"), "d/q": "profile q {\n/x zz,\n}\n" });
  const strict = await lint(root, NEWEST, "--strict", join(root, "d/p"));
  assert.equal(strict.status, 1);
  const whole = await lint(root, NEWEST, "--sarif", join(root, "d"));
  assert.equal(whole.status, 1);
  assert.match(whole.err, /\/q was skipped: /);
  const log: { runs: { results: { ruleId: string; level: string }[] }[] } = JSON.parse(whole.out);
  assert.deepEqual(
    log.runs.flatMap(({ results }) => results.map(({ level, ruleId }) => `${level} ${ruleId}`)),
    ["warning lint/rule-covered"],
  );
});

test("a rule for what no known kernel looks at is not enforced, and stays", async (t) => {
  // 5.0.2 gives the same bytes without the rule
  assert.equal(await codes(t, profile("/srv/a r,\nmqueue create type=sysv 99,")), "3 rule-not-enforced");
  assert.equal(await codes(t, profile("/srv/a r,\nmqueue create type=posix /q,")), "");
});

test("a letter that an exec brings along is covered, whatever a deny rule takes elsewhere", async (t) => {
  assert.equal(await codes(t, profile("deny /opt/x m,\n/opt/* mrix,")), "3 letter-covered");
  assert.equal(await codes(t, profile("deny /opt/* m,\n/opt/x mr,")), "3 letter-overruled");
});

const commented = (line: string): string => `profile a /usr/bin/a {\n  ${line}\n  /x r,\n}\n`;

test("a comment whose word is nearly `include` is reported, other comments are not", async (t) => {
  for (const line of ["#inlcude <abstractions/base>", "#incldue if exists <local/a>", '#inclde "x"', "#Include <x>"])
    assert.equal(await codes(t, commented(line)), "2 comment-include", line);
  for (const line of [
    "# inlcude <abstractions/base>",
    "#include if exists <x>",
    "#inlcude abstractions/base",
    "#inlcude <x> is a mistake that people make",
    "#html <b>",
    "/y r, #inlcude <x>",
  ])
    assert.equal(await codes(t, commented(line)), "", line);
  assert.equal(await codes(t, commented("# lint: allow comment-include -- as it was found\n  #inlcude <x>")), "");
});

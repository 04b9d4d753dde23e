import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { capturedIo } from "../../../tests/support/captured-io.ts";
import { runArmorer } from "./index.ts";

interface Answer {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

interface Place {
  readonly run: (...argv: readonly string[]) => Promise<Answer>;
  readonly path: (name: string) => string;
}

const policy = [
  "@{MAIL}=/srv/mail",
  "profile courier /usr/bin/courier {",
  "  @{MAIL}/** rw,",
  "  deny @{MAIL}/*/private/** w,",
  "  /usr/bin/gpg Px -> gpg,",
  "  capability net_bind_service,",
  "}",
  "profile gpg {\n  /usr/share/gnupg/** r,\n}",
  "",
].join("\n");

function directory(context: TestContext, suite: string): Place {
  const root = mkdtempSync(join(tmpdir(), "armorer-test-"));
  context.after(() => rmSync(root, { recursive: true }));
  writeFileSync(join(root, "courier"), policy);
  writeFileSync(join(root, "mail.aatest"), suite);
  const features = join(import.meta.dirname, "../../../../policy/abi/5.0");
  const run = async (...argv: readonly string[]): Promise<Answer> => {
    const { io, bytes, text } = capturedIo({ escapes: "always" });
    const status = await runArmorer(["test", "-M", features, ...argv], { ...io, workingDirectory: root });
    return { status, out: bytes("out").toString("utf8"), err: text("err") };
  };
  return { run, path: (name) => join(root, name) };
}

const good = [
  'test "mail" for courier {',
  "  all  @{MAIL}/*/inbox/** rw,",
  "  none @{MAIL}/*/private/** w,",
  "  none capability sys_admin,",
  "  some /usr/bin/* x,",
  "  all  /usr/bin/gpg Px -> gpg,",
  "}",
  "test others for * except courier {",
  "  none @{MAIL}/** r,",
  "}",
  "",
].join("\n");

test("expectations that hold are passed, and the suites beside the policy are found", async (t) => {
  const { run, path } = directory(t, good);
  const { status, out, err } = await run(path("courier"));
  assert.deepEqual([status, out], [0, "ok  mail\nok  others\n"]);
  assert.equal(err, "2 of 2 tests passed; 6 expectations decided\n");
});

test("a failure shows what is in the way as a rule, an access, and the lines", async (t) => {
  const { run, path } = directory(t, "test t for courier {\n  all @{MAIL}/** rw,\n  none @{MAIL}/a/** r,\n}\n");
  const { status, out } = await run(path("courier"));
  assert.equal(status, 1);
  const lines = out.split("\n").map((line) => line.trim());
  for (const wanted of [
    "/srv/mail/*/private/** w,",
    "/srv/mail/a/** r,",
    `${path("courier")}:4: deny @{MAIL}/*/private/** w,`,
    `${path("courier")}:3: @{MAIL}/** rw,`,
  ])
    assert(lines.includes(wanted), `${wanted} is not in ${out}`);
});

test("what cannot be decided is no success", async (t) => {
  const { run, path } = directory(t, "test t for courier {\n  none bogus,\n}\n");
  assert.equal((await run(path("courier"))).status, 2);
  writeFileSync(path("mail.aatest"), "test t for nobody {\n  none /x r,\n}\n");
  const nobody = await run(path("courier"));
  assert.equal(nobody.status, 2);
  assert.match(nobody.err, /mail\.aatest:1: there is no profile `nobody`/);
  writeFileSync(path("mail.aatest"), "");
  assert.equal((await run(path("courier"))).status, 2);
  rmSync(path("mail.aatest"));
  assert.match((await run(path("courier"))).err, /there is no file \*\.aatest in /);
});

const chain = [
  "profile web flags=(complain) {\n  /usr/bin/a Px -> a,\n}",
  "profile a {\n  /usr/bin/b Ux,\n  /etc/apparmor.d/a w,\n}",
  "profile b /usr/bin/b {\n  /usr/bin/logger ix,\n}",
  "",
].join("\n");

test("never reach is decided, and a failure shows the way with the lines of its rules", async (t) => {
  const { run, path } = directory(t, "test t for web, b {\n  never reach unconfined,\n  never reach policy,\n}\n");
  writeFileSync(path("courier"), chain);
  const { status, out } = await run(path("courier"));
  assert.equal(status, 1);
  const lines = out.split("\n").map((line) => line.trim());
  for (const wanted of [
    "mail.aatest:2: web: never reach unconfined,",
    "exec /usr/bin/a: web starts it, with a clean environment -> a; exec /usr/bin/b: a starts it, with a clean environment -> unconfined",
    "courier:2: /usr/bin/a Px -> a,",
    "courier:5: /usr/bin/b Ux,",
    "mail.aatest:3: web: never reach policy,",
    "courier:6: /etc/apparmor.d/a w,",
  ])
    assert(
      lines.some((line) => line.replaceAll(`${path("")}/`, "").replaceAll(path(""), "") === wanted),
      `${wanted} is not in ${out}`,
    );
  assert(!out.includes(": b: never"), out);
});

test("never reach holds where there is no way, complain mode or not, and is undecided where policy is missing", async (t) => {
  const { run, path } = directory(t, "test t for web {\n  never reach unconfined,\n}\n");
  writeFileSync(path("courier"), chain.replace("/usr/bin/b Ux", "/usr/bin/b Px"));
  assert.equal((await run(path("courier"))).status, 0);
  writeFileSync(path("broken"), "profile c {\n  /x ,,\n");
  const { status, out } = await run(path("."), path("mail.aatest"));
  assert.equal(status, 2, out);
  assert.match(out, /was skipped/);
});

test("TAP, JUnit and JSON say the same", async (t) => {
  const { run, path } = directory(t, "test fine for courier { all @{MAIL}/x r, }\ntest bad for gpg { all /<&> r, }\n");
  const tap = await run("--tap", path("courier"));
  assert.match(tap.out, /^TAP version 14\n1\.\.2\nok 1 - fine\nnot ok 2 - bad\n# /);
  const junit = await run("--junit", path("courier"));
  assert.match(junit.out, /tests="2" failures="1" errors="0"/);
  assert.match(junit.out, /all \/&lt;&amp;&gt; r,/);
  const { schema, tests } = JSON.parse((await run("--json", path("courier"))).out);
  assert.equal(schema, "armorer/test/1");
  assert.deepEqual(
    tests.map((one: { readonly results: readonly { readonly outcome: string }[] }) => one.results[0]?.outcome),
    ["passed", "failed"],
  );
});

test("JUnit has every reason as a message, also of what is wrong in a suite", async (t) => {
  const { run, path } = directory(
    t,
    "test nobody for nowhere { all /x r, }\ntest odd for gpg { all bogus, }\ntest bad for gpg { all /x r, }\n",
  );
  writeFileSync(path("broken.aatest"), "what is this\n");
  writeFileSync(path("half.aatest"), "test half for gpg, nowhere { none /x r, }\n");
  const { out, status } = await run("--junit", path("courier"));
  assert.equal(status, 1);
  const cases = [...out.matchAll(/<testcase name="([^"]*)"[^>]*>\s*<(\w+) message="([^"]+)">/g)].map((found) =>
    found.slice(1),
  );
  const of = (name: string): readonly string[] | undefined => cases.find(([one]) => one === name);
  assert.deepEqual(of("nobody"), ["nobody", "error", "there is no profile `nowhere`"]);
  assert.deepEqual(of("half"), ["half", "error", "there is no profile `nowhere`"]);
  assert.equal(of("odd")?.[1], "error");
  assert.match(of("odd")?.[2] ?? "", /^gpg: all bogus, \S/);
  assert.match(of("bad")?.[2] ?? "", /^gpg: all \/x r, this is not allowed$/);
  assert.equal(cases.filter(([name]) => name?.startsWith("line ")).length, 1, out);
  assert.doesNotMatch(out, /<(?:error|failure)>|message=""/);
});

test("a directory stands for the suites in it", async (t) => {
  const { run, path } = directory(t, good);
  mkdirSync(path("tests"));
  assert.match((await run(path("courier"), path("tests"))).err, /there is no file \*\.aatest in .*\/tests\n/);
  writeFileSync(path("tests/b.aatest"), "test b for gpg { none /x r, }\n");
  writeFileSync(path("tests/a.aatest"), "test a for gpg { none /x r, }\n");
  writeFileSync(path("tests/notes"), "no suite\n");
  assert.deepEqual(await run(path("courier"), `${path("tests")}/`, path("mail.aatest")), {
    status: 0,
    out: "ok  a\nok  b\nok  mail\nok  others\n",
    err: "4 of 4 tests passed; 8 expectations decided\n",
  });
});

test("coverage lists rules that nobody asks about, and mutants that nobody would notice", async (t) => {
  const { run, path } = directory(t, "test t for courier {\n  all @{MAIL}/x rw,\n}\n");
  const { out } = await run("--coverage", "--mutations", path("courier"));
  assert.match(out, /coverage of courier: 1 of 4 rules\n/);
  assert.match(out, /no expectation touches \S+:6: capability net_bind_service,\n/);
  assert.match(out, /not noticed, deny dropped: \S+:4: deny/);
  assert.doesNotMatch(out, /not noticed, dropped: \S+:3: /);
});

test("mutants of a profile with children, of a child and of a hat keep what such profiles may do without a rule", async (t) => {
  const { run, path } = directory(t, "test t for * {\n  none /z r,\n}\n");
  const body = "  /q rw,\n  deny /srv/x/** w,\n  capability kill,\n";
  const family = [
    `profile alone {\n${body}}`,
    `profile outer {\n${body}  profile inner {\n${body}  }\n  hat h {\n${body}  }\n}`,
    `profile deep {\n${body}  profile a {\n${body}  }\n}`,
  ];
  writeFileSync(path("courier"), `${family.join("\n")}\n`);
  const { out } = await run("--mutations", path("courier"));
  const scores = [...out.matchAll(/mutants of (\S+): (.*)/g)].map(([, name, score]) => [name, score]);
  const alone = scores.find(([name]) => name === "alone")?.[1];
  assert.match(alone ?? "", /^0 of 3 noticed, 2 change nothing/, out);
  // The same rules have the same mutants, wherever they are.
  assert.deepEqual(
    scores,
    ["alone", "outer", "outer//inner", "outer//h", "deep", "deep//a"].map((name) => [name, alone]),
  );
  assert.doesNotMatch(out, /attr\/current|change_profile/);
});

const LOG = [
  'audit: type=1400 audit(1764374400.123:42): apparmor="DENIED" operation="open" class="file" profile="courier" name="/srv/mail/ann/inbox/1" pid=1 comm="c" requested_mask="r" denied_mask="r" fsuid=1000 ouid=1000',
  'audit: type=1400 audit(1764374400.124:43): apparmor="DENIED" operation="open" class="file" profile="courier" name="/etc/shadow" pid=1 comm="c" requested_mask="r" denied_mask="r" fsuid=0 ouid=0',
  'audit: type=1400 audit(1764374400.125:44): apparmor="DENIED" operation="open" class="file" profile="other" name="/etc/shadow" pid=1 comm="c" requested_mask="r" denied_mask="r" fsuid=0 ouid=0',
  "nothing",
  "",
].join("\n");

test("--init --log writes what a log shows, and all of it holds", async (t) => {
  const { run, path } = directory(t, "");
  writeFileSync(path("log"), LOG);
  const made = await run("--init", "courier", "--log", path("log"), "-o", path("logged.aatest"), path("courier"));
  assert.deepEqual(
    { status: made.status, err: made.err },
    { status: 0, err: "armorer test: 1 event is about other profiles\narmorer test: 1 line is no event of AppArmor\n" },
  );
  const text = readFileSync(path("logged.aatest"), "utf8");
  assert.match(
    text,
    /^test "courier may do what the log shows" for courier \{\n {2}all {2}owner "?\/srv\/mail\/ann\/inbox\/1"? r,\n\}\n/,
  );
  assert.match(text, /may not do what was refused" for courier \{\n {2}none owner "?\/etc\/shadow"? r,\n\}/);
  assert.equal((await run(path("courier"), path("logged.aatest"))).status, 0);
  assert.equal((await run("--init", "gpg", "--log", path("log"), path("courier"))).status, 2);
  assert.equal((await run("--init", "courier", "--log", path("none"), path("courier"))).status, 2);
  assert.equal((await run("--log", path("log"), path("courier"))).status, 2);
});

test("--init writes a suite that holds and notices every single-rule mutant", async (t) => {
  const { run, path } = directory(t, "");
  assert.equal((await run("--init", "courier", "-o", path("first.aatest"), path("courier"))).status, 0);
  assert.match(readFileSync(path("first.aatest"), "utf8"), /^test "courier does what it is for" for courier \{\n/);
  const { status, out } = await run("--mutations", "--coverage", path("courier"), path("first.aatest"));
  assert.equal(status, 0);
  const [, noticed, different] = /mutants of courier: (\d+) of (\d+) noticed/.exec(out) ?? [];
  assert.equal(noticed, different);
  assert.match(out, /coverage of courier: 4 of 4 rules/);
  assert.equal((await run("--init", "courier", "-o", path("first.aatest"), path("courier"))).status, 2);
  assert.equal((await run("--init", "nobody", path("courier"))).status, 2);
  writeFileSync(path("first.aatest"), "mine\n");
  const again = await run("--init", "courier", "-o", path("first.aatest"), path("courier"));
  assert.match(again.err, /File exists\n`--force` writes over it\.\n/);
  assert.equal(readFileSync(path("first.aatest"), "utf8"), "mine\n");
  assert.equal((await run("--init", "courier", "--force", "-o", path("first.aatest"), path("courier"))).status, 0);
  assert.match(readFileSync(path("first.aatest"), "utf8"), /^test "courier does/);
  assert.equal((await run("--force", path("courier"))).status, 2);
});

test("expectations about a stack say which of its profiles is in the way, and that what it reaches is not decided", async (t) => {
  const place = directory(
    t,
    'test "stack" for courier//&gpg {\n  none /usr/share/gnupg/a r,\n  none @{MAIL}/a r,\n  all @{MAIL}/a r,\n  never reach unconfined,\n}\n',
  );
  const { status, out, err } = await place.run(place.path("courier"));
  assert.equal(status, 1);
  assert.match(out, /all @\{MAIL\}\/a r,\n +this is not allowed: all or a part is refused by `gpg`\n/);
  assert.match(out, /never reach unconfined,\n +what a stack reaches is not decided\n/);
  assert.doesNotMatch(out, /none /);
  assert.match(err, /0 of 1 tests passed, 1 failed; 4 expectations decided/);
});

test("what shows that a rule was widened is nothing that the rule allows, of directories, too", async (t) => {
  const { run, path } = directory(t, 'test "x" for box { none /y r, }\n');
  writeFileSync(
    path("courier"),
    "profile box {\n  /srv/full/ r,\n  /srv/full/** r,\n  /srv/box/ r,\n  /srv/a r,\n  /srv/b/* r,\n}\n",
  );
  const { mutations } = JSON.parse((await run("--json", "--mutations", path("courier"))).out);
  const witnesses = mutations[0].missed.flatMap(({ change, witness }: { change: string; witness: string }) =>
    change === "widened" ? [witness] : [],
  );
  assert.deepEqual(witnesses, ["/srv/box/a r,", "/srv/aa r,", "/srv/b/a/ r,"]);
});

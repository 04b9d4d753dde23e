/** `armorer explain` about events, and what questions are told that are none. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { machine } from "../../../tests/support/machine.ts";

const good = "abi <kernel>,\nprofile good /usr/bin/good {\n  /srv/x r,\n  include if exists <local/good>\n}\n";
const event = (name: string, profile = "good", type = "DENIED"): string =>
  `type=AVC msg=audit(1764374400.123:42): apparmor="${type}" operation="open" class="file" profile="${profile}" name="${name}" pid=7 comm="x" requested_mask="r" denied_mask="r" fsuid=0 ouid=0\n`;
const loaded =
  'type=AVC msg=audit(1764374401.123:43): apparmor="STATUS" operation="profile_load" profile="unconfined" name="good" pid=9 comm="apparmor_parser"\n';

test("of a refusal that the policy permits by now nobody is told how to refuse it, but what to load", async (t) => {
  const { path, run } = machine(t, { "policy/tunables/t": "", "policy/good": good });
  const { status, out } = await run(["explain", path("policy/good"), "--event", event("/srv/x")]);
  assert.equal(status, 0);
  assert.match(out, /^good \(enforce\): owner \/srv\/x r, allowed$/m);
  assert.doesNotMatch(out, /smallest edit|deny|no single edit/);
  const root = path("").replace(/\/$/, "");
  const load = `armorer load --root ${root} --base ${path("policy")} ${path("policy/good")}`;
  assert.ok(out.endsWith(`  it was refused when it was logged, by other policy than this; load this: ${load}\n`), out);
  const json = JSON.parse((await run(["explain", "--json", path("policy/good"), "--event", event("/srv/x")])).out);
  assert.deepEqual([json.answers[0].isPermittedNow, json.answers[0].edit], [true, undefined]);
  const rule = await run(["explain", path("policy/good"), "good", "/srv/x r"]);
  assert.match(rule.out, /the smallest edit after which it is refused/, "a rule that is asked is another matter");
  const other = await run(["explain", path("policy/good"), "--event", event("/srv/y")]);
  assert.match(other.out, /\+ {2}owner \/srv\/y r,/);
});

test("explain reads a log that is named, each refusal once", async (t) => {
  const log = `Nov 30 10:00:00 srv systemd[1]: started\n${event("/srv/y").repeat(3)}${loaded}${event("/srv/z")}`;
  const { path, run } = machine(t, { good, log, "var/log/audit/audit.log": event("/srv/a") });
  const { status, out, err } = await run(["explain", "--log", path("log"), path("good")]);
  assert.equal(status, 0, err);
  assert.deepEqual(out.match(/^good .*$/gm), [
    "good (enforce): owner /srv/y r, refused",
    "good (enforce): owner /srv/z r, refused",
  ]);
  assert.equal(err, `read 6 lines of ${path("log")}: 2 events\n`);
  const own = await run(["explain", "--source", "audit-log", path("good")]);
  assert.match(own.out, /^good \(enforce\): owner \/srv\/a r, refused$/m);
  const missing = await run(["explain", "--log", path("nowhere"), path("good")]);
  assert.deepEqual([missing.status, missing.out], [1, ""]);
  assert.match(missing.err, /nowhere: No such file or directory/);
  const empty = await run(["explain", "--log", path("good"), path("good")]);
  assert.equal(empty.status, 1);
  assert.match(empty.err, /^note: no event of AppArmor in \d+ lines$/m);
  const both = await run(["explain", "--log", path("log"), "--event", event("/srv/x"), path("good")]);
  assert.equal(both.status, 2);
  const named = await run(["explain", path("good"), "--event", path("log")]);
  assert.ok(named.err.includes(`note: ${path("log")} is a file; --log reads the events of one\n`), named.err);
});

test("an event that is skipped is named", async (t) => {
  const { path, run } = machine(t, { good });
  const one = await run(["explain", path("good"), "--event", event("/srv/x", "gone")]);
  assert.match(one.err, /^armorer explain: an event was skipped: .*`gone`.* \(gone: open \/srv\/x r.*\)$/m);
});

test("operands that the shell took apart, or in another order, are put right in the answer", async (t) => {
  const { path, run } = machine(t, { good, "x.aatest": 'test "x" for good { all /srv/x r, }\n' });
  const [policy, suite] = [path("good"), path("x.aatest")];
  for (const [argv, meant] of [
    [["explain", policy, "good", "/srv/x", "r"], `armorer explain ${policy} good '/srv/x r'`],
    [["query", policy, "owner", "/srv/x", "r"], `armorer query ${policy} 'owner /srv/x r'`],
    [["explain", "good", policy, "/srv/x r"], `armorer explain ${policy} good '/srv/x r'`],
    [["query", "/srv/x r", policy], `armorer query ${policy} '/srv/x r'`],
    [["test", suite, policy], `armorer test ${policy} ${suite}`],
  ] as const) {
    const refused = await run(argv);
    assert.notEqual(refused.status, 0);
    assert.ok(refused.err.includes(`\`${meant}\``), `${argv.join(" ")}: ${refused.err}`);
    const [, ...words] = [...meant.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
    const followed = await run(words);
    assert.equal(followed.status, 0, followed.err);
  }
});

test("a rule that is none is told by what it is, with the word that may be meant", async (t) => {
  const { path, run } = machine(t, { good });
  for (const verb of [
    ["query", path("good")],
    ["explain", path("good"), "good"],
  ]) {
    for (const [rule, said] of [
      ["capability sysadmin", "unknown capability `sysadmin`; did you mean `sys_admin`?"],
      ["/srv/x", "expected permissions after the path, but the rule ends there"],
      ["/srv/x,", "expected permissions after the path, but the rule ends there"],
    ] as const) {
      const { status, err } = await run([...verb, rule]);
      assert.equal(status, 2);
      assert.ok(err.includes(`: ${said}\n`), err);
    }
  }
});

test("a file that is left out is named once, with the line in which it is wrong", async (t) => {
  const { path, run } = machine(t, {
    "policy/good": good,
    "policy/bad": "abi <kernel>,\nprofile bad {\n  /usr/bin/x x,\n}\n",
    "policy/worse": "abi <kernel>,\nprofile worse {\n  include <abstractions/a>\n}\n",
    "policy/abstractions/a": "  /a r,\n  capabilty kill,\n",
    "policy/third": "abi <kernel>,\nprofile third {\n  /x ix,\n  /x px,\n}\n",
  });
  const own = "bad was skipped: `x` needs an exec mode (line 3)\n";
  const included = `worse was skipped: no rule starts with \`capabilty\` (${path("policy/abstractions/a")}:2)\n`;
  for (const argv of [
    ["query", path("policy"), "/x r"],
    ["explain", path("policy"), "good", "/x r"],
    ["reach", path("policy"), "good"],
  ]) {
    const { err } = await run(argv);
    assert.ok(err.includes(own) && err.includes(included), err);
    assert.match(err, /third was skipped: .* \(line 4\)\n/);
  }
  const nobody = await run(["explain", path("policy"), "nobody", "/x r"]);
  assert.equal(nobody.err.match(/exec mode \(line 3\)/g)?.length, 1, nobody.err);
  assert.equal(nobody.err.match(/was skipped/g)?.length, 3, nobody.err);
});

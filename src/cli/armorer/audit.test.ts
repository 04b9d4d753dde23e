import assert from "node:assert/strict";
import { test } from "node:test";
import { machine } from "../../../tests/support/machine.ts";

const good = "abi <kernel>,\nprofile good /usr/bin/good {\n  /etc/good r,\n}\n";

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
  const { out, status } = await run(["audit", ...both, "--json", "--json-lines"]);
  assert.equal(status, 2);
  assert.deepEqual(JSON.parse(out), {
    schema: "armorer/audit/1",
    ok: false,
    refusals: ["choose one of --json and --json-lines"],
  });
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

test("audit says how a directory is named, and which kinds there are", async (t) => {
  const { path, run } = machine(t, { other: log });
  const file = await run(["audit", "--log", path("other"), "--name", "/etc"]);
  assert.match(file.err, /^note: --name \/etc is one file; --name \/etc\/ is all below a directory$/m);
  const directory = await run(["audit", "--log", path("other"), "--name", "/etc/"]);
  assert.match(directory.out, /\/etc\/hosts/);
  assert.doesNotMatch(directory.err, /--name/);
  assert.doesNotMatch((await run(["audit", "--log", path("other"), "--name", "/nowhere/"])).err, /--name/);
  const kind = await run(["audit", "--log", path("other"), "--kind", "caps"]);
  assert.equal(kind.status, 2);
  assert.match(kind.err, /--kind needs a kind of event, such as file: caps: there are .*\bcapability\b.*\bnetwork\b/);
});

test("audit and learn name the profiles of the log where another was asked for", async (t) => {
  const many = ["a", "b", "c", "d"]
    .map((name, at) =>
      denied(
        60 + at,
        'operation="open" class="file" name="/x" requested_mask="r" denied_mask="r" fsuid=0 ouid=0',
      ).replace('"good"', `"profile-${name}"`),
    )
    .join("");
  const { path, run } = machine(t, { other: log, many, "etc/apparmor.d/good": good });
  for (const verb of ["audit", "learn"]) {
    const one = await run([verb, "--log", path("other"), "--profile", "/usr/bin/entirely-else"]);
    assert.equal(one.status, 1);
    assert.match(one.err, /no event of a profile `\/usr\/bin\/entirely-else`; the log speaks of `good`\n/);
    const several = await run([verb, "--log", path("many"), "--profile", "/usr/bin/entirely-else"]);
    assert.match(several.err, /; the log speaks of `profile-a`, `profile-b`, `profile-c` and 1 more\n/);
  }
});

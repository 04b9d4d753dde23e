/** What a log may ask for, by whoever wrote into it: nothing that nobody confirmed, nothing in another profile, no file but its own. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { MAX_DIFFERENT } from "../../src/app/index.ts";
import { runArmorer } from "../../src/cli/armorer/index.ts";
import { sourceFile } from "../../src/foundation/text/index.ts";
import { parse } from "../../src/language/syntax/index.ts";
import { capturedIo } from "../support/captured-io.ts";

const WEB = "profile web /usr/bin/web {\n  /etc/web r,\n}\n";
const aafs = "sys/kernel/security/apparmor";

interface Answer {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

interface Machine {
  readonly run: (argv: readonly string[], log: string) => Promise<Answer>;
  /** The policy directory: names and texts. */
  readonly policy: () => Readonly<Record<string, string>>;
}

function machine(context: TestContext, files: Readonly<Record<string, string>>): Machine {
  const root = mkdtempSync(join(tmpdir(), "armorer-hostile-log-"));
  context.after(() => rmSync(root, { recursive: true }));
  const base = join(root, "etc/apparmor.d");
  mkdirSync(base, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(base, name)), { recursive: true });
    writeFileSync(join(base, name), text);
  }
  const kernel: Readonly<Record<string, string>> = {
    "proc/mounts": "securityfs /sys/kernel/security securityfs rw 0 0\n",
    [`${aafs}/features/policy/versions/v9`]: "yes\n",
    [`${aafs}/features/file/mask`]: "create read write exec append mmap_exec link lock\n",
    [`${aafs}/features/caps/mask`]: "chown kill sys_admin\n",
    [`${aafs}/features/signal/mask`]: "hup int kill term\n",
  };
  for (const [path, text] of Object.entries(kernel)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return {
    run: async ([verb = "", ...rest], log) => {
      writeFileSync(join(root, "log"), log);
      const { io, text } = capturedIo({ escapes: "always" });
      const status = await runArmorer([verb, "--root", root, "--log", join(root, "log"), ...rest], io);
      return { status, out: text("out"), err: text("err") };
    },
    policy: () => Object.fromEntries(readdirSync(base).map((name) => [name, readFileSync(join(base, name), "latin1")])),
  };
}

const record = (body: string, serial = 1): string =>
  `type=AVC msg=audit(1700000000.001:${serial}): apparmor="DENIED" ${body}\n`;
const fileBody = (profile: string, name: string): string =>
  `operation="open" class="file" profile="${profile}" name="${name}" pid=1 comm="t" requested_mask="r" denied_mask="r" fsuid=0 ouid=0`;

const CAPABLE = 'operation="capable" profile="web" pid=1 comm="t" capability=5  capname=';

test("a capability's name that closes the profile and opens another one is refused, and it is said", async (t) => {
  const { run, policy } = machine(t, { web: WEB });
  const evil = `${CAPABLE}"kill, } profile evil /bin/sh flags=(unconfined) { capability kill"`;
  const { status, out, err } = await run(["learn", "--write", "--create"], record(evil));
  assert.deepEqual([status, out, policy()], [1, "", { web: WEB }]);
  assert.match(err, /^note: 1 event left out: a field holds a value that no rule can express \(capname .*evil/m);
});

/** A record of each class, with a value in every field that a rule may be made of. */
const CLASSES: readonly string[] = [
  'operation="open" class="file" profile="web" name="/a" pid=1 comm="t" requested_mask="r" denied_mask="r" fsuid=0 ouid=0',
  'operation="link" profile="web" name="/a" pid=1 comm="t" requested_mask="l" denied_mask="l" fsuid=0 ouid=0 target="/b"',
  'operation="exec" profile="web" name="/bin/a" pid=1 comm="t" requested_mask="x" denied_mask="x" fsuid=0 ouid=0 target="web//null-/bin/a"',
  'operation="open" profile="web" info="Failed name lookup - disconnected path" error=-13 name="a/b" pid=1 comm="t" requested_mask="r" denied_mask="r"',
  `${CAPABLE}"kill"`,
  'operation="create" profile="web" pid=1 comm="t" family="inet" sock_type="stream" protocol=6 requested_mask="create" denied_mask="create"',
  'operation="connect" profile="web" pid=1 comm="t" family="unix" sock_type="stream" protocol=0 requested_mask="send" denied_mask="send" addr="@a" peer_addr="@b" peer="db"',
  'operation="signal" profile="web" pid=1 comm="t" requested_mask="send" denied_mask="send" signal=term peer="db"',
  'operation="ptrace" profile="web" pid=1 comm="t" requested_mask="read" denied_mask="read" peer="db"',
  'operation="setrlimit" profile="web" pid=1 comm="t" rlimit=nofile value=200',
  'operation="mount" profile="web" name="/mnt" pid=1 comm="t" fstype="ext4" srcname="/dev/x" flags="rw, nosuid"',
  'operation="umount" profile="web" name="/mnt" pid=1 comm="t"',
  'operation="pivotroot" profile="web" name="/new" pid=1 comm="t" srcname="/old"',
  'operation="userns_create" class="namespace" profile="web" pid=1 comm="t" requested="userns_create" denied="userns_create"',
  'operation="uring_override" class="io_uring" profile="web" pid=1 comm="t" requested="override_creds" denied="override_creds" tcontext="db"',
  'operation="open" class="posix_mqueue" profile="web" name="/q" pid=1 comm="t" requested="open read" denied="open read"',
  'operation="change_profile" profile="web" name="db" pid=1 comm="t"',
  'operation="change_hat" profile="web" name="hat" pid=1 comm="t"',
  'operation="stack" profile="web" name="db" pid=1 comm="t"',
  'operation="dbus_method_call"  bus="system" path="/a" interface="a.b" member="C" mask="send" name="d.e" pid=1 label="web" peer_pid=2 peer_label="db"',
];

const MARK = "EVIL";
const VALUES: readonly string[] = [
  `kill, } profile ${MARK} /bin/sh flags=(unconfined) { capability kill`,
  `/x rw,\n  capability ${MARK},`,
  `/x", } profile ${MARK} { /** rwlkm, #`,
  `/x\\", ${MARK},`,
  `/x # ${MARK}\n/** rw,`,
  `send) peer=(label=${MARK} x`,
  `inet, ${MARK}`,
];

/** Every record with one value after the other bent, quoted as it is or in hexadecimal. */
function bentRecords(): readonly string[] {
  return CLASSES.flatMap((body) =>
    [...body.matchAll(/=("[^"]*"|[^\s"]+)/g)].flatMap((found) =>
      VALUES.flatMap((value) => {
        const hexadecimal = Buffer.from(value).toString("hex").toUpperCase();
        return [`"${value.replaceAll("\n", " ")}"`, hexadecimal].map(
          (written) => `${body.slice(0, found.index)}=${written}${body.slice(found.index + found[0].length)}`,
        );
      }),
    ),
  );
}

/** A text without its quoted words. */
function unquoted(text: string): string {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"/gs, '""');
}

test("whatever stands in whatever field of whatever class of event, it reaches the policy as a quoted word or not at all", async (t) => {
  const { run, policy } = machine(t, { web: WEB });
  const bent = bentRecords();
  const log = bent.map((body, index) => record(body, index + 1)).join("");
  const { out, status } = await run(["learn", "--write", "--create"], log);
  assert.equal(status, 1);
  const texts = Object.entries(policy());
  assert.ok(bent.length > 1500 && texts.length > 0 && out.includes(MARK));
  for (const [name, text] of texts) {
    assert.ok(!unquoted(text).includes(MARK), text);
    const { items, diagnostics } = parse(sourceFile(name, text));
    assert.deepEqual(
      diagnostics.filter(({ severity }) => severity === "error"),
      [],
    );
    assert.equal(items.filter(({ kind }) => kind === "profile").length, 1, text);
  }
});

test("records that somebody else wrote teach nothing, and their number is said", async (t) => {
  const { run, policy } = machine(t, { web: WEB });
  const body = `apparmor="DENIED" ${fileBody("web", "/evil")}`;
  const forged = [
    `Nov 22 08:52:44 h sshd[7]: Invalid user ${body} from 10.0.0.1`,
    `<86>1 2026-11-22T08:52:44.703Z h sshd 7 - [x y="z"] ${body}`,
    `<134>1 2026-11-22T08:52:44.703Z h sshd 7 - [x y="audit(1.2:3): ${body.replaceAll('"', "'")}"] ${body}`,
    JSON.stringify({ MESSAGE: `audit: type=1400 audit(1.2:3): ${body}`, _TRANSPORT: "syslog" }),
    JSON.stringify({ log: `audit: type=1400 audit(1.2:3): ${body}\n`, stream: "stdout" }),
  ];
  const { status, out, err } = await run(["learn", "--write"], `${forged.join("\n")}\n`);
  assert.deepEqual([status, out, policy()], [0, "", { web: WEB }]);
  assert.match(err, /^note: 5 lines not believed/m);
});

test("a file that holds another profile is not replaced, and two profiles do not meet in one file", async (t) => {
  const { run, policy } = machine(t, { api: WEB });
  const log = ["api", "/usr/bin/api", "usr.bin.api", "README", ".hidden", "x~"]
    .map((profile, index) => record(fileBody(profile, "/etc/hosts"), index + 1))
    .join("");
  assert.equal((await run(["learn", "--write", "--create"], log)).status, 0);
  const { api, ...fresh } = policy();
  assert.equal(api, WEB);
  assert.equal(Object.keys(fresh).length, 6);
  for (const text of Object.values(fresh)) assert.equal(text.match(/^profile /gm)?.length, 1, text);
  assert.deepEqual(
    Object.keys(fresh).filter((name) => /^(?:README|\..*|.*~)$/.test(name)),
    [],
  );
});

test("a number for which there is no capability gives no rule", async (t) => {
  const { run, policy } = machine(t, { web: WEB });
  const { status, err } = await run(
    ["learn", "--write"],
    record('operation="capable" profile="web" pid=1 comm="t" capability=41  capname="unknown"'),
  );
  assert.deepEqual([status, policy()], [1, { web: WEB }]);
  assert.match(err, /capname "unknown"|capability/);
});

test("an operation with an escape in it is printed without", async (t) => {
  const { run } = machine(t, {});
  const { out } = await run(["audit"], record('operation="op\u001b[31men" profile="web" name="/a" pid=1 comm="t"'));
  assert.ok(out.includes("op") && !out.includes("\u001b"), out);
});

test("a record without a profile takes nothing from the others", async (t) => {
  const { run, policy } = machine(t, {});
  const log = record(fileBody("", "/etc/hosts"), 1) + record(fileBody("api", "/etc/hosts"), 2);
  const { err } = await run(["learn", "--write", "--create"], log);
  assert.match(policy()["api"] ?? "", /\/etc\/hosts r,/);
  assert.match(err, /^note: 1 event left out: /m);
});

test("a link that would give execution is learned as a whole or not at all, and the next run says the same", async (t) => {
  const { run, policy } = machine(t, { web: WEB });
  const log = record(
    'operation="link" profile="web" name="/a" pid=1 comm="t" requested_mask="xm" denied_mask="xm" fsuid=0 ouid=0 target="/b"',
  );
  const first = await run(["learn", "--write"], log);
  assert.equal(policy()["web"]?.includes("/a m,"), false, policy()["web"]);
  assert.equal(first.out + first.err === "", false);
  const second = await run(["learn", "--write"], log);
  // what is said of the log; the first one wrote, and the second has nothing left to write
  const [before, now] = [first.err, second.err].map((err) => err.split("\n"));
  assert.deepEqual([second.status, now?.[0]], [first.status, before?.[0]]);
  assert.match(first.err, /\/web: written$/m);
  assert.deepEqual(now?.slice(1), ["note: nothing was to be written", ""]);
});

test("what goes beyond the number of different events is counted, in words and in JSON, and the status says so", async (t) => {
  const { run } = machine(t, {});
  const log = Array.from({ length: MAX_DIFFERENT + 7 }, (_, at) => record(fileBody("web", `/f${at}`), at + 1)).join("");
  const text = await run(["audit"], log);
  assert.equal(text.status, 1);
  assert.equal(text.out.match(/\n/g)?.length, MAX_DIFFERENT);
  assert.match(text.err, /^note: 7 events left out: at most \d+ different ones are kept apart$/m);
  const { status, out } = await run(["audit", "--json"], log);
  assert.equal(status, 1);
  assert.match(out, /"beyond":\s*7\b/);
});

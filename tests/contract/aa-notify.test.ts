/**
 * aa-notify (tools 23): what is counted and how, its settings; and notifications over a real session bus (dbus-daemon) to a stub of a notification
 * server, which keeps what it is asked to show.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { tool } from "../../src/cli/drop-in/aa-notify.ts";
import { type Desktop, asUser } from "../../src/cli/drop-in/notify/desktop.ts";
import { runTool } from "../../src/cli/drop-in/tool.ts";
import { type Bus, METHOD_CALL, openBus, ownName } from "../../src/host/index.ts";
import { capturedIo } from "../support/captured-io.ts";
import { repository } from "../support/sources.ts";

function place(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "armorer-notify-"));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

let serial = 0;
const record = (fields: string, type = "DENIED", seconds = 1_795_338_034): string =>
  `type=AVC msg=audit(${seconds}.100:${(serial += 1)}): apparmor="${type}" profile="notes" pid=12 ${fields}\n`;
const file = (name: string): string =>
  record(`operation="open" class="file" name="${name}" comm="cat" requested_mask="r" denied_mask="r" fsuid=0 ouid=0`);

const EVENTS = (): string =>
  file("/etc/shadow") +
  record(
    'operation="signal" class="signal" comm="cat" requested_mask="send" denied_mask="send" signal=term peer="unconfined"',
  ) +
  record('operation="capable" class="cap" comm="cat" capability=21  capname="sys_admin"', "ALLOWED") +
  record('operation="capable" class="cap" comm="sudo" capability=21  capname="sys_admin"') +
  record(
    'operation="create" class="net" comm="cat" family="inet" sock_type="stream" protocol=6 requested_mask="create" denied_mask="create"',
  ) +
  record(
    'operation="open" class="file" name="/old" comm="cat" requested_mask="r" denied_mask="r"',
    "DENIED",
    100_000_000,
  ) +
  record('operation="profile_load" name="x" comm="apparmor_parser"', "STATUS");

interface Run {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

async function run(argv: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Run> {
  const { io, text } = capturedIo();
  const status = await runTool(tool, argv, { ...io, environment });
  return { status, out: text("out"), err: text("err") };
}

test("denials are counted, and printed where that is wanted", async (t) => {
  const at = place(t);
  const log = join(at, "log");
  writeFileSync(log, EVENTS());
  const plain = await run(["-f", log, "-s", "9000", "--configdir", at]);
  assert.equal(plain.status, 0, plain.err);
  assert.match(plain.out, /^AppArmor denials: 5 \(since \w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\)\n$/);
  const all = await run(["-f", log, "-s", "9000", "-v", "--configdir", at]);
  assert.equal(
    all.out.replace(/\(since .*\)/, "(since)"),
    `Using log file ${log}\n` +
      `Profile: notes\nOperation: open\nName: /etc/shadow\nDenied: r\nLogfile: ${log}\n\n` +
      `Profile: notes\nOperation: signal\nDenied: send\nLogfile: ${log}\n\n` +
      `Profile: notes\nOperation: capable\nName: sys_admin\nLogfile: ${log}\n\n`.repeat(2) +
      `Profile: notes\nOperation: create\nDenied: create\nFamily: inet\nSocket: stream\nLogfile: ${log}\n\n` +
      "AppArmor denials: 5 (since)\nFor more information, please see: https://wiki.ubuntu.com/DebuggingApparmor\n",
  );
  const ages = await run(["-f", log, "--since-days=99999", "--configdir", at]);
  assert.match(ages.out, /denials: 6 /);
});

test("filters begin where a value begins, and let pass what has no such value; options outrank notify.conf", async (t) => {
  const at = place(t);
  const log = join(at, "log");
  writeFileSync(log, EVENTS());
  const cases: readonly (readonly [argv: readonly string[], count: number])[] = [
    [["--filter.name=/etc"], 3],
    [["--filter.name=shadow"], 2],
    [["--filter.name=.*shadow"], 3],
    [["--filter.mode", "DENIED"], 4],
    [["--filter.operation=open|signal"], 2],
    [["--filter.denied=s"], 3],
    [["--filter.family=inet6"], 4],
    [["--filter.socket=stream", "--filter.profile=other"], 0],
  ];
  for (const [argv, count] of cases) {
    const { out, status } = await run(["-f", log, "-s", "9000", "--configdir", at, ...argv]);
    assert.deepEqual([argv, /denials: (\d+)/.exec(out)?.[1], status], [argv, String(count), 0]);
  }
  writeFileSync(
    join(at, "notify.conf"),
    '# mine\nfilter.operation="signal"\nignore_denied_capability="cat"\nodd="1"\nmessage_footer=""\n',
  );
  const own = await run(["-f", log, "-s", "9000", "-v", "--configdir", at]);
  assert.match(own.out, /denials: 1 \(since[^\n]*\)\n$/);
  assert.match(own.err, /unknown setting odd/);
  const over = await run(["-f", log, "-s", "9000", "--filter.operation=capable", "--configdir", at]);
  assert.match(over.out, /denials: 2 /);
});

test("the settings of HOME and XDG_CONFIG_HOME count for a user, and not for root, who may have been called by him", async (t) => {
  const at = place(t);
  const log = join(at, "log");
  writeFileSync(log, EVENTS());
  const settings = join(at, ".apparmor");
  mkdirSync(settings);
  writeFileSync(join(settings, "notify.conf"), 'odd="1"\n');
  const isRoot = process.geteuid?.() === 0;
  for (const environment of [{ HOME: at }, { HOME: at, XDG_CONFIG_HOME: at }]) {
    const { io, text } = capturedIo();
    await runTool(tool, ["-f", log, "-s", "9000"], { ...io, environment });
    assert.equal(text("err").includes("unknown setting odd"), !isRoot);
  }
});

test("the last login is found in wtmp", async (t) => {
  const at = place(t);
  const log = join(at, "log");
  writeFileSync(log, EVENTS());
  const entry = loginEntry;
  const now = 1_795_340_000;
  const wtmp = Buffer.concat([
    entry(7, "ann", 1_500_000_000),
    entry(7, "ann", now - 3600),
    entry(8, "ann", now),
    entry(7, "bob", now),
  ]);
  const { io, text } = capturedIo();
  const files = {
    ...io.files,
    read: (path: string) => (path === "/var/log/wtmp" ? ({ ok: true, value: wtmp } as const) : io.files.read(path)),
  };
  const status = await runTool(tool, ["-l", "-f", log, "--configdir", at], {
    ...io,
    files,
    environment: { USER: "ann" },
  });
  assert.equal(status, 0, text("err"));
  assert.match(text("out"), /denials: 5 /);
  const none = await runTool(tool, ["-l", "-f", log, "--configdir", at], {
    ...io,
    files,
    environment: { USER: "eve" },
  });
  assert.deepEqual([none, /Could not find last login/.test(text("err"))], [1, true]);
});

test("wrong use ends with 2, what cannot be had with 1, and no mode is help", async (t) => {
  const at = place(t);
  const log = join(at, "log");
  writeFileSync(log, EVENTS());
  writeFileSync(join(at, "group.conf"), "");
  const conf = (name: string, text: string): string => {
    mkdirSync(join(at, name));
    writeFileSync(join(at, name, "notify.conf"), text);
    return join(at, name);
  };
  const cases: readonly (readonly [argv: readonly string[], status: number, said: RegExp])[] = [
    [[], 0, /^usage: aa-notify/],
    [["-v"], 0, /^usage: aa-notify/],
    [["-s", "0"], 0, /^usage: aa-notify/],
    [["-s", "x"], 2, /invalid int value: 'x'/],
    [["-s", "9000", "-w", "1.5"], 2, /invalid int value/],
    [["x"], 2, /unrecognized arguments: x/],
    [["--nonsense"], 2, /error/],
    [["-s", "9000", "-f", log, "-Lmaybe"], 2, /invalid choice/],
    [["-s", "9000", "-f", log, "--prompt-filter", "zz"], 1, /unsupported prompt filter: zz/],
    [["-s", "9000", "-f", log, "--filter.name=("], 1, /no regular expression/],
    [["-s", "9000", "-f", join(at, "none")], 1, /does not exist/],
    [["-s", "9000", "-f", at], 1, /is a directory/],
    [["-s", "9000", "-f", log, "--configdir", conf("a", 'use_group="no-such-group"\n')], 1, /not in the group/],
    [
      ["-s", "9000", "-f", log, "--configdir", conf("b", 'use_local_profiles="perhaps"\n')],
      1,
      /must be yes, no or auto/,
    ],
    [
      ["-p", "-F", "-f", log, "--configdir", conf("c", 'show_notifications="no"\n')],
      1,
      /no notifications are to be shown/,
    ],
  ];
  for (const [argv, status, said] of cases) {
    const own = argv.includes("--configdir") || status === 2 || argv.length === 0 ? argv : [...argv, "--configdir", at];
    const { err, out, status: found } = await run(own);
    assert.deepEqual([argv, found], [argv, status], out + err);
    assert.match(status === 0 ? out : err, said);
  }
});

const DBUS = "/usr/bin/dbus-daemon";
const skip = !existsSync(DBUS) && "needs dbus-daemon";

/** What a notification server was asked to show. */
interface Shown {
  readonly id: number;
  readonly replaces: number;
  readonly summary: string;
  readonly body: string;
  readonly actions: readonly unknown[];
}

interface Stage {
  readonly address: string;
  readonly shown: Shown[];
  readonly bus: Bus;
  /** Settles when so much has been shown. */
  readonly until: (isEnough: (shown: readonly Shown[]) => boolean) => Promise<void>;
}

const userId = process.geteuid?.() ?? 0;

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** How many events a notification is about. */
function total({ summary }: Shown): number {
  return Number(/(\d+) events/.exec(summary)?.[1] ?? 1);
}

/** A record of `wtmp`. */
function loginEntry(type: number, user: string, seconds: number): Buffer {
  const bytes = Buffer.alloc(384);
  bytes.writeInt16LE(type, 0);
  bytes.write(user, 44);
  bytes.writeInt32LE(seconds, 340);
  return bytes;
}

/** A session bus with a notification server on it, of the user who runs this or of another one. */
async function openStage(t: TestContext, other?: Desktop["other"] & { readonly userId: number }): Promise<Stage> {
  const at = place(t);
  const address = `unix:path=${at}/bus`;
  const desktop: Desktop = { address, userId: other?.userId ?? userId, other };
  if (other !== undefined) chownSync(at, other.userId, other.groupId);
  const daemon = spawn(DBUS, ["--session", "--nofork", "--print-address", `--address=${address}`], {
    stdio: ["ignore", "pipe", "ignore"],
    ...(other !== undefined && { uid: other.userId, gid: other.groupId }),
  });
  t.after(() => daemon.kill());
  await new Promise((resolve) => daemon.stdout.once("data", resolve));
  const opened = await asUser(desktop, () => openBus(address, desktop.userId));
  assert.ok(opened.ok, opened.ok ? "" : opened.error);
  const bus = opened.value;
  t.after(bus.close);
  const shown: Shown[] = [];
  const waiting: (() => void)[] = [];
  bus.listen((message) => {
    const { body, member, type } = message;
    if (type !== METHOD_CALL) return;
    if (member === "GetCapabilities") return bus.answer(message, "as", [["body", "body-markup", "actions"]]);
    if (member !== "Notify") return undefined;
    const [, replaces, , summary, text, actions] = body;
    const id = replaces === 0 ? shown.length + 1 : Number(replaces);
    const one = {
      id,
      replaces: Number(replaces),
      summary: textOf(summary),
      body: textOf(text),
      actions: Array.isArray(actions) ? actions : [],
    };
    shown.push(one);
    bus.answer(message, "u", [id]);
    for (const wake of waiting.splice(0)) wake();
    return undefined;
  });
  const named = await ownName(bus, "org.freedesktop.Notifications");
  assert.deepEqual(named, { ok: true, value: true });
  const until: Stage["until"] = async (isEnough) => {
    while (!isEnough(shown)) await new Promise<void>((resolve) => waiting.push(resolve));
  };
  return { address, shown, bus, until };
}

/** The command, following a log on that bus; settled when it listens. */
async function start(
  t: TestContext,
  { address }: Pick<Stage, "address">,
  argv: readonly string[],
  whose = "root",
): Promise<{ readonly child: ChildProcess; readonly ended: Promise<{ status: number | null; err: string }> }> {
  const environment = {
    PATH: process.env["PATH"] ?? "",
    DBUS_SESSION_BUS_ADDRESS: address,
    HOME: "/nonexistent",
    ROOTS: "own",
  };
  const user = userId === 0 ? ["--user", whose] : [];
  const child = spawn(join(repository, "bin/aa-notify"), ["-p", "-F", ...user, ...argv], {
    env: environment,
    stdio: ["ignore", "inherit", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  let err = "";
  child.stderr.on("data", (bytes: Buffer) => (err += bytes.toString()));
  const ended = new Promise<{ status: number | null; err: string }>((resolve) => {
    child.once("close", (status) => resolve({ status, err }));
  });
  return { child, ended };
}

/** Adds a line until it was heard: whoever follows a log begins at its end, and nobody says when. */
async function hearing(log: string, stage: Stage): Promise<void> {
  const timer = setInterval(() => appendFileSync(log, file("/hello")), 100);
  await stage.until((shown) => shown.length > 0);
  clearInterval(timer);
}

test("what is denied is shown on the desktop: a burst is one notification, and a flood a few", { skip }, async (t) => {
  const stage = await openStage(t);
  const log = join(place(t), "log");
  writeFileSync(log, file("/before"));
  await start(t, stage, ["-f", log]);
  await hearing(log, stage);
  const hello = stage.shown.length;
  const flood = Array.from({ length: 5000 }, (_, index) => file(`/srv/<b>&${index % 2000}`)).join("");
  appendFileSync(log, flood);
  await stage.until((shown) => shown.some((one) => total(one) >= 5000));
  const after = stage.shown.slice(hello);
  assert.ok(after.length < 60, `${after.length} notifications for one flood`);
  const last = stage.shown.at(-1);
  assert.match(last?.summary ?? "", /^AppArmor: \d+ events of cat$/);
  assert.match(last?.body ?? "", /notes: open \/srv\/&lt;b&gt;&amp;\d+ r/);
  assert.match(last?.body ?? "", /and \d+ more/);
  assert.doesNotMatch(JSON.stringify(stage.shown), /\/before/);
  assert.ok(stage.shown.every(({ id, replaces }) => replaces === 0 || replaces === id));
});

test("the button of a notification has the log gone through", { skip }, async (t) => {
  const stage = await openStage(t);
  const at = place(t);
  const [log, reviewed] = [join(at, "log"), join(at, "reviewed")];
  writeFileSync(log, "");
  writeFileSync(join(at, "review"), `#!/bin/sh\necho "$1" > ${reviewed}.$$ && mv ${reviewed}.$$ ${reviewed}\n`, {
    mode: 0o755,
  });
  await start(t, stage, ["-f", log, "--review-with", join(at, "review")]);
  await hearing(log, stage);
  assert.deepEqual(stage.shown[0]?.actions, ["review", "Review…"]);
  await press(stage, reviewed);
  assert.equal(spawnSync("cat", [reviewed], { encoding: "utf8" }).stdout, `${log}\n`);
});

/** Presses the button of the last notification until something is there. */
async function press({ bus, shown }: Stage, awaited: string): Promise<void> {
  const timer = setInterval(() => {
    bus.signal({
      path: "/org/freedesktop/Notifications",
      interface: "org.freedesktop.Notifications",
      member: "ActionInvoked",
      signature: "us",
      body: [shown.at(-1)?.id ?? 0, "review"],
    });
  }, 100);
  while (!existsSync(awaited)) await new Promise((resolve) => setTimeout(resolve, 50));
  clearInterval(timer);
}

const asRoot = userId === 0 ? skip : "run it as root: it starts something as another user";

test("what root starts on another user's desktop has nothing of root's", { skip: asRoot }, async (t) => {
  const nobody = { name: "nobody", userId: 65_534, groupId: 65_534, home: "/nonexistent" };
  const stage = await openStage(t, nobody);
  const [at, theirs] = [place(t), place(t)];
  chownSync(theirs, nobody.userId, nobody.groupId);
  chmodSync(at, 0o755);
  const [log, said] = [join(at, "log"), join(theirs, "said")];
  writeFileSync(log, "");
  const review = `#!/bin/sh\n{ id -u; id -G; pwd; env; } > ${said}.$$ && mv ${said}.$$ ${said}\n`;
  writeFileSync(join(at, "review"), review, { mode: 0o755 });
  await start(t, stage, ["-f", log, "--review-with", join(at, "review"), "--display", ":7"], "nobody");
  await hearing(log, stage);
  await press(stage, said);
  const [uid, groups, directory, ...variables] = readFileSync(said, "utf8").trim().split("\n");
  assert.deepEqual([uid, groups, directory], ["65534", "65534", "/"]);
  const names = variables.map((line) => line.replace(/=.*/s, ""));
  assert.ok(variables.includes("DISPLAY=:7") && variables.includes("USER=nobody"), variables.join());
  assert.ok(!names.includes("ROOTS") && !names.includes("NODE_OPTIONS"), names.join());
});

test("a second one takes over, and without a bus or a server it says so", { skip }, async (t) => {
  const stage = await openStage(t);
  const log = join(place(t), "log");
  writeFileSync(log, "");
  const first = await start(t, stage, ["-f", log]);
  await hearing(log, stage);
  const second = await start(t, stage, ["-f", log]);
  const end = await first.ended;
  assert.deepEqual([end.status, /took over/.test(end.err)], [0, true], end.err);
  second.child.kill();
  const none = await start(t, { address: "unix:path=/nonexistent/bus" }, ["-f", log]);
  const refused = await none.ended;
  assert.deepEqual(
    [refused.status, /session bus of the desktop cannot be reached/.test(refused.err)],
    [1, true],
    refused.err,
  );
});

test(
  "the client's bytes are those of other clients: gdbus is understood, and understands",
  { skip: skip || (!existsSync("/usr/bin/gdbus") && "needs gdbus") },
  async (t) => {
    const stage = await openStage(t);
    const call = spawn(
      "/usr/bin/gdbus",
      [
        "call",
        "--address",
        stage.address,
        "--dest",
        "org.freedesktop.Notifications",
        "--object-path",
        "/org/freedesktop/Notifications",
        "--method",
        "org.freedesktop.Notifications.Notify",
        "--",
        "other",
        "0",
        "icon",
        "summary ü",
        "body",
        "['a', 'A']",
        "{'x': <byte 1>, 'y': <(int64 -5, 2.5, [true])>}",
        "-1",
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    let out = "";
    call.stdout.on("data", (bytes: Buffer) => (out += bytes.toString()));
    await new Promise((resolve) => call.once("close", resolve));
    assert.equal(out, "(uint32 1,)\n");
    assert.deepEqual(stage.shown[0], { id: 1, replaces: 0, summary: "summary ü", body: "body", actions: ["a", "A"] });
  },
);

import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeBytes } from "../../foundation/text/index.ts";
import { parseLine, readLog } from "./index.ts";

const BODY =
  'apparmor="DENIED" operation="open" profile="p" name="/a" pid=1 comm="t" requested_mask="r" denied_mask="r" fsuid=1 ouid=1';
const RECORD = `audit: type=1400 audit(1795338034.254:54): ${BODY}`;

/** Lines whose writer is neither the kernel nor the audit daemon nor, for what it decides, the message bus. */
const FORGED: readonly string[] = [
  `Nov 22 08:52:44 h sshd[7]: Invalid user ${BODY} from 10.0.0.1`,
  `Nov 22 08:52:44 h sshd[7]: ${RECORD}`,
  `Nov 22 08:52:44 h sshd[7]: kernel: ${RECORD}`,
  `Nov 22 08:52:44 h sshd[7]: [    6.3] ${RECORD}`,
  `<86>Nov 22 08:52:44 h sshd[7]: ${RECORD}`,
  `2026-11-22T08:52:44.703105+00:00 h sshd[7]: ${RECORD}`,
  `2021-09-11T20:57:41.91645 auth.notice: ${RECORD}`,
  `<134>1 2026-11-22T08:52:44.703Z h sshd 7 - - ${RECORD}`,
  `<134>1 2026-11-22T08:52:44.703Z kernel sshd 7 - [x kernel="${BODY.replaceAll('"', "'")}"] ${RECORD}`,
  `/var/log/syslog:Nov 22 08:52:44 h sshd[7]: ${RECORD}`,
  `syslog.1-Nov 22 08:52:44 h sshd[7]: ${RECORD}`,
  `Nov 22 08:52:44 h kernel: [ 6.3] usb 1-1: Product: ${RECORD}`,
  `Nov 22 08:52:44 h kernel: usb 1-1: Product: ${BODY}`,
  `Nov 22 08:52:44 h dbus-daemon[7]: ${BODY}`,
  `Nov 22 08:52:44 h dbus-daemon[7]: said apparmor="DENIED" operation="dbus_bind" bus="system" name="x" mask="bind" label="p"`,
  `30,421,6325044,-;${RECORD}`,
  `<30>[    6.325044] ${RECORD}`,
  `user  :notice: [    6.325044] ${RECORD}`,
  `somebody said ${RECORD}`,
  `type=AVC msg=audit(1.2:3): avc: denied ${BODY}`,
  `type=USER_LOGIN msg=audit(1.2:3): pid=1 uid=0 msg='acct="x" type=AVC msg=audit(1.2:4): ${BODY}'`,
  JSON.stringify({ MESSAGE: RECORD, _TRANSPORT: "syslog", SYSLOG_IDENTIFIER: "kernel" }),
  JSON.stringify({ MESSAGE: RECORD, _TRANSPORT: "journal" }),
  JSON.stringify({ MESSAGE: RECORD, _TRANSPORT: "stdout", SYSLOG_IDENTIFIER: "audit" }),
  JSON.stringify({ MESSAGE: RECORD, _TRANSPORT: "kernel", SYSLOG_IDENTIFIER: "systemd", SYSLOG_FACILITY: "3" }),
  JSON.stringify({ MESSAGE: RECORD, _TRANSPORT: "kernel", SYSLOG_FACILITY: "1" }),
  JSON.stringify({ MESSAGE: RECORD, SYSLOG_IDENTIFIER: "sshd" }),
  JSON.stringify({ MESSAGE: `hello ${RECORD}`, _TRANSPORT: "kernel" }),
  JSON.stringify({ message: RECORD, program: "sshd" }),
  JSON.stringify({ log: `sshd: ${RECORD}\n`, stream: "stdout" }),
  JSON.stringify({ log: `${RECORD}\n`, stream: "stdout", time: "2026-11-22T08:52:44Z" }),
  JSON.stringify({ log: `<5>[    6.325044] ${RECORD}\n`, stream: "stderr" }),
  JSON.stringify({ log: `type=AVC msg=audit(1.2:3): ${BODY}\n` }),
  // Without a host, as `journalctl --no-hostname` prints it, the tag is the first word.
  `Nov 22 08:52:44 sshd[7]: ${RECORD}`,
  `Nov 22 08:52:44 sshd: ${RECORD}`,
  `Nov 22 08:52:44 sshd: kernel: ${RECORD}`,
  `Nov 22 08:52:44 [sshd] ${RECORD}`,
  `Nov 22 08:52:44 h user.notice kernel: ${RECORD}`,
  `Nov 22 08:52:44 h auth.info sshd[7]: ${RECORD}`,
  `Sun 2026-11-22 08:52:44 UTC h sshd[7]: ${RECORD}`,
  `Sun 2026-11-22 08:52:44 UTC h ssh.service[7]: kernel: ${RECORD}`,
  `1795338034.254123 h sshd[7]: ${RECORD}`,
  `[    6.325044] h sshd[7]: ${RECORD}`,
  `[    6.325044] h sshd[7]: h kernel: ${RECORD}`,
  `user  :notice: 2026-11-22T08:52:44,254123+00:00 ${RECORD}`,
  `<13>kernel: ${RECORD}`,
  `<13>${RECORD}`,
  `300 <13>1 2026-11-22T08:52:44.703Z h sshd 7 - - ${RECORD}`,
  `\u001e${JSON.stringify({ MESSAGE: RECORD, _TRANSPORT: "syslog", SYSLOG_IDENTIFIER: "kernel" })}`,
  `data: ${JSON.stringify({ MESSAGE: RECORD, _TRANSPORT: "syslog", SYSLOG_IDENTIFIER: "kernel" })}`,
  // The second line of somebody's message, as `journalctl -o short` shows it.
  `                                 audit: type=1400 audit(1.2:3): ${BODY}`,
  `\ttype=AVC msg=audit(1.2:3): ${BODY}`,
  `  [    6.325044] ${RECORD}`,
];

test("a record inside somebody else's message is no event, whatever surrounds it", () => {
  for (const line of FORGED) assert.deepEqual(parseLine(line), { type: "PROBLEM", reason: "foreign-writer" }, line);
});

test("records that were not believed are counted, all of them", () => {
  const line = FORGED[0] ?? "";
  const reading = readLog(Array.from({ length: 1500 }, () => line));
  assert.equal(reading.problemCounts["foreign-writer"], 1500);
  assert.ok(reading.problems.length < 1500);
});

test("the kernel's own records are believed in every frame that names it", () => {
  const lines = [
    `kern  :notice: [    6.325044] ${RECORD}`,
    `<134>1 2026-11-22T08:52:44.703Z h kernel - - [meta apparmor="no" x="a\\]b"] ${RECORD}`,
    `<5>Nov 22 08:52:44 h kernel: [    6.325044] ${RECORD}`,
    `./audit.log.1:17:type=AVC msg=audit(1.2:3): ${BODY}`,
    JSON.stringify({ MESSAGE: RECORD, _TRANSPORT: "kernel", SYSLOG_IDENTIFIER: "kernel", SYSLOG_FACILITY: "0" }),
    JSON.stringify({ MESSAGE: `AVC ${BODY}`, _TRANSPORT: "audit", SYSLOG_IDENTIFIER: "audit", SYSLOG_FACILITY: "4" }),
    JSON.stringify({ message: RECORD, program: "kernel" }),
    `\u001e${JSON.stringify({ MESSAGE: RECORD, _TRANSPORT: "kernel", SYSLOG_IDENTIFIER: "kernel" })}`,
    `data: ${JSON.stringify({ MESSAGE: RECORD, _TRANSPORT: "kernel", SYSLOG_IDENTIFIER: "kernel" })}`,
    `Sun 2026-11-22 08:52:44 UTC h kernel: ${RECORD}`,
    `Sun 2026-11-22 08:52:44.254123 CEST h kernel: ${RECORD}`,
    `Sun 2026-11-22 05:52:44 -03 h audit[7]: AVC ${BODY}`,
    `1795338034.254123 h kernel: ${RECORD}`,
    `[    6.325044] h kernel: ${RECORD}`,
    `[    6.325044 <    0.000012 >] h kernel: ${RECORD}`,
    `[    6.325044] h audit[7]: AVC ${BODY}`,
    `Nov 22 08:52:44 kernel: ${RECORD}`,
    `Nov 22 08:52:44 audit[7]: AVC ${BODY}`,
    `Nov 22 08:52:44 fe80::1 kernel: ${RECORD}`,
    `Nov 22 08:52:44 [kernel] ${RECORD}`,
    `Nov 22 08:52:44 h kern.notice kernel: [    6.325044] ${RECORD}`,
    `2026 Nov 22 08:52:44 h kernel: ${RECORD}`,
    `Nov 22 2026 08:52:44 h kernel: ${RECORD}`,
    `kern  :notice: 2026-11-22T08:52:44,254123+00:00 ${RECORD}`,
    `kern  :notice: ${RECORD}`,
    `[    6.325044][  T123] ${RECORD}`,
    `[    6.325044] [  C123] ${RECORD}`,
    `kern  :notice: [    6.325044] [  T123] ${RECORD}`,
    `Nov 22 08:52:44 h kernel: [    6.325044][  T123] ${RECORD}`,
    `<5>${RECORD}`,
    `<5>kernel: ${RECORD}`,
    `300 <5>1 2026-11-22T08:52:44.703Z h kernel - - - ${RECORD}`,
  ];
  for (const line of lines) assert.equal(parseLine(line)?.type, "DENIED", line);
});

test("what a kernel says of itself is no host", () => {
  const lost = readLog(["[    6.325044] audit: audit_lost=7 audit_rate_limit=0 audit_backlog_limit=64"]).loss;
  const again = readLog([
    "[    6.325044] h kernel: audit: audit_lost=7 audit_rate_limit=0 audit_backlog_limit=64",
  ]).loss;
  assert.deepEqual(again, lost);
  assert.deepEqual(parseLine(`[    6.325044] printk: audit: ${RECORD}`), { type: "PROBLEM", reason: "foreign-writer" });
});

test("the bus speaks for its own operations in the log of a system without auditd", () => {
  const line = `Nov 22 08:52:44 h dbus-daemon[7]: apparmor="DENIED" operation="dbus_bind"  bus="system" name="a.b" mask="bind" pid=1 label="p"`;
  assert.equal(parseLine(line)?.type, "DENIED");
});

function forged(serial: number): string {
  return `Nov 22 08:52:44 h sshd[7]: audit: type=1400 audit(1.2:${serial}): ${BODY}`;
}

test("holes in the numbers of forged records are no loss", () => {
  assert.equal(readLog([forged(1), forged(900)]).loss.missing, 0);
  const bare = [1, 900].map((serial) => `Nov 22 08:52:44 h sshd[7]: audit(1.2:${serial}): hello`);
  assert.equal(readLog(bare).loss.missing, 0);
});

/** An entry as `journalctl -o export` writes it; a value with a line break goes with its length. */
function entry(fields: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ __CURSOR: "s=1;i=2", __REALTIME_TIMESTAMP: "1795338034254000", ...fields });
  const texts = lines.map(([key, value]) => {
    if (!value.includes("\n")) return `${key}=${value}\n`;
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(Buffer.byteLength(value)));
    return `${key}\n${length.toString("latin1")}${value}\n`;
  });
  return `${texts.join("")}\n`;
}

/** The lines of an export, bytes as the reader of files hands them over. */
function exported(...entries: readonly string[]): ReturnType<typeof readLog> {
  const bytes = entries.map((text) => decodeBytes(Buffer.from(text, "latin1")));
  return readLog(bytes.join("").replace(/\n$/, "").split("\n"));
}

const KERNEL = entry({ PRIORITY: "5", MESSAGE: RECORD, _TRANSPORT: "kernel", SYSLOG_FACILITY: "0" });
const AUDIT = entry({
  _TRANSPORT: "audit",
  _AUDIT_ID: "55",
  _AUDIT_TYPE: "1400",
  _SOURCE_REALTIME_TIMESTAMP: "1795338034254000",
  MESSAGE: `AVC ${BODY}`,
});

test("entries of the journal's export count when kernel or audit daemon wrote them", () => {
  const { events, problems } = exported(KERNEL, AUDIT, KERNEL);
  assert.deepEqual(
    events.map(({ event }) => [event.type, event.serial, event.source]),
    [
      ["DENIED", 54, "journal-export"],
      ["DENIED", 55, "journal-export"],
    ],
  );
  assert.deepEqual(problems, []);
});

test("what a program writes into the journal is no event in its export, however it is wrapped", () => {
  const nested = `x\n\n${KERNEL}\n${RECORD}\n`;
  const forgeries = [
    entry({ MESSAGE: RECORD, _TRANSPORT: "syslog", SYSLOG_IDENTIFIER: "kernel" }),
    entry({ MESSAGE: `AVC ${BODY}`, _TRANSPORT: "stdout" }),
    entry({ MESSAGE: nested, _TRANSPORT: "journal" }),
    entry({ MESSAGE: `a\r\n${nested}`, OTHER: nested, _TRANSPORT: "journal" }),
    ...Array.from({ length: 12 }, (_, more) => entry({ MESSAGE: `${"z".repeat(255 + more)}\n`, _TRANSPORT: "stdout" })),
  ];
  const reading = exported(...forgeries, KERNEL);
  assert.deepEqual(
    reading.events.map(({ event }) => event.serial),
    [54],
  );
  assert.deepEqual([reading.problemCounts["foreign-writer"], reading.problemCounts["broken-entry"]], [4, 0]);
});

test("an export that cannot be followed is believed no further, and that is counted", () => {
  const lying = `__CURSOR=1\nMESSAGE\n\u0005${"\0".repeat(7)}longer than five\n_TRANSPORT=kernel\n\n`;
  const broken = exported(lying, KERNEL, `${RECORD}\n`);
  assert.deepEqual(broken.events, []);
  assert.ok(broken.problemCounts["broken-entry"] > 5);
  const cut = exported(KERNEL.slice(0, -1));
  assert.deepEqual([cut.events, cut.problemCounts["broken-entry"]], [[], 1]);
});

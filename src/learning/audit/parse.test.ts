import assert from "node:assert/strict";
import { test } from "node:test";
import { type AuditEvent, bytesText, parseLine } from "./index.ts";

const BODY =
  'apparmor="DENIED" operation="open" profile="p" name="/a" pid=1 comm="t" requested_mask="r" denied_mask="r" fsuid=1 ouid=1';
const ID = "audit(1795338034.254:54)";

function event(line: string): AuditEvent {
  const item = parseLine(line);
  assert.ok(item !== undefined && item.type !== "LOSS" && item.type !== "PROBLEM", line);
  return item;
}

const FRAMES: readonly (readonly [string, string])[] = [
  ["kmsg", `5,421,6325044,-;audit: type=1400 ${ID}: ${BODY}`],
  ["dmesg", `[    6.325044] audit: type=1400 ${ID}: ${BODY}`],
  ["dmesg -r", `<5>[    6.32] audit: type=1400 ${ID}: ${BODY}`],
  ["dmesg -T", `[Sun Nov 22 08:38:08 2026] audit: type=1400 ${ID}: ${BODY}`],
  ["dmesg iso", `2026-11-22T08:38:08,123456+00:00 audit: type=1400 ${ID}: ${BODY}`],
  ["syslog", `Nov 22 08:52:44 myhost kernel: [    6.325044] audit: type=1400 ${ID}: ${BODY}`],
  ["rsyslog", `2026-11-22T08:52:44.703105+00:00 myhost kernel: [ 1911.569682] audit: type=1400 ${ID}: ${BODY}`],
  ["socklogd", `2021-09-11T20:57:41.91645 kern.notice: [  469.180605] audit: type=1400 ${ID}: ${BODY}`],
  ["no audit:", `Nov 2 08:52:44 h kernel: [ 1911.569682] type=1400 ${ID}: ${BODY}`],
  ["auditd", `type=AVC msg=${ID}: ${BODY}\r\n`],
  ["node", `node=myhost type=AVC msg=${ID}: ${BODY}`],
  ["UNKNOWN[]", `type=UNKNOWN[1400] msg=${ID}: ${BODY}`],
  ["audisp", `msg=${ID}: ${BODY}`],
  ["audisp bare", `${ID}: ${BODY}`],
  ["grep -H", `/var/log/audit/audit.log:type=AVC msg=${ID}: ${BODY}`],
  ["shipper", JSON.stringify({ message: `audit: type=1400 ${ID}: ${BODY}` })],
  ["rfc5424", `<134>1 2026-11-22T08:52:44.703Z host kernel - - - audit: type=1400 ${ID}: ${BODY}`],
  ["bytes", JSON.stringify({ MESSAGE: [...Buffer.from(`audit: type=1400 ${ID}: ${BODY}`)] })],
];

test("the same event comes out of every frame a log puts around it", () => {
  for (const [frame, line] of FRAMES) {
    const found = event(line);
    assert.equal(found.type, "DENIED", frame);
    assert.equal(found.kind, "file", frame);
    assert.equal(found.name, "/a", frame);
    assert.equal(found.owner, true, frame);
    assert.equal(found.serial, 54, frame);
    assert.deepEqual(found.time, { sec: 1795338034, ms: 254 }, frame);
    assert.equal(found.truncated, undefined, frame);
  }
});

test("a date in place of the time of an id gives the serial alone", () => {
  const found = event(`type=AVC msg=audit(11/22/26 08:52:34.762:23) : ${BODY}`);
  assert.equal(found.serial, 23);
  assert.equal(found.time, undefined);
});

test("old record numbers say the type that the record leaves out", () => {
  assert.equal(event(`audit(1.5:6): type=1503 operation="inode_mkdir" name="/x" pid=1`).type, "DENIED");
  assert.equal(event(`audit(1.5:6): type=1503 operation="inode_mkdir" name="/x" pid=1`).kind, "file");
  assert.equal(event(`audit(1.5:6): type=1503 operation="inode_mkdir" name="/x" pid=1`).operation, "mkdir");
  assert.equal(event(`type=APPARMOR_ALLOWED msg=audit(1.5:6): operation="exec" name="/x" pid=1`).type, "ALLOWED");
});

test("a backslash is a backslash, and a quote inside a name cannot end the field", () => {
  assert.equal(event(`${ID}: apparmor="DENIED" operation="open" name="/f/back\\slash" pid=1`).name, "/f/back\\slash");
  assert.equal(event(`${ID}: apparmor="DENIED" operation="open" name=2F662F7122756F7465 pid=1`).name, '/f/q"uote');
});

test("hexadecimal digits are decoded in fields of untrusted text only", () => {
  const found = event(`${ID}: apparmor="DENIED" operation="open" profile=7370 info=4142 name=none pid=12 error=-13`);
  assert.equal(found.profile, "sp");
  assert.equal(found.info, "4142");
  assert.equal(found.name, "none");
  assert.equal(found.pid, 12);
});

test("a name that is no UTF-8 keeps its bytes", () => {
  const found = event(`${ID}: apparmor="DENIED" operation="open" name=2F662FC3A9FF pid=1`);
  assert.equal(found.nameBytes, "2f662fc3a9ff");
  assert.equal(found.name, "/f/Ã©ÿ");
  assert.equal(bytesText(found, "name"), "/f/é\udcff");
});

test("halves of old masks make one set and say who owns the file", () => {
  const found = event(`${ID}: apparmor="DENIED" operation="open" name="/a" pid=1 denied_mask="rw::"`);
  assert.deepEqual(found.denied, ["r", "w"]);
  assert.equal(found.owner, true);
  assert.equal(event(`${ID}: apparmor="DENIED" operation="open" name="/a" pid=1 denied_mask="::r"`).owner, false);
});

test("an abstract address in hexadecimal is decoded, one that only looks like it is not", () => {
  const unix = (addr: string): AuditEvent =>
    event(`${ID}: apparmor="DENIED" operation="bind" class="net" pid=1 family="unix" addr="${addr}"`);
  assert.equal(unix("@61622063").addr, "@ab c");
  assert.equal(unix("@61626364").addr, "@61626364");
  assert.equal(event(`${ID}: apparmor="DENIED" operation="bind" pid=1 family="unix" addr=none`).addr, null);
});

test("a missing blank before signal does not lose the signal", () => {
  const found = event(
    `${ID}: apparmor="DENIED" operation="signal" pid=1 denied_mask="send"signal=unknown(77) peer="x"`,
  );
  assert.equal(found.signal, "unknown(77)");
  assert.deepEqual(found.denied, ["send"]);
});

test("an execpath with quotes and blanks reaches to the last quote", () => {
  const found = event(`${ID}: apparmor="DENIED" operation="userns_create" pid=1 requested="x" execpath="/a "b" c"`);
  assert.equal(found.execPath, '/a "b" c');
});

test("a cut record is marked, wherever it was cut", () => {
  const line = `type=AVC msg=${ID}: ${BODY}`;
  for (let end = line.indexOf("name="); end < line.indexOf(" pid="); end += 1) {
    const item = parseLine(line.slice(0, end));
    assert.ok(item !== undefined && "truncated" in item && item.truncated, line.slice(0, end));
  }
  assert.equal(event(`type=AVC msg=${ID}: apparmor="DENIED" operation="open" pid=1 comm=6162F`).truncated, true);
});

const FOREIGN = { type: "PROBLEM", reason: "foreign-writer" };

test("what other programs quote in their own records is not believed", () => {
  assert.deepEqual(parseLine(`type=USER_CMD msg=${ID}: pid=1 msg='${BODY}'`), FOREIGN);
  assert.deepEqual(parseLine(`type=1305 msg=${ID}: ${BODY}`), FOREIGN);
  assert.equal(parseLine(`type=AVC msg=${ID}: avc:  denied  { read } for  pid=1 comm="x"`), undefined);
});

test("prose of the oldest kernels is recognised and not understood", () => {
  const found = event(
    `type=APPARMOR msg=${ID}: REJECTING r access to /etc/shadow (cat(1) profile /bin/cat active /bin/cat)`,
  );
  assert.equal(found.type, "UNKNOWN");
  assert.match(found.extra?.["legacy"] ?? "", /^REJECTING r/);
});

test("keys named like members of every object do no harm", () => {
  const found = event(`${ID}: apparmor="DENIED" operation="open" pid=1 __proto__="x" __proto__="y" constructor=z`);
  assert.ok(Object.hasOwn(found.extra ?? {}, "__proto__"));
  assert.deepEqual(Object.entries(found.duplicates ?? {}), [["__proto__", ["y"]]]);
});

test("an endless line is a problem only when it speaks of us", () => {
  assert.equal(parseLine("x".repeat(300_000)), undefined);
  assert.deepEqual(parseLine(BODY + "x".repeat(300_000)), { type: "PROBLEM", reason: "line-too-long" });
  assert.deepEqual(parseLine(`${ID}: apparmor="DENIED"`), { type: "PROBLEM", reason: "empty-event" });
});

/** Records of the bus as auditd has them, and as `ausearch -i` 4.2.1 prints them. */
const INTERPRETED: readonly (readonly [raw: string, interpreted: string])[] = [
  [
    `type=USER_AVC msg=audit(1764374400.123:42): pid=812 uid=101 auid=4294967295 ses=4294967295 subj=unconfined msg='apparmor="DENIED" operation="dbus_bind"  bus="system" name="org.test.A" mask="bind" pid=2345 label="/usr/bin/app" exe="/usr/bin/dbus-daemon" sauid=101 hostname=? addr=? terminal=?'`,
    `type=USER_AVC msg=audit(11/29/25 00:00:00.123:42) : pid=812 uid=unknown(101) auid=unset ses=unset subj=unconfined msg='apparmor=DENIED operation=dbus_bind  bus="system" name=org.test.A mask="bind" pid=2345 label="/usr/bin/app" exe=/usr/bin/dbus-daemon sauid=unknown(101) hostname=? addr=? terminal=?' `,
  ],
  [
    `type=USER_AVC msg=audit(1764374400.124:43): pid=812 uid=101 auid=4294967295 ses=4294967295 subj=unconfined msg='apparmor="DENIED" operation="dbus_method_call"  bus="system" path="/org/x" interface="org.x.Y" member="Do" mask="send" name="org.x" pid=2345 label="app b" peer_pid=77 peer_label="unconfined" exe="/usr/bin/dbus-daemon" sauid=101 hostname=? addr=? terminal=?'`,
    `type=USER_AVC msg=audit(11/29/25 00:00:00.124:43) : pid=812 uid=unknown(101) auid=unset ses=unset subj=unconfined msg='apparmor=DENIED operation=dbus_method_call  bus="system" path=/org/x interface="org.x.Y" member="Do" mask="send" name=org.x pid=2345 label="app b" peer_pid=77 peer_label="unconfined" exe=/usr/bin/dbus-daemon sauid=unknown(101) hostname=? addr=? terminal=?' `,
  ],
];

test("what ausearch -i prints without quotes is the event that the log has, but for the time, which has no zone there", () => {
  for (const [raw, interpreted] of INTERPRETED) {
    const { time, reporter, ...rest } = event(raw);
    const { reporter: shown, ...same } = event(interpreted);
    assert.deepEqual(same, rest);
    assert.ok(time !== undefined && reporter !== undefined && shown !== undefined);
  }
});

test("without quotes the mark counts only behind an id of ausearch -i, and only as the record itself", () => {
  const [, interpreted = ""] = INTERPRETED[0] ?? [];
  assert.equal(parseLine(interpreted.replace("11/29/25 00:00:00.123:42) :", "1764374400.123:42):")), undefined);
  const inside =
    "type=USER_AVC msg=audit(11/29/25 00:00:00.123:42) : pid=1 uid=root auid=root ses=1 msg='op=x apparmor=DENIED operation=open name=/evil'";
  assert.deepEqual(parseLine(inside), { type: "PROBLEM", reason: "foreign-writer" });
  const other = interpreted.replace("type=USER_AVC", "type=USER_LOGIN");
  assert.deepEqual(parseLine(other), { type: "PROBLEM", reason: "foreign-writer" });
});

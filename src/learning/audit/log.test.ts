import assert from "node:assert/strict";
import { test } from "node:test";
import { groupEvents, lossDetector, readLog } from "./index.ts";

function line(serial: number, name = "/a", sec = 100): string {
  return `[    1.0] audit: type=1400 audit(${sec}.001:${serial}): apparmor="DENIED" operation="open" profile="p" name="${name}" pid=1 comm="t" denied_mask="r"`;
}

test("the copies of one event in several transports count once", () => {
  const body = line(5).slice(line(5).indexOf("apparmor="));
  const reading = readLog([
    line(5),
    `type=AVC msg=audit(100.001:5): ${body}`,
    JSON.stringify({
      MESSAGE: `AVC ${body}`,
      _TRANSPORT: "audit",
      _AUDIT_ID: "5",
      _SOURCE_REALTIME_TIMESTAMP: "100001000",
    }),
    line(5, "/b"),
    " exe=/usr/bin/x",
  ]);
  assert.deepEqual(
    reading.events.map(({ event, line: at }) => [event.name, at]),
    [
      ["/a", 1],
      ["/b", 4],
    ],
  );
  assert.equal(reading.copies, 2);
  assert.equal(reading.lines, 5);
});

test("holes in the serials of a kernel log are lost records, and a late record fills its hole", () => {
  const exact = readLog([line(10), line(14), line(12)]).loss;
  assert.deepEqual([exact.missing, exact.certainty], [2, "exact"]);
  assert.deepEqual(
    exact.gaps.map(({ first, last }) => [first, last]),
    [
      [11, 11],
      [13, 13],
    ],
  );
});

test("a smaller serial at a later time is a new boot, not a hole", () => {
  const { loss } = readLog([line(10), line(12), line(1, "/a", 500), line(3, "/a", 501)]);
  assert.equal(loss.missing, 2);
});

test("when auditd writes, other records use serials too and a hole is only an upper bound", () => {
  const reading = readLog([
    'type=AVC msg=audit(9.1:7): apparmor="ALLOWED" operation="exec" pid=1 name="/x"',
    'type=SYSCALL msg=audit(9.1:7): arch=c000003e syscall=59 success=no exit=-13 exe="/bin/sh"',
    'type=AVC msg=audit(9.2:9): apparmor="ALLOWED" operation="exec" pid=1 name="/y"',
  ]);
  assert.deepEqual([reading.loss.missing, reading.loss.certainty], [1, "at-most"]);
  assert.deepEqual(reading.calls.get("9.001:7"), { success: false, exit: -13, exe: "/bin/sh" });
});

test("what the log says of its own losses is added up", () => {
  const { loss } = readLog([
    "<4>[   20.8] kauditd_printk_skb: 17 callbacks suppressed",
    "Nov 1 systemd-journald[1]: Suppressed 3 messages from x.service",
    "[ 3.3] audit: audit_lost=4 audit_rate_limit=0 audit_backlog_limit=64",
    "[ 3.3] audit: kauditd hold queue overflow",
    "[ 3.4] audit: audit_lost=9 audit_rate_limit=0 audit_backlog_limit=64",
  ]);
  assert.deepEqual([loss.suppressed, loss.lost, loss.reasons], [20, 6, ["kauditd hold queue overflow"]]);
});

test("a detector fed with a million holes keeps a bounded list and the right sum", () => {
  const detector = lossDetector();
  for (let serial = 1; serial <= 200_000; serial += 2) {
    detector.see({ serial, time: { sec: 1, ms: 0 }, recordType: 1400, carrier: "kmsg" });
  }
  assert.equal(detector.report().missing, 99_999);
  assert.ok(detector.report().gaps.length <= 64);
});

test("equal events are grouped and counted", () => {
  const { events } = readLog([line(1), line(2), line(3, "/b"), line(4)]);
  const groups = groupEvents(events.map(({ event }) => event));
  assert.deepEqual(
    groups.map(({ event, count }) => [event.name, count]),
    [
      ["/a", 3],
      ["/b", 1],
    ],
  );
});

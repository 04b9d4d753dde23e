import assert from "node:assert/strict";
import { test } from "node:test";
import { countLog, groupEvents, lossDetector, parseLine, readLog, readPieces } from "./index.ts";

function line(serial: number, name = "/a", sec = 100): string {
  return `[    1.0] audit: type=1400 audit(${sec}.001:${serial}): apparmor="DENIED" operation="open" profile="p" name="${name}" pid=1 comm="t" denied_mask="r"`;
}

const bytes = (text: string): Uint8Array => Buffer.from(text);

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

test("a line longer than a mebibyte is cut there and counted, and the next line is read", () => {
  let cut = 0;
  const count = countLog({ onCutLine: () => void (cut += 1) });
  const long = `${line(1)}${"x".repeat(3 << 20)}\n${line(2)}\n`;
  for (let at = 0; at < long.length; at += 60_000) count.feed(bytes(long.slice(at, at + 60_000)));
  count.end();
  const { groups, reading } = count.report();
  assert.deepEqual([cut, reading.lines, reading.problemCounts["line-too-long"]], [1, 2, 1]);
  assert.deepEqual(
    groups.map(({ event }) => event.serial),
    [2],
  );
});

const SHORT = line(71).slice(line(71).indexOf("apparmor="));

test("text of the journal, where each event is there with and without its id, counts it once", () => {
  const times = [
    ["Nov 22 08:52:44", "Nov 22 08:52:50"],
    ["2026-11-22T08:52:44+0000", "2026-11-22T08:52:50+0000"],
    ["Sun 2026-11-22 08:52:44 UTC", "Sun 2026-11-22 08:52:50 UTC"],
    ["1795338034.254123", "1795338040.254123"],
    ["[    6.325044]", "[   12.325044]"],
  ] as const;
  for (const [time, after] of times) {
    const twins = [
      `${time} h audit[1]: AVC ${SHORT}`,
      `${time} h kernel: audit: type=1400 audit(100.001:71): ${SHORT}`,
    ] as const;
    for (const order of [twins, twins.toReversed()]) {
      const reading = readLog(order);
      assert.deepEqual([reading.events.length, reading.copies], [1, 1]);
      assert.equal(readPieces([bytes(order.join("\n"))]).copies, 1);
    }
    const later = `${after} h audit[1]: AVC ${SHORT}`;
    assert.deepEqual([readLog([...twins, later]).copies, readLog([twins[0], twins[0]]).copies], [1, 0]);
  }
});

test("a date in local time is the same id as the seconds the kernel wrote", () => {
  const raw = `type=AVC msg=audit(1795337554.762:23): ${SHORT}`;
  const dated = `type=AVC msg=audit(11/22/26 10:52:34.762:23) : ${SHORT}`;
  assert.equal(1795337554 % 900, (52 * 60 + 34) % 900);
  assert.equal(readLog([raw, dated]).copies, 1);
  assert.equal(readLog([raw, dated.replace("34.762", "35.762")]).copies, 0);
});

test("an object of JSON that is spread over lines is one line of the log", () => {
  const entry = { MESSAGE: `audit: type=1400 audit(100.001:5): ${SHORT}`, _TRANSPORT: "kernel", PRIORITY: ["5", "6"] };
  const text = `{"no": 1}\n${JSON.stringify(entry, undefined, 4)}\n{\nnot indented\n${line(6)}\n${JSON.stringify(entry, undefined, "\t").replace(":5)", ":7)")}\n`;
  for (const reading of [readLog(text.split("\n")), readPieces([bytes(text)])]) {
    assert.deepEqual(
      reading.events.map(({ event }) => event.serial),
      [5, 6, 7],
    );
    assert.equal(reading.problemCounts["broken-entry"], 0);
  }
  assert.equal(readPieces([bytes(text.trimEnd().slice(0, -1))]).problemCounts["broken-entry"], 1);
});

test("equal events are counted as they come, others than wanted are not, and those without room are told", () => {
  const count = countLog({ limit: 1, isWanted: ({ name }) => name !== "/b" });
  count.feed(bytes([line(1), line(2), line(3, "/b"), line(4, "/c"), line(5, "/c"), line(6), ""].join("\n")));
  const { groups, beyond, unwanted, unwantedProfiles } = count.report();
  assert.deepEqual([groups.map((group) => group.count), beyond, unwanted, unwantedProfiles], [[3], 2, 1, ["p"]]);
});

test("a time before or after is not wanted, and groups by time are kept apart though their events are the same", () => {
  const count = countLog({ sinceMs: 100_000, untilMs: 200_999, keyOf: ({ time }) => String(time?.sec), isTimed: true });
  const secs = [99, 100, 100, 150, 200, 201];
  count.feed(bytes(secs.map((sec, at) => `${line(at + 1, "/a", sec)}\n`).join("")));
  const { groups, unwanted } = count.report();
  assert.deepEqual(
    [groups.map(({ key, count: often }) => [key, often]), unwanted],
    [
      [
        ["100", 2],
        ["150", 1],
        ["200", 1],
      ],
      2,
    ],
  );
});

test("an event that is known is given with its own time, number, process and name", () => {
  const lines = [line(1), line(9, "/other", 555).replace("pid=1", "pid=77"), line(10, "/other", 556)];
  const { events } = readPieces([bytes(`${lines.join("\n")}\n`)]);
  assert.deepEqual(
    events.map(({ event }) => event),
    lines.map((one) => parseLine(one)),
  );
});

function call(serial: number, text: string): string {
  return `type=SYSCALL msg=audit(9.1:${serial}): arch=c000003e ${text}`;
}

test("a system call's record says the same in a log of bytes as read in full", () => {
  const lines = [
    call(1, 'success=no exit=-13 comm="sh" exe="/bin/sh" key=(null)'),
    call(2, 'success=yes exit=3 exe=2F62696E2F7368 key=(null)\u001dARCH=x86_64 SYSCALL=openat exe="/no"'),
    call(3, 'success=no success=yes exit=99999999999999999999 exe="/a b" exe="/c"'),
    call(4, 'exit=-1x exe="/cut'),
    call(5, 'success=no exe="/na\u00efve"'),
    call(6, ""),
    call(7, 'success=no exe="/r"\r'),
    "type=SYSCALL msg=audit(9.1:8) success=no",
    "type=SYSCALL msg=audit(9.1:): success=no",
    "type=CWD msg=audit(9.1:9): cwd=/",
    "type=SYSCALLS msg=audit(9.1:9): success=no",
    "type=1300 msg=audit(9.1:10): success=yes exit=0",
  ];
  const expected = readLog(lines);
  const reading = readPieces([bytes(`${lines.join("\n")}\n`)]);
  assert.deepEqual([...reading.calls], [...expected.calls]);
  assert.deepEqual(reading, expected);
  assert.deepEqual(reading.calls.get("9.001:2"), { success: true, exit: 3, exe: "/bin/sh" });
  assert.equal(reading.calls.size, 9);
});

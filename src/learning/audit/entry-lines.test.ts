import assert from "node:assert/strict";
import { test } from "node:test";
import type { Appearance } from "./copies.ts";
import { inspectLine, parseLine } from "./parse.ts";
import { openScan } from "./scan/open.ts";
import { type LineTaker, Templates, eventOf } from "./templates.ts";
import { readLog, readPieces } from "./index.ts";

type Fields = Record<string, unknown>;

const body = (name: string, pid: number): string =>
  `apparmor="DENIED" operation="open" class="file" profile="p" name="${name}" pid=${pid} comm="t" requested_mask="r" denied_mask="r" fsuid=0 ouid=0`;

const ofKernel = (serial: number, more: Fields = {}): string =>
  JSON.stringify({
    __CURSOR: `s=9f;i=${serial.toString(16)}`,
    _BOOT_ID: "27bd",
    _TRANSPORT: "kernel",
    SYSLOG_IDENTIFIER: "kernel",
    SYSLOG_FACILITY: "0",
    CODE: 'a "quoted" one\n',
    MESSAGE: `audit: type=1400 audit(17${serial}.254:${serial}): ${body(`/srv/${serial}`, serial)}`,
    ...more,
  });

const ofAudit = (serial: number, more: Fields = {}): string =>
  JSON.stringify({
    _TRANSPORT: "audit",
    SYSLOG_IDENTIFIER: "audit",
    _AUDIT_TYPE: "1400",
    _AUDIT_ID: String(serial),
    _SOURCE_REALTIME_TIMESTAMP: `1795338034${serial}000`,
    MESSAGE: `AVC ${body(`/srv/${serial}`, serial)}`,
    ...more,
  });

const bytes = (line: string): Uint8Array => Buffer.from(`${line}\n`);
const nowhere = (): Appearance => ({ sec: -1, ms: 0, serial: -1, phase: -1, pid: -1, line: 0, stamp: 0 });

/** What templates that learned one entry of each kind, and others, give for a line; `undefined`: it is to be read in full. */
function taught(others: readonly string[] = []): (line: string) => unknown {
  const templates = new Templates(openScan(), inspectLine);
  /** What becomes of a line by itself: an event, or what is to be done with it. */
  const pass = (line: string, isLearned: boolean): unknown => {
    let event: unknown;
    const taker: LineTaker = {
      at: nowhere(),
      hasRoomForCalls: () => true,
      takeKnown: (known) => {
        event = eventOf(known, taker.at);
      },
    };
    templates.begin(bytes(line));
    const [start, next] = templates.pass(0, taker);
    if (isLearned && start === 0 && next.is === "learn") templates.learn(0, bytes(line).length - 1);
    return event;
  };
  for (const line of [ofKernel(100), ofAudit(100), ...others]) pass(line, true);
  return (line) => pass(line, false);
}

test("an entry that is like one that was read has the event that reading it gives", () => {
  const find = taught();
  for (const line of [ofKernel(101), ofAudit(101), ofKernel(102, { _BOOT_ID: "other", MORE: "x" })]) {
    assert.deepEqual(find(line), parseLine(line));
    assert.notEqual(find(line), undefined);
  }
});

test("an entry in which anything is open to doubt is read in full, however often it comes", () => {
  const line = ofKernel(101);
  const doubtful = [
    ofKernel(101, { _TRANSPORT: "stdout" }),
    ofKernel(101, { SYSLOG_IDENTIFIER: "sshd" }),
    ofKernel(101, { SYSLOG_IDENTIFIER: ["kernel", "sshd"] }),
    ofKernel(101, { SYSLOG_FACILITY: "3" }),
    ofKernel(101, { _AUDIT_TYPE: "1300" }),
    ofKernel(101, { _AUDIT_TYPE: "x-1" }),
    ofKernel(101, { MESSAGE: null }),
    ofKernel(101, { OTHER: "naïve" }),
    ofKernel(101, { OTHER: 3 }),
    ofAudit(101, { _AUDIT_ID: "x" }),
    ofAudit(101, { _SOURCE_REALTIME_TIMESTAMP: "9795338034101000" }),
    ofAudit(101, { MESSAGE: `audit(1795338034.101:101): ${body("/a", 1)}` }),
    line.replace("{", '{"_TRANSPORT":"stdout",'),
    line.replace(/\}$/, ',"_TRANSPORT":"stdout"}'),
    line.replace(/\}$/, ',"\\u005fTRANSPORT":"stdout"}'),
    line.replace("/srv/", "/srv/\\u0041"),
    line.replace("/srv/", "/srv/\\\\"),
    `${line} `,
    ` ${line}`,
    line.slice(0, -1),
  ];
  const find = taught(doubtful);
  for (const one of doubtful) assert.equal(find(one), undefined, one);
});

/** All that one byte more, or another one, makes of a line. */
function* changesOf(line: string): Generator<string> {
  const signs = ['"', "\\", "{", "}", ":", ",", "0", "7", "a", "_", " ", "\t", ";", "("];
  for (let at = 0; at <= line.length; at += 1) {
    for (const sign of signs) {
      yield line.slice(0, at) + sign + line.slice(at);
      yield line.slice(0, at) + sign + line.slice(at + 1);
    }
  }
}

test("no change of a byte makes an entry another one than reading it does", () => {
  const find = taught();
  const counts = { found: 0, read: 0 };
  for (const changed of [...changesOf(ofKernel(101)), ...changesOf(ofAudit(101))]) {
    const event = find(changed);
    if (event === undefined) counts.read += 1;
    else {
      counts.found += 1;
      assert.deepEqual(event, parseLine(changed), changed);
    }
  }
  assert.ok(counts.found > 1000 && counts.read > 1000, JSON.stringify(counts));
});

test("a line of a log that looks like the line of an entry is no entry", () => {
  const plain = `kernel;kernel;0;;audit: type=1400 audit(17101.254:101): ${body("/srv/101", 101)}`;
  const lines = [ofKernel(100), plain, ofKernel(102), plain.replaceAll("101", "103")];
  const whole = readPieces([Buffer.from(`${lines.join("\n")}\n`)]);
  assert.deepEqual({ ...whole, calls: [] }, { ...readLog(lines), calls: [] });
});

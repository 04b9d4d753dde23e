/** What a log gives does not depend on how it is read: line by line and in full, or in pieces and as far as is needed. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { decodeBytes, encodeBytes } from "../../src/foundation/text/index.ts";
import {
  type AuditEvent,
  type EventGroup,
  type EventTime,
  countLog,
  groupEvents,
  type LogReading,
  readLog,
  readPieces,
} from "../../src/learning/audit/index.ts";
import { eventKey } from "../../src/learning/audit/groups.ts";
import { inspectLine } from "../../src/learning/audit/parse.ts";
import { openScriptScan } from "../../src/learning/audit/scan/javascript.ts";
import type { Scan } from "../../src/learning/audit/scan/types.ts";
import { openWasmScan } from "../../src/learning/audit/scan/webassembly.ts";
import { Templates, eventOf } from "../../src/learning/audit/templates.ts";
import { readEvents } from "../../src/library/learning.ts";
import { countSteps } from "../support/counted-steps.ts";
import { dose } from "../support/dose.ts";
import { hostileLog } from "../support/hostile-logs.ts";
import { Random } from "../support/random.ts";

const recorded = readFileSync(new URL("../../../tests/corpus/audit-events.jsonl", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line): unknown => JSON.parse(line))
  .flatMap((entry) => (Array.isArray(entry) ? String(entry[2]).split("\n") : []));

function* cut(bytes: Uint8Array, random: Random): Generator<Uint8Array> {
  const most = random.pick([40, 300, 5000, 70_000]);
  // as files give them: in one buffer, which is filled again
  const buffer = Buffer.alloc(most);
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + 1 + random.below(most));
    buffer.set(bytes.subarray(at, end));
    yield buffer.subarray(0, end - at);
    at = end;
  }
}

function comparable({ events, calls, ...rest }: LogReading): unknown {
  return { ...rest, calls: [...calls], events };
}

function checkSame(text: string, random: Random): number {
  const bytes = encodeBytes(text);
  const lines = Buffer.from(bytes)
    .toString("latin1")
    .split("\n")
    .map((line) => decodeBytes(Buffer.from(line, "latin1")));
  if (lines.at(-1) === "") lines.pop();
  const expected = readLog(lines);
  assert.deepEqual(comparable(readPieces(cut(bytes, random))), comparable(expected));
  return expected.events.length;
}

/** Numbers, names and programs of a line become others, in their places or in one where they matter. */
function varied(line: string, random: Random): string {
  const digits = (text: string): string => text.replace(/\d/g, () => String(random.below(10)));
  const change = random.below(9);
  if (change < 4) {
    return line
      .replace(/(audit\(\d+\.\d+:)(\d+)/, (_, head: string) => head + String(random.below(3000)))
      .replace(/ pid=(\d+)/, () => ` pid=${random.below(70_000)}`)
      .replace(/ name="[^"]*"/, (name) => (random.chance(0.6) ? ` name="/f/${random.below(40)}"` : name));
  }
  if (change === 4) return line.replace(/^[^a]*/, digits);
  if (change === 5) return line.replace(/ name=("[^"]*"|\S*)/, () => random.pick(NAMES));
  if (change === 6) return line.replace(/ pid=\d+/, () => random.pick(PIDS));
  const at = random.below(line.length + 1);
  if (change === 7) return line.slice(0, at) + random.pick(SPLICES) + line.slice(at);
  return line.slice(0, at) + line.slice(at + 1 + random.below(4));
}

const NAMES = [
  ' name="/a b"',
  ' name="/f/back\\x41slash"',
  ' name="/é"',
  " name=2F6120",
  ' name="',
  ' name="/x" name="/y"',
  ' name="/x pid=3"',
  ' name= "/y"',
  "",
  ' name=""',
];
const PIDS = [" pid=", " pid=-1", " pid=5x", " pid=5,", ' pid="5"', " pid=1 pid=2", " pid=12345678901", "", " pid = 5"];
const SPLICES = [
  '"',
  "'",
  "\u001d",
  " ",
  "=",
  "\\",
  "\r",
  ")",
  "audit(1.2:3): ",
  'apparmor="DENIED" ',
  "é",
  "\t",
  "<3>",
  "sshd[1]: ",
  "{",
];

test("recorded lines, varied, give the same in pieces as line by line", () => {
  const random = new Random(20261129);
  let events = 0;
  for (let run = 0; run < 5; run += 1) {
    const lines = Array.from({ length: 900 }, () => {
      const line = recorded[random.below(recorded.length)] ?? "";
      return random.chance(0.85) ? varied(line, random) : line;
    });
    // again and again the same ones, so that what was learned of one is used for others
    const some = Array.from({ length: 600 }, () => varied(random.pick(lines.slice(0, 8)), random));
    events += checkSame([...lines, ...some].join(random.pick(["\n", "\n", "\r\n"])), random);
  }
  assert.ok(events > 2000, String(events));
});

test("hostile logs give the same in pieces as line by line", () => {
  const random = new Random(11);
  for (let run = 0; run < 3; run += 1) checkSame(hostileLog(random, 500, run / 5).join("\n"), random);
});

/** All that templates say of a log, line by line: events and whether they are copies, numbers, lines to be read. */
function said(scan: Scan, bytes: Uint8Array): readonly unknown[] {
  const all: unknown[] = [];
  const templates = new Templates(scan, inspectLine);
  const taker = {
    at: { sec: -1, ms: 0, serial: -1, phase: -1, pid: -1, line: 0, stamp: 0 },
    hasRoomForCalls: () => all.length % 50 !== 0,
    takeKnown: (known: Parameters<typeof eventOf>[0], isCopy: boolean) =>
      void all.push([{ ...taker.at }, { ...known.sum }, eventOf(known, taker.at), isCopy]),
  };
  templates.begin(bytes);
  for (let next = 0; next < bytes.length;) {
    const [start, line] = templates.pass(next, taker);
    const end = bytes.indexOf(0x0a, start);
    all.push([start, line]);
    if (end < 0) break;
    if (line.is === "learn") templates.learn(start, end);
    taker.at.line += 1;
    next = end + 1;
  }
  return all;
}

/** Lines whose parts have every length, and records that share their numbers or do not: what is found many bytes at a time ends anywhere. */
function lineOfLengths(random: Random): string {
  const digits = (most: number): string => {
    const count = 1 + random.below(most);
    return Array.from({ length: count }, () => String(random.below(10))).join("");
  };
  const text = (most: number): string => "abc/d-e_f.g h".repeat(8).slice(0, random.below(most));
  const id = random.chance(0.5)
    ? `audit(17953380${random.below(30)}.${random.below(3)}:${random.below(40)})`
    : `audit(${digits(17)}.${digits(11)}:${digits(17)})`;
  const name = random.pick([` name="/${text(70)}"`, ` name="/${text(20)}"`, ` name="/f/${random.below(5)}"`, ""]);
  const extra = random.pick(["", "", ` rmid=${digits(3)}`, ` xpid=${digits(3)}`, ` d=${digits(2)}`]);
  const pid = random.chance(0.8) ? ` pid=${digits(5)}` : ` pid=${digits(11)}`;
  const event = `apparmor="DENIED" operation="open" profile="p${text(40)}"${extra}${name}${pid} comm="x" requested_mask="r" denied_mask="r"`;
  const message = `audit: type=1400 ${id}: ${event}`;
  const roll = random.below(12);
  if (roll < 4) return `type=AVC msg=${id}: ${event}`;
  if (roll < 6)
    return `type=SYSCALL msg=${id}: arch=c000003e ${text(60)}key=${random.pick(["(null)", "n=1 r=2", 'operation="x"'])}`;
  if (roll === 6) return `type=PROCTITLE msg=${id}: proctitle=${text(40)}`;
  if (roll === 7) return `kernel: ${message}`;
  if (roll === 8) return `kernel: type=SYSCALL msg=${id}: arch=c000003e`;
  const fields = {
    [`X${text(30)}`]: text(50),
    _TRANSPORT: "kernel",
    SYSLOG_IDENTIFIER: "kernel",
    Y: `"${text(6)}"${text(9)}\\`,
  };
  if (random.chance(0.2)) Object.assign(fields, { Z: random.pick(["\u007f", "\u001f", "~", "é", "\n"]) });
  return JSON.stringify({ ...fields, MESSAGE: message });
}

test("a text, its lines, and its lines with their ends give the library the events of their bytes", () => {
  const random = new Random(20261130);
  let groups = 0;
  for (let run = 0; run < dose(4, 40); run += 1) {
    const text = hostileLog(random, 500, (run % 4) / 4).join("\n");
    // Longer than a piece, with a character of two units wherever a piece may end.
    const long = run > 0 ? "" : `${"\u{1f600}".repeat(700_000)}\nx${"\u{1f600}".repeat(700_000)}\n`;
    const lines = decodeBytes(encodeBytes(`${long}${text}`)).split("\n");
    if (lines.at(-1) === "") lines.pop();
    const { events, ...summary } = readPieces([encodeBytes(lines.join("\n"))]);
    const expected = { groups: groupEvents(events.map(({ event }) => event)), summary };
    for (const log of [
      lines.join("\n"),
      `${lines.join("\n")}\n`,
      lines,
      lines.values(),
      lines.map((one) => `${one}\n`),
    ])
      assert.deepEqual(readEvents(log), expected);
    groups += expected.groups.length;
  }
  assert.ok(groups > 500, `only ${groups} groups`);
});

function eventCount(log: string): number {
  return readEvents(log).groups.reduce((sum, { count }) => sum + count, 0);
}

test("a log that is given to the library is counted while it is read, and not line by line", () => {
  const line =
    'type=AVC msg=audit(1764374400.123:NUMBER): apparmor="DENIED" operation="open" class="file" profile="demo" name="/srv/x" pid=7 comm="demo" requested_mask="r" denied_mask="r" fsuid=0 ouid=0\n';
  const logOf = (count: number): string =>
    Array.from({ length: count }, (_, at) => line.replace("NUMBER", String(at + 1))).join("");
  const [few, many] = [logOf(1000), logOf(11_000)];
  assert.deepEqual([eventCount(few), eventCount(many)], [1000, 11_000]);
  const more = countSteps(() => readEvents(many)) - countSteps(() => readEvents(few));
  assert.ok(more < 1000, `${more} steps for 10,000 more lines`);
});

test("parts of every length are found alike, in JavaScript, in WebAssembly and line by line", () => {
  const random = new Random(20261203);
  let events = 0;
  for (let run = 0; run < dose(12, 400); run += 1) {
    const some = Array.from({ length: 60 }, () => lineOfLengths(random));
    const lines = Array.from({ length: 500 }, () => (random.chance(0.6) ? random.pick(some) : lineOfLengths(random)));
    const bytes = encodeBytes(`${lines.join("\n")}\n`);
    const wasm = openWasmScan();
    assert.ok(wasm !== undefined, "Node runs WebAssembly");
    assert.deepEqual(said(wasm, bytes), said(openScriptScan(), bytes));
    events += checkSame(lines.join("\n"), random);
  }
  assert.ok(events > 1000, String(events));
});

interface Counted {
  count: number;
  first: EventTime | undefined;
  last: EventTime | undefined;
  readonly comms: string[];
  readonly pids: number[];
}

/** What is counted of events, one by one. */
function countedOneByOne(events: readonly AuditEvent[], keyOf: (event: AuditEvent) => string, limit: number): unknown {
  const groups = new Map<string, Counted>();
  let beyond = 0;
  for (const event of events) {
    const key = keyOf(event);
    const group = groups.get(key) ?? { count: 0, first: undefined, last: undefined, comms: [], pids: [] };
    if (!groups.has(key) && groups.size >= limit) {
      beyond += 1;
      continue;
    }
    groups.set(key, group);
    group.count += 1;
    group.first ??= event.time;
    group.last = event.time ?? group.last;
    const { comm, pid } = event;
    if (comm !== undefined && !group.comms.includes(comm) && group.comms.length < 32) group.comms.push(comm);
    if (pid !== undefined && pid >= 0 && !group.pids.includes(pid) && group.pids.length < 32) group.pids.push(pid);
  }
  return { groups: [...groups].map(([key, group]) => ({ key, ...group })), beyond };
}

const plainGroup = ({ key, count, first, last, comms, pids }: EventGroup): unknown => ({
  key,
  count,
  first,
  last,
  comms,
  pids,
});

test("what is counted where it is found is what is counted one by one", () => {
  const random = new Random(20261204);
  let counted = 0;
  for (let run = 0; run < dose(24, 600); run += 1) {
    const some = Array.from({ length: 25 }, () =>
      random.chance(0.5) ? lineOfLengths(random) : varied(recorded[random.below(recorded.length)] ?? "", random),
    );
    const again = (line: string): string =>
      line
        .replace(
          /audit\(\d+\.\d+:\d+\)/,
          `audit(1795338${random.below(900)}.${random.below(1000)}:${random.below(100_000)})`,
        )
        .replace(/ pid=\d+/, (pid) => (random.chance(0.3) ? ` pid=${random.below(5)}` : pid));
    const lines = Array.from({ length: 1500 }, () => again(random.pick(some)));
    const events = readLog(lines).events.map(({ event }) => event);
    const isWanted = random.chance(0.6) ? undefined : ({ name }: AuditEvent): boolean => name !== "/f/1";
    const limit = random.pick([Infinity, Infinity, 7]);
    const keyOf = random.chance(0.6) ? undefined : (event: AuditEvent): string => event.profile ?? "";
    const count = countLog({
      limit,
      ...(isWanted && { isWanted }),
      ...(keyOf && { keyOf }),
      wantsCalls: random.chance(0.5),
    });
    for (const piece of cut(encodeBytes(`${lines.join("\n")}\n`), random)) count.feed(piece);
    count.end();
    const { groups, beyond, unwanted, reading } = count.report();
    const wanted = events.filter((event) => isWanted?.(event) ?? true);
    assert.deepEqual({ groups: groups.map(plainGroup), beyond }, countedOneByOne(wanted, keyOf ?? eventKey, limit));
    assert.equal(unwanted, events.length - wanted.length);
    assert.deepEqual(reading.loss, readLog(lines).loss);
    counted += wanted.length;
  }
  assert.ok(counted > 5000, String(counted));
});

test("the scan says the same in JavaScript and in WebAssembly", () => {
  const random = new Random(47);
  let events = 0;
  for (let run = 0; run < 8; run += 1) {
    const lines = Array.from({ length: 300 }, () => varied(recorded[random.below(recorded.length)] ?? "", random));
    const some = Array.from({ length: 900 }, () => varied(random.pick(lines.slice(0, 12)), random));
    const log = [...lines, ...some, ...hostileLog(random, 200, run / 8), ...some.slice(0, 300)];
    const bytes = encodeBytes(`${log.join("\n")}\n`);
    const wasm = openWasmScan();
    assert.ok(wasm !== undefined, "Node runs WebAssembly");
    const expected = said(openScriptScan(), bytes);
    assert.deepEqual(said(wasm, bytes), expected);
    events += expected.filter((one) => Array.isArray(one) && one.length === 4 && typeof one[3] === "boolean").length;
  }
  assert.ok(events > 1000, String(events));
});

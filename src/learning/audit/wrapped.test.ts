/** Records that were wrapped: joined where that is certain, counted as cut where it is not, and never another event. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeBytes } from "../../foundation/text/index.ts";
import { logReader, readLog, readPieces } from "./log.ts";

const RECORDS = [
  'apparmor="DENIED" operation="open" class="file" profile="notes" name="/srv/a.b-c" pid=1234 comm="cat" requested_mask="r" denied_mask="r" fsuid=1000 ouid=0',
  'apparmor="ALLOWED" operation="exec" class="file" info="no new privs" error=-13 profile="notes" name=2F7372762F612062 pid=12 comm=612062 requested_mask="x" denied_mask="x" fsuid=0 ouid=0 target="notes//null-/bin/cp"',
  'apparmor="DENIED" operation="capable" class="cap" profile="/usr/bin/notes" pid=1234 comm="cat" capability=21  capname="sys_admin"',
  'apparmor="DENIED" operation="signal" class="signal" profile="a" pid=7 comm="t" requested_mask="send" denied_mask="send" signal=term peer="b"',
  'apparmor="DENIED" operation="create" class="net" profile="a" pid=7 comm="t" family="inet" sock_type="stream" protocol=6 requested="create" denied="create"',
];
const FRAMES = [
  (id: string, record: string) => `type=AVC msg=${id}: ${record}`,
  (id: string, record: string) => `Nov 22 08:52:34 host kernel: [  12.345678] audit: type=1400 ${id}: ${record}`,
  (id: string, record: string) => `[   12.345678] audit: type=1400 ${id}: ${record}`,
  (id: string, record: string) => `type=AVC msg=${id}: ${record}\u001dFSUID="ann" OUID="root"`,
];
type Frame = (typeof FRAMES)[number];

interface Tally {
  joined: number;
  cut: number;
  readonly wrong: string[];
}

/** Ways to wrap a line: what its lines are. */
type Wrappings = readonly ((line: string) => readonly string[])[];

const idOf = (serial: number): string => `audit(1795338034.254:${serial})`;

/** One log of a record in all of its wrappings, each with a number of its own, between whole ones. */
function wrappedLog(record: string, frame: Frame, wraps: Wrappings): { lines: string[]; starts: Map<number, number> } {
  const lines: string[] = [];
  const starts = new Map<number, number>();
  let serial = 10_001;
  const whole = (): void => {
    lines.push(frame(idOf(serial), record));
    serial += 1;
  };
  for (const wrap of wraps) {
    whole();
    starts.set(serial, lines.length + 1);
    lines.push(...wrap(frame(idOf(serial), record)));
    serial += 1;
  }
  whole();
  return { lines, starts };
}

/** What came of it, read as lines and as pieces. */
function judge(record: string, frame: Frame, wraps: Wrappings, tally: Tally): void {
  const { lines, starts } = wrappedLog(record, frame, wraps);
  const [only] = readLog([frame("audit(1795338034.254:1)", record)]).events;
  const bytes = encodeBytes(lines.map((line) => `${line}\n`).join(""));
  const pieces: Uint8Array[] = [];
  // What ends with a line says that no more has come by then.
  for (let at = 0; at < bytes.length;) {
    const end = at + (bytes[at + 996] === 10 ? 998 : 997);
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  // Where a head was broken before its number, who reads the rest does not know the carrier, nor the type.
  const told = (event: object | undefined, start: number | undefined): unknown => {
    const isHeadless = start !== undefined && !/audit\(./.test(lines[start - 1] ?? "");
    const all = Object.entries({ ...event, ...(isHeadless && { source: "", recordType: 1400 }) });
    return all.toSorted(([one], [other]) => (one < other ? -1 : 1));
  };
  for (const [how, reading] of [
    ["lines", readLog(lines)],
    ["one piece", readPieces([bytes])],
    ["pieces", readPieces(pieces)],
  ] as const) {
    const { events, problems } = reading;
    const bySerial = new Map(events.map(({ event }) => [event.serial ?? -1, event]));
    const last = 10_000 + starts.size * 2 + 1;
    for (let serial = 10_001; serial <= last; serial += 1) {
      const event = bySerial.get(serial);
      const start = starts.get(serial);
      const isSame = JSON.stringify(told(event, start)) === JSON.stringify(told({ ...only?.event, serial }, start));
      const shown = `${how}: ${start === undefined ? "a whole one" : lines.slice(start - 1, start + 2).join(" ⏎ ")}`;
      if (isSame) tally.joined += start === undefined || lines[start] === "" ? 0 : 1;
      else if (start !== undefined && event?.truncated === true) tally.cut += 1;
      else if (
        start !== undefined &&
        event === undefined &&
        problems.some(({ line }) => line >= start && line <= start + 9)
      )
        tally.cut += 1;
      else tally.wrong.push(`${shown}: ${JSON.stringify(event)}`);
    }
    const known = (serial: number | undefined): boolean => serial !== undefined && serial > 10_000 && serial <= last;
    for (const { event, line } of events)
      if (!known(event.serial)) tally.wrong.push(`${how}: ${lines.slice(line - 2, line).join(" ⏎ ")}: of nobody`);
  }
}

/** No line here is longer. */
const COLUMNS = 340;

/** Broken at a column, where a blank there stays, and where it is left out. */
const onceAnywhere: Wrappings = Array.from({ length: COLUMNS }, (_, index) => [
  (line: string) => [line.slice(0, index + 1), line.slice(index + 1)],
  (line: string) => [line.slice(0, index + 1), line.slice(index + 1).replace(/^ /, "")],
]).flat();

test("a record that is wrapped once, at any column, is the same event, or counted as cut", () => {
  const tally: Tally = { joined: 0, cut: 0, wrong: [] };
  for (const [index, record] of RECORDS.entries())
    for (const frame of index === 0 ? FRAMES : FRAMES.slice(0, 2)) judge(record, frame, onceAnywhere, tally);
  assert.deepEqual(tally.wrong, []);
  assert.ok(tally.joined > 6 * tally.cut, `${tally.joined} joined, ${tally.cut} cut`);
});

/** A terminal breaks where the line is full. */
function hard(line: string, width: number): readonly string[] {
  return line.match(new RegExp(`.{1,${width}}`, "gs")) ?? [];
}

/** A mail breaks at blanks, which it leaves out. */
function soft(line: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of line.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** From the width on at which the head of a record fits in a line. */
const WIDTHS = [72, 76, 80, 100, 120, 132, 160, 200];

const againAndAgain: Wrappings = WIDTHS.flatMap((width) => [
  (line: string) => hard(line, width),
  (line: string) => soft(line, width),
  (line: string) => hard(line, width).map((one) => `${one}\r`),
]);

test("a record that is wrapped again and again is the same event, or counted as cut", () => {
  const tally: Tally = { joined: 0, cut: 0, wrong: [] };
  for (const record of RECORDS) for (const frame of FRAMES) judge(record, frame, againAndAgain, tally);
  assert.deepEqual(tally.wrong, []);
  assert.ok(tally.joined > 3 * tally.cut, `${tally.joined} joined, ${tally.cut} cut`);
});

const kernel = (text: string): string =>
  `Nov 22 08:52:34 host kernel: audit: type=1400 audit(1795338034.254:9): ${text}`;

const cutAt = (lines: readonly string[]): void => {
  for (const { events } of [readLog(lines), readPieces([encodeBytes(lines.join("\n"))])])
    for (const { event } of events)
      assert.ok(event.truncated === true || event.name === undefined, JSON.stringify(event));
};

test("nobody else's line is joined to a record of the kernel, or the kernel's to his", () => {
  const [record = ""] = RECORDS;
  const cut = record.indexOf("b-c");
  const [first, rest] = [record.slice(0, cut), record.slice(cut)];
  cutAt([kernel(first), `Nov 22 08:52:34 host notes[7]: ${rest}`]);
  cutAt([kernel(first), kernel(rest)]);
  cutAt([kernel(first), "", rest]);
  cutAt([kernel(first), `    ${rest}`]);
  cutAt([kernel(first), JSON.stringify({ MESSAGE: rest })]);
  cutAt([`Nov 22 08:52:34 host notes[7]: ${kernel(first)}`, rest]);
  cutAt([JSON.stringify({ MESSAGE: `audit: type=1400 audit(1.2:3): ${first}` }), rest]);
  // a field that is there already is no part of the same record
  const whole = readLog([kernel(record), 'name="/etc/shadow"']).events;
  assert.deepEqual(
    whole.map(({ event }) => [event.name, event.truncated]),
    [["/srv/a.b-c", undefined]],
  );
});

test("only an unfinished record waits: what is whole is told with the piece that it comes in", () => {
  const [record = ""] = RECORDS;
  const seen: (string | null | undefined)[] = [];
  const reader = logReader({ onEvent: ({ template: { event } }) => void seen.push(event.name) });
  const line = FRAMES[0]?.("audit(1795338034.254:9)", record) ?? "";
  reader.feed(encodeBytes(`${line}\n`));
  assert.deepEqual(seen, ["/srv/a.b-c"]);
  const other = line.replace(":9)", ":10)");
  reader.feed(encodeBytes(`${other.slice(0, 110)}\n`));
  assert.equal(seen.length, 1);
  reader.feed(encodeBytes(`${other.slice(110)}\n`));
  reader.end();
  assert.deepEqual(seen, ["/srv/a.b-c", "/srv/a.b-c"]);
});

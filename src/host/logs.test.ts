import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { spawnSync } from "node:child_process";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { nodeLogs } from "./index.ts";
import { toolPath } from "./tools.ts";
import type { LogItem, LogOptions, LogSource } from "../foundation/ports/index.ts";

function root(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "armorer-logs-"));
  context.after(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, "var/log/audit"), { recursive: true });
  mkdirSync(join(directory, "dev"));
  return directory;
}

async function open(place: string, source: LogSource, options: LogOptions): Promise<AsyncIterable<LogItem>> {
  const opened = await nodeLogs({ root: place }).open(source, options);
  assert.ok(opened.ok);
  return opened.value;
}

/** Lines, files and what was said, as they come. */
async function* textsOf(items: AsyncIterable<LogItem>): AsyncGenerator<string> {
  let rest = "";
  for await (const item of items) {
    if (item.kind === "bytes") {
      const lines = (rest + Buffer.from(item.bytes).toString("latin1")).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
      continue;
    }
    if (rest !== "") yield rest;
    rest = "";
    if (item.kind === "lost") yield `LOST ${item.reason}`;
    if (item.kind === "skipped") yield `SKIPPED ${basename(item.path)} ${item.reason}`;
  }
  if (rest !== "") yield rest;
}

async function texts(items: AsyncIterable<LogItem>, limit = Infinity): Promise<string[]> {
  const found: string[] = [];
  for await (const text of textsOf(items)) {
    found.push(text);
    if (found.length >= limit) break;
  }
  return found;
}

test("rotated logs come oldest first, packed or not, and the last line needs no end", async (t) => {
  const place = root(t);
  const log = join(place, "var/log/audit/audit.log");
  writeFileSync(`${log}.10`, "one\n");
  writeFileSync(`${log}.2.gz`, gzipSync("two\r\n"));
  writeFileSync(`${log}.1`, "three\nunended");
  writeFileSync(`${log}.1.gz`, gzipSync("the same as .1, which is being packed\n"));
  writeFileSync(`${log}.old`, "none of the log's\n");
  writeFileSync(log, "four\nfive");
  const expected = ["one", "two\r", "three", "unended", "four", "five"];
  assert.deepEqual(await texts(await open(place, { kind: "audit-log" }, { follow: false })), expected);
});

test("the log of syslog is the first that is there, with its predecessors by date", async (t) => {
  const place = root(t);
  const log = join(place, "var/log/messages");
  writeFileSync(`${log}-20261115.gz`, gzipSync("one\n"));
  writeFileSync(`${log}-20261122`, "two\n");
  writeFileSync(log, "three\n");
  const expected = ["one", "two", "three"];
  assert.deepEqual(await texts(await open(place, { kind: "syslog" }, { follow: false })), expected);
  writeFileSync(join(place, "var/log/kern.log"), "kernel\n");
  assert.deepEqual(await texts(await open(place, { kind: "syslog" }, { follow: false })), ["kernel"]);
});

test("another system's journal is never this machine's", async (t) => {
  const opened = await nodeLogs({ root: root(t) }).open({ kind: "journal" }, { follow: false });
  assert.ok(!opened.ok && opened.error.errno === "ENOENT" && opened.error.path.endsWith("/var/log/journal"));
});

/** How packed files begin. */
const MAGICS: Readonly<Record<string, Buffer>> = {
  xz: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]),
  zstd: Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0]),
  bzip2: Buffer.from("BZh91A"),
};

test("what this system has a program for is unpacked, and what it has none for is said to be packed", async (t) => {
  const place = root(t);
  const path = join(place, "log");
  for (const tool of ["xz", "zstd", "bzip2"]) {
    const program = toolPath(tool);
    const packed = program === undefined ? MAGICS[tool] : spawnSync(program, ["-c"], { input: "hello\nthere" }).stdout;
    writeFileSync(path, packed ?? "");
    const found = await texts(await open(place, { kind: "file", path }, { follow: false }));
    const expected =
      program === undefined
        ? [`SKIPPED log it is packed, and this system has no \`${tool}\` to unpack it`]
        : ["hello", "there"];
    assert.deepEqual(found, expected);
    if (program === undefined || packed === undefined) continue;
    writeFileSync(path, packed.subarray(0, packed.length - 5));
    assert.match(
      (await texts(await open(place, { kind: "file", path }, { follow: false }))).at(-1) ?? "",
      /^SKIPPED log it is damaged/,
    );
  }
});

test("what a packed file holds is not unpacked again", async (t) => {
  const place = root(t);
  const path = join(place, "log.gz");
  writeFileSync(path, gzipSync(gzipSync("hello\n")));
  const found = await texts(await open(place, { kind: "file", path }, { follow: false }));
  assert.deepEqual(found, ["SKIPPED log.gz what it holds is packed again"]);
});

test("a gzip file that is damaged or cut off gives what can be had, and it is said", async (t) => {
  const place = root(t);
  const path = join(place, "log.gz");
  const packed = gzipSync("hello\nthere\n".repeat(1000));
  writeFileSync(path, packed.subarray(0, packed.length - 8));
  const found = await texts(await open(place, { kind: "file", path }, { follow: false }));
  assert.equal(found[0], "hello");
  assert.match(found.at(-1) ?? "", /^SKIPPED log.gz it is damaged or cut off/);
});

test("UTF-16 with and without a mark, and a mark of UTF-8, are read as what they say", async (t) => {
  const place = root(t);
  const path = join(place, "log");
  const line = 'apparmor="DENIED" é\nmore\n';
  const little = Buffer.from(line, "utf16le");
  const big = Buffer.from(little).swap16();
  const forms = [
    Buffer.from(line),
    Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(line)]),
    little,
    Buffer.concat([Buffer.from([0xff, 0xfe]), little]),
    big,
    Buffer.concat([Buffer.from([0xfe, 0xff]), big]),
    gzipSync(little),
  ];
  const expected = Buffer.from(line).toString("latin1").split("\n").slice(0, 2);
  for (const form of forms) {
    writeFileSync(path, form);
    assert.deepEqual(await texts(await open(place, { kind: "file", path }, { follow: false })), expected);
  }
});

test("following goes on through a rotation and loses no line", async (t) => {
  const place = root(t);
  const log = join(place, "var/log/audit/audit.log");
  writeFileSync(log, "old\n");
  const items = await open(place, { kind: "audit-log" }, { follow: true, onlyNew: true });
  const found: string[] = [];
  setTimeout(() => {
    appendFileSync(log, "first\n");
    renameSync(log, `${log}.1`);
    appendFileSync(`${log}.1`, "second\n");
    writeFileSync(log, "third\n");
  }, 50);
  for await (const text of textsOf(items)) {
    found.push(text);
    if (found.length === 3) break;
  }
  assert.deepEqual(found, ["first", "second", "third"]);
});

test("a copy of the ring buffer in a plain file is read as lines", async (t) => {
  const place = root(t);
  writeFileSync(join(place, "dev/kmsg"), "5,1,1,-;a\n5,2,2,-;b\n");
  assert.deepEqual(await texts(await open(place, { kind: "kmsg" }, { follow: false })), ["5,1,1,-;a", "5,2,2,-;b"]);
});

test("a log that is not there is refused before the first line", async (t) => {
  const opened = await nodeLogs({ root: root(t) }).open({ kind: "audit-log" }, { follow: false });
  assert.equal(!opened.ok && opened.error.errno, "ENOENT");
});

import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { nodeLogs } from "./index.ts";
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

async function texts(items: AsyncIterable<LogItem>, limit = Infinity): Promise<string[]> {
  const found: string[] = [];
  for await (const item of items) {
    found.push(item.kind === "line" ? item.text : `LOST ${item.reason}`);
    if (found.length >= limit) break;
  }
  return found;
}

test("rotated logs come oldest first and the last line needs no end", async (t) => {
  const place = root(t);
  const log = join(place, "var/log/audit/audit.log");
  writeFileSync(`${log}.10`, "one\n");
  writeFileSync(`${log}.2`, "two\r\n");
  writeFileSync(`${log}.1.gz`, "not read\n");
  writeFileSync(log, "three\nfour");
  assert.deepEqual(await texts(await open(place, { kind: "audit-log" }, { follow: false })), [
    "one",
    "two\r",
    "three",
    "four",
  ]);
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
  for await (const item of items) {
    if (item.kind === "line") found.push(item.text);
    if (found.length === 3) break;
  }
  assert.deepEqual(found, ["first", "second", "third"]);
});

test("a line without end longer than a mebibyte is cut and said to be", async (t) => {
  const place = root(t);
  const path = join(place, "huge");
  writeFileSync(path, `${"x".repeat(3 << 20)}\nnext\n`);
  const found = await texts(await open(place, { kind: "file", path }, { follow: false }));
  assert.equal(found.length, 3);
  assert.equal(found[0]?.length, 1 << 20);
  assert.match(found[1] ?? "", /^LOST /);
  assert.equal(found[2], "next");
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

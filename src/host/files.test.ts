import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { writeOutput } from "../foundation/ports/index.ts";
import { encodeBytes } from "../foundation/text/index.ts";
import { nodeFiles, previewFiles } from "./index.ts";
import { nodeSystem } from "./system.ts";

function workplace(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "armorer-files-"));
  context.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

const files = nodeFiles();
const bytes = encodeBytes("new\n");

test("a write keeps the mode of the file it replaces and leaves nothing beside it", (t) => {
  const directory = workplace(t);
  const path = join(directory, "profile");
  writeFileSync(path, "old\n");
  chmodSync(path, 0o640);
  assert.deepEqual(files.write(path, bytes), { ok: true, value: undefined });
  assert.equal(readFileSync(path, "utf8"), "new\n");
  assert.equal(statSync(path).mode & 0o7777, 0o640);
  assert.deepEqual(readdirSync(directory), ["profile"]);
});

test("an output with the bytes that are there leaves the file where it is, newer, and starts no process", (t) => {
  const directory = workplace(t);
  const path = join(directory, "policy.bin");
  let runs = 0;
  const run: typeof nodeSystem.run = (...words) => {
    runs += 1;
    return nodeSystem.run(...words);
  };
  const counted = nodeFiles({ ...nodeSystem, run });
  const put = (text: string): { readonly ino: number; readonly mtimeMs: number } => {
    assert.ok(writeOutput(counted, path, encodeBytes(text)).ok);
    assert.equal(readFileSync(path, "utf8"), text);
    assert.deepEqual(readdirSync(directory), ["policy.bin"]);
    return statSync(path);
  };
  put("one\n");
  utimesSync(path, 1000, 1000);
  const first = statSync(path);
  const again = put("one\n");
  assert.deepEqual([again.ino, runs], [first.ino, 0]);
  assert.ok(again.mtimeMs > first.mtimeMs);
  const other = put("two\n");
  assert.notEqual(other.ino, first.ino);
  assert.equal(runs, 1);
});

test("a new file gets the mode that was asked for, whatever the umask", (t) => {
  const path = join(workplace(t), "new");
  const old = process.umask(0o077);
  t.after(() => process.umask(old));
  files.write(path, bytes, { mode: 0o666 });
  assert.equal(statSync(path).mode & 0o7777, 0o666);
});

test("a write through links replaces what they point to and keeps the links", (t) => {
  const directory = workplace(t);
  mkdirSync(join(directory, "real"));
  writeFileSync(join(directory, "real/target"), "old");
  symlinkSync("real/target", join(directory, "first"));
  symlinkSync("first", join(directory, "second"));
  assert.ok(files.write(join(directory, "second"), bytes).ok);
  assert.equal(readFileSync(join(directory, "real/target"), "utf8"), "new\n");
  assert.equal(readlinkSync(join(directory, "second")), "first");
  assert.deepEqual(readdirSync(join(directory, "real")), ["target"]);
});

test("a write through a link to nothing makes the file the link names", (t) => {
  const directory = workplace(t);
  symlinkSync("later", join(directory, "link"));
  assert.ok(files.write(join(directory, "link"), bytes).ok);
  assert.equal(readFileSync(join(directory, "later"), "utf8"), "new\n");
});

test("a link that goes in circles is refused, not followed for ever", (t) => {
  const directory = workplace(t);
  symlinkSync("b", join(directory, "a"));
  symlinkSync("a", join(directory, "b"));
  assert.deepEqual(files.read(join(directory, "a")), {
    ok: false,
    error: { path: join(directory, "a"), errno: "ELOOP" },
  });
  assert.equal(files.kind(join(directory, "a")), undefined);
});

test("a write into a directory that is missing is refused with its errno", (t) => {
  const path = join(workplace(t), "missing/file");
  assert.deepEqual(files.write(path, bytes), { ok: false, error: { path, errno: "ENOENT" } });
});

test("a write over a directory is refused and leaves no temporary file", (t) => {
  const directory = workplace(t);
  mkdirSync(join(directory, "inner"));
  assert.equal(files.write(join(directory, "inner"), bytes).ok, false);
  assert.deepEqual(readdirSync(directory), ["inner"]);
});

test("a modification time is never before the one asked for and at most 20 microseconds after", (t) => {
  const path = join(workplace(t), "cache");
  for (const wanted of [1_795_338_034_254_123_789n, 1_700_000_000_999_999_999n, 1_000_000_001n]) {
    assert.ok(files.write(path, bytes, { modifiedNs: wanted }).ok);
    const status = files.status(path);
    assert.ok(status.ok);
    assert.ok(status.value.modifiedNs >= wanted && status.value.modifiedNs - wanted < 20_000n, `${wanted}`);
  }
});

test("names that are not UTF-8 are read, listed and written as the bytes they are", (t) => {
  const directory = workplace(t);
  const name = `caf${String.fromCharCode(0xdce9)}`;
  assert.ok(files.write(join(directory, name), bytes).ok);
  assert.deepEqual(readdirSync(directory, { encoding: "buffer" })[0], Buffer.from([0x63, 0x61, 0x66, 0xe9]));
  assert.deepEqual(files.list(directory), { ok: true, value: [{ name, kind: "file" }] });
  assert.equal(files.kind(join(directory, name)), "file");
});

test("a listing follows links and tells those that lead nowhere", (t) => {
  const directory = workplace(t);
  writeFileSync(join(directory, "file"), "");
  mkdirSync(join(directory, "sub"));
  symlinkSync("file", join(directory, "to-file"));
  symlinkSync("sub", join(directory, "to-sub"));
  symlinkSync("nowhere", join(directory, "to-nothing"));
  assert.deepEqual(files.list(directory), {
    ok: true,
    value: [
      { name: "file", kind: "file" },
      { name: "sub", kind: "directory" },
      { name: "to-file", kind: "file" },
      { name: "to-nothing", kind: "dangling" },
      { name: "to-sub", kind: "directory" },
    ],
  });
});

test("a preview shows its own writes and removals and touches no file", (t) => {
  const directory = workplace(t);
  writeFileSync(join(directory, "a"), "old");
  writeFileSync(join(directory, "b"), "old");
  const preview = previewFiles(files);
  preview.write(join(directory, "a"), bytes);
  preview.remove(join(directory, "b"));
  preview.write(join(directory, "c"), bytes);
  assert.deepEqual(preview.read(join(directory, "a")), { ok: true, value: bytes });
  assert.equal(preview.kind(join(directory, "b")), undefined);
  const listed = preview.list(directory);
  assert.deepEqual(listed.ok && listed.value.map((entry) => entry.name).toSorted(), ["a", "c"]);
  assert.deepEqual(
    preview.changes().map((change) => [change.path.slice(-1), change.before?.length, change.after?.length]),
    [
      ["a", 3, 4],
      ["b", 3, undefined],
      ["c", undefined, 4],
    ],
  );
  assert.equal(readFileSync(join(directory, "a"), "utf8"), "old");
  assert.ok(!existsSync(join(directory, "c")));
});

test("the null device is an empty file, also behind a link", () => {
  const directory = mkdtempSync(join(tmpdir(), "armorer-null-"));
  try {
    symlinkSync("/dev/null", join(directory, "masked"));
    for (const path of ["/dev/null", join(directory, "masked")]) {
      const read = nodeFiles().read(path);
      assert.equal(read.ok && read.value.length, 0, path);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

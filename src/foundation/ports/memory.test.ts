import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeBytes } from "../text/index.ts";
import { memoryFiles } from "./index.ts";

test("a table of paths is a file system: what is above a file is a directory, up to the root", () => {
  const files = memoryFiles({ "/a/b/c": "x", "/a//d/": Uint8Array.of(1), "/l": null });
  assert.deepEqual(["/a/b/c", "/a/d", "/a/b/", "/a/.", "/", "/l", "/n"].map(files.kind), [
    "file",
    "file",
    "directory",
    "directory",
    "directory",
    "dangling",
    undefined,
  ]);
  assert.deepEqual(files.list("/"), {
    ok: true,
    value: [
      { name: "a", kind: "directory" },
      { name: "l", kind: "dangling" },
    ],
  });
  assert.deepEqual(files.read("/a/d"), { ok: true, value: Uint8Array.of(1) });
  assert.deepEqual(files.list("/n"), { ok: false, error: { path: "/n", errno: "ENOENT" } });
});

test("what is written is there, where what was expected was there", () => {
  const files = memoryFiles({ "/a": "x" });
  assert.equal(files.write("/a", encodeBytes("y"), { expected: encodeBytes("z") }).ok, false);
  assert.equal(files.write("/a", encodeBytes("y"), { expected: encodeBytes("x") }).ok, true);
  assert.deepEqual(files.texts(), { "/a": "y" });
});

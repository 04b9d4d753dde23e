import assert from "node:assert/strict";
import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { jsonLog } from "./keep-file.ts";

test("a kept dialogue goes into the file that was made for it, whatever its name leads to meanwhile", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "armorer-keep-"));
  const old = process.env["TMPDIR"];
  process.env["TMPDIR"] = directory;
  t.after(() => {
    if (old === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = old;
    rmSync(directory, { recursive: true });
  });
  const listener = jsonLog();
  assert.ok(typeof listener === "function", String(listener));
  const [name = ""] = readdirSync(directory);
  const path = join(directory, name);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const victim = join(directory, "victim");
  writeFileSync(victim, "mine");
  renameSync(path, join(directory, "moved"));
  symlinkSync(victim, path);
  listener("i", "one");
  assert.equal(readFileSync(victim, "utf8"), "mine");
  assert.equal(readFileSync(join(directory, "moved"), "utf8"), "i one\n");
});

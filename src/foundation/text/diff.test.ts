import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as fc from "fast-check";
import { unifiedDiff } from "./index.ts";

function changed(diff: string): number {
  return diff.split("\n").filter((line) => /^[-+](?![-+]{2} )/.test(line)).length;
}

const names = { oldName: "old", newName: "new" };

test("equal texts have no difference", () => {
  assert.equal(unifiedDiff("a\n", "a\n", names), "");
});

test("a change is between its unchanged neighbours", () => {
  const old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
  assert.equal(
    unifiedDiff(old, old.replace("5", "five"), names),
    "--- old\n+++ new\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n",
  );
});

test("a last line without its end is marked", () => {
  assert.equal(unifiedDiff("a", "a\n", names), "--- old\n+++ new\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
});

test("lines added to nothing start at line zero", () => {
  assert.equal(unifiedDiff("", "a\nb\n", names), "--- old\n+++ new\n@@ -0,0 +1,2 @@\n+a\n+b\n");
});

test("patch(1) makes the new text of the old one, with as few changed lines as diff(1) needs", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "armorer-diff-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, "old");
  const text = fc
    .array(fc.constantFrom("a", "b", "c", ""), { maxLength: 30 })
    .chain((lines) => fc.boolean().map((end) => lines.join("\n") + (end ? "\n" : "")));
  const hasPatch = spawnSync("patch", ["--version"]).status === 0;
  fc.assert(
    fc.property(text, text, (old, fresh) => {
      const diff = unifiedDiff(old, fresh, names);
      writeFileSync(path, old);
      writeFileSync(join(directory, "new"), fresh);
      const known = spawnSync("diff", ["--minimal", "-u", "old", "new"], { cwd: directory, encoding: "utf8" }).stdout;
      assert.equal(changed(diff), changed(known), `${diff}\n${known}`);
      if (!hasPatch || diff === "") return;
      const done = spawnSync("patch", ["--silent", "old"], { cwd: directory, input: diff, encoding: "utf8" });
      assert.equal(done.status, 0, done.stdout + done.stderr);
      assert.equal(readFileSync(path, "utf8"), fresh);
    }),
    { seed: 7, numRuns: 150 },
  );
});

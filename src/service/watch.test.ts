import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { watchFiles } from "./watch.ts";

const NEVER = Number.MAX_SAFE_INTEGER;

test("what changes after the call, or changed since the files were gone through, ends the waiting", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "armorer-watch-"));
  t.after(() => rmSync(root, { recursive: true }));
  // What a directory is in is watched, too, and there others write.
  const directory = join(root, "policy");
  mkdirSync(directory);
  const file = join(directory, "profile");
  writeFileSync(file, "before");
  await watchFiles([file], 0);
  const change = watchFiles([file], NEVER);
  writeFileSync(file, "behind");
  await change;
  // A directory may be newer by what was written into it by ourselves.
  let isOver = false;
  const quiet = watchFiles([directory], 0).then(() => (isOver = true));
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(isOver, false);
  writeFileSync(join(directory, "other"), "");
  await quiet;
});

/** `armorer test --watch` runs again when something changes, until it is ended. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

test("with --watch a suite is run again when the policy or the suite changes", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "armorer-watch-"));
  const policy = join(root, "p");
  const suite = join(root, "p.aatest");
  writeFileSync(policy, "profile p {\n  /x r,\n}\n");
  writeFileSync(suite, 'test "x" for p {\n  none /x w,\n}\n');
  const child = spawn("bin/armorer", ["test", "--watch", policy], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "exit");
  t.after(async () => {
    child.kill();
    await ended;
    rmSync(root, { recursive: true });
  });
  let out = "";
  let runs = 0;
  child.stdout.on("data", (data: Buffer) => (out += data.toString()));
  const waiting = async (): Promise<void> => {
    runs += 1;
    let err = "";
    for await (const data of child.stderr.iterator({ destroyOnReturn: false })) {
      err += String(data);
      if (err.includes("waiting for changes\n")) return;
    }
    assert.fail(`run ${runs} ended: ${err}`);
  };
  await waiting();
  assert.match(out, /^ok\b/m);
  out = "";
  writeFileSync(policy, "profile p {\n  /x rw,\n}\n");
  await waiting();
  assert.match(out, /^FAILED\b/m);
  out = "";
  writeFileSync(suite, 'test "x" for p {\n  all /x w,\n}\n');
  await waiting();
  assert.match(out, /^ok\b/m);
});

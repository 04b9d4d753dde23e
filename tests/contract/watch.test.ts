/** `armorer test --watch` runs again when something changes, until it is ended. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

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

test("what is printed beside the policy is no change of it", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "armorer-watch-"));
  const policy = join(root, "p");
  const log = join(root, "log");
  writeFileSync(policy, "profile p {\n  /x r,\n}\n");
  writeFileSync(join(root, "p.aatest"), 'test "x" for p {\n  none /x w,\n}\n');
  t.after(() => rmSync(root, { recursive: true }));
  const rounds = (): number => readFileSync(log, "utf8").match(/^waiting for changes$/gm)?.length ?? 0;
  for (const argv of [
    ["test", "--watch", policy],
    ["compile", "--no-cache", "--watch", policy],
  ]) {
    const descriptor = openSync(log, "w");
    const child = spawn("bin/armorer", argv, { stdio: ["ignore", descriptor, descriptor] });
    closeSync(descriptor);
    const ended = once(child, "exit");
    try {
      while (rounds() === 0) await pause(20);
      // Long enough for many rounds, of which there is none.
      await pause(1000);
      assert.equal(rounds(), 1, readFileSync(log, "utf8"));
      writeFileSync(policy, `${readFileSync(policy, "utf8")}# changed\n`);
      while (rounds() === 1) await pause(20);
    } finally {
      child.kill();
      await ended;
    }
  }
});

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { detachMounts, mountsBelow, withProc } from "./mounts.ts";

function directory(context: TestContext): string {
  const made = realpathSync(mkdtempSync(join(tmpdir(), "armorer-mounts ")));
  context.after(() => {
    detachMounts(made);
    rmSync(made, { recursive: true });
  });
  return made;
}

const isRoot = process.getuid?.() === 0;

test("proc is mounted for the command alone, and is gone when the command is killed", { skip: !isRoot }, async (t) => {
  const root = directory(t);
  const script = 'test -e "$0/proc/self/mountinfo" && echo mounted && exec sleep 600';
  const [program = "", ...argv] = withProc(root, ["sh", "-c", script, root]);
  const child = spawn(program, argv, { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  const [said] = await once(child.stdout, "data");
  assert.equal(String(said), "mounted\n");
  assert.deepEqual(mountsBelow(root), []);
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.deepEqual(mountsBelow(root), []);
});

test("what is left mounted below a directory is found, and taken away", { skip: !isRoot }, (t) => {
  const root = directory(t);
  for (const name of ["a", "a/b c"]) {
    mkdirSync(join(root, name));
    assert.equal(spawnSync("mount", ["-t", "tmpfs", "tmpfs", join(root, name)]).status, 0);
  }
  assert.deepEqual(mountsBelow(root), [join(root, "a/b c"), join(root, "a")]);
  detachMounts(root);
  assert.deepEqual(mountsBelow(root), []);
});

test("whoever prepares the lab takes away what an earlier run left mounted in it", { skip: !isRoot }, (t) => {
  const root = directory(t);
  mkdirSync(join(root, "trees/sid/proc"), { recursive: true });
  assert.equal(spawnSync("mount", ["-t", "proc", "proc", join(root, "trees/sid/proc")]).status, 0);
  const prepare = join(import.meta.dirname, "prepare.js");
  // It begins with that; nothing is fetched.
  const code = `const { prepareLab } = await import(${JSON.stringify(prepare)}); void prepareLab(() => undefined); process.exit(0);`;
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    env: { ...process.env, ARMORER_LAB: root },
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  assert.deepEqual(mountsBelow(root), []);
});

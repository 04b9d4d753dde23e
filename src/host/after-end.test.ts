import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

const HERE = JSON.stringify(join(import.meta.dirname, "after-end.js"));

/** A process of its own that has a setting put back, says so, and then does what it is told; the setting once it is gone. */
async function settingAfter(context: TestContext, then: string, tries: number): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "armorer-after-"));
  context.after(() => rmSync(directory, { recursive: true }));
  const setting = join(directory, "setting");
  writeFileSync(setting, "0\n");
  const code = `const { writeAfterEnd } = await import(${HERE});
const kept = writeAfterEnd(${JSON.stringify(setting)}, "5 $HOME\\n");
${then}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["pipe", "ignore", "inherit"] });
  await once(child, "exit");
  // The shell empties the file before it writes: what is empty is not written yet.
  let text = readFileSync(setting, "utf8");
  for (let left = tries; left > 0 && (text === "0\n" || text === ""); left -= 1) {
    await pause(20);
    text = readFileSync(setting, "utf8");
  }
  return text;
}

test("a setting is put back where the process is ended by a signal that it cannot catch, and where it just ends", async (t) => {
  for (const then of [
    'process.kill(process.pid, "SIGKILL");',
    'process.kill(process.pid, "SIGHUP");',
    "process.exit(3);",
  ]) {
    assert.equal(await settingAfter(t, then, 500), "5 $HOME\n", then);
  }
});

test("a setting that was put back already is left alone", async (t) => {
  const then = "kept.value(); setTimeout(() => process.exit(0), 200);";
  assert.equal(await settingAfter(t, then, 20), "0\n");
});

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

interface Loaded {
  /** What is in the file when the process ends; `undefined`: what was made. */
  readonly now?: string;
  /** The kernel does not take the removal. */
  readonly isRefused?: boolean;
  readonly profiles: string;
}

/** What is left of a profile once the process that made it has been ended: the file, what the kernel was told, and what was said. */
async function profileAfter(
  context: TestContext,
  { isRefused, now, profiles }: Loaded,
): Promise<{ readonly isThere: boolean; readonly removed: string; readonly said: string }> {
  const directory = mkdtempSync(join(tmpdir(), "armorer-after-"));
  context.after(() => rmSync(directory, { recursive: true }));
  const at = (name: string): string => join(directory, name);
  const text = "profile '/x y' {\n}\n\n";
  writeFileSync(at("made"), text);
  writeFileSync(at("profiles"), profiles);
  if (isRefused === true) mkdirSync(at(".remove"));
  else writeFileSync(at(".remove"), "");
  const made = { path: at("made"), text, loaded: { directory, name: "/x y" }, gone: "it is gone", left: "it is left" };
  const code = `const { takeBackAfterEnd } = await import(${HERE});
takeBackAfterEnd(${JSON.stringify(made)});
(await import("node:fs")).writeFileSync(${JSON.stringify(at("made"))}, ${JSON.stringify(now ?? text)});
process.kill(process.pid, "SIGKILL");`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["pipe", "ignore", "pipe"] });
  const said: Buffer[] = [];
  child.stderr.on("data", (piece: Buffer) => void said.push(piece));
  // The shell has the same standard error: that ends with the shell.
  await once(child, "close");
  const removed = isRefused === true ? "" : readFileSync(at(".remove"), "latin1");
  return { isThere: existsSync(at("made")), removed, said: Buffer.concat(said).toString() };
}

test("a profile that nobody wanted goes with the process that made it, and that is said", async (t) => {
  const gone = { isThere: false, removed: "/x y\0", said: "it is gone\n" };
  assert.deepEqual(await profileAfter(t, { profiles: "/x y (complain)\n" }), gone);
  const kept = { isThere: true, removed: "", said: "" };
  assert.deepEqual(await profileAfter(t, { profiles: "/x y (complain)\n", now: "profile '/x y' {\n}\n" }), kept);
});

test("a profile that cannot be unloaded keeps its file, and that is said; where none is loaded the file goes", async (t) => {
  const left = { isThere: true, removed: "", said: "it is left\n" };
  assert.deepEqual(await profileAfter(t, { profiles: "a (enforce)\n/x y (complain)\n", isRefused: true }), left);
  const gone = { isThere: false, removed: "", said: "it is gone\n" };
  assert.deepEqual(await profileAfter(t, { profiles: "/x y//z (complain)\n", isRefused: true }), gone);
});

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { isTerminal } from "./index.ts";

test("what nobody can look at is no terminal, and is found out without Node's sockets and streams", () => {
  const door = fileURLToPath(new URL("index.js", import.meta.url));
  const program = `const { isTerminal } = await import(${JSON.stringify(door)});
    process.exitCode = [0, 1, 2].some((descriptor) => isTerminal(descriptor)) ? 1 : process.moduleLoadList.includes("NativeModule tty") ? 2 : 0;`;
  for (const stdio of [
    ["ignore", "ignore", "ignore"],
    ["pipe", "pipe", "pipe"],
  ] as const) {
    const { status } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { stdio: [...stdio] });
    assert.equal(status, 0);
  }
});

test("a terminal is one", (t) => {
  let descriptor;
  try {
    descriptor = openSync("/dev/ptmx", "r+");
  } catch {
    t.diagnostic("this machine gives no terminals");
    return;
  }
  assert.equal(isTerminal(descriptor), true);
  closeSync(descriptor);
});

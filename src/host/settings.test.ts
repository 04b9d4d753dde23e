import assert from "node:assert/strict";
import { test } from "node:test";
import { readSetting } from "./settings.ts";

test("a setting is read where the kernel shows it, though such files are none of those that policy is read from", () => {
  assert.deepEqual(readSetting("/proc/sys/kernel/ostype"), { ok: true, value: "Linux\n" });
  const absent = readSetting("/proc/sys/kernel/no-such-setting");
  assert.deepEqual(absent.ok ? absent : absent.error.errno, "ENOENT");
});

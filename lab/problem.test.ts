import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const MAIN = join(dirname(fileURLToPath(import.meta.url)), "main.js");

function runLab(env: Readonly<Record<string, string>>): { readonly status: number | null; readonly stderr: string } {
  const cache = mkdtempSync(join(tmpdir(), "armorer-empty-cache-"));
  try {
    const options = { env: { ...process.env, ARMORER_LAB: cache, ...env }, encoding: "utf8" } as const;
    return spawnSync(process.execPath, [MAIN, "run", "--kernel", "6.1", "--", "true"], options);
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}

test("a missing emulator is one message that names the package", () => {
  const { status, stderr } = runLab({ PATH: "/nonexistent" });
  assert.equal(status, 2);
  assert.match(stderr, /^the lab needs qemu-system-x86_64: install it with `apt-get install qemu-system-x86`.*\n$/);
});

test("a missing network is one message that names suite and mirror", () => {
  const { status, stderr } = runLab({ http_proxy: "http://127.0.0.1:9", https_proxy: "http://127.0.0.1:9" });
  assert.equal(status, 2);
  assert.match(
    stderr,
    /^the lab cannot read the package index of bookworm at http\S+: it needs the network once.*\n$/s,
  );
});

test("a kernel that does not exist and a command that does not exist are reported, with exit status 2", () => {
  for (const argv of [["run", "--kernel", "5.10", "--", "true"], ["dance"]]) {
    const { status, stderr } = spawnSync(process.execPath, [MAIN, ...argv], { encoding: "utf8" });
    assert.equal(status, 2, argv.join(" "));
    assert.match(stderr, /usage:|unknown kernel 5\.10/);
  }
});

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { encodeArchive } from "./cpio.ts";
import { prepareLab } from "./prepare.ts";
import { renderLabProblem } from "./problem.ts";

before(async () => {
  const ready = await prepareLab(() => undefined);
  if (!ready.ok) assert.fail(renderLabProblem(ready.error));
});

test("cpio unpacks what we pack", () => {
  const directory = mkdtempSync(join(tmpdir(), "armorer-cpio-"));
  try {
    const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    const data = Buffer.from("hello");
    const archive = encodeArchive([
      { path: "d", mode: 0o040755, data: new Uint8Array(), ...owner },
      { path: "d/file", mode: 0o100640, data, ...owner },
      { path: "d/link", mode: 0o120777, data: Buffer.from("file"), ...owner },
    ]);
    assert.equal(archive.length % 4, 0);
    execFileSync("cpio", ["-id", "--quiet"], { cwd: directory, input: archive });
    assert.equal(readFileSync(join(directory, "d/file"), "utf8"), "hello");
    assert.equal(statSync(join(directory, "d/file")).mode & 0o777, 0o640);
    assert.equal(readlinkSync(join(directory, "d/link")), "file");
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { nodeSystem } from "../host/index.ts";
import { machineOf } from "./io.ts";

test("each place has a kernel of its own, and one that was looked at stays what it was for the whole command", (t) => {
  const root = mkdtempSync(join(tmpdir(), "armorer-places-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const name of ["one", "two"]) mkdirSync(join(root, name));
  const machine = machineOf(nodeSystem);
  const at = (name: string): string | undefined => machine.kernelAt({ root, directory: join(root, name) }).directory();
  assert.deepEqual([at("one"), at("two"), at("later")], [join(root, "one"), join(root, "two"), undefined]);
  mkdirSync(join(root, "later"));
  assert.equal(at("later"), undefined);
  const place = { root, directory: join(root, "one") };
  assert.equal(machine.kernelAt(place), machine.kernelAt({ ...place }));
  assert.notEqual(machine.kernelAt(place), machine.kernelAt({ directory: place.directory }));
  assert.notEqual(machine.kernelAt(place), machineOf(nodeSystem).kernelAt(place));
});

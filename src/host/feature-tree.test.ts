import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readFeatureText } from "./feature-tree.ts";
import { type System, nodeSystem } from "./system.ts";

function directory(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "armorer-features-"));
  context.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function counted(): { readonly system: System; readonly calls: () => number } {
  let calls = 0;
  const system: System = {
    ...nodeSystem,
    readdir: (...args) => {
      calls += 1;
      return nodeSystem.readdir(...args);
    },
    open: (...args) => {
      calls += 1;
      return nodeSystem.open(...args);
    },
  };
  return { system, calls: () => calls };
}

test("a directory that leads back into itself is refused at the first end of its depth", (context) => {
  const path = directory(context);
  for (const name of ["a", "b", "c"]) symlinkSync(path, join(path, name));
  const { system, calls } = counted();
  assert.deepEqual(readFeatureText(path, system), {
    ok: false,
    error: { path, errno: "ELOOP", trouble: { kind: "too-deep", most: 32 } },
  });
  assert.ok(calls() <= 34);
});

test("directories are read 32 deep", (context) => {
  const path = directory(context);
  const deep = join(path, ...Array.from({ length: 32 }, () => "d"));
  mkdirSync(deep, { recursive: true });
  writeFileSync(join(deep, "f"), "yes\n");
  const read = readFeatureText(path);
  assert.equal(read.ok && read.value, `${"d {".repeat(32)}f {yes\n}\n${"}\n".repeat(32)}`);
  mkdirSync(join(deep, "d"));
  assert.ok(!readFeatureText(path).ok);
});

test("a tree of more entries than any kernel has features is refused", (context) => {
  const path = directory(context);
  for (let each = 0; each < 101; each += 1) mkdirSync(join(path, String(each)));
  writeFileSync(join(path, "0", "f"), "yes\n");
  // Each directory has the same hundred entries, which are links, so that it need not be made a hundred times.
  for (let each = 0; each < 100; each += 1) symlinkSync("../0/f", join(path, "100", String(each)));
  for (let each = 1; each < 100; each += 1) {
    rmSync(join(path, String(each)), { recursive: true });
    symlinkSync("100", join(path, String(each)));
  }
  const { system, calls } = counted();
  const read = readFeatureText(path, system);
  assert.deepEqual(!read.ok && read.error.trouble, { kind: "too-many-entries", most: 10_000 });
  assert.ok(calls() <= 10_102);
});

test("files of more than 4 MiB in all are refused", (context) => {
  const path = directory(context);
  writeFileSync(join(path, "f"), "");
  truncateSync(join(path, "f"), 600 * 2 ** 20);
  const refused = readFeatureText(path);
  assert.deepEqual(!refused.ok && refused.error.trouble, { kind: "too-large", mostBytes: 4 * 2 ** 20 });
  truncateSync(join(path, "f"), 3 * 2 ** 20);
  assert.ok(readFeatureText(path).ok);
  writeFileSync(join(path, "g"), "x".repeat(2 * 2 ** 20));
  assert.ok(!readFeatureText(path).ok);
});

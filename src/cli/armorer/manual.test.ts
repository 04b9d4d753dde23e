/** The examples of the manual's pages, run. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { capturedIo } from "../../../tests/support/captured-io.ts";
import { runArmorer } from "./index.ts";

const repository = join(import.meta.dirname, "../../../..");

/** The block of a page in the fence of that name. */
function block(page: string, name: string): string {
  const text = readFileSync(join(repository, "docs", page), "utf8");
  const found = new RegExp(`\`\`\`${name}\\n([^]*?)\`\`\``).exec(text)?.[1];
  assert(found !== undefined, `${page} has no block ${name}`);
  return found;
}

test("the example of docs/diff.md gives the answer that is printed there", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "armorer-manual-"));
  t.after(() => rmSync(root, { recursive: true }));
  for (const name of ["old", "new"]) writeFileSync(join(root, name), block("diff.md", name));
  const { io, bytes } = capturedIo({ escapes: "always" });
  const argv = ["diff", "-M", join(repository, "policy/abi/5.0"), "old", "new"];
  const before = process.cwd();
  process.chdir(root);
  try {
    assert.equal(await runArmorer(argv, { ...io, workingDirectory: root }), 1);
  } finally {
    process.chdir(before);
  }
  assert.equal(bytes("out").toString("utf8").trim(), block("diff.md", "answer").trim());
});

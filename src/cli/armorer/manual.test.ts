/** The examples of the manual's pages, run. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
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

/** Runs a command in a new directory with these files. */
async function answer(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  argv: readonly string[],
): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), "armorer-manual-"));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  const { io, bytes } = capturedIo({ escapes: "always" });
  const [verb = "", ...rest] = argv;
  const before = process.cwd();
  process.chdir(root);
  try {
    const features = join(repository, "policy/abi/5.0");
    assert.equal(await runArmorer([verb, "-M", features, ...rest], { ...io, workingDirectory: root }), 1);
  } finally {
    process.chdir(before);
  }
  return bytes("out").toString("utf8").trim();
}

test("the example of docs/diff.md gives the answer that is printed there", async (t) => {
  const files = { old: block("diff.md", "old"), new: block("diff.md", "new") };
  assert.equal(await answer(t, files, ["diff", "old", "new"]), block("diff.md", "answer").trim());
});

test("the example of docs/test.md gives the answer that is printed there", async (t) => {
  const files = { courier: block("test.md", "policy"), "mail.aatest": block("test.md", "suite") };
  assert.equal(await answer(t, files, ["test", "courier", "mail.aatest"]), block("test.md", "answer").trim());
});

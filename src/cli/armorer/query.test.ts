import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { runArmorer } from "./index.ts";
import { capturedIo } from "../../../tests/support/captured-io.ts";

test("policy without a profile is no answer", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "armorer-query-"));
  t.after(() => rmSync(root, { recursive: true }));
  writeFileSync(join(root, "tunables-only"), "@{A}=/a\n");
  for (const policy of [root, join(root, "tunables-only")]) {
    const { io, text } = capturedIo({ escapes: "always" });
    const status = await runArmorer(["query", policy, "/x r"], io);
    assert.deepEqual(
      { status, err: text("err") },
      { status: 1, err: `armorer query: ${policy}: there is no profile in it\n` },
    );
  }
});

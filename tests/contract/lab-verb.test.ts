/** What the lab says about its kernels, asked through `armorer lab`. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { findOracle } from "../support/oracle.ts";
import { repository } from "../support/sources.ts";

const oracle = await findOracle();
const skip = oracle.ok ? false : oracle.error;

function lab(...argv: readonly string[]): { readonly status: number | null; readonly out: string } {
  const { status, stdout } = spawnSync(join(repository, "bin/armorer"), ["lab", ...argv], { encoding: "utf8" });
  return { status, out: stdout };
}

test("with --json the features of a kernel are one document, and the text without", { skip }, () => {
  const { out, status } = lab("features", "-k", "7.2", "--json");
  assert.equal(status, 0);
  const document: { readonly schema: string; readonly kernel: string; readonly features: string } = JSON.parse(out);
  assert.deepEqual(Object.keys(document), ["schema", "kernel", "features"]);
  assert.deepEqual([document.schema, document.kernel], ["armorer/lab/1", "7.2"]);
  assert.equal(lab("-k", "7.2", "features").out, document.features);
});

test("an option of another action, and a document of an action that has none, are wrong usage", () => {
  for (const argv of [
    ["features", "--report", "/tmp/x"],
    ["run", "--refresh", "--", "true"],
    ["setup", "--json"],
    ["oracle", "--json"],
  ]) {
    assert.equal(lab(...argv).status, 2, argv.join(" "));
  }
});

test("the tour says before it boots anything that its report cannot be written", { skip }, () => {
  const { status, out } = lab("tour", "--report", "/nonexistent/report");
  assert.deepEqual([status, out], [2, ""]);
});

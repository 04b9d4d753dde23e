/** Policy out of all proportion: whatever is too large for a format, an engine or a stack is a diagnostic, and never a bug. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type PolicySettings, loadEngine, loadFormatter } from "../../src/app/index.ts";
import { encodeBytes } from "../../src/foundation/text/index.ts";
import { giantPolicies } from "../support/giant-policies.ts";
import { memoryStore } from "../support/memory-files.ts";

const settings: PolicySettings = {
  base: "/etc",
  includePath: [],
  kernelFeatures: readFileSync("tests/corpus/features/debian-kernel-7.2", "utf8"),
  policyFeatures: { kind: "kernel" },
  overrideAbi: false,
  namespace: undefined,
  forceComplain: false,
  readImpliesExec: false,
  workingDirectory: "/",
  encoding: {},
};

/** What the stream cannot hold. */
const tooLong = [
  "a profile's name",
  "a profile's name in quotes",
  "a path as name",
  "a namespace",
  "a hat's name",
  "a child's name",
  "an exec target",
  "an exec target that is a child",
  "an exec target in a namespace",
  "a stack of exec targets",
  "an xattr's name",
  "attach_disconnected.path",
];

test("texts that are too long for the kernel's format are errors of their file", async () => {
  const engine = await loadEngine();
  for (const { dimension, text } of giantPolicies) {
    if (!tooLong.some((name) => dimension === `length: ${name}`)) continue;
    const compiled = engine.compile({ path: "/giant", bytes: encodeBytes(text(65_535)) }, settings, memoryStore({}));
    const errors = compiled.diagnostics.filter(({ severity }) => severity === "error");
    assert.deepEqual([compiled.ok, ...errors.map(({ code }) => code)], [false, "compile/text-too-long"], dimension);
  }
});

test("giant policy of every kind is read and laid out, or it is said what is wrong", async () => {
  const engine = await loadEngine();
  const format = await loadFormatter();
  for (const { dimension, sizes, text } of giantPolicies) {
    for (const size of sizes) {
      const source = { path: "/giant", bytes: encodeBytes(text(size)) };
      const { diagnostics, ok } = engine.check(source, settings, memoryStore({}));
      const errors = diagnostics.filter(({ severity }) => severity === "error").map(({ code }) => code);
      assert.ok(!errors.includes("internal/bug"), `${dimension} ${size}: ${diagnostics[0]?.message}`);
      assert.equal(ok, errors.length === 0);
      format("/giant", source.bytes, { sort: true, modernizeIncludes: true });
    }
  }
});

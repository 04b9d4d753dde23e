/** Every case of compile.json through our own pipeline: text, model, tables, bytes and back, then the questions. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { builtInFeatures, parseFeatures } from "../../src/language/features/index.ts";
import { decodePolicy } from "../../src/compiler/policydb/index.ts";
import { checkProbe, checkScalars, type CompileCase, readCompileCases } from "../support/compile-cases.ts";
import { compileText, type PipelineResult } from "../support/pipeline.ts";

const { features, cases } = readCompileCases();

/** `k7.2+none` is a kernel's features and a policy without abi. */
function compileCase(entry: CompileCase): PipelineResult {
  const [name = "", policy] = entry.features.split("+");
  const text = features[name];
  assert.ok(text !== undefined && (policy === undefined || policy === "none"), entry.features);
  const kernel = parseFeatures(text).tree;
  const policyFeatures = policy === undefined ? kernel : builtInFeatures;
  return compileText(entry.profile_text, { kernelFeatures: kernel, policyFeatures });
}

/** Cases in which 5.0.2 is wrong and we are not (compile-semantics 11); compile-mended.test.ts says what we do. */
const mended: ReadonlyMap<string, string> = new Map([
  ["cp-merge-first-char-bug", "compile-semantics D1: targets that differ in their first byte only are two targets"],
  ["exec-13-names", "a permission table has room for more than 12 names"],
]);

describe("the compile cases", () => {
  for (const entry of cases.filter(({ name }) => !mended.has(name))) {
    it(`${entry.name} is compiled as expected`, () => {
      const result = compileCase(entry);
      if (entry.error !== undefined) {
        assert.notDeepEqual(result.errors, []);
        assert.deepEqual(result.policy.profiles, []);
        return;
      }
      assert.deepEqual(result.errors, []);
      const decoded = decodePolicy(result.stream());
      assert.ok(decoded.ok);
      for (const profile of entry.profiles ?? []) checkScalars(decoded.value, profile, entry.name);
      for (const probe of entry.probes ?? []) checkProbe(decoded.value, probe, `${entry.name} ${probe.input}`);
    });
  }

  it("are all there", () => {
    assert.equal(cases.length, 121);
    assert.ok([...mended.keys()].every((name) => cases.some((entry) => entry.name === name)));
  });
});

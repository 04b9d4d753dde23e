import assert from "node:assert/strict";
import test from "node:test";
import { sourceFile } from "../../src/foundation/text/index.ts";
import type { Policy, Rule } from "../../src/language/model/index.ts";
import { resolvePolicy } from "../../src/language/resolve/index.ts";
import { allFeatures } from "../support/check-policy.ts";
import { noFiles } from "../support/pipeline.ts";
import { randomPolicy } from "../support/random-policy.ts";

/** What a policy says, without where and how it is written. */
function meaningOf(policy: Policy): unknown {
  const places = new Set(["origin", "span", "at", "written"]);
  const sets = new Set(["permissions", "signals", "capabilities"]);
  const rules = policy.profiles.map((profile) => lastLimits(profile.rules));
  return JSON.parse(
    JSON.stringify(rules, (key, value: unknown) => {
      if (places.has(key)) return undefined;
      if (typeof value === "bigint") return String(value);
      return sets.has(key) && Array.isArray(value) ? value.map(String).toSorted((a, b) => (a < b ? -1 : 1)) : value;
    }),
  );
}

function lastLimits(rules: readonly Rule[]): readonly Rule[] {
  return rules.filter(
    (rule, index) =>
      rule.kind !== "rlimit" ||
      !rules.slice(index + 1).some((later) => later.kind === "rlimit" && later.resource === rule.resource),
  );
}

test("a text made from a model is read as that model", () => {
  const features = { kernelFeatures: allFeatures, policyFeatures: allFeatures };
  for (let seed = 1; seed <= 500; seed += 1) {
    const { policy, text } = randomPolicy(seed);
    const resolved = resolvePolicy({ source: sourceFile("random", text) }, { files: noFiles, search: [], ...features });
    assert.deepEqual(meaningOf(resolved.value), meaningOf(policy), text);
  }
});

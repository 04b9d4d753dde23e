/** The recorded policies are what the reference compiler makes; `UPDATE_GOLDEN=1` writes its streams anew. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { findOracle } from "../support/oracle.ts";
import { compileBatch } from "../support/oracle-batch.ts";
import {
  kernels,
  packStream,
  policyFeaturesText,
  readRecordedPolicies,
  writeRecordedPolicies,
} from "../support/recorded-policies.ts";

const oracle = await findOracle();

test("recorded streams are the reference compiler's", { skip: oracle.ok ? false : oracle.error }, () => {
  assert.ok(oracle.ok);
  const { value } = oracle;
  const recorded = readRecordedPolicies();
  const asked = recorded.map((policy) => {
    const options = { kernel: kernels[policy.kernel] ?? "", policy: policyFeaturesText(policy) ?? "built-in" };
    const [result] = compileBatch(value, [policy.text], { ...options, args: ["-q"] });
    assert.ok(result?.stream !== undefined, `${policy.name}: ${result?.messages}`);
    return { ...policy, stream: packStream(result.stream) };
  });
  if (process.env["UPDATE_GOLDEN"] === "1") writeRecordedPolicies(asked);
  else assert.deepEqual(recorded, asked);
});

/** Every recorded policy means what the reference compiler made of it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compileText } from "../support/pipeline.ts";
import { assertSamePolicy } from "../support/policy-equality.ts";
import { featuresOf, readRecordedPolicies, unpackStream } from "../support/recorded-policies.ts";

const policies = readRecordedPolicies();

describe("the recorded policies", () => {
  for (const policy of policies) {
    it(`${policy.name} (${policy.kernel})`, () => {
      const ours = compileText(policy.text, featuresOf(policy));
      assert.deepEqual(ours.errors, []);
      assertSamePolicy(ours.stream(), unpackStream(policy.stream), policy.text);
    });
  }

  it("are there", () => assert.ok(policies.length >= 10));
});

/** Assertions on compiled policies; the comparison itself is `comparePolicies` of compiler/policydb. */
import assert from "node:assert/strict";
import { compareStreams, type PolicyDifference } from "../../src/analysis/tables/index.ts";

export { compareStreams };

/** Fails, with the witnesses, unless both streams decide the same. */
export function assertSamePolicy(actual: Uint8Array, expected: Uint8Array, what = "the policies"): void {
  const differences = compareStreams(actual, expected);
  assert.ok(differences.length === 0, `${what} differ:\n${differences.map(renderDifference).join("\n")}`);
}

/** One line: where, what, and the input that shows it. */
export function renderDifference(difference: PolicyDifference): string {
  const { profile, part, message, witness } = difference;
  return `${profile} ${part}${witness === undefined ? "" : ` on \`${witness}\``}: ${message}`;
}

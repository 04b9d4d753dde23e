/** What must hold of the decoder for any bytes at all. */
import { leftMatch } from "../../src/compiler/compiled/index.ts";
import assert from "node:assert/strict";
import { compareStreams } from "../../src/analysis/tables/index.ts";
import { policyToJson, renderPolicy, renderPolicyGraph } from "../../src/compiler/decompile/index.ts";
import { renderingEffort } from "../../src/compiler/decompile/work.ts";
import { decodePolicy, encodePolicy, kernelGenerations, validatePolicy } from "../../src/compiler/policydb/index.ts";

// eslint-disable-next-line no-control-regex -- what a terminal could act on is what must not be there
const CONTROLS = /[\0-\x09\x0b-\x1f\x7f-\x9f]/;

/** How much work the text of a stream may be, by its length: a byte is a part of at most one cell of an automaton. */
function mostSteps(bytes: number): number {
  return 60_000_000 + 20_000 * bytes;
}

/** Whatever the bytes are: an answer, and what can be decoded can be used and written again. Says whether they were decoded. */
export function checkStream(bytes: Uint8Array): boolean {
  const result = decodePolicy(bytes);
  for (const kernel of kernelGenerations) {
    const refusals = validatePolicy(bytes, kernel);
    if (result.ok || result.error.refusal.kind === "unsupported") continue;
    assert.ok(refusals.some(({ message }) => message === result.error.refusal.message));
  }
  if (!result.ok) {
    assert.ok(result.error.refusal.offset <= bytes.length);
    return false;
  }
  const again = encodePolicy(result.value);
  assert.ok(decodePolicy(again).ok);
  assert.deepEqual(compareStreams(again, again), []);
  const effort = renderingEffort(result.value);
  assert.ok(!CONTROLS.test(renderPolicy(result.value, effort)), "rendered text holds control characters");
  const steps = effort.patterns.spent + effort.search.spent;
  assert.ok(steps <= mostSteps(bytes.length), `${steps} steps for ${bytes.length} bytes`);
  JSON.stringify(policyToJson(result.value));
  assert.ok(!CONTROLS.test(renderPolicyGraph(result.value)), "the graph holds control characters");
  for (const { xmatch } of result.value.profiles) {
    if (xmatch !== undefined) for (const kernel of kernelGenerations) leftMatch(xmatch, bytes.subarray(0, 100), kernel);
  }
  return true;
}

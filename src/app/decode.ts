import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import { type Json, policyToJson, renderPolicy, renderPolicyGraph } from "../compiler/decompile/index.ts";
import { decodePolicy } from "../compiler/policydb/index.ts";

/** What a stream says, in the form that is asked for; texts are fit for a terminal. */
export interface DecodedStream {
  readonly text: () => string;
  readonly graph: () => string;
  readonly data: () => Json;
}

/**
 * Reads a compiled policy, regardless of who wrote it.
 *
 * Errors: a sentence that says why no kernel could read it, and where.
 */
export function decodeStream(bytes: Uint8Array): Outcome<DecodedStream, string> {
  const decoded = decodePolicy(bytes);
  if (!decoded.ok) {
    const { message, offset } = decoded.error.refusal;
    return fail(`${message} (at byte ${offset})`);
  }
  const policy = decoded.value;
  return ok({
    text: () => renderPolicy(policy),
    graph: () => renderPolicyGraph(policy),
    data: () => policyToJson(policy),
  });
}

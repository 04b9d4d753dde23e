import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import { decodePolicy } from "../../compiler/policydb/index.ts";
import { graphPolicy } from "./graph.ts";
import { listPolicy } from "./listing.ts";
import { summarizePolicy } from "./summary.ts";

/** What a stream says, in the form that is asked for. */
export interface DecodedStream {
  readonly text: (safe: (text: string) => string) => string;
  readonly graph: (safe: (text: string) => string) => string;
  readonly data: () => readonly object[];
}

/**
 * Reads a compiled policy, whoever wrote it.
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
    text: (safe) => listPolicy(policy, safe),
    graph: (safe) => graphPolicy(policy, safe),
    data: () => summarizePolicy(policy),
  });
}

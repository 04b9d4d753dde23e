import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import { type Json, policyToJson, renderPolicy, renderPolicyGraph } from "../compiler/decompile/index.ts";
import { bugText } from "./bug.ts";
import type { CompiledPolicy } from "../compiler/compiled/index.ts";
import { decodePolicy } from "../compiler/policydb/index.ts";

/** What a stream says, in the form that is asked for: as text and for Graphviz, both fit for a terminal, or as data. */
interface DecodedForms {
  readonly text: string;
  readonly graph: string;
  readonly data: Json;
}

/**
 * Reads a compiled policy, regardless of who wrote it.
 *
 * Errors: a sentence that says why no kernel could read it, and where; or that we fail on it.
 */
export function decodeStream<Form extends keyof DecodedForms>(
  bytes: Uint8Array,
  form: Form,
): Outcome<DecodedForms[Form], string> {
  try {
    return decode(bytes, form);
  } catch (thrown) {
    return fail(bugText(thrown));
  }
}

const forms: { readonly [Form in keyof DecodedForms]: (policy: CompiledPolicy) => DecodedForms[Form] } = {
  text: (policy) => renderPolicy(policy),
  graph: (policy) => renderPolicyGraph(policy),
  data: (policy) => policyToJson(policy),
};

function decode<Form extends keyof DecodedForms>(bytes: Uint8Array, form: Form): Outcome<DecodedForms[Form], string> {
  const decoded = decodePolicy(bytes);
  if (!decoded.ok) {
    const { message, offset } = decoded.error.refusal;
    return fail(`${message} (at byte ${offset})`);
  }
  return ok(forms[form](decoded.value));
}

/** A profile of a stream. */
interface StreamedProfile {
  /** With its parents': `a//b`. */
  readonly name: string;
  /** Whoever does not ask for it by name never gets it: it attaches to no program, takes no other's place, and is in the namespace it is loaded from. */
  readonly isByNameAlone: boolean;
}

/** Who is in a stream. Errors: as those of `decodeStream`. */
export function profilesOfStream(bytes: Uint8Array): Outcome<readonly StreamedProfile[], string> {
  try {
    const decoded = decodePolicy(bytes);
    if (!decoded.ok) return fail(`${decoded.error.refusal.message} (at byte ${decoded.error.refusal.offset})`);
    return ok(
      decoded.value.profiles.map(({ attach, name, namespace, rename, xmatch }) => ({
        name,
        isByNameAlone: [attach, namespace, rename, xmatch].every((one) => one === undefined),
      })),
    );
  } catch (thrown) {
    return fail(bugText(thrown));
  }
}

/**
 * A stack that is asked: what one of its profiles refuses is refused (kernel-abi 7.6, 7.9), so that it allows what all of them allow. Profiles that are not
 * asked, since they are unconfined or the kernel does not look, refuse nothing.
 */
import { ok, type Outcome } from "../../foundation/basics/index.ts";
import type { TooManyStates } from "../../compiler/automata/index.ts";
import { type AccessSet, isEmpty, subtract } from "../sets/index.ts";
import type { Explanation } from "./types.ts";

/** What a stack makes of a question. */
interface StackVerdict {
  readonly verdict: "all" | "some" | "none";
  /** What all of its profiles allow of it. */
  readonly allowed: AccessSet;
}

/** What is left of a question that each profile of a stack has been asked. Errors: products that are too large. */
export function stackVerdict(
  asked: AccessSet,
  explanations: readonly Explanation[],
): Outcome<StackVerdict, TooManyStates> {
  let allowed = asked;
  for (const part of explanations.flatMap(({ parts }) => parts)) {
    if (part.outcome === "allowed") continue;
    const refused = part.set();
    if (!refused.ok) return refused;
    const rest = subtract(allowed, refused.value);
    if (!rest.ok) return rest;
    allowed = rest.value;
  }
  const isNone = isEmpty(allowed) || explanations.some(({ verdict }) => verdict === "none");
  const isAll = explanations.every(({ verdict }) => verdict === "all");
  return ok({ verdict: isAll ? "all" : isNone ? "none" : "some", allowed });
}

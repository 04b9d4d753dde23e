/** Whether an expectation holds, exactly; and where it does not, what is in the way, as rules and with an access to look at. */
import { ok, type Outcome } from "../../foundation/basics/index.ts";
import type { TooManyStates } from "../../compiler/automata/index.ts";
import {
  type AccessSet,
  asRules,
  contains,
  intersect,
  meets,
  subtract,
  witnessInside,
  witnessOutside,
} from "../sets/index.ts";
import type { ExpectationKind } from "./parse.ts";

type Decided = Exclude<ExpectationKind, "never-reach">;

/** Whether it holds, of a question that asks for something; nothing else. No automaton is built. */
export function holds(kind: Decided, asked: AccessSet, allowed: AccessSet): Outcome<boolean, TooManyStates> {
  if (kind === "all") return contains(allowed, asked);
  const met = meets(asked, allowed);
  return met.ok ? ok(met.value === (kind === "some")) : met;
}

/** Why it does not hold. */
export interface Counterexample {
  /** Of `all` and `some` what is not allowed, of `none` what is. */
  readonly rules: readonly string[];
  readonly isExact: boolean;
  readonly witness: string | undefined;
}

/** What is in the way of an expectation that does not hold. */
export function counterexample(
  kind: Decided,
  asked: AccessSet,
  allowed: AccessSet,
): Outcome<Counterexample, TooManyStates> {
  const isInside = kind === "none";
  const witness = isInside ? witnessInside(asked, allowed) : witnessOutside(asked, allowed);
  if (!witness.ok) return witness;
  const rest = isInside ? intersect(asked, allowed) : subtract(asked, allowed);
  if (!rest.ok) return rest;
  const { rules, isExact } = asRules(rest.value);
  return ok({ rules, isExact, witness: witness.value?.rule });
}

import type { Outcome } from "../../foundation/basics/index.ts";
import type { TooManyStates } from "../../compiler/automata/index.ts";
import type { Policy, Profile, Rule } from "../../language/model/index.ts";
import type { CompileOptions } from "../../compiler/compile/index.ts";
import type { CompiledProfile } from "../../compiler/compiled/index.ts";
import type { Access, AccessSet } from "../sets/index.ts";

/** A profile that is asked, in all its forms. */
export interface Subject {
  readonly profile: Profile;
  readonly policy: Policy;
  readonly options: CompileOptions;
  readonly compiled: CompiledProfile;
}

/**
 * What becomes of a part of what is asked: `allowed`; `denied` by rules that say so; `asked` of the user, by prompt rules; `other-transition`: the
 * program may be executed, in another way; `subset-only`: the link is allowed if the target allows as much as the name; `unmentioned`: no rule
 * speaks of it, so it is refused.
 */
export type PartOutcome = "allowed" | "denied" | "asked" | "other-transition" | "subset-only" | "unmentioned";

/** A rule that speaks of the part, too, and does not decide. */
export interface OutrankedRule {
  readonly rule: Rule;
  /** What the deciding rules have over it. */
  readonly reason: "deny" | "priority" | "exact" | "prompt";
}

/** A part of what is asked that one set of rules decides. */
export interface ExplainedPart {
  readonly outcome: PartOutcome;
  /** The rules that decide, in the order of the profile; empty when nobody speaks of it. */
  readonly rules: readonly Rule[];
  readonly outranked: readonly OutrankedRule[];
  /** Of what nobody mentions: rules that say the same for the owner of the object, or for others, alone. */
  readonly otherHalf: readonly Rule[];
  /** What profiles that change profile, or have hats or children, may do without a rule. */
  readonly isImplied: boolean;
  /** A refusal that leaves no line in the log, in complain mode not either. */
  readonly isQuiet: boolean;
  /** Allowed and logged. */
  readonly isAudited: boolean;
  /** One of its accesses. */
  readonly witness: Access;
  /**
   * Rules that say all of the part and nothing else, in the words of the question and of the policy's rules: the question, and after `audit deny`
   * what is no part of it. `undefined`: these words do not say it.
   */
  readonly words: () => readonly string[] | undefined;
  /** All of them, computed when they are asked for. Errors: too many states. */
  readonly set: () => Outcome<AccessSet, TooManyStates>;
}

export interface Explanation {
  /** How much of what is asked the rules allow, modes aside. */
  readonly verdict: "all" | "some" | "none";
  readonly parts: readonly ExplainedPart[];
}

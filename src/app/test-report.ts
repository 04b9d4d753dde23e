/** What running expectations gives: data that every face prints in its own way. */
import type { RulePlace } from "./meaning-world.ts";

/** One expectation about one profile. */
export interface ExpectationResult {
  readonly profile: string;
  /** `all RULE,` as it is written. */
  readonly text: string;
  readonly line: number;
  /** `undecided`: for the reason in `message`. */
  readonly outcome: "passed" | "failed" | "undecided";
  /** Why it failed or was not decided, one sentence. */
  readonly message: string | undefined;
  /** What is in the way, as rules; near it where `exact` is false. */
  readonly rules: readonly string[];
  readonly exact: boolean;
  /** One access of it. */
  readonly witness: string | undefined;
  /** The rules of the policy that allow or deny it. */
  readonly lines: readonly RulePlace[];
}

export interface TestResult {
  readonly suite: string;
  readonly name: string;
  readonly line: number;
  readonly results: readonly ExpectationResult[];
}

export interface SuiteTrouble {
  readonly suite: string;
  readonly line: number;
  readonly message: string;
}

/** Rules of a profile's own text that no expectation speaks of. */
export interface Coverage {
  readonly profile: string;
  readonly rules: number;
  readonly untouched: readonly RulePlace[];
}

/** How many edits of single rules the expectations would notice. */
export interface MutationScore {
  readonly profile: string;
  /** Those that change what is allowed. */
  readonly different: number;
  readonly noticed: number;
  /** Those that change nothing. */
  readonly equivalent: number;
  readonly missed: readonly {
    readonly change: string;
    readonly place: RulePlace;
    readonly witness: string | undefined;
  }[];
}

export interface TestReport {
  readonly tests: readonly TestResult[];
  readonly troubles: readonly SuiteTrouble[];
  readonly coverage: readonly Coverage[];
  readonly mutations: readonly MutationScore[];
}

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

/** A test with its expectations. */
export interface TestResult {
  readonly suite: string;
  readonly name: string;
  readonly line: number;
  readonly results: readonly ExpectationResult[];
}

/** `empty`: nothing in it was decided. */
export type TestOutcome = ExpectationResult["outcome"] | "empty";

/** A test passes when all of it does, and somebody was asked. */
export function outcomeOfTest({ results }: TestResult): TestOutcome {
  if (results.some(({ outcome }) => outcome === "failed")) return "failed";
  if (results.some(({ outcome }) => outcome === "undecided")) return "undecided";
  return results.length === 0 ? "empty" : "passed";
}

/** Something in a suite that is no expectation, or cannot be one. */
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

/** What running suites gave. */
export interface TestReport {
  readonly tests: readonly TestResult[];
  readonly troubles: readonly SuiteTrouble[];
  readonly coverage: readonly Coverage[];
  readonly mutations: readonly MutationScore[];
}

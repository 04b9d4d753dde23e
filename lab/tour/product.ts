import type { Outcome } from "../../src/foundation/basics/index.ts";

/** One way to answer a suggestion. */
interface Choice {
  /** `exact`, `abstraction`, `inherit`, `profile` … */
  readonly kind: string;
  /** What would be written, as profile text. */
  readonly rules: readonly string[];
  readonly reason: string;
}

/** Something the kernel refused, and what armorer says about it. */
export interface Suggestion {
  readonly profile: string;
  /** What was refused, in a few words. */
  readonly subject: string;
  /** How many records showed it. */
  readonly count: number;
  /** Best first. */
  readonly choices: readonly Choice[];
  /** What armorer takes when nobody chooses; `undefined` when another answer settles this, too. */
  readonly taken: number | undefined;
}

/** Picks one of a suggestion's choices by its place; `undefined` leaves the suggestion alone. */
export type Choose = (suggestion: Suggestion) => number | undefined;

/** What armorer made of the kernel's records. */
export interface Lesson {
  readonly suggestions: readonly Suggestion[];
  /** The policy with the choices written into it. */
  readonly text: string;
}

/** What the tour asks of the product. */
export interface Product {
  /** What is known of everything it compiles. */
  readonly note: string;
  /** A policy text (profiles with their preamble) for a kernel with these features. */
  readonly compile: (text: string, features: string) => Promise<Outcome<Uint8Array, string>>;
  /** Reads raw lines of the kernel's log, suggests changes to the policy, and writes those that are chosen. */
  readonly learn: (text: string, log: readonly string[], choose: Choose) => Promise<Lesson>;
}

import type { Brand, Outcome } from "../../foundation/basics/index.ts";
import type { EngineStatistics, EngineTables } from "./engine/types.ts";

/** What a pattern carries; small dense numbers handed out by the caller (an interning table), from 0. */
export type Label = number;

/** What a state gives: the caller's number for a combined set of labels; 0 is "does not accept". */
export type Output = number;

/** A hash-consed continuation: what may still follow. Equal tails are the same number within a session. */
export type Term = Brand<number, "Term">;

/** An input as symbols: bytes, and 256 for out-of-band. */
export type Witness = readonly number[];

export interface AutomataOptions {
  /** From the labels of all patterns that match (sorted, no duplicates, not empty) to the output. Memoised by the session; must be pure. */
  readonly combine: (labels: readonly Label[]) => Output;
  /** States one automaton may need before it is refused; default 2^24 − 2. */
  readonly maxStates?: number;
  /** Bytes one automaton may add to what the session keeps before it is refused; default 2^28. */
  readonly maxBytes?: number;
}

/** Counts since the session began. A caller that must bound `bytes` (it takes up to half as much again as room to grow) opens a new session; only sharing is lost. */
export type SessionStatistics = EngineStatistics;

/** More states than `limit` would be needed. */
export interface TooManyStates {
  readonly kind: "too-many-states";
  readonly limit: number;
}

/**
 * Why an automaton was refused: too many states, or too large ones; `labels` (at most 32) are those of the patterns that are
 * alive in most places at once, most frequent first.
 */
export interface Explosion extends TooManyStates {
  readonly labels: readonly Label[];
}

/**
 * A compilation session. Terms, subset states and canonical states live as long as it does and are shared by all automata
 * built in it (docs/decisions/004-automata-from-shared-terms.md).
 */
export interface AutomataSession {
  /** Nothing follows; the input is accepted with `label`. */
  readonly accept: (label: Label) => Term;
  /** One byte of the set, then `next`. Shape of a set: 8 unsigned numbers of 32 bits, byte b is bit b & 31 of number b >> 5. */
  readonly set: (set: Uint32Array, next: Term) => Term;
  readonly literal: (bytes: Uint8Array, next: Term) => Term;
  /** The out-of-band symbol, then `next`. */
  readonly outOfBand: (next: Term) => Term;
  readonly alternative: (terms: readonly Term[]) => Term;
  /** Any number of the set's bytes, then `next`. */
  readonly star: (set: Uint32Array, next: Term) => Term;
  /** The minimal automaton that accepts what any of `patterns` accepts, with combined outputs. */
  readonly build: (patterns: readonly Term[]) => Outcome<Dfa, Explosion>;
  readonly statistics: () => SessionStatistics;
}

/**
 * A deterministic automaton over bytes and the out-of-band symbol 256. State 0 is dead, state 1 the start. A row is a default
 * target and the exceptions to it, sorted by symbol; the default never applies to symbol 256 (absent there is dead).
 * Numbering is breadth first from the start: of each state the default target first, then exceptions ascending; so equal
 * languages with equal outputs have equal tables.
 *
 * Shape: exceptions of state s are `symbols[rows[s]..rows[s+1])` with `targets` beside them.
 */
export type Dfa = EngineTables;

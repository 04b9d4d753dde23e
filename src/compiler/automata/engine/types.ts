/** What the engine takes and gives; both ways of running it have these shapes. */
import type { Outcome } from "../../../foundation/basics/index.ts";

export interface EngineOptions {
  /** From the labels of all patterns that match (sorted, no duplicates, not empty) to the output, a number above 0 or 0. Asked once for each set. */
  readonly combine: (labels: readonly number[]) => number;
  /** States one automaton may have. */
  readonly maxStates: number;
  /** Bytes one automaton may add to what the session keeps. */
  readonly maxBytes: number;
}

/** A session: terms are numbers. A term that cannot be afforded is one that no automaton can be built from. */
export interface Engine {
  readonly accept: (label: number) => number;
  readonly outOfBand: (next: number) => number;
  readonly literal: (bytes: Uint8Array, next: number) => number;
  /** Shape of a set: 8 unsigned numbers of 32 bits, byte b is bit b & 31 of number b >> 5. */
  readonly step: (set: Uint32Array, next: number) => number;
  readonly star: (set: Uint32Array, next: number) => number;
  readonly union: (terms: readonly number[]) => number;
  /** Errors: the labels to blame, if the automaton cannot be afforded. */
  readonly build: (root: number) => Outcome<EngineTables, readonly number[]>;
  readonly statistics: () => EngineStatistics;
}

/** An automaton: see `Dfa` of the module `automata`. */
export interface EngineTables {
  readonly stateCount: number;
  readonly outputs: Uint32Array;
  readonly defaults: Uint32Array;
  readonly rows: Uint32Array;
  readonly symbols: Uint16Array;
  readonly targets: Uint32Array;
}

export interface EngineStatistics {
  /** Heads (first steps) of patterns, each once. */
  readonly heads: number;
  /** States of the subset construction that were computed. */
  readonly expanded: number;
  /** Different minimal states. */
  readonly canonical: number;
  /** What the session keeps, in bytes. */
  readonly bytes: number;
}

/**
 * Transitions before they are packed: of each state its default (for a differential state the one it refers to) and its own cells.
 *
 * Shape: the cells of state s are `symbols[rows[s]..rows[s+1])`, ascending, with `targets` beside them; 256 is out-of-band.
 */
export interface PlainRows {
  readonly defaults: Uint32Array;
  /** By state: 1 for a differential one. */
  readonly differential: Uint8Array;
  readonly rows: Uint32Array;
  readonly symbols: Uint16Array;
  readonly targets: Uint32Array;
}

/** Comb-packed cells. */
interface PackedRows {
  /** By state: the cell of its symbol 0, or -1 for a state without cells. */
  readonly bases: Int32Array;
  readonly next: Uint32Array;
  readonly check: Uint32Array;
}

export interface RowPacker {
  /** The same automaton with differential states where that saves cells. Cost: O(cells · a constant). */
  readonly encodeDifferential: (plain: PlainRows) => PlainRows;
  /** Cost: O(cells · tries), near linear on real policy. */
  readonly packComb: (stored: PlainRows) => PackedRows;
}

/** What a search walks over, and what it may cost. */
import type { i32 } from "./environment.ts";
import type { Frames } from "./frames.ts";
import type { Row } from "./row.ts";

/** The result of a state of which nothing is known. */
export const UNKNOWN: i32 = -1;

/** A graph of states with small dense numbers, computed on demand; 0 is the dead state. */
export interface StateSource {
  /** Writes the normal row of the state into `row`; targets are states of the source, which may be new. */
  expand(state: i32, row: Row): void;
}

/** Asked after each state that was expanded. */
export interface StateBudget {
  isStateAffordable(stack: Frames): boolean;
}

/** What a search walks over: states that are expanded on demand. */
import type { Int32Vector } from "./collections.ts";
import type { Row } from "./row.ts";

/** A graph of states with small dense numbers; 0 is the dead state. */
export interface StateSource {
  /** By state: its canonical state, `UNKNOWN`, or its place in the search under way (see `search.ts`). */
  readonly results: Int32Vector;
  /** Writes the normal row of the state into `row`; targets are states of the source, which may be new. */
  readonly expand: (state: number, row: Row) => void;
}

export const UNKNOWN = -1;

/** Steps that may be taken: a measure of work that is the same on every machine. */
import type { CompiledPolicy } from "../compiled/index.ts";

export class Work {
  private readonly most: number;
  private left: number;

  constructor(steps: number) {
    this.most = steps;
    this.left = steps;
  }

  /** Counts steps; whether they could be afforded. */
  spend(steps: number): boolean {
    this.left -= steps;
    return this.left >= 0;
  }

  get isSpent(): boolean {
    return this.left < 0;
  }

  get spent(): number {
    return this.most - this.left;
  }
}

/** What one rendering may take, of all profiles of a stream together. */
export interface Effort {
  /** For the search for rules of the file automata. */
  readonly search: Work;
  /** For patterns, which all automata are shown by. */
  readonly patterns: Work;
}

/** Searches in the largest streams of real policy take half of it; what is made to be hard to read is at its end after some seconds. */
const SEARCH_STEPS = 600_000_000;
/** Patterns of real policy take a hundredth of this. */
const PATTERN_STEPS = 20_000_000;
const PATTERN_STEPS_A_CELL = 400;
const MOST_PATTERN_STEPS = 100_000_000;

/** For one rendering of a policy; `cells` are states and transitions. */
export function renderingEffort({ profiles }: CompiledPolicy): Effort {
  const automata = profiles.flatMap(({ file, policydb, xmatch }) => [file, policydb, xmatch]);
  const cells = automata.reduce((sum, one) => sum + (one?.dfa.stateCount ?? 0) + (one?.dfa.symbols.length ?? 0), 0);
  const steps = Math.min(MOST_PATTERN_STEPS, PATTERN_STEPS + PATTERN_STEPS_A_CELL * cells);
  return { search: new Work(SEARCH_STEPS), patterns: new Work(steps) };
}

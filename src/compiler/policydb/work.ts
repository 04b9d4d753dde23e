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

/**
 * Steps that a rendering may take: so many for each state and transition, but never more than some seconds' worth. The rules of
 * real policy are found within a fraction of it; what is made to be hard to read is shown as far as it goes.
 */
const LEAST_STEPS = 20_000_000;
const STEPS_A_CELL = 4000;
const MOST_STEPS = 400_000_000;

/** For one rendering of a policy. */
export function renderingWork({ profiles }: CompiledPolicy): Work {
  const automata = profiles.flatMap(({ file, policydb, xmatch }) => [file, policydb, xmatch]);
  const cells = automata.reduce((sum, one) => sum + (one?.dfa.stateCount ?? 0) + (one?.dfa.symbols.length ?? 0), 0);
  return new Work(Math.min(MOST_STEPS, LEAST_STEPS + STEPS_A_CELL * cells));
}

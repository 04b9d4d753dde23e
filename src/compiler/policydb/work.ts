/** Steps that may be taken: a measure of work that is the same on every machine. */
export class Work {
  private left: number;
  private readonly whole: Work | undefined;
  private readonly most: number;

  /** `whole`: the work this is a part of; its steps are taken as well. */
  constructor(steps: number, whole?: Work) {
    this.most = steps;
    this.left = steps;
    this.whole = whole;
  }

  /** Counts steps; whether they could be afforded. */
  spend(steps: number): boolean {
    this.left -= steps;
    const isWithin = this.whole?.spend(steps) ?? true;
    return isWithin && this.left >= 0;
  }

  get isSpent(): boolean {
    return this.left < 0 || (this.whole?.isSpent ?? false);
  }

  get spent(): number {
    return this.most - this.left;
  }
}

/**
 * Steps one rendering of a stream may take. The largest streams of real policy take a twentieth of it; a hostile one is at its end
 * after some seconds.
 */
const MOST_STEPS = 120_000_000;

/** For one rendering. */
export function renderingWork(): Work {
  return new Work(MOST_STEPS);
}

/** Steps that may be taken: a measure of work that is the same on every machine. */
import type { CompiledPolicy } from "../compiled/index.ts";

export class Work {
  /** Steps that may be taken. */
  readonly limit: number;
  private left: number;
  private readonly whole: Work | undefined;

  constructor(limit: number, whole?: Work) {
    this.limit = limit;
    this.left = limit;
    this.whole = whole;
  }

  /** Counts steps; whether they could be afforded. */
  spend(steps: number): boolean {
    this.left -= steps;
    const isAffordable = this.whole?.spend(steps) ?? true;
    return isAffordable && this.left >= 0;
  }

  /** A part of the work, which counts as work of the whole as well. */
  part(limit: number): Work {
    return new Work(limit, this);
  }

  get isSpent(): boolean {
    return this.left < 0 || this.whole?.isSpent === true;
  }

  get spent(): number {
    return this.limit - this.left;
  }
}

/** What one rendering may take. */
export interface Effort {
  /** For the search for rules of the file automata. */
  readonly search: Work;
  /** For patterns, which all automata are shown by. */
  readonly patterns: Work;
}

/** Of a stream, by its size. COST: searches in small real policy take up to 15,000 steps a cell, patterns up to 430. */
const SEARCH_STEPS = 1_000_000;
const SEARCH_STEPS_A_CELL = 17_000;
const PATTERN_STEPS = 2_000_000;
const PATTERN_STEPS_A_CELL = 600;
/**
 * Of any stream, whatever its size. COST: a step takes 90 to 200 ns in a new process, one of patterns 150 to 300, so that a stream made to be hard
 * to read is shown, as far as that goes, in less than 3 s of CPU. Of Debian's 297 files 24 take more than 6 million steps, and those that are
 * shown whole 11.6 million at most (`usr.bin.skype`); 16 are not done after 14 million, and 15 not after 28.
 */
const MOST_SEARCH_STEPS = 12_000_000;
const MOST_PATTERN_STEPS = 3_000_000;

/** COST: of the 328 profiles of these files one class takes 2.8 million steps at most (`wpa_supplicant`), but dbus of `firefox`, not done after 12 million. */
const MOST_CLASS_STEPS = 4_000_000;

const SMALL_STEPS = 4_000_000;
const TINY_STEPS = 250_000;

/** For one rendering of a policy; cells are states and transitions. */
export function renderingEffort({ profiles }: CompiledPolicy): Effort {
  const automata = profiles.flatMap(({ file, policydb, xmatch }) => [file, policydb, xmatch]);
  const cells = automata.reduce((sum, one) => sum + (one?.dfa.stateCount ?? 0) + (one?.dfa.symbols.length ?? 0), 0);
  return {
    search: new Work(Math.min(MOST_SEARCH_STEPS, SEARCH_STEPS + SEARCH_STEPS_A_CELL * cells)),
    patterns: new Work(Math.min(MOST_PATTERN_STEPS, PATTERN_STEPS + PATTERN_STEPS_A_CELL * cells)),
  };
}

/** What one profile of the stream may take of it. */
export function profileEffort({ search, patterns }: Effort): Effort {
  return { search: search.part(MOST_SEARCH_STEPS), patterns: profilePatterns(patterns) };
}

/** What rules of one class other than files may take of it: one that is hard to read costs itself alone. */
export function classEffort({ search, patterns }: Effort): Effort {
  return { search: search.part(MOST_CLASS_STEPS), patterns };
}

/** The same of patterns alone. */
export function profilePatterns(patterns: Work): Work {
  return patterns.part(MOST_PATTERN_STEPS);
}

/** For rules shown beside an answer: what takes longer would not be read anyway. */
export function smallEffort(): Effort {
  return { search: new Work(SMALL_STEPS), patterns: new Work(SMALL_STEPS / 10) };
}

/**
 * For many of them. COST: of the parts of 550 questions to Debian's policy that small effort says whole, 96 in 100 take 250,000 steps at most;
 * those that it does not took all of its steps, and 100 ms.
 */
export function tinyEffort(): Effort {
  return { search: new Work(TINY_STEPS), patterns: new Work(TINY_STEPS / 10) };
}

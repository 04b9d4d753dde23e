/** What one automaton may cost. It is asked after every state, so it must answer fast. */
import type { CanonicalStates } from "./canonical.ts";
import type { f64, i32 } from "./environment.ts";
import { toFloat } from "./environment.ts";
import type { Expansion } from "./expansion.ts";
import type { Frames } from "./frames.ts";
import type { StateBudget } from "./states.ts";
import type { Terms } from "./terms.ts";

/**
 * A subset construction may need this many times the states of the minimal automaton before it counts as an explosion; real
 * policy needs less than twice. (Only new states count, so what is beyond may pass in a session that knows parts of it.)
 */
const SLACK: i32 = 4;
const LEAST_EXPANDED: f64 = 65536;
/** Heads that may be added to unions for one automaton: some seconds. Large policies need a hundredth of it. */
const MOST_WORK: f64 = 2147483648;
/** Bytes are counted once in so many states. */
const COUNT_EVERY: i32 = 256;
/** What the stack of a search may come to: its frames, and again as much and more when they turn out to be one component. */
const STACK_FACTOR: f64 = 4;

export class Budget implements StateBudget {
  readonly maxStates: i32;
  /** States of the subset construction that were computed, in all automata. */
  expandedCount: i32 = 0;
  private readonly maxBytes: f64;
  private readonly terms: Terms;
  private readonly canonical: CanonicalStates;
  private readonly expansion: Expansion;
  private expandedLimit: f64 = 0;
  private byteLimit: f64 = 0;
  private workLimit: f64 = 0;

  constructor(limits: Limits, terms: Terms, canonical: CanonicalStates, expansion: Expansion) {
    this.maxStates = limits.maxStates;
    this.maxBytes = limits.maxBytes;
    this.terms = terms;
    this.canonical = canonical;
    this.expansion = expansion;
    this.renew();
  }

  /** What the session holds. */
  get bytes(): f64 {
    return this.terms.bytes + this.canonical.bytes + this.expansion.results.bytes;
  }

  /** For the next automaton. */
  renew(): void {
    const most = toFloat(SLACK) * toFloat(this.maxStates);
    this.expandedLimit = toFloat(this.expandedCount) + (most > LEAST_EXPANDED ? most : LEAST_EXPANDED);
    this.byteLimit = this.bytes + this.maxBytes;
    this.workLimit = this.terms.work + MOST_WORK;
  }

  /** Whether another pattern can be afforded. */
  isTermAffordable(): boolean {
    return this.terms.members.bytes <= this.byteLimit && this.terms.work <= this.workLimit;
  }

  /** Counts a state; whether it could be afforded. */
  isStateAffordable(stack: Frames): boolean {
    this.expandedCount += 1;
    if (toFloat(this.expandedCount) > this.expandedLimit) return false;
    if (this.terms.work > this.workLimit || this.expansion.hasRefused) return false;
    if (this.expandedCount % COUNT_EVERY !== 0) return true;
    return this.bytes + STACK_FACTOR * stack.bytes <= this.byteLimit;
  }
}

/** What a session allows each automaton. */
export class Limits {
  readonly maxStates: i32;
  readonly maxBytes: f64;

  constructor(maxStates: i32, maxBytes: f64) {
    this.maxStates = maxStates;
    this.maxBytes = maxBytes;
  }
}

/** A compilation session: terms, their memo, and canonical states, shared by all automata built in it. */
import { fail, invariant, ok, type Outcome } from "../../foundation/basics/index.ts";
import { CanonicalStates } from "./canonical.ts";
import { Expansion } from "./expansion.ts";
import { multiplyingLabels } from "./explosion.ts";
import { LabelSets } from "./labels.ts";
import { Search } from "./search.ts";
import { UNKNOWN } from "./states.ts";
import { TableWriter } from "./tables.ts";
import { EMPTY, Terms } from "./terms.ts";
import type { AutomataOptions, AutomataSession, Dfa, Explosion, SessionStatistics, Term } from "./types.ts";

const MOST_STATES = 2 ** 24 - 2;

/**
 * A subset construction may need this many times the states of the minimal automaton before it counts as an explosion; real
 * policy needs less than twice. (Only new states count, so what is beyond may pass in a session that knows parts of it.)
 */
const SLACK = 4;
const LEAST_EXPANDED = 1 << 16;
/** What one automaton may add to the session, unless it was told otherwise. */
const MOST_BYTES = 2 ** 28;
/** Heads that may be added to unions for one automaton: some seconds. Large policies need a hundredth of it. */
const MOST_WORK = 2 ** 31;
/** Bytes are counted once in so many states. */
const COUNT_EVERY = 256;

class Session {
  readonly terms = new Terms();
  private readonly maxStates: number;
  private readonly maxBytes: number;
  private readonly canonical = new CanonicalStates();
  private readonly expansion: Expansion;
  private readonly search: Search;
  private readonly tables = new TableWriter(this.canonical);
  private expandedCount = 0;
  private expandedLimit = 0;
  private byteLimit = 0;
  private workLimit = 0;

  constructor(options: AutomataOptions) {
    this.maxStates = Math.min(options.maxStates ?? MOST_STATES, MOST_STATES);
    this.maxBytes = options.maxBytes ?? MOST_BYTES;
    const labelSets = new LabelSets(options.combine);
    this.expansion = new Expansion(this.terms, (labels) => labelSets.combine(labels));
    this.search = new Search(this.expansion, this.canonical, () => this.isAffordable());
    this.setLimits();
  }

  build(patterns: readonly Term[]): Outcome<Dfa, Explosion> {
    const root = patterns.length === 0 ? EMPTY : this.terms.union(patterns);
    const termCount = this.terms.count;
    const canonicalCount = this.canonical.count;
    this.expansion.results.extend(termCount, UNKNOWN);
    this.expansion.hasRefused = false;
    this.setLimits();
    const state = this.search.run(root);
    const dfa = state < 0 ? undefined : this.tables.write(state, this.maxStates);
    const labels = dfa === undefined ? multiplyingLabels(this.terms, root, termCount) : [];
    if (dfa === undefined) this.forget(termCount, canonicalCount);
    // Terms made from now on are for the next automaton.
    this.setLimits();
    return dfa === undefined ? fail({ kind: "too-many-states", limit: this.maxStates, labels }) : ok(dfa);
  }

  /** A term if it can still be afforded, else one that no automaton can be built from. */
  make(build: () => number): Term {
    const isAffordable = 4 * this.terms.members.length <= this.byteLimit && this.terms.work <= this.workLimit;
    return brandTerm(isAffordable ? build() : this.terms.refused);
  }

  statistics(): SessionStatistics {
    const { terms, expandedCount: expanded, canonical } = this;
    return { terms: terms.headCount, expanded, canonical: canonical.count, bytes: this.bytes };
  }

  private get bytes(): number {
    return this.terms.bytes + this.canonical.bytes + this.expansion.results.bytes;
  }

  private setLimits(): void {
    this.expandedLimit = this.expandedCount + Math.max(SLACK * this.maxStates, LEAST_EXPANDED);
    this.byteLimit = this.bytes + this.maxBytes;
    this.workLimit = this.terms.work + MOST_WORK;
  }

  private isAffordable(): boolean {
    this.expandedCount += 1;
    if (this.expandedCount > this.expandedLimit || this.terms.work > this.workLimit || this.expansion.hasRefused) {
      return false;
    }
    return this.expandedCount % COUNT_EVERY !== 0 || this.bytes + this.search.bytes <= this.byteLimit;
  }

  /** Takes back what a refused automaton left behind. */
  private forget(termCount: number, canonicalCount: number): void {
    this.terms.truncate(termCount);
    this.canonical.truncate(canonicalCount);
    const { results } = this.expansion;
    results.length = termCount;
    for (let term = 0; term < termCount; term += 1) {
      const result = results.data[term]!;
      if (result < UNKNOWN || result >= canonicalCount) results.data[term] = UNKNOWN;
    }
  }
}

/**
 * Opens a session in which automata share their work.
 *
 * Errors: none here; `build` gives an `Explosion` for an automaton that would need too many states, and the session goes on.
 * Cost: of `build`, the explicit bytes of each state that no earlier automaton of the session had, times its patterns alive.
 * Source: design section 3; tested against brute force in tests/property/automata.test.ts.
 *
 * @example
 * const session = createAutomata({ combine: ([label = 0]) => label + 1 });
 * const pattern = session.literal(Uint8Array.of(47, 97), session.accept(0)); // "/a"
 * const built = session.build([pattern]);
 */
export function createAutomata(options: AutomataOptions): AutomataSession {
  const session = new Session(options);
  const { terms } = session;
  const { byteSets } = terms;
  return {
    accept: (label) => session.make(() => terms.accept(label)),
    set: (set, next) => session.make(() => terms.step(byteSets.intern(set), next)),
    literal: (bytes, next) => session.make(() => terms.literal(bytes, next)),
    outOfBand: (next) => session.make(() => terms.outOfBand(next)),
    alternative: (list) => session.make(() => (list.length === 0 ? EMPTY : terms.union(list))),
    star: (set, next) => session.make(() => terms.star(byteSets.intern(set), next)),
    build: (patterns) => session.build(patterns),
    statistics: () => session.statistics(),
  };
}

function brandTerm(number: number): Term {
  invariant(number >= 0, "a term is a number from 0");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place where a term is made
  return number as Term;
}

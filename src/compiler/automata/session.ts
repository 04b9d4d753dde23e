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
import type { AutomataOptions, AutomataSession, Dfa, Explosion, Term } from "./types.ts";

const MOST_STATES = 2 ** 24 - 2;

/** A subset construction may need this many times the states of the minimal automaton before it counts as an explosion. */
const SLACK = 4;
const LEAST_EXPANDED = 1 << 16;
/** Members of terms and targets on the stack, 4 bytes each, that one automaton may add. */
const MOST_MEMBERS = 1 << 26;

class Session {
  readonly terms = new Terms();
  private readonly maxStates: number;
  private readonly canonical = new CanonicalStates();
  private readonly expansion: Expansion;
  private readonly search: Search;
  private readonly tables = new TableWriter(this.canonical);
  private expandedCount = 0;
  private expandedLimit = 0;
  private memberLimit = 0;

  constructor(options: AutomataOptions) {
    this.maxStates = Math.min(options.maxStates ?? MOST_STATES, MOST_STATES);
    const labelSets = new LabelSets(options.combine);
    this.expansion = new Expansion(this.terms, (labels) => labelSets.combine(labels));
    this.search = new Search(this.expansion, this.canonical, () => this.isAffordable());
  }

  build(patterns: readonly Term[]): Outcome<Dfa, Explosion> {
    const root = patterns.length === 0 ? EMPTY : this.terms.union(patterns);
    const termCount = this.terms.count;
    const canonicalCount = this.canonical.count;
    this.expansion.results.extend(termCount, UNKNOWN);
    this.expandedLimit = this.expandedCount + Math.max(SLACK * this.maxStates, LEAST_EXPANDED);
    this.memberLimit = this.terms.members.length + MOST_MEMBERS;
    const state = this.search.run(root);
    const dfa = state < 0 ? undefined : this.tables.write(state, this.maxStates);
    if (dfa !== undefined) return ok(dfa);
    const labels = multiplyingLabels(this.terms, root, termCount);
    this.forget(termCount, canonicalCount);
    return fail({ kind: "too-many-states", limit: this.maxStates, labels });
  }

  statistics(): { readonly terms: number; readonly expanded: number; readonly canonical: number } {
    return { terms: this.terms.headCount, expanded: this.expandedCount, canonical: this.canonical.count };
  }

  private isAffordable(): boolean {
    this.expandedCount += 1;
    return (
      this.expandedCount <= this.expandedLimit && this.terms.members.length + this.search.depth <= this.memberLimit
    );
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
  return {
    accept: (label) => brandTerm(terms.accept(label)),
    set: (set, next) => brandTerm(terms.step(terms.byteSets.intern(set), next)),
    literal: (bytes, next) => brandTerm(terms.literal(bytes, next)),
    outOfBand: (next) => brandTerm(terms.outOfBand(next)),
    alternative: (list) => brandTerm(list.length === 0 ? EMPTY : terms.union(list)),
    star: (set, next) => brandTerm(terms.star(terms.byteSets.intern(set), next)),
    build: (patterns) => session.build(patterns),
    statistics: () => session.statistics(),
  };
}

function brandTerm(number: number): Term {
  invariant(number >= 0, "a term is a number from 0");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place where a term is made
  return number as Term;
}

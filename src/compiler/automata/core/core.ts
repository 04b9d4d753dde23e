/**
 * The engine behind a session: terms, their memo, and canonical states, shared by all automata built in it. Numbers in, numbers
 * out, so that the same text serves in JavaScript and in WebAssembly.
 */
import { Blame } from "./blame.ts";
import { Budget, type Limits } from "./budget.ts";
import { CanonicalStates } from "./canonical.ts";
import type { Combiner, f64, i32 } from "./environment.ts";
import { Expansion } from "./expansion.ts";
import { LabelSets } from "./labels.ts";
import { Search } from "./search.ts";
import { UNKNOWN } from "./states.ts";
import { TableWriter } from "./tables.ts";
import { Terms } from "./terms.ts";

/** Room for the bytes of a literal; longer ones are made in pieces. */
export const LITERAL_BYTES: i32 = 1024;

export class Core {
  /** What `literal` takes. */
  readonly input: Uint8Array = new Uint8Array(LITERAL_BYTES);
  /** Of the automaton built last. */
  readonly tables: TableWriter;
  /** Of the automaton refused last. */
  readonly blame: Blame;
  private readonly terms: Terms;
  private readonly canonical: CanonicalStates;
  private readonly expansion: Expansion;
  private readonly budget: Budget;
  private readonly search: Search;

  constructor(combiner: Combiner, limits: Limits) {
    const terms = new Terms();
    const canonical = new CanonicalStates();
    const expansion = new Expansion(terms, new LabelSets(combiner));
    const budget = new Budget(limits, terms, canonical, expansion);
    this.terms = terms;
    this.canonical = canonical;
    this.expansion = expansion;
    this.budget = budget;
    this.search = new Search(expansion, expansion.results, canonical, budget);
    this.tables = new TableWriter(canonical);
    this.blame = new Blame(terms);
  }

  // Each makes a term if it can still be afforded, else one that no automaton can be built from.

  accept(label: i32): i32 {
    return this.budget.isTermAffordable() ? this.terms.accept(label) : this.terms.refused;
  }

  outOfBand(next: i32): i32 {
    return this.budget.isTermAffordable() ? this.terms.outOfBand(next) : this.terms.refused;
  }

  /** The first `length` bytes of `input`, then `next`. */
  literal(length: i32, next: i32): i32 {
    return this.budget.isTermAffordable() ? this.terms.literal(this.input, length, next) : this.terms.refused;
  }

  /** A byte of the pending set, then `next`. */
  step(next: i32): i32 {
    if (!this.budget.isTermAffordable()) return this.terms.refused;
    return this.terms.step(this.terms.byteSets.intern(), next);
  }

  /** Any number of bytes of the pending set, then `next`. */
  star(next: i32): i32 {
    if (!this.budget.isTermAffordable()) return this.terms.refused;
    return this.terms.star(this.terms.byteSets.intern(), next);
  }

  /** Where to put the eight numbers of a set for `step` and `star`: byte b is bit b & 31 of number b >> 5. */
  get pendingSet(): Int32Array {
    return this.terms.byteSets.pending;
  }

  /** Adds a term to the union in the making. */
  add(term: i32): void {
    this.terms.add(term);
  }

  /** The union of what was added. */
  union(): i32 {
    return this.terms.finish();
  }

  /** Builds the automaton of a term into `tables`; false if it cannot be afforded, and then `blame` tells why. */
  build(root: i32): boolean {
    const termCount = this.terms.count;
    const canonicalCount = this.canonical.count;
    this.expansion.results.extend(termCount, UNKNOWN);
    this.expansion.hasRefused = false;
    this.budget.renew();
    const state = this.search.run(root);
    const isBuilt = state >= 0 && this.tables.write(state, this.budget.maxStates);
    if (!isBuilt) {
      this.blame.find(root, termCount);
      this.forget(termCount, canonicalCount);
    }
    // Terms made from now on are for the next automaton.
    this.budget.renew();
    return isBuilt;
  }

  get headCount(): i32 {
    return this.terms.headCount;
  }

  get expandedCount(): i32 {
    return this.budget.expandedCount;
  }

  get canonicalCount(): i32 {
    return this.canonical.count;
  }

  /** What the session keeps. */
  get bytes(): f64 {
    return this.budget.bytes;
  }

  /** Takes back what a refused automaton left behind. */
  private forget(termCount: i32, canonicalCount: i32): void {
    this.terms.truncate(termCount);
    this.canonical.truncate(canonicalCount);
    const results = this.expansion.results;
    results.length = termCount;
    for (let term = 0; term < termCount; term += 1) {
      const result = results.data[term]!;
      if (result < UNKNOWN || result >= canonicalCount) results.data[term] = UNKNOWN;
    }
  }
}

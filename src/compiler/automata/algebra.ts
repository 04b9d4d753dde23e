/** Questions to two automata, and new automata from two: all by walking pairs of states. */
import { fail, invariant, ok, type Outcome } from "../../foundation/basics/index.ts";
import { CanonicalStates } from "./core/canonical.ts";
import { Int32Vector } from "./core/collections.ts";
import type { Row } from "./core/row.ts";
import { Search } from "./core/search.ts";
import { type StateBudget, type StateSource, UNKNOWN } from "./core/states.ts";
import { TableWriter } from "./core/tables.ts";
import { tablesOf } from "./engine/javascript.ts";
import { Pairs } from "./product.ts";
import type { Dfa, Output, TooManyStates, Witness } from "./types.ts";

/** Pairs a walk looks at before it gives up; each takes some 30 bytes. */
const MOST_PAIRS = 2 ** 22;

/** Where two automata differ: a shortest input, and what each gives for it. */
export interface Difference {
  readonly witness: Witness;
  readonly left: Output;
  readonly right: Output;
}

/** What `walkProduct` has found: a pair of states, what they give, and how to come there. */
export interface ProductState {
  readonly leftState: number;
  readonly rightState: number;
  readonly left: Output;
  readonly right: Output;
  /** A shortest input that leads here, made on demand. */
  readonly witness: () => Witness;
}

/**
 * Visits every pair of states that some input leads both automata to, breadth first, (dead, dead) left out; stops when
 * `visit` gives true. Pairs that `isWanted` does not want are neither visited nor followed.
 *
 * Errors: too many pairs (2^22).
 * Cost: O(pairs x exceptions); for automata that are nearly the same, pairs are about as many as states.
 */
export function walkProduct(
  left: Dfa,
  right: Dfa,
  visit: (state: ProductState) => boolean,
  isWanted: (leftState: number, rightState: number) => boolean = () => true,
): Outcome<undefined, TooManyStates> {
  const pairs = new Pairs(left, right);
  const ways = new Ways();
  let pair = 1;
  const note = (symbol: number): void => {
    if (pairs.count > ways.count) ways.add(pair, symbol);
  };
  for (; pair < pairs.count; pair += 1) {
    const leftState = pairs.lefts.data[pair]!;
    const rightState = pairs.rights.data[pair]!;
    if (!isWanted(leftState, rightState)) continue;
    if (visit(new Visited(pairs, ways, pair))) return ok(undefined);
    const free = pairs.freeByte(pair);
    if (free >= 0) {
      pairs.fallback(pair);
      note(free);
    }
    pairs.forEachException(pair, note);
    if (pairs.count > MOST_PAIRS) return fail({ kind: "too-many-states", limit: MOST_PAIRS });
  }
  return ok(undefined);
}

/** How a walk came to each pair. */
class Ways {
  private readonly parents = new Int32Vector();
  private readonly symbols = new Int32Vector();

  constructor() {
    this.parents.extend(2, 0);
    this.symbols.extend(2, 0);
  }

  get count(): number {
    return this.parents.length;
  }

  add(parent: number, symbol: number): void {
    this.parents.push(parent);
    this.symbols.push(symbol);
  }

  to(pair: number): Witness {
    const path: number[] = [];
    for (let at = pair; at !== 1; at = this.parents.data[at]!) path.push(this.symbols.data[at]!);
    return path.toReversed();
  }
}

/** COST: a walk visits millions of pairs, and few are asked for their witness. */
class Visited implements ProductState {
  readonly leftState: number;
  readonly rightState: number;
  readonly left: Output;
  readonly right: Output;
  private readonly ways: Ways;
  private readonly pair: number;

  constructor(pairs: Pairs, ways: Ways, pair: number) {
    this.leftState = pairs.lefts.data[pair]!;
    this.rightState = pairs.rights.data[pair]!;
    this.left = pairs.left.outputs[this.leftState]!;
    this.right = pairs.right.outputs[this.rightState]!;
    this.ways = ways;
    this.pair = pair;
  }

  get witness(): () => Witness {
    return () => this.ways.to(this.pair);
  }
}

/**
 * A shortest input for which `isSame` does not hold between the outputs of the two (by default: equal numbers); undefined if
 * there is none.
 *
 * Errors, cost: as `walkProduct`.
 */
export function firstDifference(
  left: Dfa,
  right: Dfa,
  isSame: (left: Output, right: Output) => boolean = (output, other) => output === other,
): Outcome<Difference | undefined, TooManyStates> {
  const found: Difference[] = [];
  const walked = walkProduct(left, right, (state) => {
    if (isSame(state.left, state.right)) return false;
    found.push({ witness: state.witness(), left: state.left, right: state.right });
    return true;
  });
  return walked.ok ? ok(found[0]) : walked;
}

/**
 * A shortest input that `inner` accepts and `outer` does not cover (by default: does not accept); undefined if `outer` includes
 * `inner`.
 *
 * Errors, cost: as `walkProduct`.
 */
export function firstUncovered(
  outer: Dfa,
  inner: Dfa,
  covers: (outer: Output, inner: Output) => boolean = (output) => output !== 0,
): Outcome<Difference | undefined, TooManyStates> {
  return firstDifference(outer, inner, (output, other) => other === 0 || covers(output, other));
}

/**
 * The minimal automaton that gives for every input what `combine` makes of the outputs of the two: with `(l, r) => l | r` the
 * union of bit sets, with `(l, r) => (r === 0 ? l : 0)` the difference, and so on. `combine(0, 0)` must be 0.
 *
 * Errors: too many pairs of states, or `maxStates` in the result.
 */
export function combineAutomata(
  left: Dfa,
  right: Dfa,
  combine: (left: Output, right: Output) => Output,
  maxStates: number = MOST_PAIRS,
): Outcome<Dfa, TooManyStates> {
  invariant(combine(0, 0) === 0, "an input that neither accepts is not accepted");
  const source = new PairSource(new Pairs(left, right), combine);
  const canonical = new CanonicalStates();
  const search = new Search(source, source.results, canonical, source);
  const state = search.run(1);
  const tables = new TableWriter(canonical);
  const isBuilt = state >= 0 && tables.write(state, maxStates);
  return isBuilt ? ok(tablesOf(tables)) : fail({ kind: "too-many-states", limit: maxStates });
}

class PairSource implements StateSource, StateBudget {
  readonly results = new Int32Vector();
  private readonly pairs: Pairs;
  private readonly combine: (left: Output, right: Output) => Output;

  constructor(pairs: Pairs, combine: (left: Output, right: Output) => Output) {
    this.pairs = pairs;
    this.combine = combine;
    this.results.push(0);
    this.results.push(UNKNOWN);
  }

  isStateAffordable(): boolean {
    return this.results.length <= MOST_PAIRS;
  }

  expand(state: number, row: Row): void {
    const { pairs } = this;
    row.clear();
    row.output = this.combine(
      pairs.left.outputs[pairs.lefts.data[state]!]!,
      pairs.right.outputs[pairs.rights.data[state]!]!,
    );
    row.fallback = pairs.fallback(state);
    pairs.forEachException(state, (symbol, target) => row.push(symbol, target));
    row.normalise();
    this.results.extend(pairs.count, UNKNOWN);
  }
}

/**
 * Where an automaton says what rules do not: both are walked side by side, a *pair* being a state and a set of places in rules.
 *
 * Of the pairs of a state those are left out whose set is wider than another one's: what the narrow set covers the wide one covers as well
 * (antichains: M. De Wulf, L. Doyen, T. Henzinger, J.-F. Raskin, Antichains: a new algorithm for checking universality of finite automata,
 * 2006). A transition to a pair that is left out leads to the narrow one, so an input through it may be covered already; one that leads to a
 * pair that lacks something by the way it was found first never is.
 */
import type { DenseRows } from "./dense-rows.ts";
import type { ClassSet } from "./flat-patterns.ts";
import type { RuleSets } from "./rule-sets.ts";

const MAX_PAIRS = 2 ** 20;
/** Inputs a round takes up. */
const MAX_INPUTS = 30_000;

export interface LackingInput {
  /** A class of each step. */
  readonly examples: readonly number[];
  /** All classes that would do, step by step; NUL and the slash are by themselves. */
  readonly sets: () => readonly ClassSet[];
  readonly state: number;
  /** The set of places behind the input; it may say all. */
  readonly set: number;
}

interface Walked {
  readonly isLacking: (state: number, set: number) => boolean;
  readonly cells: Int32Array;
}

interface Edge {
  readonly from: number;
  readonly to: number;
  readonly length: number;
}

export class LackingPairs {
  isTooLarge = false;
  /** Pairs that lack something. */
  private readonly lacking: number[] = [];
  private readonly rows: DenseRows;
  private readonly rules: RuleSets;
  private readonly states: number[] = [];
  private readonly sets: number[] = [];
  private readonly parents: number[] = [];
  /** The class a pair was first reached by. */
  private readonly symbols: number[] = [];
  private readonly levels: number[] = [];
  /** `targets[pair * width + class]`, -1 for none. */
  private targets: Int32Array;
  /** Component classes first, then the slash and NUL. */
  private readonly order: readonly number[];

  /** `cells`: room for what is kept of pairs; the walk takes it over. */
  constructor(rows: DenseRows, rules: RuleSets, { isLacking, cells }: Walked) {
    this.rows = rows;
    this.rules = rules;
    this.targets = cells;
    const { component, slash, nul } = rows.alphabet;
    this.order = [...component.members, slash, nul];
    this.walk();
    for (let pair = 0; pair < this.states.length; pair += 1) {
      if (isLacking(this.states[pair]!, this.sets[pair]!)) this.lacking.push(pair);
    }
  }

  /** Room for another walk, when this one is needed no longer. */
  get cells(): Int32Array {
    return this.targets;
  }

  get isNothingLacking(): boolean {
    return !this.isTooLarge && this.lacking.length === 0;
  }

  private walk(): void {
    const { rows, rules, order, states, sets } = this;
    const { width, next, stateCount, work } = rows;
    const numbers = new Map<number, number>();
    const ofState: number[][] = [];
    const numberOf = (state: number, set: number, parent: number, symbol: number): number => {
      const key = set * stateCount + state;
      const known = numbers.get(key);
      if (known !== undefined) return known;
      const others = (ofState[state] ??= []);
      work.spend(others.length);
      const narrower = others.find((other) => rules.isWithin(sets[other]!, set));
      const pair = narrower ?? states.length;
      numbers.set(key, pair);
      if (narrower !== undefined) return pair;
      others.push(pair);
      states.push(state);
      sets.push(set);
      this.parents.push(parent);
      this.symbols.push(symbol);
      this.levels.push(parent < 0 ? 0 : this.levels[parent]! + 1);
      return pair;
    };
    numberOf(rows.start, rules.start(), -1, 0);
    for (let pair = 0; pair < states.length; pair += 1) {
      if (states.length > MAX_PAIRS || rules.isFull || !work.spend(width >> 1)) {
        this.isTooLarge = true;
        return;
      }
      const state = states[pair]!;
      const set = sets[pair]!;
      const cell = pair * width;
      this.reserve(cell + width);
      // COST: most classes lead where the one before leads, and looking that up takes longest
      let lastTarget = -1;
      let lastBehind = -1;
      let last = -1;
      // COST: a loop that V8 has not optimized yet makes an object for each element that an iterator gives
      for (let at = 0; at < order.length; at += 1) {
        const symbol = order[at]!;
        const target = next[state * width + symbol]!;
        if (target === 0) {
          this.targets[cell + symbol] = -1;
          continue;
        }
        const behind = rules.next(set, symbol);
        if (target !== lastTarget || behind !== lastBehind) {
          last = numberOf(target, behind, pair, symbol);
          lastTarget = target;
          lastBehind = behind;
        }
        this.targets[cell + symbol] = last;
      }
    }
  }

  private reserve(size: number): void {
    if (size <= this.targets.length) return;
    const grown = new Int32Array(Math.max(size, this.targets.length * 2));
    grown.set(this.targets);
    this.targets = grown;
  }

  /** For every transition on the way to a pair that lacks something, an input through it; shorter ones first. */
  inputs(): readonly LackingInput[] {
    const { onward, depth } = this.nearest();
    const edges = this.edgesTo(depth, onward);
    return edges
      .slice(0, MAX_INPUTS)
      .filter(({ length }) => this.rows.work.spend(length))
      .map(({ from, to }) => this.inputThrough(from, to, onward));
  }

  private edgesTo(depth: Int32Array, onward: Int32Array): readonly Edge[] {
    const { width } = this.rows;
    const edges: Edge[] = [];
    if (depth[0]! >= 0) edges.push({ from: -1, to: 0, length: depth[0]! });
    const seen = new Int32Array(this.states.length).fill(-1);
    for (let from = 0; from < this.states.length; from += 1) {
      for (let cell = from * width; cell < (from + 1) * width; cell += 1) {
        const to = this.targets[cell]!;
        if (to < 0 || depth[to]! < 0 || seen[to] === from) continue;
        seen[to] = from;
        // the way was found first and goes on as it was found first: the input is that of the transition behind this one
        if (this.parents[to] === from && onward[to]! >= 0 && this.parents[onward[to]!] === to) continue;
        edges.push({ from, to, length: this.levels[from]! + 1 + depth[to]! });
      }
    }
    return edges.toSorted((a, b) => a.length - b.length || a.from - b.from || a.to - b.to);
  }

  /** Of each pair the next one on a shortest way to a pair that lacks something, and how far that is; -1 for none. */
  private nearest(): { readonly onward: Int32Array; readonly depth: Int32Array } {
    const count = this.states.length;
    const onward = new Int32Array(count).fill(-1);
    const depth = new Int32Array(count).fill(-1);
    const pending = [...this.lacking];
    for (const pair of pending) depth[pair] = 0;
    const { from, starts } = this.sources();
    for (const pair of pending) {
      for (let at = starts[pair]!; at < starts[pair + 1]!; at += 1) {
        const source = from[at]!;
        if (depth[source]! >= 0) continue;
        depth[source] = depth[pair]! + 1;
        onward[source] = pair;
        pending.push(source);
      }
    }
    return { onward, depth };
  }

  /** The pairs with transitions to a pair, ascending, each once: of pair p, `from[starts[p]]` to before `from[starts[p + 1]]`. */
  private sources(): { readonly from: Int32Array; readonly starts: Int32Array } {
    const { width } = this.rows;
    const count = this.states.length;
    const starts = new Int32Array(count + 1);
    const last = new Int32Array(count).fill(-1);
    const eachSource = (take: (to: number, from: number) => void): void => {
      last.fill(-1);
      for (let from = 0; from < count; from += 1) {
        for (let cell = from * width; cell < (from + 1) * width; cell += 1) {
          const to = this.targets[cell]!;
          if (to < 0 || last[to] === from) continue;
          last[to] = from;
          take(to, from);
        }
      }
    };
    eachSource((to) => (starts[to + 1]! += 1));
    for (let pair = 0; pair < count; pair += 1) starts[pair + 1]! += starts[pair]!;
    const from = new Int32Array(starts[count]!);
    const filled = starts.slice(0, count);
    eachSource((to, source) => {
      from[filled[to]!] = source;
      filled[to]! += 1;
    });
    return { from, starts };
  }

  private inputThrough(from: number, to: number, onward: Int32Array): LackingInput {
    const pairs: number[] = [];
    const examples: number[] = [];
    for (let at = from; at >= 0; at = this.parents[at]!) {
      pairs.push(at);
      if (at > 0) examples.push(this.symbols[at]!);
    }
    pairs.reverse();
    examples.reverse();
    for (let at = to; at >= 0; at = onward[at]!) {
      const before = pairs.at(-1);
      if (before !== undefined) examples.push(this.exampleOf(before, at));
      pairs.push(at);
    }
    const last = pairs.at(-1)!;
    return {
      examples,
      sets: () => examples.map((example, at) => this.setOf(pairs[at]!, pairs[at + 1]!, example)),
      state: this.states[last]!,
      set: this.rules.run(this.sets[0]!, examples),
    };
  }

  private exampleOf(from: number, to: number): number {
    if (this.parents[to] === from) return this.symbols[to]!;
    const cell = from * this.rows.width;
    return this.order.find((symbol) => this.targets[cell + symbol] === to)!;
  }

  private setOf(from: number, to: number, example: number): ClassSet {
    const { alphabet, width, work } = this.rows;
    if (example === alphabet.slash || example === alphabet.nul) return alphabet.single(example);
    work.spend(width);
    const cell = from * width;
    return alphabet.setOf(alphabet.component.members.filter((member) => this.targets[cell + member] === to));
  }
}

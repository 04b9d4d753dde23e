/**
 * Rules that together say what an automaton says.
 *
 * A rule is a pattern with grants that hold wherever it matches, so no rule is ever false. What is missing is found by walking
 * the automaton and the automaton of the rules side by side: for every transition that leads to something uncovered there is an
 * input, each input is widened to a pattern (`widen.ts`), and the walk begins anew until nothing is uncovered or the work has
 * grown beyond measure. The answer says which.
 *
 * Grants stand in *layers* (deny, prompt, audit, allow), each a set of bits by state:
 *
 *     wanted    what the rules of the layer must say
 *     possible  what they may say without changing anything: what is granted, or is denied anyway
 */
import { type AutomataSession, createAutomata, type Dfa, type Label } from "../automata/index.ts";
import { DenseRows, denseTable, type StepLimits } from "./dense-rows.ts";
import { accepts, Alphabet, type ClassSet, type FlatPattern, isExact, patternKey, termOf } from "./flat-patterns.ts";
import { widen } from "./widen.ts";

export interface Layer {
  /** By state. */
  readonly wanted: Uint32Array;
  readonly possible: Uint32Array;
  /** The layers whose rules count here. */
  readonly by: readonly number[];
}

/** Bits of which a state has one at most, and where a pattern without globs beats one with globs. */
export interface Exclusive {
  readonly bits: number;
  /** Where they are, the most general layer last. */
  readonly layers: readonly number[];
}

export interface CoverRule {
  readonly layer: number;
  readonly pattern: FlatPattern;
  readonly grants: number;
  /** Comes with another rule; is not written itself. */
  readonly isImplied?: boolean;
}

export interface Cover {
  readonly rules: readonly CoverRule[];
  readonly alphabet: Alphabet;
  /** Nothing is missing. */
  readonly isWhole: boolean;
}

/** When the steps are taken or the work is done, the search gives up. */
export interface CoverOptions extends StepLimits {
  readonly layers: readonly Layer[];
  readonly exclusive: readonly Exclusive[];
  /** Rules that are there already, as far as they may be. */
  readonly given: (alphabet: Alphabet) => readonly CoverRule[];
  /** The rules that a pattern and its grants really become; empty if the language has none. */
  readonly adjust: (rule: CoverRule, tools: AdjustTools) => readonly CoverRule[];
}

export interface AdjustTools {
  readonly alphabet: Alphabet;
  /** Whether the rule may be said. */
  readonly isPossible: (rule: CoverRule) => boolean;
}

const MAX_ROUNDS = 24;
const MAX_RULES = 20_000;
/** States of the rules' automaton, and bytes it takes. COST: with more, one that grows beyond all measure takes seconds until that is seen. */
const MAX_STATES = 40_000;
const MAX_BYTES = 2 ** 24;
/** COST: in steps; a state that is worked out takes longer than a cell that is looked at, and one automaton that was too large up to 0.2 s. */
const STEPS_A_STATE_AND_CLASS = 4;
const STEPS_OF_TOO_LARGE = 10_000_000;
const MAX_PAIRS = 2 ** 20;
/** Inputs a round takes up. */
const MAX_INPUTS = 30_000;

/** Covers the automaton from a state on. Cost: bounded steps, see `DenseRows`. */
export function coverAutomaton(dfa: Dfa, start: number, options: CoverOptions): Cover {
  const rows = DenseRows.of(dfa, start, options);
  if (rows === undefined) return { rules: [], alphabet: new Alphabet(dfa), isWhole: false };
  return new Covering(rows, options).run();
}

interface Step {
  readonly set: ClassSet;
  readonly example: number;
}

interface Missing {
  readonly input: readonly Step[];
  /** By layer. */
  readonly bits: readonly number[];
  /** Bits where a glob says something else: only a pattern without globs will do. */
  readonly exactOnly: number;
}

class Covering {
  private readonly rows: DenseRows;
  private readonly options: CoverOptions;
  private readonly rules = new Set<string>();
  /** Rules in order, with whether they are exact. */
  private readonly list: { readonly rule: CoverRule; readonly isExact: boolean }[] = [];
  private readonly covers: number[][] = [[]];
  private readonly coverNumbers = new Map<string, number>();
  private readonly session;
  private readonly finite: Uint8Array;

  constructor(rows: DenseRows, options: CoverOptions) {
    this.rows = rows;
    this.options = options;
    this.session = createAutomata({
      combine: (labels) => this.combine(labels),
      maxStates: MAX_STATES,
      maxBytes: MAX_BYTES,
    });
    this.finite = finiteStates(rows);
    this.coverNumbers.set("", 0);
  }

  run(): Cover {
    for (const rule of this.options.given(this.rows.alphabet)) if (this.isPossible(rule)) this.insert(rule);
    let isWhole = false;
    for (let round = 0; round < MAX_ROUNDS && !this.rows.isExhausted; round += 1) {
      const missing = this.missing();
      if (missing === undefined) break;
      if (missing.length === 0) {
        isWhole = true;
        break;
      }
      const before = this.list.length;
      for (const each of missing) if (!this.options.work.isSpent) this.cover(each, before);
      if (this.list.length === before || this.list.length > MAX_RULES) break;
    }
    return { rules: this.list.map(({ rule }) => rule), alphabet: this.rows.alphabet, isWhole };
  }

  /** What the rules with these labels say together, by layer. */
  private combine(labels: readonly Label[]): number {
    const { layers, exclusive, work } = this.options;
    work.spend(labels.length * (layers.length + exclusive.length));
    const said = labels.map((label) => this.list[label]!);
    const sum = (rules: typeof said, by: readonly number[]): number =>
      rules.reduce((bits, { rule }) => (by.includes(rule.layer) ? bits | rule.grants : bits), 0);
    const sums = layers.map(({ by }) => sum(said, by));
    const exact = said.filter((each) => each.isExact);
    for (const { bits, layers: within } of exclusive) {
      if ((sum(exact, within) & bits) === 0) continue;
      for (const layer of within) sums[layer] = (sums[layer]! & ~bits) | (sum(exact, layers[layer]!.by) & bits);
    }
    const key = sums.join(" ");
    const known = this.coverNumbers.get(key);
    if (known !== undefined) return known;
    this.covers.push(sums);
    this.coverNumbers.set(key, this.covers.length - 1);
    return this.covers.length - 1;
  }

  /** Inputs that lead to something uncovered; undefined: too much. */
  private missing(): readonly Missing[] | undefined {
    const built = this.list.length === 0 ? undefined : this.build();
    if (built?.ok === false) return undefined;
    const cover = built?.value;
    const { alphabet, isExhausted, width, work } = this.rows;
    if (isExhausted || (cover !== undefined && !work.spend(cover.stateCount * width))) return undefined;
    const product = new Product(this.rows, cover && denseTable(cover, alphabet), MAX_PAIRS);
    if (product.isTooLarge) return undefined;
    const bitsAt = (pair: number): readonly number[] | undefined => {
      const state = product.lefts[pair]!;
      const output = cover?.outputs[product.rights[pair]!] ?? 0;
      return this.lackingAt(state, this.covers[output] ?? []);
    };
    return product.inputs(bitsAt).map(({ input, pair, bits }) => ({
      input,
      bits,
      exactOnly: this.contradicted(product.lefts[pair]!, this.covers[cover?.outputs[product.rights[pair]!] ?? 0] ?? []),
    }));
  }

  /** The automaton of the rules. Each state that is worked out costs as much as its patterns alive, which nobody tells; so all. */
  private build(): ReturnType<AutomataSession["build"]> {
    const { work } = this.options;
    const terms = this.list.map(({ rule }, label) => {
      work.spend(rule.pattern.length);
      return termOf(this.session, rule.pattern, label);
    });
    const before = this.session.statistics().expanded;
    const built = this.session.build(terms);
    const expanded = this.session.statistics().expanded - before;
    work.spend(expanded * this.rows.width * STEPS_A_STATE_AND_CLASS + (built.ok ? 0 : STEPS_OF_TOO_LARGE));
    return built;
  }

  private lackingAt(state: number, covered: readonly number[]): readonly number[] | undefined {
    const bits = this.options.layers.map(({ wanted }, layer) => wanted[state]! & ~(covered[layer] ?? 0));
    const contradicted = this.contradicted(state, covered);
    if (contradicted !== 0) {
      const last = this.options.layers.length - 1;
      bits[last]! |= this.options.layers[last]!.wanted[state]! & contradicted;
    }
    return bits.some((lacking) => lacking !== 0) ? bits : undefined;
  }

  /** Exclusive bits where globs give a state one that it must not have. */
  private contradicted(state: number, covered: readonly number[]): number {
    const { layers, exclusive } = this.options;
    return exclusive.reduce((wrong, { bits, layers: within }) => {
      const isWrong = within.some((layer) => ((covered[layer] ?? 0) & bits & ~layers[layer]!.possible[state]!) !== 0);
      return isWrong ? wrong | bits : wrong;
    }, 0);
  }

  private cover({ input, bits, exactOnly }: Missing, before: number): void {
    const symbols = input.map(({ example }) => example);
    for (const [layer, lacking] of bits.entries()) {
      let left = lacking;
      for (const { rule, isExact: exact } of left === 0 ? [] : this.list.slice(before)) {
        if (!this.options.layers[layer]!.by.includes(rule.layer) || (rule.grants & left) === 0) continue;
        this.options.work.spend(symbols.length);
        if (accepts(rule.pattern, symbols)) left &= ~(exact ? rule.grants : rule.grants & ~exactOnly);
      }
      if (left === 0 || this.coverBits(input, layer, { bits: left, exactOnly })) continue;
      // all together may have no rule
      for (let bit = 1; bit !== 0; bit <<= 1) {
        if ((left & bit) !== 0) this.coverBits(input, layer, { bits: bit, exactOnly });
      }
    }
  }

  private coverBits(
    input: readonly Step[],
    layer: number,
    { bits, exactOnly }: { readonly bits: number; readonly exactOnly: number },
  ): boolean {
    const add = (pattern: FlatPattern): boolean =>
      this.add({ layer, pattern, grants: this.grantsOf(pattern, layer, bits) });
    if ((bits & exactOnly) !== 0) return add(input.map(({ set }) => ({ set, star: false })));
    if (add(this.widened(input, { layer, bits, isPair: true }))) return true;
    const { nul } = this.rows.alphabet;
    return input.some(({ example }) => example === nul) && add(this.widened(input, { layer, bits, isPair: false }));
  }

  private widened(
    input: readonly Step[],
    { layer, bits, isPair }: { readonly layer: number; readonly bits: number; readonly isPair: boolean },
  ): FlatPattern {
    return widen(this.rows, input, {
      isGranted: (pattern) => this.isPossible({ layer, pattern, grants: bits }),
      isGrantedAt: (state) => (this.possibleAt(state, layer, false) & bits) === bits,
      isPair,
    });
  }

  private readonly isPossible = ({ layer, pattern, grants }: CoverRule): boolean => {
    const exact = isExact(pattern);
    return this.rows.everyState(pattern, (state) => (this.possibleAt(state, layer, exact) & grants) === grants);
  };

  /** What a rule may say at a state; globs may say anything about exclusive bits where exact rules will say better. */
  private possibleAt(state: number, layer: number, exact: boolean): number {
    const { layers, exclusive } = this.options;
    let possible = layers[layer]!.possible[state]!;
    if (exact || this.finite[state] === 0) return possible;
    for (const { bits, layers: within } of exclusive) {
      if (within.includes(layer) && (layers[within.at(-1)!]!.wanted[state]! & bits) !== 0) possible |= bits;
    }
    return possible;
  }

  /** All that a pattern may say and that is wanted somewhere; of exclusive bits those asked for. */
  private grantsOf(pattern: FlatPattern, layer: number, asked: number): number {
    const exact = isExact(pattern);
    const { wanted } = this.options.layers[layer]!;
    let every = -1;
    let some = 0;
    this.rows.everyState(pattern, (state) => {
      every &= this.possibleAt(state, layer, exact);
      some |= wanted[state]!;
      return true;
    });
    const grants = every & some;
    return this.options.exclusive.reduce(
      (sum, { layers: within, bits }) => (within.includes(layer) ? (sum & ~bits) | (asked & bits) : sum),
      grants | asked,
    );
  }

  private add(rule: CoverRule): boolean {
    const all = this.options.adjust(rule, { alphabet: this.rows.alphabet, isPossible: this.isPossible });
    return all.map((each) => this.insert(each)).includes(true);
  }

  /** Whether the rule is new. */
  private insert(rule: CoverRule): boolean {
    const key = `${rule.layer} ${rule.grants} ${patternKey(rule.pattern)}`;
    if (this.rules.has(key)) return false;
    this.rules.add(key);
    this.list.push({ rule, isExact: isExact(rule.pattern) });
    return true;
  }
}

const MOST_INPUTS = 512;

/** States that only few inputs lead to, by 1. */
function finiteStates({ next, start, width, stateCount }: DenseRows): Uint8Array {
  const counts = new Float64Array(stateCount);
  const degree = new Uint32Array(stateCount);
  for (let cell = width; cell < next.length; cell += 1) degree[next[cell]!]! += 1;
  const finite = new Uint8Array(stateCount);
  counts[start] = 1;
  const pending = Array.from({ length: stateCount }, (_, state) => state).filter((state) => degree[state] === 0);
  for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
    finite[state] = counts[state]! <= MOST_INPUTS ? 1 : 0;
    if (state === 0) continue;
    for (let symbol = 0; symbol < width; symbol += 1) {
      const target = next[state * width + symbol]!;
      counts[target]! += counts[state]!;
      degree[target]! -= 1;
      if (degree[target] === 0) pending.push(target);
    }
  }
  return finite;
}

/** Pairs of a state and a state of the rules' automaton that some input leads to. */
class Product {
  readonly lefts: number[] = [];
  readonly rights: number[] = [];
  isTooLarge = false;
  private readonly rows: DenseRows;
  private readonly parents: number[] = [];
  /** The class a pair was first reached by. */
  private readonly symbols: number[] = [];
  private readonly targets: Int32Array[] = [];

  constructor(rows: DenseRows, cover: Uint32Array | undefined, limit: number) {
    this.rows = rows;
    const { width, next, stateCount } = rows;
    const numbers = new Map<number, number>();
    const numberOf = (left: number, right: number, parent: number, symbol: number): number => {
      const key = right * stateCount + left;
      const known = numbers.get(key);
      if (known !== undefined) return known;
      const pair = this.lefts.length;
      numbers.set(key, pair);
      this.lefts.push(left);
      this.rights.push(right);
      this.parents.push(parent);
      this.symbols.push(symbol);
      return pair;
    };
    numberOf(rows.start, cover === undefined ? 0 : 1, -1, 0);
    for (let pair = 0; pair < this.lefts.length; pair += 1) {
      if (this.lefts.length > limit || !rows.work.spend(width)) {
        this.isTooLarge = true;
        return;
      }
      const left = this.lefts[pair]!;
      const right = this.rights[pair]!;
      const row = new Int32Array(width).fill(-1);
      for (let symbol = 0; symbol < width; symbol += 1) {
        const target = next[left * width + symbol]!;
        if (target !== 0) row[symbol] = numberOf(target, cover?.[right * width + symbol] ?? 0, pair, symbol);
      }
      this.targets.push(row);
    }
  }

  /** For every transition on the way to a pair that `bitsAt` finds lacking, an input through it; shorter ones first. */
  inputs(bitsAt: (pair: number) => readonly number[] | undefined): readonly {
    readonly input: readonly Step[];
    readonly pair: number;
    readonly bits: readonly number[];
  }[] {
    const { onward, depth, lacking } = this.nearest(bitsAt);
    if (lacking.size === 0) return [];
    const level = this.levels();
    const edges: { readonly from: number; readonly to: number; readonly length: number }[] = [];
    if (depth[0]! >= 0) edges.push({ from: -1, to: 0, length: depth[0]! });
    for (const [from, row] of this.targets.entries()) {
      for (const to of new Set(row)) {
        if (to >= 0 && depth[to]! >= 0) edges.push({ from, to, length: level[from]! + 1 + depth[to]! });
      }
    }
    const shortest = edges.toSorted((a, b) => a.length - b.length || a.from - b.from || a.to - b.to);
    const affordable = shortest
      .slice(0, MAX_INPUTS)
      .filter(({ length }) => this.rows.work.spend(length * this.rows.width));
    return affordable.map(({ from, to }) => {
      const input = [...this.inputTo(from), ...(from < 0 ? [] : [this.stepOf(from, to)])];
      let pair = to;
      while (onward[pair]! >= 0) {
        input.push(this.stepOf(pair, onward[pair]!));
        pair = onward[pair]!;
      }
      return { input, pair, bits: lacking.get(pair) ?? [] };
    });
  }

  private levels(): readonly number[] {
    const level: number[] = [];
    for (const parent of this.parents) level.push(parent < 0 ? 0 : level[parent]! + 1);
    return level;
  }

  /** Of each pair the next one on a shortest way to a lacking pair, and how far that is; -1 for none. */
  private nearest(bitsAt: (pair: number) => readonly number[] | undefined): {
    readonly onward: Int32Array;
    readonly depth: Int32Array;
    readonly lacking: ReadonlyMap<number, readonly number[]>;
  } {
    const count = this.lefts.length;
    const onward = new Int32Array(count).fill(-1);
    const depth = new Int32Array(count).fill(-1);
    const lacking = new Map<number, readonly number[]>();
    const sources: number[][] = Array.from({ length: count }, () => []);
    for (const [from, row] of this.targets.entries()) {
      for (const to of new Set(row)) if (to >= 0) sources[to]!.push(from);
    }
    for (let pair = 0; pair < count; pair += 1) {
      const bits = bitsAt(pair);
      if (bits === undefined) continue;
      lacking.set(pair, bits);
      depth[pair] = 0;
    }
    const pending = [...lacking.keys()];
    for (const pair of pending) {
      for (const from of sources[pair]!) {
        if (depth[from]! >= 0) continue;
        depth[from] = depth[pair]! + 1;
        onward[from] = pair;
        pending.push(from);
      }
    }
    return { onward, depth, lacking };
  }

  private inputTo(pair: number): Step[] {
    const input: Step[] = [];
    for (let at = pair; at > 0; at = this.parents[at]!) input.push(this.stepOf(this.parents[at]!, at));
    return input.toReversed();
  }

  /** The classes that lead from one pair to another; NUL and the slash for themselves. */
  private stepOf(from: number, to: number): Step {
    const { alphabet } = this.rows;
    const row = this.targets[from]!;
    const members = alphabet.component.members.filter((member) => row[member] === to);
    const example = members[0] ?? (row[alphabet.slash] === to ? alphabet.slash : alphabet.nul);
    return { set: members.length === 0 ? alphabet.single(example) : alphabet.setOf(members), example };
  }
}

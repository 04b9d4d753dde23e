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
import type { Dfa } from "../automata/index.ts";
import { DenseRows, type StepLimits } from "./dense-rows.ts";
import { Alphabet, type FlatPattern, isExact, patternKey } from "./flat-patterns.ts";
import { type LackingInput, LackingPairs } from "./lacking.ts";
import { PatternIndex } from "./pattern-index.ts";
import { RuleSets } from "./rule-sets.ts";
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
  /** With more the search gives up. */
  readonly maxRules?: number;
  /** Rules that are there already, as far as they may be. */
  readonly given: (alphabet: Alphabet) => readonly CoverRule[];
  /** Of the bits that an input lacks those that a rule for it may be made for; the others come with rules for other inputs. */
  readonly sayable?: (bits: number, examples: readonly number[], alphabet: Alphabet) => number;
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

/** Covers the automaton from a state on. Cost: bounded steps, see `DenseRows`. */
export function coverAutomaton(dfa: Dfa, start: number, options: CoverOptions): Cover {
  const rows = DenseRows.of(dfa, start, options);
  if (rows === undefined) return { rules: [], alphabet: new Alphabet(dfa), isWhole: false };
  return new Covering(rows, options).run();
}

interface ListedRule {
  readonly rule: CoverRule;
  readonly isExact: boolean;
}

class Covering {
  private readonly rows: DenseRows;
  private readonly options: CoverOptions;
  private readonly rules = new Set<string>();
  private readonly list: ListedRule[] = [];
  /** Those of this round. */
  private fresh = new PatternIndex<ListedRule>();
  private readonly covers: number[][] = [];
  private readonly coverNumbers = new Map<string, number>();
  private readonly sets: RuleSets;
  private readonly finite: Uint8Array;
  private readonly maxRules: number;
  /** Room of one round for the next. */
  private cells: Int32Array = new Int32Array(1024);

  constructor(rows: DenseRows, options: CoverOptions) {
    this.rows = rows;
    this.options = options;
    this.sets = new RuleSets(rows.width, options.work, (labels) => this.combine(labels));
    this.finite = finiteStates(rows);
    this.maxRules = options.maxRules ?? MAX_RULES;
  }

  run(): Cover {
    for (const rule of this.options.given(this.rows.alphabet)) if (this.isPossible(rule)) this.insert(rule);
    let isWhole = false;
    for (let round = 0; round < MAX_ROUNDS && !this.rows.isExhausted; round += 1) {
      const isLacking = (state: number, set: number): boolean => this.lackingAt(state, set) !== undefined;
      const pairs = new LackingPairs(this.rows, this.sets, { isLacking, cells: this.cells });
      this.cells = pairs.cells;
      isWhole = pairs.isNothingLacking;
      if (isWhole || pairs.isTooLarge) break;
      const before = this.list.length;
      this.fresh = new PatternIndex();
      // transitions on one way to what is lacking have one input
      const taken = new Set<string>();
      for (const input of pairs.inputs()) {
        const key = input.examples.join(" ");
        if (taken.has(key)) continue;
        taken.add(key);
        if (this.options.work.isSpent || this.list.length > this.maxRules) break;
        this.cover(input);
      }
      if (this.list.length === before || this.list.length > this.maxRules) break;
    }
    return { rules: this.list.map(({ rule }) => rule), alphabet: this.rows.alphabet, isWhole };
  }

  /** What the rules with these labels say together, by layer. */
  private combine(labels: readonly number[]): number {
    const { layers, exclusive, work } = this.options;
    work.spend(labels.length * (layers.length + exclusive.length));
    const sums = layers.map(({ by }) => this.sum(labels, by, false));
    for (const { bits, layers: within } of labels.length === 0 ? [] : exclusive) {
      if ((this.sum(labels, within, true) & bits) === 0) continue;
      for (const layer of within) {
        sums[layer] = (sums[layer]! & ~bits) | (this.sum(labels, layers[layer]!.by, true) & bits);
      }
    }
    const key = sums.join(" ");
    const known = this.coverNumbers.get(key);
    if (known !== undefined) return known;
    this.covers.push(sums);
    this.coverNumbers.set(key, this.covers.length - 1);
    return this.covers.length - 1;
  }

  private sum(labels: readonly number[], by: readonly number[], exactOnly: boolean): number {
    let bits = 0;
    for (const label of labels) {
      const { rule, isExact: exact } = this.list[label]!;
      if ((exact || !exactOnly) && by.includes(rule.layer)) bits |= rule.grants;
    }
    return bits;
  }

  /** By layer what rules do not say at a state, when these do. */
  private lackingAt(state: number, set: number): readonly number[] | undefined {
    const covered = this.covers[this.sets.cover(set)]!;
    const contradicted = this.contradicted(state, covered);
    const { layers } = this.options;
    // COST: of most pairs nothing is lacking, and there are many
    let some = contradicted === 0 ? 0 : layers.at(-1)!.wanted[state]! & contradicted;
    for (let layer = 0; layer < layers.length; layer += 1) some |= layers[layer]!.wanted[state]! & ~covered[layer]!;
    if (some === 0) return undefined;
    const bits = layers.map(({ wanted }, layer) => wanted[state]! & ~covered[layer]!);
    bits[layers.length - 1]! |= layers.at(-1)!.wanted[state]! & contradicted;
    return bits;
  }

  /** Exclusive bits where globs give a state one that it must not have. */
  private contradicted(state: number, covered: readonly number[]): number {
    const { layers, exclusive } = this.options;
    let wrong = 0;
    for (const { bits, layers: within } of exclusive) {
      for (const layer of within) {
        if ((covered[layer]! & bits & ~layers[layer]!.possible[state]!) !== 0) wrong |= bits;
      }
    }
    return wrong;
  }

  private cover(input: LackingInput): void {
    const { state, set, examples } = input;
    const exactOnly = this.contradicted(state, this.covers[this.sets.cover(set)]!);
    for (const [layer, lacking] of this.lackingAt(state, set)?.entries() ?? []) {
      let left = this.options.sayable?.(lacking, examples, this.rows.alphabet) ?? lacking;
      if (left === 0) continue;
      this.fresh.matching(examples, this.options.work, ({ rule, isExact: exact }) => {
        if (this.options.layers[layer]!.by.includes(rule.layer))
          left &= ~(exact ? rule.grants : rule.grants & ~exactOnly);
        return left !== 0;
      });
      if (left === 0 || this.coverBits(input, layer, { bits: left, exactOnly })) continue;
      // all together may have no rule
      for (let bit = 1; bit !== 0; bit <<= 1) {
        if ((left & bit) !== 0) this.coverBits(input, layer, { bits: bit, exactOnly });
      }
    }
  }

  private coverBits(
    input: LackingInput,
    layer: number,
    { bits, exactOnly }: { readonly bits: number; readonly exactOnly: number },
  ): boolean {
    const add = (pattern: FlatPattern): boolean =>
      this.add({ layer, pattern, grants: this.grantsOf(pattern, layer, bits) });
    if ((bits & exactOnly) !== 0) return add(input.sets().map((set) => ({ set, star: false })));
    return add(this.widened(input, layer, bits));
  }

  private widened(input: LackingInput, layer: number, bits: number): FlatPattern {
    const start = input.sets().map((set, at) => ({ set, example: input.examples[at]!, star: false }));
    return widen(this.rows, start, {
      isGranted: (pattern) => this.isPossible({ layer, pattern, grants: bits }),
      isGrantedAt: (state) => (this.possibleAt(state, layer, false) & bits) === bits,
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
    const listed = { rule, isExact: isExact(rule.pattern) };
    this.list.push(listed);
    this.fresh.add(rule.pattern, listed);
    this.sets.add(rule.pattern, this.isFixed(rule));
    return true;
  }

  /** Whether globs may say something else where the rule matches: then it counts for what it is. */
  private isFixed({ layer, grants }: CoverRule): boolean {
    return this.options.exclusive.some(({ bits, layers }) => layers.includes(layer) && (grants & bits) !== 0);
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

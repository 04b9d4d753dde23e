/** An automaton with a target for each class of bytes, for searches that take many steps. */
import type { Dfa } from "../automata/index.ts";
import { Alphabet, type ClassSet, type FlatPattern } from "./flat-patterns.ts";
import type { Work } from "./work.ts";

/** Cells of a table that is made at all. */
const MAX_CELLS = 2 ** 24;

/** COST: a visit that ends at once, as nearly all do where a stream was made to be hard to read, costs as much as these. */
const STEPS_TO_BEGIN = 64;

export interface StepLimits {
  /** Steps of one search on the automaton. */
  readonly maxSteps: number;
  /** All that is done for a stream, these steps among it. */
  readonly work: Work;
}

export class DenseRows {
  readonly alphabet: Alphabet;
  readonly start: number;
  readonly stateCount: number;
  readonly width: number;
  /** `next[state * width + class]`. */
  readonly next: Uint32Array;
  readonly work: Work;
  private readonly maxSteps: number;
  private steps = 0;
  private readonly distinct = new Map<ClassSet, (readonly number[] | undefined)[]>();
  private seen = new Uint32Array(0);
  private generation = 0;
  private readonly pending: number[] = [];

  /** Undefined: too large. */
  static of(dfa: Dfa, start: number, limits: StepLimits): DenseRows | undefined {
    const { work } = limits;
    if (!work.spend(dfa.stateCount + dfa.symbols.length)) return undefined;
    const alphabet = new Alphabet(dfa);
    const cells = dfa.stateCount * alphabet.byteOf.length;
    return cells > MAX_CELLS || !work.spend(cells) ? undefined : new DenseRows(dfa, { ...limits, start }, alphabet);
  }

  private constructor(
    dfa: Dfa,
    { start, maxSteps, work }: StepLimits & { readonly start: number },
    alphabet: Alphabet,
  ) {
    this.maxSteps = maxSteps;
    this.work = work;
    this.alphabet = alphabet;
    this.start = start;
    this.stateCount = dfa.stateCount;
    this.width = alphabet.byteOf.length;
    this.next = denseTable(dfa, alphabet);
  }

  get isExhausted(): boolean {
    return this.steps > this.maxSteps || this.work.isSpent;
  }

  private count(steps: number): void {
    this.steps += steps;
    this.work.spend(steps);
  }

  /** The states behind one symbol of the set, each once. */
  private targets(state: number, set: ClassSet): readonly number[] {
    let bySet = this.distinct.get(set);
    if (bySet === undefined) this.distinct.set(set, (bySet = []));
    const known = bySet[state];
    if (known !== undefined) return known;
    this.count(set.members.length);
    const found = [...new Set(set.members.map((member) => this.next[state * this.width + member]!))];
    bySet[state] = found;
    return found;
  }

  /**
   * Visits the states that inputs of the pattern lead to, each once, until `visit` gives false; the answer is whether it never
   * did. An input without a state (dead) is a no.
   */
  everyState(pattern: FlatPattern, visit: (state: number) => boolean): boolean {
    const { stateCount } = this;
    const size = (pattern.length + 1) * stateCount;
    if (size > MAX_CELLS || this.isExhausted || !this.work.spend(pattern.length)) return false;
    if (this.seen.length < size) {
      this.seen = new Uint32Array(Math.max(size, this.seen.length * 2));
      this.generation = 0;
    }
    this.generation += 1;
    const { seen, generation, pending, next, width } = this;
    pending.length = 0;
    pending.push(this.start);
    let steps = STEPS_TO_BEGIN;
    seen[this.start] = generation;
    let isEvery = true;
    for (let key = pending.pop(); key !== undefined && isEvery; key = pending.pop()) {
      const place = Math.floor(key / stateCount);
      const state = key - place * stateCount;
      if (state === 0) {
        isEvery = false;
        continue;
      }
      const item = pattern[place];
      steps += 1;
      if (item === undefined) {
        isEvery = visit(state);
        continue;
      }
      const { members } = item.set;
      if (item.star || item.isOptional === true) this.enter(key + stateCount);
      const base = (item.star ? place : place + 1) * stateCount;
      if (members.length === 1) this.enter(base + next[state * width + members[0]!]!);
      else {
        const targets = this.targets(state, item.set);
        steps += targets.length;
        for (let at = 0; at < targets.length; at += 1) this.enter(base + targets[at]!);
      }
    }
    this.count(steps);
    return isEvery;
  }

  private enter(key: number): void {
    if (this.seen[key] === this.generation) return;
    this.seen[key] = this.generation;
    this.pending.push(key);
  }

  /** The state that an input, a row of classes, leads to. */
  run(from: number, input: readonly number[]): number {
    let state = from;
    for (const symbol of input) {
      if (state === 0) break;
      state = this.next[state * this.width + symbol]!;
    }
    this.count(input.length);
    return state;
  }
}

/** Targets by class. */
function denseTable(dfa: Dfa, { byteOf, classOf }: Alphabet): Uint32Array {
  const width = byteOf.length;
  const table = new Uint32Array(dfa.stateCount * width);
  for (let state = 0; state < dfa.stateCount; state += 1) {
    table.fill(dfa.defaults[state]!, state * width, (state + 1) * width);
    for (let at = dfa.rows[state]!; at < dfa.rows[state + 1]!; at += 1) {
      const symbol = dfa.symbols[at]!;
      if (symbol < 256) table[state * width + classOf[symbol]!] = dfa.targets[at]!;
    }
  }
  return table;
}

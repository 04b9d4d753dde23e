/** An automaton with a target for each class of bytes, for searches that take many steps. */
import type { Dfa } from "../automata/index.ts";
import { Alphabet, type ClassSet, type FlatPattern } from "./flat-patterns.ts";
import type { Work } from "./work.ts";

/** Cells of a table that is made at all. */
const MAX_CELLS = 2 ** 24;

export class DenseRows {
  readonly alphabet: Alphabet;
  readonly start: number;
  readonly stateCount: number;
  readonly width: number;
  /** `next[state * width + class]`. */
  readonly next: Uint32Array;
  readonly work: Work;
  private readonly distinct = new Map<ClassSet, (readonly number[] | undefined)[]>();
  private seen = new Uint32Array(0);
  private generation = 0;

  /** Undefined: too large. */
  static of(dfa: Dfa, start: number, work: Work): DenseRows | undefined {
    if (!work.spend(dfa.stateCount + dfa.symbols.length)) return undefined;
    const alphabet = new Alphabet(dfa);
    const cells = dfa.stateCount * alphabet.byteOf.length;
    return cells > MAX_CELLS || !work.spend(cells) ? undefined : new DenseRows(dfa, { start, work }, alphabet);
  }

  private constructor(
    dfa: Dfa,
    { start, work }: { readonly start: number; readonly work: Work },
    alphabet: Alphabet,
  ) {
    this.work = work;
    this.alphabet = alphabet;
    this.start = start;
    this.stateCount = dfa.stateCount;
    this.width = alphabet.byteOf.length;
    this.next = denseTable(dfa, alphabet);
  }

  get isExhausted(): boolean {
    return this.work.isSpent;
  }

  /** The states behind one symbol of the set, each once. */
  private targets(state: number, set: ClassSet): readonly number[] {
    let bySet = this.distinct.get(set);
    if (bySet === undefined) this.distinct.set(set, (bySet = []));
    const known = bySet[state];
    if (known !== undefined) return known;
    this.work.spend(set.members.length);
    const found = [...new Set(set.members.map((member) => this.next[state * this.width + member]!))];
    bySet[state] = found;
    return found;
  }

  /**
   * Visits the states that words of the pattern lead to, each once, until `visit` gives false; the answer is whether it never
   * did. A word without a state (dead) is a no.
   */
  everyState(pattern: FlatPattern, visit: (state: number) => boolean): boolean {
    const { stateCount } = this;
    const size = (pattern.length + 1) * stateCount;
    if (size > MAX_CELLS || !this.work.spend(pattern.length)) return false;
    if (this.seen.length < size) {
      this.seen = new Uint32Array(size);
      this.generation = 0;
    }
    this.generation += 1;
    const { seen, generation } = this;
    const pending: number[] = [this.start];
    let steps = 0;
    seen[this.start] = generation;
    const add = (key: number): void => {
      if (seen[key] === generation) return;
      seen[key] = generation;
      pending.push(key);
    };
    let isEvery = true;
    for (let key = pending.pop(); key !== undefined && isEvery; key = pending.pop()) {
      const place = Math.floor(key / stateCount);
      const state = key % stateCount;
      const item = pattern[place];
      steps += 1;
      if (item === undefined || state === 0) {
        isEvery = state !== 0 && visit(state);
        continue;
      }
      if (item.star) add(key + stateCount);
      const base = (item.star ? place : place + 1) * stateCount;
      if (item.set.members.length === 1) add(base + this.next[state * this.width + item.set.members[0]!]!);
      else for (const target of this.targets(state, item.set)) add(base + target);
    }
    this.work.spend(steps);
    return isEvery;
  }

  /** The state behind a word of classes. */
  run(from: number, word: readonly number[]): number {
    let state = from;
    for (const symbol of word) {
      if (state === 0) break;
      state = this.next[state * this.width + symbol]!;
    }
    this.work.spend(word.length);
    return state;
  }
}

/** Targets by class, for the classes of another automaton, too, as long as they are as fine. */
export function denseTable(dfa: Dfa, { byteOf, classOf }: Alphabet): Uint32Array {
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

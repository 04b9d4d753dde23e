/** Questions to one automaton. */
import { Int32Vector } from "./core/collections.ts";
import { OUT_OF_BAND_SYMBOL } from "./core/row.ts";
import type { Dfa, Output, Witness } from "./types.ts";
import { freeByte } from "./witness-bytes.ts";

/** Where `symbol` (a byte, or 256 for out-of-band) leads from `state`. Cost: O(log exceptions). */
export function step(dfa: Dfa, state: number, symbol: number): number {
  const end = dfa.rows[state + 1]!;
  const at = placeOf(dfa.symbols, symbol, dfa.rows[state]!, end);
  if (at < end && dfa.symbols[at] === symbol) return dfa.targets[at]!;
  return symbol === OUT_OF_BAND_SYMBOL ? 0 : dfa.defaults[state]!;
}

/** Where a symbol is in a row, or would be. */
function placeOf(symbols: Uint16Array, symbol: number, start: number, end: number): number {
  let low = start;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (symbols[middle]! < symbol) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The state after all bytes from `start`; 0 is dead and stays so.
 *
 * COST: as a loop of `step`, which automata of many makers go through, V8 looks every table up anew for every byte: half as many walks a second.
 */
export function walk(dfa: Dfa, start: number, bytes: Uint8Array): number {
  const { defaults, rows, symbols, targets } = dfa;
  let state = start;
  for (let place = 0; place < bytes.length && state !== 0; place += 1) {
    const byte = bytes[place]!;
    const end = rows[state + 1]!;
    const at = placeOf(symbols, byte, rows[state]!, end);
    state = at < end && symbols[at] === byte ? targets[at]! : defaults[state]!;
  }
  return state;
}

/** The output for a whole input of bytes (or symbols up to 256); 0 if it is not accepted. */
export function matches(dfa: Dfa, input: ArrayLike<number>): Output {
  let state = 1;
  for (let at = 0; at < input.length && state !== 0; at += 1) state = step(dfa, state, input[at]!);
  return dfa.outputs[state]!;
}

/**
 * A shortest input with an output that `isWanted` (by default any but 0), readable where there is a choice; undefined if there
 * is none. The same for the same language.
 *
 * Cost: O(states + exceptions).
 */
export function shortestAccepted(dfa: Dfa, isWanted: (output: Output) => boolean = isAccepting): Witness | undefined {
  const tree = new WitnessTree(dfa);
  const state = tree.grow((output) => output !== 0 && isWanted(output));
  return state < 0 ? undefined : tree.pathTo(state);
}

function isAccepting(output: Output): boolean {
  return output !== 0;
}

/** For each output but 0 that some input gives, a shortest such input; in order of output. Cost: as `shortestAccepted`. */
export function witnesses(dfa: Dfa): ReadonlyMap<Output, Witness> {
  const firsts = new Map<Output, number>();
  const tree = new WitnessTree(dfa);
  tree.grow((output, state) => {
    if (output !== 0 && !firsts.has(output)) firsts.set(output, state);
    return false;
  });
  const sorted = [...firsts].toSorted(([output], [other]) => output - other);
  return new Map(sorted.map(([output, state]) => [output, tree.pathTo(state)]));
}

/** A breadth-first tree over the states: of each the shortest input that leads to it. */
class WitnessTree {
  private readonly dfa: Dfa;
  private readonly queue = new Int32Vector();
  private readonly parents: Int32Array;
  private readonly symbols: Uint16Array;

  constructor(dfa: Dfa) {
    this.dfa = dfa;
    this.parents = new Int32Array(dfa.stateCount).fill(-1);
    this.symbols = new Uint16Array(dfa.stateCount);
  }

  /** Visits states from the start on; gives the first that `isGoal`, or -1. */
  grow(isGoal: (output: Output, state: number) => boolean): number {
    const { dfa, queue } = this;
    queue.push(1);
    this.parents[1] = 0;
    for (let done = 0; done < queue.length; done += 1) {
      const state = queue.data[done]!;
      if (isGoal(dfa.outputs[state]!, state)) return state;
      const start = dfa.rows[state]!;
      const end = dfa.rows[state + 1]!;
      const free = freeByte({ symbols: dfa.symbols, start, end });
      if (free >= 0) this.reach(dfa.defaults[state]!, state, free);
      for (let at = start; at < end; at += 1) this.reach(dfa.targets[at]!, state, dfa.symbols[at]!);
    }
    return -1;
  }

  pathTo(state: number): Witness {
    const path: number[] = [];
    for (let at = state; at !== 1; at = this.parents[at]!) path.push(this.symbols[at]!);
    return path.toReversed();
  }

  private reach(target: number, state: number, symbol: number): void {
    if (target === 0 || this.parents[target]! >= 0) return;
    this.parents[target] = state;
    this.symbols[target] = symbol;
    this.queue.push(target);
  }
}

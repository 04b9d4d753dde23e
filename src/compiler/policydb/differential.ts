/**
 * Differential storage: a state is kept as what it does differently from another one ("relative").
 *
 * Many states of an automaton are copies of one with a few bytes changed (a glob, plus what may follow a literal inside it). The
 * walk of such a state looks for the byte among its own cells and, if it is not there, asks the other state with the same byte.
 * What a state may refer to is bounded so that walks stay short, n bytes in at most 2n steps: with the states in layers by their
 * distance from the start, to a state of a smaller layer, or to one of its own layer that does not itself refer to its own
 * layer (compile-semantics 1.6).
 *
 * Candidates for a state are states with the same default that share a transition with it (same byte, same target). The
 * lists of states by transition are looked through rarest first, a few states of each end. Saved is one cell for each
 * shared transition; one is lost for each that must be masked.
 */
import type { StoredRows } from "./comb.ts";
import { OUT_OF_BAND } from "./stored-rows.ts";

/** States looked at from each end of a list, and lists looked at for a state. */
const LIST_ENDS = 12;
const MAX_LISTS = 12;

/** The same automaton with relative states where that saves cells. Cost: O(cells · a constant). */
export function relativeRows(plain: StoredRows): StoredRows {
  const chosen = chooseParents(plain);
  return writeRelative(plain, chosen);
}

function chooseParents(plain: StoredRows): Int32Array {
  const states = plain.defaults.length;
  const { depth, order } = layersOf(plain);
  const lists = new TransitionLists(plain);
  const parents = new Int32Array(states).fill(-1);
  /** The state refers to its own layer. */
  const isLevel = new Uint8Array(states);
  const seen = new Int32Array(states).fill(-1);
  for (const state of order) {
    if (state < 2) continue;
    let best = -1;
    let bestSaved = 0;
    for (const candidate of lists.candidates(state)) {
      if (candidate === state || seen[candidate] === state) continue;
      seen[candidate] = state;
      const isAllowed =
        depth[candidate]! < depth[state]! || (depth[candidate] === depth[state] && isLevel[candidate] === 0);
      if (!isAllowed || plain.defaults[candidate] !== plain.defaults[state]) continue;
      const saved = savedCells(plain, state, candidate);
      if (saved > bestSaved || (saved === bestSaved && saved > 0 && candidate < best)) {
        best = candidate;
        bestSaved = saved;
      }
    }
    if (best < 0) continue;
    parents[state] = best;
    if (depth[best] === depth[state]) isLevel[state] = 1;
  }
  return parents;
}

/** How far each state is from the start, and the states in that order; those nothing leads to are left out. */
function layersOf({ defaults, rows, targets }: StoredRows): {
  readonly depth: Uint32Array;
  readonly order: Uint32Array;
} {
  const states = defaults.length;
  const depth = new Uint32Array(states).fill(states);
  const queue = new Uint32Array(states);
  let queued = 0;
  const visit = (state: number, distance: number): void => {
    if (depth[state]! < states) return;
    depth[state] = distance;
    queue[queued] = state;
    queued += 1;
  };
  visit(1, 0);
  for (let at = 0; at < queued; at += 1) {
    const state = queue[at]!;
    const distance = depth[state]! + 1;
    visit(defaults[state]!, distance);
    for (let cell = rows[state]!; cell < rows[state + 1]!; cell += 1) visit(targets[cell]!, distance);
  }
  return { depth, order: queue.subarray(0, queued) };
}

/** Of each transition (symbol and target) the states that have it, ascending. */
class TransitionLists {
  readonly #rows: StoredRows;
  readonly #listOf: Uint32Array;
  readonly #starts: Uint32Array;
  readonly #states: Uint32Array;

  constructor(rows: StoredRows) {
    this.#rows = rows;
    const cells = rows.symbols.length;
    const numbers = new Map<number, number>();
    this.#listOf = new Uint32Array(cells);
    for (let cell = 0; cell < cells; cell += 1) {
      const key = rows.targets[cell]! * 512 + rows.symbols[cell]!;
      const number = numbers.get(key) ?? numbers.size;
      numbers.set(key, number);
      this.#listOf[cell] = number;
    }
    this.#starts = new Uint32Array(numbers.size + 1);
    for (const list of this.#listOf) this.#starts[list + 1]! += 1;
    for (let list = 0; list < numbers.size; list += 1) this.#starts[list + 1]! += this.#starts[list]!;
    const filled = this.#starts.slice(0, numbers.size);
    this.#states = new Uint32Array(cells);
    for (let state = 0; state < rows.defaults.length; state += 1) {
      for (let cell = rows.rows[state]!; cell < rows.rows[state + 1]!; cell += 1) {
        const list = this.#listOf[cell]!;
        this.#states[filled[list]!] = state;
        filled[list]! += 1;
      }
    }
  }

  /** States that share a transition with `state`, from the rarest lists; some come twice. */
  candidates(state: number): readonly number[] {
    const lists: number[] = [];
    for (let cell = this.#rows.rows[state]!; cell < this.#rows.rows[state + 1]!; cell += 1) {
      if (this.#rows.symbols[cell] !== OUT_OF_BAND) lists.push(this.#listOf[cell]!);
    }
    lists.sort((a, b) => this.#length(a) - this.#length(b) || a - b);
    const found: number[] = [];
    for (const list of lists.slice(0, MAX_LISTS)) {
      const start = this.#starts[list]!;
      const end = this.#starts[list + 1]!;
      for (let at = start; at < Math.min(end, start + LIST_ENDS); at += 1) found.push(this.#states[at]!);
      for (let at = Math.max(start + LIST_ENDS, end - LIST_ENDS); at < end; at += 1) found.push(this.#states[at]!);
    }
    return found;
  }

  #length(list: number): number {
    return this.#starts[list + 1]! - this.#starts[list]!;
  }
}

/** Cells a state saves when it is stored relative to `parent`; both have the same default. */
function savedCells(plain: StoredRows, state: number, parent: number): number {
  const { rows, symbols, targets } = plain;
  let at = rows[state]!;
  const end = rows[state + 1]!;
  let under = rows[parent]!;
  const underEnd = rows[parent + 1]!;
  let saved = 0;
  while (under < underEnd) {
    const symbol = symbols[under]!;
    if (symbol === OUT_OF_BAND) break;
    while (at < end && symbols[at]! < symbol) at += 1;
    if (at >= end || symbols[at] !== symbol) saved -= 1;
    else if (targets[at] === targets[under]) saved += 1;
    under += 1;
  }
  return saved;
}

/** Rows with the chosen states relative: their own transitions that differ, and masks back to the default. */
function writeRelative(plain: StoredRows, parents: Int32Array): StoredRows {
  const states = plain.defaults.length;
  const defaults = plain.defaults.slice();
  const relative = new Uint8Array(states);
  const rows = new Uint32Array(states + 1);
  const symbols = new Uint16Array(plain.symbols.length);
  const targets = new Uint32Array(plain.symbols.length);
  let used = 0;
  const push = (symbol: number, target: number): void => {
    symbols[used] = symbol;
    targets[used] = target;
    used += 1;
  };
  for (let state = 0; state < states; state += 1) {
    const parent = parents[state]!;
    const start = plain.rows[state]!;
    const end = plain.rows[state + 1]!;
    if (parent < 0) for (let at = start; at < end; at += 1) push(plain.symbols[at]!, plain.targets[at]!);
    else {
      relative[state] = 1;
      defaults[state] = parent;
      pushDifference(plain, state, parent, push);
    }
    rows[state + 1] = used;
  }
  return { defaults, relative, rows, symbols: symbols.slice(0, used), targets: targets.slice(0, used) };
}

function pushDifference(
  plain: StoredRows,
  state: number,
  parent: number,
  push: (symbol: number, target: number) => void,
): void {
  const { rows, symbols, targets, defaults } = plain;
  let at = rows[state]!;
  const end = rows[state + 1]!;
  let under = rows[parent]!;
  const underEnd = rows[parent + 1]!;
  while (at < end || under < underEnd) {
    const own = at < end ? symbols[at]! : 512;
    const other = under < underEnd ? symbols[under]! : 512;
    if (own < other) push(own, targets[at]!);
    else if (own > other) {
      if (other !== OUT_OF_BAND) push(other, defaults[state]!);
    } else if (own === OUT_OF_BAND || targets[at] !== targets[under]) push(own, targets[at]!);
    if (own <= other) at += 1;
    if (other <= own) under += 1;
  }
}

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

/**
 * States looked at from each end of a list, and lists looked at for a state. COST: three times as many make the tables of all of
 * Debian's policy 0.2 % smaller and take 7 % longer.
 */
const LIST_ENDS = 4;
const MAX_LISTS = 6;

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
  /** 1: the state refers to its own layer; 2: one of its own layer refers to it. INVARIANT: never both, so chains in a layer are one step long. */
  const level = new Uint8Array(states);
  const seen = new Int32Array(states).fill(-1);
  for (const state of order) {
    if (state < 2) continue;
    let best = -1;
    let bestSaved = 0;
    const count = lists.collect(state);
    for (let at = 0; at < count; at += 1) {
      const candidate = lists.found[at]!;
      if (candidate === state || seen[candidate] === state) continue;
      seen[candidate] = state;
      const isLevel = depth[candidate] === depth[state] && level[candidate] !== 1 && level[state] !== 2;
      const isAllowed = depth[candidate]! < depth[state]! || isLevel;
      if (!isAllowed || plain.defaults[candidate] !== plain.defaults[state]) continue;
      const saved = savedCells(plain, state, candidate);
      if (saved > bestSaved || (saved === bestSaved && saved > 0 && candidate < best)) {
        best = candidate;
        bestSaved = saved;
      }
    }
    if (best < 0) continue;
    parents[state] = best;
    if (depth[best] !== depth[state]) continue;
    level[state] = 1;
    level[best] = 2;
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
  /** Scratch of `collect`. */
  readonly #rarest = new Uint32Array(MAX_LISTS);
  readonly found = new Uint32Array(2 * LIST_ENDS * MAX_LISTS);

  constructor(rows: StoredRows) {
    this.#rows = rows;
    const { listOf, lists } = numberTransitions(rows);
    this.#listOf = listOf;
    this.#starts = new Uint32Array(lists + 1);
    for (const list of this.#listOf) this.#starts[list + 1]! += 1;
    for (let list = 0; list < lists; list += 1) this.#starts[list + 1]! += this.#starts[list]!;
    const filled = this.#starts.slice(0, lists);
    this.#states = new Uint32Array(listOf.length);
    for (let state = 0; state < rows.defaults.length; state += 1) {
      for (let cell = rows.rows[state]!; cell < rows.rows[state + 1]!; cell += 1) {
        const list = this.#listOf[cell]!;
        this.#states[filled[list]!] = state;
        filled[list]! += 1;
      }
    }
  }

  /** Puts states that share a transition with `state` into `found`, from the rarest lists, some twice; gives how many. */
  collect(state: number): number {
    const { rows, symbols } = this.#rows;
    let lists = 0;
    for (let cell = rows[state]!; cell < rows[state + 1]!; cell += 1) {
      const list = this.#listOf[cell]!;
      // Most transitions are one state's own.
      if (symbols[cell] !== OUT_OF_BAND && this.#length(list) > 1) lists = this.#keepRarest(list, lists);
    }
    let count = 0;
    for (let i = 0; i < lists; i += 1) {
      const start = this.#starts[this.#rarest[i]!]!;
      const end = this.#starts[this.#rarest[i]! + 1]!;
      for (let at = start; at < end; at += 1) {
        if (at === start + LIST_ENDS && end - LIST_ENDS > at) at = end - LIST_ENDS;
        this.found[count] = this.#states[at]!;
        count += 1;
      }
    }
    return count;
  }

  /** Inserts a list among the rarest so far, in order of length, then number; gives how many there are now. */
  #keepRarest(list: number, count: number): number {
    const length = this.#length(list);
    let place = Math.min(count, MAX_LISTS);
    while (place > 0) {
      const other = this.#rarest[place - 1]!;
      const difference = length - this.#length(other) || list - other;
      if (difference > 0) break;
      if (place < MAX_LISTS) this.#rarest[place] = other;
      place -= 1;
    }
    if (place < MAX_LISTS) this.#rarest[place] = list;
    return Math.min(count + 1, MAX_LISTS);
  }

  #length(list: number): number {
    return this.#starts[list + 1]! - this.#starts[list]!;
  }
}

/**
 * Numbers equal transitions alike. Open addressing over the cells: a slot holds the first cell of its transition + 1.
 */
function numberTransitions({ symbols, targets }: StoredRows): { readonly listOf: Uint32Array; readonly lists: number } {
  const cells = symbols.length;
  const mask = 2 ** Math.ceil(Math.log2(cells * 2 + 2)) - 1;
  const slots = new Uint32Array(mask + 1);
  const listOf = new Uint32Array(cells);
  let lists = 0;
  for (let cell = 0; cell < cells; cell += 1) {
    const symbol = symbols[cell]!;
    const target = targets[cell]!;
    let slot = Math.imul(target * 512 + symbol, 0x9e3779b1);
    slot = (slot ^ (slot >>> 15)) & mask;
    let first = slots[slot]!;
    while (first !== 0 && (symbols[first - 1] !== symbol || targets[first - 1] !== target)) {
      slot = (slot + 1) & mask;
      first = slots[slot]!;
    }
    if (first === 0) {
      slots[slot] = cell + 1;
      listOf[cell] = lists;
      lists += 1;
    } else listOf[cell] = listOf[first - 1]!;
  }
  return { listOf, lists };
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

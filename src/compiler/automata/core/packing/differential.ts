/**
 * Differential storage: a state is kept as what it does differently from another one ("differential").
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
 *
 * In the example state 2 keeps its row: NUL → 0, `/` → 0, a → 4, b → 4, c → 5, else 3. State 4 becomes "as 2, but c → 3", and as their
 * rows are equal, 3 and 5 become "as 4" with no cell at all: 7 cells instead of 18. (D2FA calls such references default
 * transitions; here, as in the kernel's tables, DEFAULT then names the state to continue in with the same byte.)
 */
import { Int32Vector } from "../collections.ts";
import type { i32 } from "../environment.ts";
import { OUT_OF_BAND_SYMBOL } from "../row.ts";
import { StoredRows } from "./stored-rows.ts";
import { TransitionLists } from "./transition-lists.ts";

/** Behind all symbols. */
const NONE: i32 = 512;

export class Differential {
  /** The same automaton with differential states where that saves cells. */
  readonly stored: StoredRows = new StoredRows();
  private plain: StoredRows = new StoredRows();
  private readonly lists: TransitionLists = new TransitionLists();
  /** By state: how far it is from the start; the states in that order, without those that nothing leads to. */
  private readonly depths: Int32Vector = new Int32Vector();
  private readonly order: Int32Vector = new Int32Vector();
  /** By state: what it refers to, or -1. */
  private readonly parents: Int32Vector = new Int32Vector();
  /** 1: the state refers to its own layer; 2: one of its own layer refers to it. INVARIANT: never both, so chains in a layer are one step long. */
  private readonly levels: Int32Vector = new Int32Vector();
  /** By state: the last state it was a candidate for. */
  private readonly seen: Int32Vector = new Int32Vector();

  /** Writes `stored`. Cost: O(cells · a constant). */
  run(plain: StoredRows): void {
    const states = plain.stateCount;
    this.plain = plain;
    this.lists.read(plain);
    this.findLayers();
    this.parents.reset(states, -1);
    this.levels.reset(states, 0);
    this.seen.reset(states, -1);
    for (let at = 0; at < this.order.length; at += 1) {
      const state = this.order.data[at]!;
      if (state > 1) this.chooseParent(state);
    }
    this.write();
  }

  private findLayers(): void {
    const plain = this.plain;
    this.depths.reset(plain.stateCount, -1);
    this.order.length = 0;
    if (plain.stateCount > 1) this.visit(1, 0);
    for (let at = 0; at < this.order.length; at += 1) {
      const state = this.order.data[at]!;
      const depth = this.depths.data[state]! + 1;
      this.visit(plain.defaults.data[state]!, depth);
      const end = plain.starts.data[state + 1]!;
      for (let cell = plain.starts.data[state]!; cell < end; cell += 1) this.visit(plain.targets.data[cell]!, depth);
    }
  }

  private visit(state: i32, depth: i32): void {
    if (this.depths.data[state]! >= 0) return;
    this.depths.data[state] = depth;
    this.order.push(state);
  }

  private chooseParent(state: i32): void {
    let best = -1;
    let bestSaved = 0;
    const count = this.lists.collect(state);
    for (let at = 0; at < count; at += 1) {
      const candidate = this.lists.found.data[at]!;
      if (candidate === state || this.seen.data[candidate] === state) continue;
      this.seen.data[candidate] = state;
      if (!this.mayRefer(state, candidate)) continue;
      const saved = this.savedCells(state, candidate);
      if (saved > bestSaved || (saved === bestSaved && saved > 0 && candidate < best)) {
        best = candidate;
        bestSaved = saved;
      }
    }
    if (best < 0) return;
    this.parents.data[state] = best;
    if (this.depths.data[best] !== this.depths.data[state]) return;
    this.levels.data[state] = 1;
    this.levels.data[best] = 2;
  }

  private mayRefer(state: i32, candidate: i32): boolean {
    const defaults = this.plain.defaults.data;
    if (defaults[candidate] !== defaults[state]) return false;
    const depth = this.depths.data[state]!;
    const other = this.depths.data[candidate]!;
    if (other < depth) return other >= 0;
    return other === depth && this.levels.data[candidate] !== 1 && this.levels.data[state] !== 2;
  }

  /** Cells a state saves when it is stored relative to `parent`; both have the same default. */
  private savedCells(state: i32, parent: i32): i32 {
    const starts = this.plain.starts.data;
    const symbols = this.plain.symbols.data;
    const targets = this.plain.targets.data;
    let at = starts[state]!;
    const end = starts[state + 1]!;
    const underEnd = starts[parent + 1]!;
    let saved = 0;
    for (let under = starts[parent]!; under < underEnd; under += 1) {
      const symbol = symbols[under]!;
      if (symbol === OUT_OF_BAND_SYMBOL) break;
      while (at < end && symbols[at]! < symbol) at += 1;
      if (at >= end || symbols[at] !== symbol) saved -= 1;
      else if (targets[at] === targets[under]) saved += 1;
    }
    return saved;
  }

  /** The chosen states with their own transitions that differ, and masks back to the default. */
  private write(): void {
    const plain = this.plain;
    const stored = this.stored;
    stored.reset(plain.stateCount, 0);
    for (let state = 0; state < plain.stateCount; state += 1) {
      const parent = this.parents.data[state]!;
      stored.defaults.data[state] = parent < 0 ? plain.defaults.data[state]! : parent;
      if (parent < 0) this.copyRow(state);
      else {
        stored.differential.data[state] = 1;
        this.writeDifference(state, parent);
      }
      stored.starts.data[state + 1] = stored.targets.length;
    }
  }

  private copyRow(state: i32): void {
    const plain = this.plain;
    const end = plain.starts.data[state + 1]!;
    for (let at = plain.starts.data[state]!; at < end; at += 1) {
      this.put(plain.symbols.data[at]!, plain.targets.data[at]!);
    }
  }

  private writeDifference(state: i32, parent: i32): void {
    const starts = this.plain.starts.data;
    const symbols = this.plain.symbols.data;
    const targets = this.plain.targets.data;
    let at = starts[state]!;
    const end = starts[state + 1]!;
    let under = starts[parent]!;
    const underEnd = starts[parent + 1]!;
    while (at < end || under < underEnd) {
      const own: i32 = at < end ? symbols[at]! : NONE;
      const other: i32 = under < underEnd ? symbols[under]! : NONE;
      if (own < other) this.put(own, targets[at]!);
      else if (own > other) {
        if (other !== OUT_OF_BAND_SYMBOL) this.put(other, this.plain.defaults.data[state]!);
      } else if (own === OUT_OF_BAND_SYMBOL || targets[at] !== targets[under]) this.put(own, targets[at]!);
      if (own <= other) at += 1;
      if (other <= own) under += 1;
    }
  }

  private put(symbol: i32, target: i32): void {
    this.stored.symbols.push(symbol);
    this.stored.targets.push(target);
  }
}

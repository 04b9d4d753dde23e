/**
 * Between the packed cells of a table set and the rows of an automaton.
 *
 * A table set keeps all transitions of all states in one array of cells: the cell of state s and symbol c is at `base[s] + c` and
 * counts only if its CHECK is s. `unpackRows` gathers the cells of each state (a `CompiledLayout`), still differential where the
 * tables are. `resolveRows` follows the chains and gives a plain `Dfa`: each state's 256 targets, written as the most frequent
 * target and the exceptions to it, the one form that the automata module gives rows, too.
 */
import { fail, ok, type Outcome } from "../../foundation/basics/index.ts";
import { type Dfa, OUT_OF_BAND_SYMBOL } from "../automata/index.ts";
import type { CompiledLayout } from "../compiled/index.ts";
import { BASE_INDEX, BASE_OUT_OF_BAND, BASE_DIFFERENTIAL, type TableFault, type TableSet } from "./table-set.ts";

/** Exceptions one automaton may have when its chains are resolved; real policy stays far below a million. */
const MAX_EXCEPTIONS = 1 << 23;

/** The cells of each state; the dead state is taken to have none. Cost: O(states + cells). */
export function unpackRows(tables: TableSet): CompiledLayout {
  const { base, next, check, defaults } = tables;
  const states = base.length;
  const counts = new Uint32Array(states + 1);
  for (let cell = 0; cell < next.length; cell += 1) {
    const state = check[cell]!;
    if (symbolOfCell(base[state]!, cell) >= 0) counts[state + 1]! += 1;
  }
  counts[1] = 0;
  for (let state = 0; state < states; state += 1) counts[state + 1]! += counts[state]!;
  const rows = counts;
  const symbols = new Uint16Array(rows[states]!);
  const targets = new Uint32Array(rows[states]!);
  const filled = rows.slice(0, states);
  for (const wantOutOfBand of [false, true]) {
    for (let cell = 0; cell < next.length; cell += 1) {
      const state = check[cell]!;
      const symbol = symbolOfCell(base[state]!, cell);
      if (state === 0 || symbol < 0 || (symbol === OUT_OF_BAND_SYMBOL) !== wantOutOfBand) continue;
      const at = filled[state]!;
      symbols[at] = symbol;
      targets[at] = next[cell]!;
      filled[state] = at + 1;
    }
  }
  return {
    defaults: defaults.with(0, 0),
    differential: Uint8Array.from(base, (entry, state) => (state === 0 || (entry & BASE_DIFFERENTIAL) === 0 ? 0 : 1)),
    rows,
    symbols,
    targets,
    classes: tables.classes,
    wide: tables.wide,
    accept: tables.accept,
    accept2: tables.accept2,
  };
}

/** Whether the walk can leave the dead state, against all custom: then nothing we say about the automaton would be true. */
export function isDeadStateLive({ base, next, check, defaults }: TableSet): boolean {
  if (base[0] !== 0 || defaults[0] !== 0) return true;
  for (let cell = 0; cell < 256; cell += 1) if (check[cell] === 0 && next[cell] !== 0) return true;
  return false;
}

/** The symbol for which a state with this base entry would use the cell; -1 for none. */
function symbolOfCell(entry: number, cell: number): number {
  const symbol = cell - (entry & BASE_INDEX);
  if (symbol === -1) return (entry & BASE_OUT_OF_BAND) === 0 ? -1 : OUT_OF_BAND_SYMBOL;
  return symbol > 255 ? -1 : symbol;
}

/** Collects rows of any order and puts them in order of states. */
class RowCollector {
  readonly #starts: Uint32Array;
  readonly #lengths: Uint32Array;
  #symbols = new Uint16Array(1024);
  #targets = new Uint32Array(1024);
  #used = 0;

  constructor(states: number) {
    this.#starts = new Uint32Array(states);
    this.#lengths = new Uint32Array(states);
  }

  get used(): number {
    return this.#used;
  }

  open(state: number): void {
    this.#starts[state] = this.#used;
    if (this.#used + 257 <= this.#symbols.length) return;
    const symbols = new Uint16Array(this.#symbols.length * 2);
    const targets = new Uint32Array(this.#symbols.length * 2);
    symbols.set(this.#symbols);
    targets.set(this.#targets);
    this.#symbols = symbols;
    this.#targets = targets;
  }

  push(symbol: number, target: number): void {
    this.#symbols[this.#used] = symbol;
    this.#targets[this.#used] = target;
    this.#used += 1;
  }

  close(state: number): void {
    this.#lengths[state] = this.#used - this.#starts[state]!;
  }

  /** Writes the row of a closed state over a table of 256 targets. */
  overlay(state: number, table: Uint32Array): void {
    const start = this.#starts[state]!;
    const end = start + this.#lengths[state]!;
    for (let at = start; at < end; at += 1) {
      const symbol = this.#symbols[at]!;
      if (symbol < 256) table[symbol] = this.#targets[at]!;
    }
  }

  /**
   * Writes the row of `state` from its own cells and, unless `parent` is 0, the row of a closed state they go over, as exceptions to
   * `common`. Gives the number of bytes that are exceptions.
   */
  merge(layout: CompiledLayout, state: number, parent: number, common: number): number {
    this.open(state);
    const { rows, symbols, targets } = layout;
    let at = rows[state]!;
    const end = rows[state + 1]!;
    let under = this.#starts[parent]!;
    const underEnd = under + (parent === 0 ? 0 : this.#lengths[parent]!);
    while (at < end || under < underEnd) {
      const own = at < end ? symbols[at]! : 512;
      const other = under < underEnd ? this.#symbols[under]! : 512;
      if (own <= other) {
        if (targets[at] !== (own === OUT_OF_BAND_SYMBOL ? 0 : common)) this.push(own, targets[at]!);
        at += 1;
        if (own === other) under += 1;
      } else {
        if (other !== OUT_OF_BAND_SYMBOL) this.push(other, this.#targets[under]!);
        under += 1;
      }
    }
    this.close(state);
    return this.#lengths[state]!;
  }

  /** Forgets the row closed last. */
  drop(state: number): void {
    this.#used = this.#starts[state]!;
  }

  finish(): Pick<Dfa, "rows" | "symbols" | "targets"> {
    const states = this.#starts.length;
    const rows = new Uint32Array(states + 1);
    for (let state = 0; state < states; state += 1) rows[state + 1] = rows[state]! + this.#lengths[state]!;
    const symbols = new Uint16Array(this.#used);
    const targets = new Uint32Array(this.#used);
    for (let state = 0; state < states; state += 1) {
      const start = this.#starts[state]!;
      const end = start + this.#lengths[state]!;
      symbols.set(this.#symbols.subarray(start, end), rows[state]);
      targets.set(this.#targets.subarray(start, end), rows[state]);
    }
    return { rows, symbols, targets };
  }
}

/**
 * The automaton a layout stands for, states numbered as in the tables.
 *
 * Errors: rows too many to hold.
 * Cost: O(states + exceptions); O(256 · states) with class tables.
 */
export function resolveRows(layout: CompiledLayout, outputs: Uint32Array): Outcome<Dfa, TableFault> {
  const states = layout.defaults.length;
  const resolved: Resolving = {
    defaults: new Uint32Array(states),
    collector: new RowCollector(states),
    table: new Uint32Array(256),
    votes: new Uint32Array(states),
  };
  for (const state of chainOrder(layout)) {
    if (resolved.collector.used > MAX_EXCEPTIONS) {
      return fail({ offset: 0, message: "the automaton is too large when its chains are resolved" });
    }
    if (layout.classes !== undefined || !resolveSparse(layout, state, resolved)) resolveDense(layout, state, resolved);
  }
  return ok({ stateCount: states, outputs, defaults: resolved.defaults, ...resolved.collector.finish() });
}

interface Resolving {
  readonly defaults: Uint32Array;
  readonly collector: RowCollector;
  /** Scratch: 256 targets. */
  readonly table: Uint32Array;
  /** Scratch: of each state how many bytes lead to it; all 0 between uses. */
  readonly votes: Uint32Array;
}

/**
 * COST: nearly all rows have few exceptions; then what most bytes do is the default they had, and merging two short lists is
 * 20 times faster than looking at 256 targets. False, with nothing changed: too many exceptions to be sure.
 */
function resolveSparse(layout: CompiledLayout, state: number, { defaults, collector }: Resolving): boolean {
  const target = layout.defaults[state]!;
  const parent = layout.differential[state] === 0 ? 0 : target;
  const common = layout.differential[state] === 0 ? target : defaults[target]!;
  if (collector.merge(layout, state, parent, common) < 127) {
    defaults[state] = common;
    return true;
  }
  collector.drop(state);
  return false;
}

function resolveDense(layout: CompiledLayout, state: number, resolving: Resolving): void {
  const { defaults, collector, table, votes } = resolving;
  const parent = layout.defaults[state]!;
  if (layout.differential[state] === 0) table.fill(parent);
  else {
    table.fill(defaults[parent]!);
    collector.overlay(parent, table);
  }
  const outOfBand = overlayCells(layout, state, table);
  const common = mostFrequent(table, votes);
  defaults[state] = common;
  collector.open(state);
  for (let byte = 0; byte < 256; byte += 1) if (table[byte] !== common) collector.push(byte, table[byte]!);
  if (outOfBand !== 0) collector.push(OUT_OF_BAND_SYMBOL, outOfBand);
  collector.close(state);
}

/** Puts the state's own cells over `table`; gives its out-of-band target, 0 for none. */
function overlayCells(layout: CompiledLayout, state: number, table: Uint32Array): number {
  const { classes, rows, symbols, targets } = layout;
  let outOfBand = 0;
  if (classes === undefined) {
    for (let at = rows[state]!; at < rows[state + 1]!; at += 1) {
      if (symbols[at] === OUT_OF_BAND_SYMBOL) outOfBand = targets[at]!;
      else table[symbols[at]!] = targets[at]!;
    }
    return outOfBand;
  }
  const ofClass = new Int32Array(256).fill(-1);
  for (let at = rows[state]!; at < rows[state + 1]!; at += 1) {
    if (symbols[at] === OUT_OF_BAND_SYMBOL) outOfBand = targets[at]!;
    else ofClass[symbols[at]!] = targets[at]!;
  }
  for (let byte = 0; byte < 256; byte += 1) {
    const target = ofClass[classes[byte]!]!;
    if (target >= 0) table[byte] = target;
  }
  return outOfBand;
}

/** The value that fills most of `table`, of several the one met first. `votes` is all 0 before and after. */
function mostFrequent(table: Uint32Array, votes: Uint32Array): number {
  for (const target of table) votes[target]! += 1;
  let best = table[0]!;
  for (const target of table) if (votes[target]! > votes[best]!) best = target;
  for (const target of table) votes[target] = 0;
  return best;
}

/** States such that each comes after the one it is differential to. INVARIANT: chains end (checked when tables are decoded). */
function chainOrder(layout: CompiledLayout): Uint32Array {
  const states = layout.defaults.length;
  const order = new Uint32Array(states);
  const done = new Uint8Array(states);
  const pending: number[] = [];
  let count = 0;
  for (let start = 0; start < states; start += 1) {
    let state = start;
    while (done[state] === 0) {
      pending.push(state);
      done[state] = 1;
      if (layout.differential[state] !== 0) state = layout.defaults[state]!;
    }
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      order[count] = next;
      count += 1;
    }
  }
  return order;
}

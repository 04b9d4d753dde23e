/**
 * Comb packing: the cells of all states in one array (kernel-abi 6.8).
 *
 * State after state, in order of their numbers, is put at the first place where all its cells fall on free ones. This is the
 * reference compiler's way to the letter, first sizes and growth included, so that its tables come out again byte for byte.
 * Free cells are found through `up`: a cell that is free points at itself, a used one further up (paths are halved), so "the
 * first free cell from here" costs next to nothing however full the beginning is (union-find without union by rank).
 *
 * Rows of the same symbols (the same *shape*) are put further and further up: a place where one did not fit is full for all that
 * come later, so the search goes on behind the last one. COST: without it 2^16 states of two cells each took 2^32 looks.
 *
 * The cell of state s and symbol c is `base[s] + c`; its CHECK says whose it is, so rows may lie in the gaps of each other. In the
 * example state 1 gets base 0 (`/` is cell 47), state 2 base 1 (NUL 1, `/` 48, a 98, b 99, c 100), and state 4, whose c would be cell
 * 99 with base 0 and 100 with base 1, base 2 (c 101). States without cells need no base.
 */
import { fold, Index, Int32Vector } from "../collections.ts";
import type { i32 } from "../environment.ts";
import { OUT_OF_BAND_SYMBOL } from "../row.ts";
import { StoredRows } from "./stored-rows.ts";

/** The most symbols a byte or a class number has. */
const SYMBOLS: i32 = 256;

export class Comb {
  /** By cell. */
  readonly next: Int32Vector = new Int32Vector();
  readonly check: Int32Vector = new Int32Vector();
  /** By state: the cell of its symbol 0; -1 for a state without cells. */
  readonly bases: Int32Vector = new Int32Vector();
  private readonly up: Int32Vector = new Int32Vector();
  private shapes: Index = new Index();
  /** By shape: the first state that has it, and the cell where the search for a place goes on. */
  private readonly shapeStates: Int32Vector = new Int32Vector();
  private readonly shapeCells: Int32Vector = new Int32Vector();
  private rows: StoredRows = new StoredRows();
  private size: i32 = 0;

  /** Packs rows; the arrays of cells are then as long as the tables are. Cost: O(cells · tries), near linear on real policy. */
  pack(rows: StoredRows): void {
    this.rows = rows;
    this.size = this.firstSize();
    this.next.reset(2 * this.size, 0);
    this.check.reset(2 * this.size, 0);
    this.up.length = 0;
    this.countUp(2 * this.size + 1);
    this.up.data[0] = 1;
    this.bases.reset(rows.stateCount, -1);
    this.shapes.truncate(0);
    this.shapeStates.length = 0;
    this.shapeCells.length = 0;
    for (let state = 1; state < rows.stateCount; state += 1) {
      if (rows.starts.data[state] !== rows.starts.data[state + 1]) this.bases.data[state] = this.place(state);
    }
    this.next.length = this.size;
    this.check.length = this.size;
  }

  private firstSize(): i32 {
    const rows = this.rows;
    const first = rows.stateCount < 2 ? rows.stateCount : 2;
    const inner = rows.starts.data[rows.stateCount]! - rows.starts.data[first]!;
    const range = this.hasOutOfBand() ? SYMBOLS + 1 : SYMBOLS;
    return 2 + inner > range ? 2 + inner : range;
  }

  private hasOutOfBand(): boolean {
    const symbols = this.rows.symbols;
    for (let at = 0; at < symbols.length; at += 1) if (symbols.data[at] === OUT_OF_BAND_SYMBOL) return true;
    return false;
  }

  /** Puts the cells of a state where they fit first; gives the cell of its symbol 0. */
  private place(state: i32): i32 {
    const symbols = this.rows.symbols.data;
    const targets = this.rows.targets.data;
    const start = this.rows.starts.data[state]!;
    const end = this.rows.starts.data[state + 1]!;
    const hasOutOfBand = symbols[end - 1] === OUT_OF_BAND_SYMBOL;
    const first = hasOutOfBand ? -1 : symbols[start]!;
    const index = this.find(this.shapeOf(state, first), start, hasOutOfBand ? end - 1 : end, first);
    if (index + SYMBOLS - 1 >= this.size) this.extend(index + SYMBOLS);
    for (let at = start; at < end; at += 1) {
      const cell = symbols[at] === OUT_OF_BAND_SYMBOL ? index - 1 : index + symbols[at]!;
      this.next.data[cell] = targets[at]!;
      this.check.data[cell] = state;
      this.up.data[cell] = cell + 1;
    }
    return index;
  }

  /** The number of the shape of a state's row. */
  private shapeOf(state: i32, first: i32): i32 {
    const symbols = this.rows.symbols.data;
    const start = this.rows.starts.data[state]!;
    const end = this.rows.starts.data[state + 1]!;
    let hash = end - start;
    for (let at = start; at < end; at += 1) hash = fold(hash, symbols[at]!);
    this.shapes.seek(hash);
    for (let shape = this.shapes.next(); shape >= 0; shape = this.shapes.next()) {
      if (this.hasSymbols(this.shapeStates.data[shape]!, start, end)) return shape;
    }
    const shape = this.shapeStates.length;
    this.shapes.add(hash, shape);
    this.shapeStates.push(state);
    this.shapeCells.push(first < 1 ? 1 : first);
    return shape;
  }

  private hasSymbols(state: i32, start: i32, end: i32): boolean {
    const symbols = this.rows.symbols.data;
    const other = this.rows.starts.data[state]!;
    if (this.rows.starts.data[state + 1]! - other !== end - start) return false;
    for (let at = 0; at < end - start; at += 1) if (symbols[other + at] !== symbols[start + at]) return false;
    return true;
  }

  private find(shape: i32, start: i32, end: i32, first: i32): i32 {
    const cells = this.shapeCells.data;
    for (let cell = this.free(cells[shape]!); cell < this.size; cell = this.free(cell + 1)) {
      cells[shape] = cell + 1;
      if (this.fits(start, end, cell - first)) return cell - first;
    }
    cells[shape] = this.size + 1;
    const index = this.size - first;
    this.extend(this.size + SYMBOLS - first);
    return index;
  }

  private fits(start: i32, end: i32, index: i32): boolean {
    const up = this.up.data;
    const symbols = this.rows.symbols.data;
    for (let at = end - 1; at >= start; at -= 1) {
      const cell = index + symbols[at]!;
      if (cell < this.size && up[cell] !== cell) return false;
    }
    return true;
  }

  /** The first free cell at or after `cell`, at least `size` when there is none. */
  private free(cell: i32): i32 {
    const up = this.up.data;
    let at = cell;
    while (up[at] !== at) {
      up[at] = up[up[at]!]!;
      at = up[at]!;
    }
    return at;
  }

  private extend(size: i32): void {
    if (size > this.next.length) {
      const capacity = size > 2 * this.next.length ? size : 2 * this.next.length;
      this.next.extend(capacity, 0);
      this.check.extend(capacity, 0);
      this.countUp(capacity + 1);
    }
    this.size = size;
  }

  private countUp(length: i32): void {
    const start = this.up.length;
    this.up.extend(length, 0);
    for (let cell = start; cell < length; cell += 1) this.up.data[cell] = cell;
  }
}

/**
 * Comb packing: the cells of all states in one array (kernel-abi 6.8).
 *
 * State after state, in order of their numbers, is put at the first place where all its cells fall on free ones. This is the
 * reference compiler's way to the letter, first sizes and growth included, so that its tables come out again byte for byte.
 * Free cells are found through `#up`: a cell that is free points at itself, a used one further up (paths are halved), so "the
 * first free cell from here" costs next to nothing however full the beginning is.
 */
import type { CompiledLayout } from "../compiled/index.ts";
import { OUT_OF_BAND } from "./stored-rows.ts";
import { BASE_OUT_OF_BAND, BASE_RELATIVE } from "./table-set.ts";

export type StoredRows = Pick<CompiledLayout, "defaults" | "relative" | "rows" | "symbols" | "targets">;

export interface PackedCells {
  readonly base: Uint32Array;
  readonly next: Uint32Array;
  readonly check: Uint32Array;
}

/** Packs rows. Cost: O(cells · tries), near linear on real policy. */
export function packCells(stored: StoredRows): PackedCells {
  const states = stored.defaults.length;
  const comb = new Comb(initialCells(stored));
  const base = new Uint32Array(states);
  for (let state = 1; state < states; state += 1) {
    const start = stored.rows[state]!;
    const end = stored.rows[state + 1]!;
    const relative = stored.relative[state] === 0 ? 0 : BASE_RELATIVE;
    if (start === end) {
      base[state] = relative;
      continue;
    }
    const hasOutOfBand = stored.symbols[end - 1] === OUT_OF_BAND;
    const index = comb.place(stored, state);
    base[state] = (index | relative | (hasOutOfBand ? BASE_OUT_OF_BAND : 0)) >>> 0;
  }
  return { base, next: comb.next.slice(0, comb.size), check: comb.check.slice(0, comb.size) };
}

function initialCells({ rows, symbols, defaults }: StoredRows): number {
  const states = defaults.length;
  const inner = rows[states]! - rows[Math.min(2, states)]!;
  const range = symbols.includes(OUT_OF_BAND) ? 257 : 256;
  return Math.max(2 + inner, range);
}

class Comb {
  next: Uint32Array;
  check: Uint32Array;
  size: number;
  #up: Uint32Array;

  constructor(size: number) {
    this.size = size;
    this.next = new Uint32Array(size * 2);
    this.check = new Uint32Array(size * 2);
    this.#up = countUp(size * 2 + 1);
    this.#up[0] = 1;
  }

  /** Puts the cells of a state where they fit first; gives its base. */
  place(stored: StoredRows, state: number): number {
    const { symbols, targets } = stored;
    const start = stored.rows[state]!;
    const end = stored.rows[state + 1]!;
    const hasOutOfBand = symbols[end - 1] === OUT_OF_BAND;
    const first = hasOutOfBand ? -1 : symbols[start]!;
    const last = hasOutOfBand ? end - 1 : end;
    const index = this.#find(symbols, start, last, first);
    if (index + 255 >= this.size) this.#extend(index + 256);
    for (let at = start; at < end; at += 1) {
      const cell = symbols[at] === OUT_OF_BAND ? index - 1 : index + symbols[at]!;
      this.next[cell] = targets[at]!;
      this.check[cell] = state;
      this.#up[cell] = cell + 1;
    }
    return index;
  }

  #find(symbols: Uint16Array, start: number, end: number, first: number): number {
    for (let cell = this.#free(Math.max(first, 1)); cell < this.size; cell = this.#free(cell + 1)) {
      if (this.#fits(symbols, start, end, cell - first)) return cell - first;
    }
    const index = this.size - first;
    this.#extend(this.size + 256 - first);
    return index;
  }

  #fits(symbols: Uint16Array, start: number, end: number, index: number): boolean {
    const up = this.#up;
    for (let at = end - 1; at >= start; at -= 1) {
      const cell = index + symbols[at]!;
      if (cell < this.size && up[cell] !== cell) return false;
    }
    return true;
  }

  /** The first free cell at or after `cell`, at least `size` when there is none. */
  #free(cell: number): number {
    const up = this.#up;
    let at = cell;
    while (up[at] !== at) {
      up[at] = up[up[at]!]!;
      at = up[at]!;
    }
    return at;
  }

  #extend(size: number): void {
    if (size > this.next.length) this.#grow(Math.max(size, this.next.length * 2));
    this.size = size;
  }

  #grow(capacity: number): void {
    const next = new Uint32Array(capacity);
    const check = new Uint32Array(capacity);
    const up = countUp(capacity + 1);
    next.set(this.next);
    check.set(this.check);
    up.set(this.#up.subarray(0, this.next.length));
    this.next = next;
    this.check = check;
    this.#up = up;
  }
}

function countUp(length: number): Uint32Array {
  const numbers = new Uint32Array(length);
  for (let i = 0; i < length; i += 1) numbers[i] = i;
  return numbers;
}

/** Comb-packed cells and the base entries that lead to them (kernel-abi 6.8). */
import { OUT_OF_BAND_SYMBOL, type PlainRows, rowPacker } from "../automata/index.ts";
import { BASE_OUT_OF_BAND, BASE_DIFFERENTIAL } from "./table-set.ts";

interface PackedTables {
  readonly base: Uint32Array;
  readonly next: Uint32Array;
  readonly check: Uint32Array;
}

/** Packs rows. Cost: O(cells · tries), near linear on real policy. */
export function packComb(stored: PlainRows): PackedTables {
  const { bases, next, check } = rowPacker().packComb(stored);
  const base = new Uint32Array(bases.length);
  for (let state = 1; state < base.length; state += 1) {
    const end = stored.rows[state + 1]!;
    const differential = stored.differential[state] === 0 ? 0 : BASE_DIFFERENTIAL;
    const hasOutOfBand = end > stored.rows[state]! && stored.symbols[end - 1] === OUT_OF_BAND_SYMBOL;
    base[state] = (Math.max(0, bases[state]!) | differential | (hasOutOfBand ? BASE_OUT_OF_BAND : 0)) >>> 0;
  }
  return { base, next, check };
}

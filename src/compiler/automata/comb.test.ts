import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../../tests/support/random.ts";
import { Comb } from "./core/packing/comb.ts";
import { StoredRows } from "./core/packing/stored-rows.ts";

/** Rows with these symbols, states 0 and 1 first; 256 is out of band. */
function rowsOf(symbols: readonly (readonly number[])[]): StoredRows {
  const rows = new StoredRows();
  rows.reset(symbols.length, 0);
  for (const [state, own] of symbols.entries()) {
    for (const symbol of own) {
      rows.symbols.push(symbol);
      rows.targets.push(1);
    }
    rows.starts.data[state + 1] = rows.targets.length;
  }
  return rows;
}

/** Each row at the first place at which it fits. */
function firstFit(symbols: readonly (readonly number[])[]): readonly number[] {
  const used = new Set([0]);
  return symbols.map((own, state) => {
    if (state === 0 || own.length === 0) return -1;
    const bytes = own.filter((symbol) => symbol < 256);
    const isOutOfBand = bytes.length < own.length;
    // Cell 0 is nobody's, and what is out of band is before all bytes.
    const first = isOutOfBand ? -1 : (bytes[0] ?? 0);
    let cell = Math.max(first, 1);
    while (used.has(cell) || bytes.some((symbol) => used.has(cell - first + symbol))) cell += 1;
    for (const symbol of own) used.add(symbol === 256 ? cell - first - 1 : cell - first + symbol);
    return cell - first;
  });
}

test("each row is at the first place where it fits, whatever rows came before", () => {
  const random = new Random(5);
  for (let round = 0; round < 60; round += 1) {
    const shapes = Array.from({ length: 1 + random.below(6) }, () => {
      const some = Array.from({ length: random.below(5) }, () => random.below(random.pick([8, 120, 257])));
      return [...new Set(some)].toSorted((a, b) => a - b);
    });
    const symbols = [[], ...Array.from({ length: 80 }, () => random.pick(shapes))];
    const comb = new Comb();
    comb.pack(rowsOf(symbols));
    assert.deepEqual([...comb.bases.data.subarray(0, comb.bases.length)], firstFit(symbols));
  }
});

test("rows of the same symbols are placed in a number of looks that grows with the rows alone", () => {
  const comb = new Comb();
  const fits = comb["fits"].bind(comb);
  let looks = 0;
  comb["fits"] = (start: number, end: number, index: number): boolean => {
    looks += 1;
    return fits(start, end, index);
  };
  // A single slash fills every gap in front; the pair fits into none of them.
  const symbols = [[], ...Array.from({ length: 20_000 }, (_, index) => (index % 2 === 0 ? [0, 2, 5] : [47, 97, 99]))];
  comb.pack(rowsOf(symbols));
  assert.ok(looks < 8 * symbols.length, `${looks} looks`);
});

/** Byte equivalence classes (kernel-abi 6.4): bytes that no state distinguishes share a cell. */
import { OUT_OF_BAND_SYMBOL } from "./core/row.ts";
import type { PlainRows } from "./engine/types.ts";
import type { Dfa } from "./types.ts";

/**
 * Groups the 256 bytes into classes, numbered in order of their first byte.
 *
 * Cost: O(exceptions).
 */
export function byteClasses(dfa: Dfa): Uint8Array {
  const group = new Uint32Array(256);
  let groups = 1;
  for (let state = 0; state < dfa.stateCount; state += 1) {
    const split = new Map<number, number>();
    for (let at = dfa.rows[state]!; at < dfa.rows[state + 1]!; at += 1) {
      const byte = dfa.symbols[at]!;
      if (byte === OUT_OF_BAND_SYMBOL) continue;
      const key = group[byte]! * 0x1000000 + dfa.targets[at]!;
      const known = split.get(key);
      if (known === undefined) split.set(key, groups);
      group[byte] = known ?? groups;
      if (known === undefined) groups += 1;
    }
  }
  const numbers = new Map<number, number>();
  return Uint8Array.from(group, (old) => {
    const number = numbers.get(old) ?? numbers.size;
    numbers.set(old, number);
    return number;
  });
}

/** The rows over classes instead of bytes. */
export function rowsByClass(stored: PlainRows, classes: Uint8Array): PlainRows {
  const states = stored.defaults.length;
  const rows = new Uint32Array(states + 1);
  const symbols: number[] = [];
  const targets: number[] = [];
  const ofClass = new Int32Array(257).fill(-1);
  for (let state = 0; state < states; state += 1) {
    const used = new Set<number>();
    for (let at = stored.rows[state]!; at < stored.rows[state + 1]!; at += 1) {
      const symbol = stored.symbols[at]!;
      const number = symbol === OUT_OF_BAND_SYMBOL ? OUT_OF_BAND_SYMBOL : classes[symbol]!;
      used.add(number);
      ofClass[number] = stored.targets[at]!;
    }
    for (const number of [...used].toSorted((a, b) => a - b)) {
      symbols.push(number);
      targets.push(ofClass[number]!);
    }
    rows[state + 1] = symbols.length;
  }
  return { ...stored, rows, symbols: Uint16Array.from(symbols), targets: Uint32Array.from(targets) };
}

/** In WebAssembly, what `src/compiler/automata/core/environment.ts` is in JavaScript. AssemblyScript: see `build.mjs`. */
import { Int32Vector } from "./collections";
import { Table } from "./table";

export { Table };

@inline
export function multiply(a: i32, b: i32): i32 {
  return a * b;
}

@inline
export function leadingZeros(bits: i32): i32 {
  return clz<i32>(bits);
}

@inline
export function toByte(value: i32): u8 {
  return <u8>value;
}

@inline
export function toInt16(value: i32): i16 {
  return <i16>value;
}

@inline
export function toUint16(value: i32): u16 {
  return <u16>value;
}

@inline
export function toFloat(value: i32): f64 {
  return <f64>value;
}

/** Sorts the first `count` numbers, ascending (Shell's way, with Knuth's steps). */
export function sortNumbers(list: Table<i32>, count: i32): void {
  let step = 1;
  while (step < count / 3) step = 3 * step + 1;
  for (; step > 0; step = (step - 1) / 3) {
    for (let at = step; at < count; at += 1) {
      const value = list[at];
      let place = at;
      while (place >= step && list[place - step] > value) {
        list[place] = list[place - step];
        place -= step;
      }
      list[place] = value;
    }
  }
}

export function release32(list: Table<i32>): void {
  heap.free(list.dataStart);
}

export function release16(list: Table<u16>): void {
  heap.free(list.dataStart);
}

@external("owner", "combine")
declare function askOwner(labels: usize, length: i32): i32;

/** Asks the owner of the session what a set of labels comes to. */
export class Combiner {
  combine(labels: Int32Vector): i32 {
    return askOwner(labels.data.dataStart, labels.length);
  }
}

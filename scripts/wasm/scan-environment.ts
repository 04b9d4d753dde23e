/** In WebAssembly, what `src/learning/audit/scan/core/environment.ts` is in JavaScript. AssemblyScript: see `build.mjs`. */
import { Table } from "./table";

export { Table };

@inline
export function multiply(a: i32, b: i32): i32 {
  return a * b;
}

@inline
export function toByte(value: i32): u8 {
  return <u8>value;
}

@inline
export function toFloat(value: i32): f64 {
  return <f64>value;
}

@inline
export function lowBits(value: f64): i32 {
  return <i32>(<i64>value);
}

@inline
export function remainder(value: f64, divisor: i32): i32 {
  return <i32>(<i64>value % <i64>divisor);
}

@inline
export function wordAt(bytes: Table<u8>, at: i32): i32 {
  return load<i32>(bytes.dataStart + <usize>at);
}

const LANES: i32 = 16;

export function placeOf(bytes: Table<u8>, byte: i32, start: i32, end: i32): i32 {
  const wanted = i8x16.splat(<i8>byte);
  for (let at = start; at < end; at += LANES) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(bytes.dataStart + <usize>at), wanted));
    if (found == 0) continue;
    const place = at + ctz(found);
    return place < end ? place : end;
  }
  return end;
}

@inline
export function copyBytes(to: Table<u8>, at: i32, from: Table<u8>, start: i32, length: i32): void {
  memory.copy(to.dataStart + <usize>at, from.dataStart + <usize>start, <usize>length);
}

export function isSame(bytes: Table<u8>, at: i32, other: Table<u8>, start: i32, length: i32): boolean {
  const one = bytes.dataStart + <usize>at;
  const two = other.dataStart + <usize>start;
  let index: usize = 0;
  const size = <usize>length;
  for (; index + 16 <= size; index += 16)
    if (v128.any_true(v128.xor(v128.load(one + index), v128.load(two + index)))) return false;
  for (; index + 4 <= size; index += 4) if (load<i32>(one + index) != load<i32>(two + index)) return false;
  for (; index < size; index += 1) if (load<u8>(one + index) != load<u8>(two + index)) return false;
  return true;
}

export function hashBytes(bytes: Table<u8>, start: i32, end: i32): i32 {
  let hash: i64 = 0xcbf29ce484222325 ^ <i64>(end - start);
  let at = bytes.dataStart + <usize>start;
  const last = bytes.dataStart + <usize>end;
  for (; at + 8 <= last; at += 8) {
    hash = (hash ^ load<i64>(at)) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 32;
  }
  for (; at < last; at += 1) hash = (hash ^ <i64>load<u8>(at)) * 0x100000001b3;
  return <i32>(hash ^ (hash >> 32));
}

export function asciiBytes(text: string): Table<u8> {
  const bytes = new Table<u8>(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = <u8>text.charCodeAt(at);
  return bytes;
}

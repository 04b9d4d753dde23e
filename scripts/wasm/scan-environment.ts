/** In WebAssembly, what `src/learning/audit/scan/core/environment.ts` is in JavaScript. AssemblyScript: see `build.mjs`. */
import { Table } from "./table";

export { Table };

export const UNKNOWN: f64 = NaN;

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

// oxlint-disable-next-line max-params -- as in the other environment
export function placeBehind(bytes: Table<u8>, byte: i32, one: i32, other: i32, start: i32, end: i32): i32 {
  const wanted = i8x16.splat(<i8>byte);
  const first = i8x16.splat(<i8>one);
  const second = i8x16.splat(<i8>other);
  for (let at = start; at < end; at += LANES) {
    const here = bytes.dataStart + <usize>at;
    const before = v128.load(here - 1);
    const behind = v128.or(i8x16.eq(before, first), i8x16.eq(before, second));
    const found = i8x16.bitmask(v128.and(i8x16.eq(v128.load(here), wanted), behind));
    if (found == 0) continue;
    const place = at + ctz(found);
    return place < end ? place : end;
  }
  return end;
}

export function lastPlaceOf(bytes: Table<u8>, byte: i32, start: i32, end: i32): i32 {
  const wanted = i8x16.splat(<i8>byte);
  for (let at = end - LANES; at > start - LANES; at -= LANES) {
    // before the first byte of a table are others of the module's memory
    const found = i8x16.bitmask(i8x16.eq(v128.load(bytes.dataStart + <usize>at), wanted));
    if (found == 0) continue;
    const place = at + 31 - clz(found);
    return place >= start ? place : start - 1;
  }
  return start - 1;
}

export function digitsEnd(bytes: Table<u8>, start: i32): i32 {
  const zero = i8x16.splat(0x30);
  const nine = i8x16.splat(9);
  let at = start;
  let others = 0;
  while (others == 0) {
    others = i8x16.bitmask(i8x16.gt_u(i8x16.sub(v128.load(bytes.dataStart + <usize>at), zero), nine));
    at += LANES;
  }
  return at - LANES + ctz(others);
}

/** Two, four and eight digits at a time. */
export function digitsValue(bytes: Table<u8>, start: i32, end: i32): i32 {
  if (end == start) return 0;
  const digits = (load<u64>(bytes.dataStart + <usize>start) - 0x3030303030303030) << (<u64>(8 - (end - start)) * 8);
  const pairs = digits * 10 + (digits >> 8);
  const low = (pairs & 0x000000ff000000ff) * 0x000f424000000064;
  const high = ((pairs >> 16) & 0x000000ff000000ff) * 0x0000271000000001;
  return <i32>((low + high) >> 32);
}

export function plainEnd(bytes: Table<u8>, start: i32, end: i32): i32 {
  const blank = i8x16.splat(0x20);
  const last = i8x16.splat(0x7f);
  const quote = i8x16.splat(0x22);
  const backslash = i8x16.splat(0x5c);
  let at = start;
  while (at < end) {
    const here = v128.load(bytes.dataStart + <usize>at);
    // bytes beyond ASCII are negative
    const bad = v128.or(i8x16.lt_s(here, blank), i8x16.eq(here, last));
    const found = i8x16.bitmask(v128.or(bad, v128.or(i8x16.eq(here, quote), i8x16.eq(here, backslash))));
    if (found == 0) {
      at += LANES;
      continue;
    }
    at += ctz(found);
    if (at >= end || load<u16>(bytes.dataStart + <usize>at) != 0x225c) return at;
    at += 2;
  }
  return at;
}

// oxlint-disable-next-line max-params -- as in the other environment
export function copyUnescaped(to: Table<u8>, at: i32, from: Table<u8>, start: i32, end: i32): i32 {
  const backslash = i8x16.splat(0x5c);
  let length = at;
  let place = start;
  while (place < end) {
    const here = v128.load(from.dataStart + <usize>place);
    v128.store(to.dataStart + <usize>length, here);
    const found = i8x16.bitmask(i8x16.eq(here, backslash));
    const count = found == 0 ? LANES : ctz(found);
    if (place + count >= end) return length + end - place;
    place += count;
    length += count;
    if (found == 0) continue;
    if (load<u8>(from.dataStart + <usize>place + 1) != 0x22) return -1;
    store<u8>(to.dataStart + <usize>length, 0x22);
    length += 1;
    place += 2;
  }
  return length;
}

export function copyLoosely(to: Table<u8>, at: i32, from: Table<u8>, start: i32, length: i32): void {
  const target = to.dataStart + <usize>at;
  const source = from.dataStart + <usize>start;
  const size = <usize>length;
  for (let index: usize = 0; index < size; index += 16) v128.store(target + index, v128.load(source + index));
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

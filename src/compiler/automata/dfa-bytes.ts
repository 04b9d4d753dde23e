/**
 * Automata as bytes, for caches. Numbers are written 7 bits at a time, low bits first, the top bit meaning "more follows":
 *
 *     "ADF1" | check (8 bytes) | states | exceptions | per state but the dead one: output, default, count, (symbol, target) × count
 *
 * A symbol is written as the distance from the symbol before it, less one; a target as the distance from the highest number met so far plus one, which for
 * tables numbered breadth first is 0 for each new state (then folded to a number from 0: 0, -1, 1, -2 ...). The check covers all that follows it.
 */
import { OUT_OF_BAND_SYMBOL, fold } from "../engine/index.ts";
import type { Dfa } from "./types.ts";

const MAGIC = [0x41, 0x44, 0x46, 0x31];
const HEADER = 12;

/** The bytes of an automaton; the same automaton gives the same bytes. Cost: O(states + exceptions). */
export function dfaToBytes(dfa: Dfa): Uint8Array {
  const writer = new Writer(HEADER + 4 * dfa.stateCount + 3 * dfa.symbols.length);
  const targets = new TargetCode(dfa.stateCount);
  writer.number(dfa.stateCount);
  writer.number(dfa.symbols.length);
  for (let state = 1; state < dfa.stateCount; state += 1) {
    const start = dfa.rows[state]!;
    const end = dfa.rows[state + 1]!;
    writer.number(dfa.outputs[state]!);
    writer.number(targets.encode(dfa.defaults[state]!));
    writer.number(end - start);
    let symbol = -1;
    for (let at = start; at < end; at += 1) {
      writer.number(dfa.symbols[at]! - symbol - 1);
      writer.number(targets.encode(dfa.targets[at]!));
      symbol = dfa.symbols[at]!;
    }
  }
  return writer.finish();
}

/**
 * The automaton of `dfaToBytes`; undefined for any other bytes, as a cache may hold: nothing about them is trusted.
 *
 * Cost: O(bytes), in memory too.
 */
export function dfaFromBytes(bytes: Uint8Array): Dfa | undefined {
  if (!MAGIC.every((byte, at) => bytes[at] === byte)) return undefined;
  const [low, high] = check(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER || view.getUint32(4, true) !== low || view.getUint32(8, true) !== high) return undefined;
  const reader = new Reader(bytes);
  const stateCount = reader.number();
  const exceptionCount = reader.number();
  // A state takes three bytes at least, an exception two.
  if (!(stateCount >= 2 && 3 * (stateCount - 1) + 2 * exceptionCount <= bytes.length)) return undefined;
  const dfa = {
    stateCount,
    outputs: new Uint32Array(stateCount),
    defaults: new Uint32Array(stateCount),
    rows: new Uint32Array(stateCount + 1),
    symbols: new Uint16Array(exceptionCount),
    targets: new Uint32Array(exceptionCount),
  };
  return readStates(dfa, reader) ? dfa : undefined;
}

function readStates(dfa: Dfa, reader: Reader): boolean {
  const targets = new TargetCode(dfa.stateCount);
  let at = 0;
  for (let state = 1; state < dfa.stateCount; state += 1) {
    dfa.outputs[state] = reader.number();
    dfa.defaults[state] = targets.decode(reader.number());
    const end = at + reader.number();
    if (!(targets.areGood && end <= dfa.symbols.length)) return false;
    for (let symbol = -1; at < end; at += 1) {
      symbol += reader.number() + 1;
      dfa.targets[at] = targets.decode(reader.number());
      if (!(targets.areGood && symbol <= OUT_OF_BAND_SYMBOL)) return false;
      dfa.symbols[at] = symbol;
    }
    dfa.rows[state + 1] = end;
  }
  return at === dfa.symbols.length && reader.isAtEnd();
}

/** Targets as distances from the highest so far. */
class TargetCode {
  /** Whether all targets that were decoded are states. */
  areGood = true;
  private highest = 1;
  private readonly stateCount: number;

  constructor(stateCount: number) {
    this.stateCount = stateCount;
  }

  encode(target: number): number {
    const distance = this.highest + 1 - target;
    this.highest = Math.max(this.highest, target);
    return distance >= 0 ? 2 * distance : -2 * distance - 1;
  }

  decode(code: number): number {
    const distance = code % 2 === 0 ? code / 2 : -(code + 1) / 2;
    const target = this.highest + 1 - distance;
    if (!(target >= 0 && target < this.stateCount)) this.areGood = false;
    this.highest = Math.max(this.highest, target);
    return target;
  }
}

class Writer {
  private bytes: Uint8Array;
  private length = HEADER;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
    this.bytes.set(MAGIC);
  }

  number(value: number): void {
    if (this.length + 8 > this.bytes.length) {
      const bytes = new Uint8Array(2 * this.bytes.length + 8);
      bytes.set(this.bytes);
      this.bytes = bytes;
    }
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) {
      this.bytes[this.length] = (rest % 128) | 0x80;
      this.length += 1;
    }
    this.bytes[this.length] = rest;
    this.length += 1;
  }

  finish(): Uint8Array {
    return seal(this.bytes.slice(0, this.length));
  }
}

/** Puts the check into bytes that have a header. */
export function seal(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [low, high] = check(bytes);
  view.setUint32(4, low, true);
  view.setUint32(8, high, true);
  return bytes;
}

/** Reads numbers; past the end, or for longer ones, NaN, so conditions on them are written to fail for NaN. */
class Reader {
  private readonly bytes: Uint8Array;
  private at = HEADER;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  number(): number {
    let value = 0;
    for (let unit = 1; unit <= 2 ** 28; unit *= 128) {
      const byte = this.bytes[this.at];
      if (byte === undefined) return Number.NaN;
      this.at += 1;
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
    }
    return Number.NaN;
  }

  isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }
}

/** Two independent 32-bit hashes of what follows the header. They guard against accidents, not against a forger. */
function check(bytes: Uint8Array): readonly [number, number] {
  let low = bytes.length;
  let high = ~bytes.length;
  for (let at = HEADER; at < bytes.length; at += 1) {
    low = fold(low, bytes[at]!);
    high = Math.imul(high ^ bytes[at]!, 0x01000193);
  }
  return [low >>> 0, high >>> 0];
}

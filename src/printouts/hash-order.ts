/**
 * The order in which apparmor_parser 5.0.2 prints variables. It keeps them in GNU libstdc++'s `unordered_map`, which hands them
 * out from its newest bucket to its oldest and, inside a bucket, from the newest entry to the oldest. The hash is MurmurHash64A
 * with libstdc++'s seed, buckets are counted by its primes, and a table that has become too small is filled again from its own
 * order. Checked against the 84 variables of Debian's tunables, and sets and redefinitions of any size (the differential test).
 */
import { encodeBytes } from "../foundation/text/index.ts";
import type { VariableList } from "../language/resolve/index.ts";

const MULTIPLIER = 0xc6a4a7935bd1e995n;
const SEED = 0xc70f6907n;

const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);
const mix = (value: bigint): bigint => value ^ (value >> 47n);

function little(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function hash(name: string): bigint {
  const bytes = encodeBytes(name);
  const whole = bytes.length & ~7;
  let value = SEED ^ wrap(BigInt(bytes.length) * MULTIPLIER);
  for (let at = 0; at < whole; at += 8) {
    const block = wrap(mix(wrap(little(bytes.subarray(at, at + 8)) * MULTIPLIER)) * MULTIPLIER);
    value = wrap((value ^ block) * MULTIPLIER);
  }
  if (whole < bytes.length) value = wrap((value ^ little(bytes.subarray(whole))) * MULTIPLIER);
  return mix(wrap(mix(value) * MULTIPLIER));
}

/** Each is libstdc++'s next one that is at least twice the one before. */
const BUCKETS = [
  13, 29, 59, 127, 257, 541, 1109, 2357, 5087, 10_273, 20_753, 42_043, 85_229, 172_933, 351_061, 712_697, 1_447_153,
];

/** Buckets with their entries, both from oldest to newest. */
type Table = Map<bigint, Set<string>>;

/** Names in the order of the table. */
const listed = (table: Table): readonly string[] =>
  [...table.values()].toReversed().flatMap((names) => [...names].toReversed());

/** The order of names after these definitions; a name that comes again was taken out and put in anew. */
export function hashOrder(definitions: VariableList["definitions"]): readonly string[] {
  const hashes = new Map<string, bigint>();
  for (const { name } of definitions) if (!hashes.has(name)) hashes.set(name, hash(name));
  let table: Table = new Map();
  let size = 0;
  let count = 1n;
  const add = (name: string): void => {
    const bucket = (hashes.get(name) ?? 0n) % count;
    const names = table.get(bucket);
    if (names === undefined) table.set(bucket, new Set([name]));
    else names.add(name);
  };
  const remove = (name: string): boolean => {
    const bucket = (hashes.get(name) ?? 0n) % count;
    const names = table.get(bucket);
    if (names?.delete(name) !== true) return false;
    if (names.size === 0) table.delete(bucket);
    return true;
  };
  for (const { gone, name } of definitions) {
    if (remove(name)) size -= 1;
    if (gone) continue;
    size += 1;
    if (size > (count === 1n ? 0 : Number(count))) {
      const names = listed(table);
      count = BigInt(BUCKETS.find((prime) => prime > Number(count)) ?? count);
      table = new Map();
      for (const one of names) add(one);
    }
    add(name);
  }
  return listed(table);
}

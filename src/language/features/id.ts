import { encodeBytes } from "../../foundation/text/index.ts";

const SEED = 5381;

/**
 * The id of a feature text: MurmurHash3 (x86, 32 bit) with seed 5381 over its bytes, eight hex digits. It names cache
 * directories (confinement-api 7).
 */
export function featureId(text: string): string {
  return murmur3(encodeBytes(text), SEED).toString(16).padStart(8, "0");
}

function murmur3(bytes: Uint8Array, seed: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks = bytes.length >> 2;
  let hash = seed;
  for (let i = 0; i < blocks; i += 1) {
    hash ^= scramble(view.getUint32(i * 4, true));
    hash = Math.imul(rotate(hash, 13), 5) + 0xe6546b64;
  }
  let tail = 0;
  for (let i = bytes.length - 1; i >= blocks * 4; i -= 1) tail = (tail << 8) | (bytes[i] ?? 0);
  hash ^= scramble(tail) ^ bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function scramble(block: number): number {
  return Math.imul(rotate(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593);
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

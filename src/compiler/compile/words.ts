/**
 * Permission words while compiling (compile-semantics 3.0).
 *
 * File word: two halves, the owner's at bit 0 and the others' at bit 14, and two shared bits.
 *
 *     31 change_profile   30 onexec   ...   20-14 other: m k l a r w x   ...   6-0 owner: m k l a r w x
 *
 * Exec types are not in the word; a rule has one exec type for every half whose x is set. Words are signed or unsigned 32 bit
 * alike in here; what leaves is unsigned.
 *
 * Policydb word: 7 plain bits, 7 bits at 14 that the kernel moves elsewhere, bit 28 "continue matching".
 */

export const OTHER_SHIFT = 14;
export const HALF = 0x7f;
export const X = 0x1;
export const LINK = 0x10;
/** In the second entry of a link pair: the target must allow at least as much. */
export const SUBSET = 0x20;
export const MMAP = 0x40;
export const X_BITS = X | (X << OTHER_SHIFT);
export const BOTH_LINK = LINK | (LINK << OTHER_SHIFT);
export const ONEXEC = 0x40000000;
export const CHANGE_PROFILE = 0x80000000;
/** The bits that can be audited and quieted. */
export const AUDITABLE = 0x1fc07f;

/** The word with `half` in both halves. */
export function bothHalves(half: number): number {
  return half | (half << OTHER_SHIFT);
}

/** Network and mqueue permissions, packed; names of policy-language 2.6.2, 2.6.9. */
export const packedPermission: Readonly<Record<string, number>> = {
  send: 0x2,
  write: 0x2,
  receive: 0x4,
  read: 0x4,
  create: 0x10,
  shutdown: 0x20,
  delete: 0x20,
  connect: 0x40,
  open: 0x40,
  setattr: 0x4000,
  getattr: 0x8000,
  accept: 0x10000,
  bind: 0x20000,
  listen: 0x40000,
  setopt: 0x80000,
  getopt: 0x100000,
};

export const ALL_NETWORK = 0x1fc076;
export const ALL_MQUEUE = 0xc076;
/** More of the input decides. */
export const CONTINUE = 0x10000000;
/** Of a packet that is sent: the interface has been read, or there is none yet. */
export const INTERFACE = 0x80000000;

/** The packed word of permission names; `undefined` (none written): `all`. */
export function packedWord(names: readonly string[] | undefined, all: number): number {
  if (names === undefined) return all;
  return names.reduce((word, name) => word | (packedPermission[name] ?? 0), 0);
}

/** File bits of one half as the kernel holds them inside (kernel-abi 7.3). */
export function unpackFileHalf(half: number): number {
  let word = half & 0xf;
  if ((half & 0x04) !== 0) word |= 0x240;
  if ((half & 0x02) !== 0) word |= 0x3170;
  if ((half & LINK) !== 0) word |= 0x40000;
  if ((half & 0x20) !== 0) word |= 0x8000;
  if ((half & MMAP) !== 0) word |= 0x10000;
  return word;
}

/** Policydb bits as the kernel holds them inside (kernel-abi 7.4). */
export function unpackPolicydb(word: number): number {
  const moved = (word >>> OTHER_SHIFT) & HALF;
  const continued = (word & INTERFACE) | ((word & CONTINUE) !== 0 ? 0x08000000 : 0);
  const bits = (word & HALF) | ((moved & 0x03) << 8) | ((moved & 0x1c) << 18) | ((moved & 0x60) << 19);
  return (bits | continued) >>> 0;
}

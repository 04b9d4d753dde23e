/**
 * Permission bits as the old encoding packs them (kernel-abi 7.2), which the compiler uses as its own until tables are made
 * (compile-semantics 3.0): they are the smallest form in which the rules of both kinds of kernel say the same.
 *
 * File rules: two halves, one for the owner of an object and one for others, and two shared bits.
 *
 *     31 change_profile | 30 onexec | 29..28 - | 27..14 other | 13..0 owner
 *     a half            13..7 exec type (exec.ts) | 6 m | 5 k | 4 l | 3 a | 2 r | 1 w | 0 x
 *     its accept2       27..21 quiet, other | 20..14 audit, other | 13..7 quiet, owner | 6..0 audit, owner
 *
 * Directories have no bits of their own: a path that ends in a slash is one (kernel-abi 8.3), so `audit /dir/ r` sets the audit bits that a file has.
 * While rules are compiled the exec type is not in the bits but beside them: a rule has one for every half whose x is set.
 *
 * Policydb rules: 7 plain bits, 7 bits at 14 that the kernel moves elsewhere, and two marks.
 *
 *     31 interface | 28 continue | 20..14 moved: 25 24 22 21 20 9 8 | 6..0 as they are
 *     accept2      27..21 quiet, moved | 20..14 audit, moved | 13..7 quiet | 6..0 audit
 *
 * Numbers are signed or unsigned 32 bit alike while compiling; what leaves is unsigned.
 */
import { ALL_OF_WRITE, MAY_CONTINUE, MAY_LINK, MAY_LOCK, MAY_MAP, OPEN_FOR_READ } from "./kernel-bits.ts";

export const OTHER_SHIFT = 14;
export const HALF = 0x7f;
export const X = 0x1;
export const LINK = 0x10;
/** In the second entry of a link pair: the target must allow at least as much. Elsewhere the same bit is k. */
export const SUBSET = 0x20;
export const MMAP = 0x40;
export const X_BITS = X | (X << OTHER_SHIFT);
export const BOTH_LINK = LINK | (LINK << OTHER_SHIFT);
export const ONEXEC = 0x40000000;
export const CHANGE_PROFILE = 0x80000000;
/** The bits that can be audited and quieted. */
export const AUDITABLE = HALF | (HALF << OTHER_SHIFT);
/** Where the quiet bits of accept2 begin, above the audit bits. */
export const QUIET_SHIFT = 7;

/** `half` for the owner and for others. */
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

/** The packed bits of permission names; `undefined` (none written): `all`. */
export function packedBits(names: readonly string[] | undefined, all: number): number {
  if (names === undefined) return all;
  return names.reduce((bits, name) => bits | (packedPermission[name] ?? 0), 0);
}

/** What the seven low bits of a half grant (kernel-abi 7.3). */
export function unpackFileHalf(half: number): number {
  let bits = half & 0xf;
  if ((half & 0x04) !== 0) bits |= OPEN_FOR_READ;
  if ((half & 0x02) !== 0) bits |= ALL_OF_WRITE;
  if ((half & LINK) !== 0) bits |= MAY_LINK;
  if ((half & SUBSET) !== 0) bits |= MAY_LOCK;
  if ((half & MMAP) !== 0) bits |= MAY_MAP;
  return bits;
}

/** The fourteen bits of a policydb rule where the kernel puts them (kernel-abi 7.4). */
export function unpackPolicydbBits(packed: number): number {
  const moved = (packed >>> OTHER_SHIFT) & HALF;
  return ((packed & HALF) | ((moved & 0x03) << 8) | ((moved & 0x1c) << 18) | ((moved & 0x60) << 19)) >>> 0;
}

/** The same with the two marks. */
export function unpackPolicydb(packed: number): number {
  const marks = (packed & INTERFACE) | ((packed & CONTINUE) === 0 ? 0 : MAY_CONTINUE);
  return (unpackPolicydbBits(packed) | marks) >>> 0;
}

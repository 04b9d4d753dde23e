/**
 * Exec transitions: what the x of a file rule means, and its two encodings.
 *
 *     packed, of a half (kernel-abi 7.2)    13..10 target | 9 inherit | 8 unsafe | 7 unconfined
 *         target: 0 none | 1 unconfined | 2 profile | 3 child | 4 + place in the list of names
 *
 *     xindex (kernel-abi 7.5)    31 unconfined | 30 inherit | 29 child | 28 unsafe | 27..26 type | 23..0 place in the list
 *         type: 0 none | 1 by the name of the program | 2 from the list
 */
export interface ExecType {
  readonly unsafe: boolean;
  /** `ix`, or falls back to it. */
  readonly inherit: boolean;
  /** Falls back to unconfined. */
  readonly unconfined: boolean;
  readonly target: "none" | "unconfined" | "profile" | "child" | "named";
  /** What the kernel's table holds, only with `named`. */
  readonly name: string;
}

export const XINDEX_INDEX = 0x00ffffff;
export const XINDEX_TYPE = 0x0c000000;
export const XINDEX_NAME = 0x04000000;
export const XINDEX_TABLE = 0x08000000;
export const XINDEX_UNSAFE = 0x10000000;
export const XINDEX_CHILD = 0x20000000;
export const XINDEX_INHERIT = 0x40000000;
export const XINDEX_UNCONFINED = 0x80000000;

const UNCONFINED = 0x80;
const UNSAFE = 0x100;
const INHERIT = 0x200;
const TARGET_SHIFT = 10;
const FIRST_NAME = 4;

/** Names that the four bits of a packed target can distinguish. */
export const MOST_PACKED_NAMES = 12;

/** Bits 7 to 13 of a packed half. `index`: of the name in the profile's list. */
export function packExec(type: ExecType, index: number): number {
  const flags = (type.unconfined ? UNCONFINED : 0) | (type.unsafe ? UNSAFE : 0) | (type.inherit ? INHERIT : 0);
  const target = { none: 0, unconfined: 1, profile: 2, child: 3, named: FIRST_NAME + index }[type.target];
  return flags | (target << TARGET_SHIFT);
}

/** The xindex of an exec type. `index`: of the name in the profile's list. */
export function execIndex(type: ExecType, index: number): number {
  const flags =
    (type.unsafe ? XINDEX_UNSAFE : 0) | (type.inherit ? XINDEX_INHERIT : 0) | (type.unconfined ? XINDEX_UNCONFINED : 0);
  const target = {
    none: 0,
    unconfined: XINDEX_UNCONFINED,
    profile: XINDEX_NAME,
    child: XINDEX_NAME | XINDEX_CHILD,
    named: XINDEX_TABLE | index,
  };
  return (flags | target[type.target]) >>> 0;
}

/** The xindex of a packed half, read as a kernel reads it: bits above the half are ignored. */
export function unpackExec(half: number): number {
  let xindex = 0;
  if ((half & UNSAFE) !== 0) xindex |= XINDEX_UNSAFE;
  if ((half & INHERIT) !== 0) xindex |= XINDEX_INHERIT;
  if ((half & UNCONFINED) !== 0) xindex |= XINDEX_UNCONFINED;
  const target = (half >>> TARGET_SHIFT) & 0xf;
  if (target === 1) xindex |= XINDEX_UNCONFINED;
  if (target === 2) xindex |= XINDEX_NAME;
  if (target === 3) xindex |= XINDEX_NAME | XINDEX_CHILD;
  if (target >= FIRST_NAME) xindex |= XINDEX_TABLE | (target - FIRST_NAME);
  return xindex >>> 0;
}

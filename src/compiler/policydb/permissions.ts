/**
 * What the words of a state mean (kernel-abi 7.1-7.5). The old encoding packs the permissions of a state into two words; the
 * kernel, and the compiler when it writes a table, unpack both by the same mapping. Here every encoding becomes a
 * `CompiledPermissionEntry`.
 *
 *     file word       31 change_profile | 30 onexec | 27..14 other | 13..0 owner
 *     a half          13..10 target | 9 inherit | 8 unsafe | 7 unconfined | 6 m | 5 k | 4 l | 3 a | 2 r | 1 w | 0 x
 *     second word     27..21 quiet, other | 20..14 audit, other | 13..7 quiet, owner | 6..0 audit, owner
 */
import type { CompiledAutomaton, CompiledPermissionEntry } from "../compiled/index.ts";
import { acceptWords } from "./outputs.ts";

export const XINDEX_INDEX = 0x00ffffff;
export const XINDEX_TYPE = 0x0c000000;
export const XINDEX_NAME = 0x04000000;
export const XINDEX_TABLE = 0x08000000;
export const XINDEX_UNSAFE = 0x10000000;
export const XINDEX_CHILD = 0x20000000;
export const XINDEX_INHERIT = 0x40000000;
export const XINDEX_UNCONFINED = 0x80000000;

const GETATTR = 0x200;
const LOCK = 0x8000;
const OPEN_FOR_READ = 0x240;
const ALL_OF_WRITE = 0x3170;
const LINK = 0x40000;
const MMAP = 0x10000;
const ONEXEC = 0x20000000;
const CHANGE_PROFILE = 0x40000000;
const CONTINUE = 0x08000000;
const PACKED_CONTINUE = 0x10000000;

/** Nothing allowed, nothing said. */
export const noPermissions: CompiledPermissionEntry = {
  allow: 0,
  deny: 0,
  subtree: 0,
  cond: 0,
  kill: 0,
  complain: 0,
  prompt: 0,
  audit: 0,
  quiet: 0,
  hide: 0,
  xindex: 0,
  tag: 0,
  label: 0,
};

/** The fourteen words of an entry; the first is reserved. */
export function wordsOf(entry: CompiledPermissionEntry): readonly number[] {
  const { allow, deny, subtree, cond, kill, complain, prompt, audit, quiet, hide, xindex, tag, label } = entry;
  return [0, allow, deny, subtree, cond, kill, complain, prompt, audit, quiet, hide, xindex, tag, label];
}

/** What the seven low bits of a half grant. */
export function fileBits(half: number): number {
  let bits = half & 0xf;
  if ((half & 0x04) !== 0) bits |= OPEN_FOR_READ;
  if ((half & 0x02) !== 0) bits |= ALL_OF_WRITE;
  if ((half & 0x10) !== 0) bits |= LINK;
  if ((half & 0x20) !== 0) bits |= LOCK;
  if ((half & 0x40) !== 0) bits |= MMAP;
  return bits;
}

/** The exec transition a half asks for, in the layout of a table of permissions. */
export function execWord(half: number): number {
  let word = 0;
  if ((half & 0x100) !== 0) word |= XINDEX_UNSAFE;
  if ((half & 0x200) !== 0) word |= XINDEX_INHERIT;
  if ((half & 0x80) !== 0) word |= XINDEX_UNCONFINED;
  const target = (half >>> 10) & 0xf;
  if (target === 1) word |= XINDEX_UNCONFINED;
  if (target === 2) word |= XINDEX_NAME;
  if (target === 3) word |= XINDEX_NAME | XINDEX_CHILD;
  if (target >= 4) word |= XINDEX_TABLE | (target - 4);
  return word >>> 0;
}

/** A packed file word and its second word, for the owner of the object or for others. */
export function unpackFile(accept: number, accept2: number, isOwner: boolean): CompiledPermissionEntry {
  const half = isOwner ? accept : accept >>> 14;
  const second = isOwner ? accept2 : accept2 >>> 14;
  let allow = fileBits(half) | GETATTR;
  if ((accept & 0x80000000) !== 0) allow |= CHANGE_PROFILE;
  if ((accept & 0x40000000) !== 0) allow |= ONEXEC;
  return {
    ...noPermissions,
    allow: allow >>> 0,
    audit: fileBits(second & 0x7f),
    quiet: fileBits((second >>> 7) & 0x7f),
    xindex: execWord(half),
  };
}

/** The seven bits at 14 of a packed policydb word, where they belong. */
function otherBits(bits: number): number {
  return ((bits & 0x03) << 8) | ((bits & 0x1c) << 18) | ((bits & 0x60) << 19);
}

function policyBits(word: number): number {
  return ((word & 0x7f) | otherBits((word >>> 14) & 0x7f)) >>> 0;
}

/**
 * A packed policydb word as the reference compiler puts it into a table: the lock bit, which means nothing there, is left out and "continue
 * matching" is kept.
 */
export function unpackPolicy(accept: number, accept2: number): CompiledPermissionEntry {
  const rest = (accept & 0x80000000) | ((accept & PACKED_CONTINUE) === 0 ? 0 : CONTINUE);
  const allow = (policyBits(accept) | rest) >>> 0;
  return { ...noPermissions, allow, audit: policyBits(accept2), quiet: policyBits(accept2 >>> 7) };
}

/** A packed word of an attachment: bit 0 is "attaches". */
export function unpackAttachment(accept: number): CompiledPermissionEntry {
  return { ...noPermissions, allow: ((accept & 0x7f) | (accept & 0x80000000)) >>> 0 };
}

/** Which automaton a state belongs to, and for the file automaton who asks. */
export type PermissionView = "owner" | "other" | "policydb" | "xmatch";

/** The permissions of a state, whatever the encoding; what the table does not have is nothing. */
export function permissionsOf(
  automaton: CompiledAutomaton,
  state: number,
  view: PermissionView,
): CompiledPermissionEntry {
  const [accept, accept2] = acceptWords(automaton, state);
  const { permissions } = automaton;
  if (permissions.kind === "packed") {
    if (view === "policydb") return unpackPolicy(accept, accept2);
    return view === "xmatch" ? unpackAttachment(accept) : unpackFile(accept, accept2, view === "owner");
  }
  const isPair = (permissions.version ?? 0) >= 3 && (accept2 & 1) !== 0;
  return permissions.entries[isPair && view === "other" ? accept + 1 : accept] ?? noPermissions;
}

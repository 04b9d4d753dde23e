/**
 * Building blocks of patterns: what rules put around the operands people write. A pattern is a tree of the globs module, so that
 * operands and our own pieces are one thing; `negated` says that a set counts as inexact (compile-semantics 2.5).
 */
import { type ByteSet, type GlobNode } from "../../language/globs/index.ts";

/** A set of bytes from a claim about each. */
export function byteSet(has: (byte: number) => boolean): ByteSet {
  const set = new Uint32Array(8);
  for (let byte = 0; byte < 256; byte += 1) {
    if (has(byte)) set[byte >> 5] = ((set[byte >> 5] ?? 0) | (1 << (byte & 31))) >>> 0;
  }
  return set;
}

const everything = byteSet(() => true);
const noNul = byteSet((byte) => byte !== 0);
const noSlash = byteSet((byte) => byte !== 0x2f);
const noNulNoSlash = byteSet((byte) => byte !== 0 && byte !== 0x2f);

/** These bytes. */
export function bytes(...values: readonly number[]): GlobNode {
  return { kind: "literal", bytes: Uint8Array.from(values) };
}

/** Two bytes, high one first. */
export function word16(value: number): GlobNode {
  return bytes((value >> 8) & 0xff, value & 0xff);
}

export function sequence(...parts: readonly GlobNode[]): GlobNode {
  return { kind: "sequence", parts };
}

export function alternative(...branches: readonly GlobNode[]): GlobNode {
  const only = branches.length === 1 ? branches[0] : undefined;
  return only ?? { kind: "alternative", branches };
}

/** One of the bytes `first` to `last`; exact, as every positive class is. */
export function byteRange(first: number, last: number): GlobNode {
  if (first === last) return bytes(first);
  return { kind: "set", set: byteSet((byte) => byte >= first && byte <= last), negated: false };
}

/** One of these bytes. */
export function oneOf(values: readonly number[]): GlobNode {
  return { kind: "set", set: byteSet((byte) => values.includes(byte)), negated: false };
}

/** The node or nothing. */
export function optional(node: GlobNode): GlobNode {
  return alternative(node, nothing);
}

export const nothing: GlobNode = bytes();
export const nul: GlobNode = bytes(0);
/** `.`: any byte, also NUL. */
export const anyByte: GlobNode = { kind: "set", set: everything, negated: true };
/** `..`: any two bytes. */
export const anyWord: GlobNode = sequence(anyByte, anyByte);
/** `.*` */
export const anyBytes: GlobNode = { kind: "star", set: everything, negated: true };
/** ANY: any text, may be empty. */
export const anyText: GlobNode = { kind: "star", set: noNul, negated: true };
/** SOME: any text that is not empty. */
export const someText: GlobNode = sequence({ kind: "set", set: noNul, negated: true }, anyText);
/** `/[^/\0][^\0]*`: any path but the root. */
export const anyPath: GlobNode = sequence(bytes(0x2f), { kind: "set", set: noNulNoSlash, negated: true }, anyText);
/** `/[^/].*`: the target of a link that names none. */
export const anyLinkTarget: GlobNode = sequence(bytes(0x2f), { kind: "set", set: noSlash, negated: true }, anyBytes);

const exactness = new WeakMap<GlobNode, boolean>();

/** Whether a pattern has no star, no any-byte and no negated class; alternation and positive classes are exact. */
export function isExact(node: GlobNode): boolean {
  const known = exactness.get(node);
  if (known !== undefined) return known;
  const exact = judgeExact(node);
  exactness.set(node, exact);
  return exact;
}

function judgeExact(node: GlobNode): boolean {
  switch (node.kind) {
    case "literal":
      return true;
    case "set":
      return !node.negated;
    case "star":
      return false;
    case "sequence":
      return node.parts.every(isExact);
    case "alternative":
      return node.branches.every(isExact);
  }
}

/** The length of the shortest input a pattern accepts: what the kernel gets as xmatch length (compile-semantics 7.2). */
export function shortestLength(node: GlobNode): number {
  switch (node.kind) {
    case "literal":
      return node.bytes.length;
    case "set":
      return 1;
    case "star":
      return 0;
    case "sequence":
      return node.parts.reduce((sum, part) => sum + shortestLength(part), 0);
    case "alternative":
      return Math.min(...node.branches.map(shortestLength));
  }
}

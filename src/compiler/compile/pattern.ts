/**
 * Building blocks of patterns: what rules put around the operands people write. A pattern is a tree of the globs module, so that
 * operands and our own pieces are one thing. A negated set is the bytes that are not listed, and makes a pattern inexact.
 */
import { type ByteSet, type GlobNode } from "../../language/globs/index.ts";

/** A set of bytes from a claim about each. */
function byteSet(has: (byte: number) => boolean): ByteSet {
  const set = new Uint32Array(8);
  for (let byte = 0; byte < 256; byte += 1) {
    if (has(byte)) set[byte >> 5] = ((set[byte >> 5] ?? 0) | (1 << (byte & 31))) >>> 0;
  }
  return set;
}

const SLASH = 0x2f;
const noBytes = byteSet(() => false);
const nulByte = byteSet((byte) => byte === 0);
const slashByte = byteSet((byte) => byte === SLASH);
const nulOrSlash = byteSet((byte) => byte === 0 || byte === SLASH);

/** These bytes. */
export function bytes(...values: readonly number[]): GlobNode {
  return { kind: "literal", bytes: Uint8Array.from(values) };
}

/** Two bytes, high one first. */
export function uint16(value: number): GlobNode {
  return bytes((value >> 8) & 0xff, value & 0xff);
}

export function sequence(...parts: readonly GlobNode[]): GlobNode {
  return { kind: "sequence", parts };
}

export function alternative(branches: readonly GlobNode[]): GlobNode {
  const only = branches.length === 1 ? branches[0] : undefined;
  return only ?? { kind: "alternative", branches };
}

/** One of the bytes `first` to `last`; exact, as every positive class is, unless it is any byte. */
export function byteRange(first: number, last: number): GlobNode {
  if (first === 0 && last === 0xff) return anyByte;
  return { kind: "set", set: byteSet((byte) => byte >= first && byte <= last), negated: false };
}

/** One of these bytes. */
export function oneOf(values: readonly number[]): GlobNode {
  return { kind: "set", set: byteSet((byte) => values.includes(byte)), negated: false };
}

/** The node or nothing. */
export function optional(node: GlobNode): GlobNode {
  return alternative([node, nothing]);
}

export const nothing: GlobNode = bytes();
export const nul: GlobNode = bytes(0);
/** `.`: any byte, also NUL. */
export const anyByte: GlobNode = { kind: "set", set: noBytes, negated: true };
/** `..`: any two bytes. */
export const anyUint16: GlobNode = sequence(anyByte, anyByte);
/** `.*` */
export const anyBytes: GlobNode = { kind: "star", set: noBytes, negated: true };
/** ANY: any text, may be empty. */
export const anyText: GlobNode = { kind: "star", set: nulByte, negated: true };
/** SOME: any text that is not empty. */
export const someText: GlobNode = sequence({ kind: "set", set: nulByte, negated: true }, anyText);
/** `/[^/\0][^\0]*`: any path but the root. */
export const anyPath: GlobNode = sequence(bytes(SLASH), { kind: "set", set: nulOrSlash, negated: true }, anyText);
/** `/[^/].*`: the target of a link that names none. */
export const anyLinkTarget: GlobNode = sequence(bytes(SLASH), { kind: "set", set: slashByte, negated: true }, anyBytes);

/** All inputs that begin with one of a pattern and a NUL. */
export function behindNul(pattern: GlobNode): GlobNode {
  return sequence(pattern, nul, anyBytes);
}

const complements = new WeakMap<ByteSet, ByteSet>();

/** The bytes a set node takes. */
export function effectiveSet({ negated, set }: Extract<GlobNode, { kind: "set" | "star" }>): ByteSet {
  if (!negated) return set;
  const known = complements.get(set);
  if (known !== undefined) return known;
  const complement = set.map((bits) => ~bits >>> 0);
  complements.set(set, complement);
  return complement;
}

import { hasByte } from "./expression-parser.ts";
import type { GlobNode } from "./tree.ts";

/** Whether a pattern is "exact": no star, no negated class, no `?` (compile-semantics 2.5). Alternatives may be exact. */
export function isExact(glob: GlobNode): boolean {
  switch (glob.kind) {
    case "literal":
      return true;
    case "set":
      return !glob.negated;
    case "star":
      return false;
    case "sequence":
      return glob.parts.every(isExact);
    case "alternative":
      return glob.branches.every(isExact);
  }
}

/** The length in bytes of the shortest input a pattern matches. Not the xmatch length, which ends at the first thing that varies (`leadLength`). */
export function minimalLength(glob: GlobNode): number {
  switch (glob.kind) {
    case "literal":
      return glob.bytes.length;
    case "set":
      return 1;
    case "star":
      return 0;
    case "sequence":
      return glob.parts.reduce((sum, part) => sum + minimalLength(part), 0);
    case "alternative":
      return glob.branches.reduce((least, branch) => Math.min(least, minimalLength(branch)), Infinity);
  }
}

/** Whether the pattern matches all of `bytes`. Cost: O(nodes × length); for tests and single questions, not for policies. */
export function matches(glob: GlobNode, bytes: Uint8Array): boolean {
  const start = new Uint8Array(bytes.length + 1);
  start[0] = 1;
  return reach(glob, bytes, start)[bytes.length] === 1;
}

/** Where a match may end (1 at each offset) when it may start at the offsets of `from`. */
function reach(glob: GlobNode, bytes: Uint8Array, from: Uint8Array): Uint8Array {
  switch (glob.kind) {
    case "sequence":
      return glob.parts.reduce((at, part) => reach(part, bytes, at), from);
    case "alternative": {
      const to = new Uint8Array(from.length);
      for (const branch of glob.branches) {
        const ends = reach(branch, bytes, from);
        for (let at = 0; at < to.length; at += 1) to[at] = (to[at] ?? 0) | (ends[at] ?? 0);
      }
      return to;
    }
    case "literal":
      return reachLiteral(glob.bytes, bytes, from);
    case "set":
    case "star":
      return reachSet(glob, bytes, from);
  }
}

function reachLiteral(literal: Uint8Array, bytes: Uint8Array, from: Uint8Array): Uint8Array {
  const to = new Uint8Array(from.length);
  for (let at = 0; at + literal.length < from.length; at += 1) {
    if (from[at] === 1 && literal.every((byte, i) => bytes[at + i] === byte)) to[at + literal.length] = 1;
  }
  return to;
}

function reachSet(
  glob: Extract<GlobNode, { readonly kind: "set" | "star" }>,
  bytes: Uint8Array,
  from: Uint8Array,
): Uint8Array {
  const star = glob.kind === "star";
  const to = star ? from.slice() : new Uint8Array(from.length);
  for (let at = 0; at + 1 < from.length; at += 1) {
    const live = star ? to[at] === 1 : from[at] === 1;
    if (live && hasByte(glob.set, bytes[at] ?? 0) !== glob.negated) to[at + 1] = 1;
  }
  return to;
}

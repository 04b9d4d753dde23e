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

/** Whether the pattern matches all of `bytes`. Cost: O(nodes × length), and little where few offsets are left; for tests and single questions, not for policies. */
export function matches(glob: GlobNode, bytes: Uint8Array): boolean {
  return reach(glob, bytes, [0]).at(-1) === bytes.length;
}

/** Where a match may end, ascending, when it may start at the offsets of `from`, ascending. */
function reach(glob: GlobNode, bytes: Uint8Array, from: readonly number[]): readonly number[] {
  if (from.length === 0) return from;
  switch (glob.kind) {
    case "sequence":
      return glob.parts.reduce((at, part) => reach(part, bytes, at), from);
    case "alternative":
      return joined(glob.branches.map((branch) => reach(branch, bytes, from)));
    case "literal":
      return behindLiteral(glob.bytes, bytes, from);
    case "set":
      return from.flatMap((at) => (isIn(glob, bytes[at]) ? [at + 1] : []));
    case "star":
      return alongStar(glob, bytes, from);
  }
}

function joined(lists: readonly (readonly number[])[]): readonly number[] {
  const filled = lists.filter(({ length }) => length > 0);
  if (filled.length < 2) return filled[0] ?? [];
  return [...new Set(filled.flat())].toSorted((a, b) => a - b);
}

function behindLiteral(literal: Uint8Array, bytes: Uint8Array, from: readonly number[]): readonly number[] {
  const to: number[] = [];
  for (const start of from) {
    let at = 0;
    while (at < literal.length && bytes[start + at] === literal[at]) at += 1;
    if (at === literal.length) to.push(start + at);
  }
  return to;
}

type Class = Extract<GlobNode, { readonly kind: "set" | "star" }>;

function isIn({ set, negated }: Class, byte: number | undefined): boolean {
  return byte !== undefined && hasByte(set, byte) !== negated;
}

function alongStar(star: Class, bytes: Uint8Array, from: readonly number[]): readonly number[] {
  const to: number[] = [];
  let last = -1;
  for (const start of from) {
    // what begins inside of a run ends where the run does
    if (start <= last) continue;
    last = start;
    to.push(last);
    while (isIn(star, bytes[last])) to.push((last += 1));
  }
  return to;
}

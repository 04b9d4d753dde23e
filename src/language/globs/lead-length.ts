/**
 * The xmatch length of an attachment (compile-semantics 7.2), which compiled policy carries and by which a kernel chooses between
 * profiles: the length in bytes of the shortest input up to and with the first thing that varies (star, any byte, negated
 * class); what comes behind does not count.
 *
 * What all branches of an alternative end in stands behind the alternative: `/{bin.d,opt*.d}` is `/{bin,opt*}.d`, whose
 * shortest input up to something that varies is `/bin`.
 */
import { isExact } from "./questions.ts";
import type { GlobNode } from "./tree.ts";

/** A literal byte, or any other node that is no sequence. Equal keys: the same pattern, but for the order of alternatives. */
interface Element {
  readonly key: string;
  readonly length: number;
  readonly isExact: boolean;
  /** Of an alternative. */
  readonly branches?: readonly Branch[];
}

type Branch = readonly Element[];

export function leadLength(node: GlobNode): number {
  return branchLength(elements(node));
}

function elements(node: GlobNode): Branch {
  switch (node.kind) {
    case "literal":
      return Array.from(node.bytes, (byte) => ({ key: String(byte), length: 1, isExact: true }));
    case "sequence":
      return node.parts.flatMap(elements);
    case "alternative":
      return factor(node.branches.map(elements));
    case "set":
    case "star":
      return [{ key: spell(node), length: node.kind === "set" ? 1 : 0, isExact: isExact(node) }];
  }
}

/** Equal for nodes that match the same, however their sets are written. */
function spell({ kind, set, negated }: Extract<GlobNode, { kind: "set" | "star" }>): string {
  const bits = negated ? set.map((part) => ~part >>> 0) : set;
  return `${kind} ${bits.join()}`;
}

/** An alternative of these branches, and what all end in behind it; within it, what several end in behind an alternative of these. */
function factor(given: readonly Branch[]): Branch {
  const merged = groupByEnd(given.flatMap(flatten)).map(mergeGroup);
  const [only] = merged;
  if (only !== undefined && merged.length === 1) return only;
  const keys = merged.map((branch) => branch.map(({ key }) => key).join("."));
  const length = merged.reduce((least, branch) => Math.min(least, branchLength(branch)), Infinity);
  const exact = merged.every((branch) => branch.every((element) => element.isExact));
  return [{ key: `{${keys.toSorted().join()}}`, length, isExact: exact, branches: merged }];
}

/** A branch that is an alternative and nothing else adds its branches to the others. */
function flatten(branch: Branch): readonly Branch[] {
  const inner = branch.length === 1 ? branch[0]?.branches : undefined;
  return inner === undefined ? [branch] : inner.flatMap(flatten);
}

function groupByEnd(branches: readonly Branch[]): readonly (readonly Branch[])[] {
  const groups = new Map<string | undefined, Branch[]>();
  for (const branch of branches) {
    const end = branch.at(-1)?.key;
    const group = groups.get(end);
    if (group === undefined) groups.set(end, [branch]);
    else group.push(branch);
  }
  return [...groups.values()];
}

function mergeGroup(group: readonly Branch[]): Branch {
  const [only = []] = group;
  if (group.length === 1 || only.length === 0) return only;
  const shared = sharedEnd(group);
  const before = group.map((branch) => branch.slice(0, branch.length - shared));
  return [...factor(before), ...only.slice(only.length - shared)];
}

function sharedEnd(group: readonly Branch[]): number {
  const least = group.reduce((length, branch) => Math.min(length, branch.length), Infinity);
  const differs = (at: number): boolean => group.some((branch) => branch.at(-at)?.key !== group[0]?.at(-at)?.key);
  let shared = 0;
  while (shared < least && !differs(shared + 1)) shared += 1;
  return shared;
}

function branchLength(branch: Branch): number {
  const varying = branch.findIndex((element) => !element.isExact);
  const lead = varying < 0 ? branch : branch.slice(0, varying + 1);
  return lead.reduce((sum, { length }) => sum + length, 0);
}

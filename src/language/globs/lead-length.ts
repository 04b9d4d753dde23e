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

/** The elements before `end`: what branches end in alike is cut off without a copy of each. */
interface Branch {
  readonly elements: readonly Element[];
  readonly end: number;
}

/** An attachment may be some 100,000 values of a variable, most of them of the same few bytes. */
const literalBytes: readonly Element[] = Array.from({ length: 256 }, (_, byte) => literalByte(byte));

function literalByte(byte: number): Element {
  return { key: String(byte), length: 1, isExact: true };
}

export function leadLength(node: GlobNode): number {
  return branchLength(new Factoring().elements(node));
}

/**
 * A function that gives keys of patterns: equal for those that are written alike but for the order of alternatives, the brackets of sets and what
 * branches end in alike. Keys of one function compare, those of two do not.
 */
export function patternKeys(): (node: GlobNode) => string {
  const factoring = new Factoring();
  return (node) => branchKey(factoring.elements(node));
}

/** Equal for nodes that match the same, however their sets are written. */
function spell({ kind, set, negated }: Extract<GlobNode, { kind: "set" | "star" }>): string {
  const bits = negated ? set.map((part) => ~part >>> 0) : set;
  return `${kind} ${bits.join()}`;
}

class Factoring {
  /** Numbers of alternatives by the keys of their branches: keys within keys would be as long as the whole, on each level. */
  readonly #alternatives = new Map<string, number>();
  readonly #known = new Map<GlobNode, Element>();

  elements(node: GlobNode): Branch {
    const into: Element[] = [];
    this.#add(node, into);
    return { elements: into, end: into.length };
  }

  #add(node: GlobNode, into: Element[]): void {
    switch (node.kind) {
      case "literal":
        for (const byte of node.bytes) into.push(literalBytes[byte] ?? literalByte(byte));
        return;
      case "sequence":
        for (const part of node.parts) this.#add(part, into);
        return;
      case "alternative":
        for (const element of this.#factor(node.branches.map((branch) => this.elements(branch)))) into.push(element);
        return;
      case "set":
      case "star":
        into.push(this.#varying(node));
    }
  }

  #varying(node: Extract<GlobNode, { kind: "set" | "star" }>): Element {
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    const element = { key: spell(node), length: node.kind === "set" ? 1 : 0, isExact: isExact(node) };
    this.#known.set(node, element);
    return element;
  }

  /** An alternative of these branches, and what all end in behind it; within it, what several end in behind an alternative of these. */
  #factor(given: readonly Branch[]): readonly Element[] {
    const merged = groupByEnd(flattened(given)).map((group) => this.#merge(group));
    const [only] = merged;
    if (only !== undefined && merged.length === 1) return only.elements.slice(0, only.end);
    const key = this.#keyOf(merged);
    const length = merged.reduce((least, branch) => Math.min(least, branchLength(branch)), Infinity);
    const exact = merged.every((branch) => varyingAt(branch) < 0);
    return [{ key, length, isExact: exact, branches: merged }];
  }

  #merge(group: readonly Branch[]): Branch {
    const [only] = group;
    if (only === undefined) return { elements: [], end: 0 };
    if (group.length === 1 || only.end === 0) return only;
    const shared = sharedEnd(group, only);
    const before = group.map((branch) => ({ elements: branch.elements, end: branch.end - shared }));
    const joined = [...this.#factor(before), ...only.elements.slice(only.end - shared, only.end)];
    return { elements: joined, end: joined.length };
  }

  #keyOf(branches: readonly Branch[]): string {
    const written = branches.map(branchKey).toSorted().join();
    const number = this.#alternatives.get(written) ?? this.#alternatives.size;
    this.#alternatives.set(written, number);
    return `{${number}}`;
  }
}

function branchKey({ elements: all, end }: Branch): string {
  let key = "";
  for (let at = 0; at < end; at += 1) key += `${at === 0 ? "" : "."}${all[at]?.key}`;
  return key;
}

/** A branch that is an alternative and nothing else adds its branches to the others. */
function flattened(branches: readonly Branch[]): readonly Branch[] {
  const out: Branch[] = [];
  for (const branch of branches) {
    const inner = branch.end === 1 ? branch.elements[0]?.branches : undefined;
    if (inner === undefined) out.push(branch);
    else for (const one of flattened(inner)) out.push(one);
  }
  return out;
}

function groupByEnd(branches: readonly Branch[]): readonly (readonly Branch[])[] {
  const groups = new Map<string | undefined, Branch[]>();
  for (const branch of branches) {
    const end = fromEnd(branch, 1);
    const group = groups.get(end);
    if (group === undefined) groups.set(end, [branch]);
    else group.push(branch);
  }
  return [...groups.values()];
}

/** The key of the element that is so many before the end. */
function fromEnd({ elements: all, end }: Branch, distance: number): string | undefined {
  return all[end - distance]?.key;
}

function sharedEnd(group: readonly Branch[], first: Branch): number {
  const least = group.reduce((length, { end }) => Math.min(length, end), Infinity);
  let shared = 0;
  for (; shared < least; shared += 1) {
    const key = fromEnd(first, shared + 1);
    if (group.some((branch) => fromEnd(branch, shared + 1) !== key)) break;
  }
  return shared;
}

function varyingAt({ elements: all, end }: Branch): number {
  for (let at = 0; at < end; at += 1) if (all[at]?.isExact === false) return at;
  return -1;
}

function branchLength(branch: Branch): number {
  const varying = varyingAt(branch);
  const end = varying < 0 ? branch.end : varying + 1;
  let length = 0;
  for (let at = 0; at < end; at += 1) length += branch.elements[at]?.length ?? 0;
  return length;
}

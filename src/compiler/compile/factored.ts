/**
 * Patterns that begin alike as one term: `/srv/*.a`, `/srv/*.b` … are `/srv/*.` and then one of `a`, `b` …, whatever each of them does. What is
 * matched stays the same, and so does the automaton, which is minimal.
 *
 * COST: a star that may go on for ever is alive in every state behind it, with all that may follow it. Thousands of patterns with a star of their own
 * in front (`unix` rules of which only the peer is written) would have thousands of first steps in each of thousands of states.
 */
import type { GlobNode } from "../../language/globs/index.ts";
import type { Label, Term } from "../automata/index.ts";
import type { LabelledPattern } from "./build-key.ts";
import { bytes } from "./pattern.ts";
import type { EncodingSession } from "./session.ts";

/** COST: fewer patterns are built sooner than compared, and profiles share more of them when each is by itself. */
const LEAST_PATTERNS = 1024;
const LEAST_TOGETHER = 512;
/** Those that are looked at together part where fewer than these go on alike. */
const LEAST_ALIKE = 64;
/** Places where patterns part, one behind the other: enough for any that people write, and no depth for a stack. */
const MOST_PARTINGS = 200;

/** What the patterns match, with their labels; only those that share a star are looked at together. */
export function factoredTerms(patterns: readonly LabelledPattern[], encoding: EncodingSession): ReadonlySet<Term> {
  const terms = new Set<Term>();
  const groups = patterns.length < LEAST_PATTERNS ? [] : byLead(patterns, encoding);
  const large = groups.filter((group) => group.length >= LEAST_TOGETHER);
  const together = new Set(large.flat());
  for (const one of patterns) if (!together.has(one)) terms.add(encoding.accepting(one.pattern, one.label));
  for (const group of large) {
    const rows = group.map(({ pattern, label }) => ({ nodes: unfolded(pattern), label }));
    for (const term of factored(rows, { from: 0, partings: 0 }, encoding)) terms.add(term);
  }
  return terms;
}

/** Patterns that are alike up to and with their first star; those without one are in no group. */
function byLead(patterns: readonly LabelledPattern[], encoding: EncodingSession): readonly LabelledPattern[][] {
  const groups = new Map<string, LabelledPattern[]>();
  for (const one of patterns) {
    const lead = leadOf(one.pattern, encoding);
    if (lead === undefined) continue;
    const group = groups.get(lead);
    if (group === undefined) groups.set(lead, [one]);
    else group.push(one);
  }
  return [...groups.values()];
}

/** What a pattern begins with, up to and with its first star; `undefined`: it has none. */
function leadOf(pattern: GlobNode, encoding: EncodingSession): string | undefined {
  const parts = pattern.kind === "sequence" ? pattern.parts : [pattern];
  const at = parts.findIndex(hasStar);
  const star = parts[at];
  if (star === undefined) return undefined;
  const before = parts.slice(0, at).map((part) => encoding.spelling(part));
  // A sequence within may go on behind its star.
  const end = star.kind === "sequence" ? (leadOf(star, encoding) ?? "") : encoding.spelling(star);
  return [...before, end].join("");
}

function hasStar(node: GlobNode): boolean {
  switch (node.kind) {
    case "star":
      return true;
    case "sequence":
      return node.parts.some(hasStar);
    case "alternative":
      return node.branches.some(hasStar);
    case "literal":
    case "set":
      return false;
  }
}

interface Row {
  /** No sequences, and of literals each of the first bytes. */
  readonly nodes: readonly GlobNode[];
  readonly label: Label;
}

/** What the rows match from a place on, up to which they are alike. */
function factored(
  rows: readonly Row[],
  { from, partings }: { readonly from: number; readonly partings: number },
  encoding: EncodingSession,
): Term[] {
  const terms: Term[] = [];
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const node = row.nodes[from];
    const key = node === undefined ? "" : encoding.spelling(node);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  for (const [key, group] of groups) {
    if (key === "" || group.length < LEAST_ALIKE || partings > MOST_PARTINGS) {
      for (const { nodes, label } of group) terms.push(encoding.accepting(rowOf(nodes.slice(from)), label));
      continue;
    }
    const end = endOfLike(group, from + 1, encoding);
    const [first] = group;
    const behind = encoding.automata.alternative(factored(group, { from: end, partings: partings + 1 }, encoding));
    terms.push(encoding.before(rowOf(first?.nodes.slice(from, end) ?? []), behind));
  }
  return terms;
}

/** How far the rows are alike; what is before `from` is known to be. */
function endOfLike([first, ...others]: readonly Row[], from: number, { spelling }: EncodingSession): number {
  for (let at = from; ; at += 1) {
    const node = first?.nodes[at];
    if (node === undefined) return at;
    const key = spelling(node);
    const isLike = ({ nodes }: Row): boolean => {
      const other = nodes[at];
      return other !== undefined && spelling(other) === key;
    };
    if (!others.every(isLike)) return at;
  }
}

/** COST: as it is, and not part by part: a path may be longer than a stack bears arguments. */
function rowOf(parts: readonly GlobNode[]): GlobNode {
  return { kind: "sequence", parts };
}

const byteNodes: readonly GlobNode[] = Array.from({ length: 256 }, (_, byte) => bytes(byte));

/** COST: a node for each byte takes memory; longer literals part where they begin, if at all. */
const MOST_SPLIT = 256;

function unfolded(node: GlobNode): readonly GlobNode[] {
  if (node.kind === "sequence") return node.parts.flatMap(unfolded);
  if (node.kind !== "literal") return [node];
  const start = Array.from(node.bytes.subarray(0, MOST_SPLIT), (byte) => byteNodes[byte] ?? node);
  return node.bytes.length > MOST_SPLIT ? [...start, bytesBehind(node.bytes)] : start;
}

function bytesBehind(all: Uint8Array): GlobNode {
  return { kind: "literal", bytes: all.subarray(MOST_SPLIT) };
}

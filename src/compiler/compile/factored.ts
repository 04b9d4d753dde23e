/**
 * Patterns that begin alike as one term: `/srv/*.a`, `/srv/*.b` … are `/srv/*.` and then one of `a`, `b` …, whatever each of them does. What
 * is matched stays the same, and so does the automaton, which is minimal.
 *
 * COST: a star that may go on for ever is alive in every state behind it. Thousands of patterns with a star of their own in front (`unix` rules of
 * which only the peer is written) would have thousands of them in each of thousands of states.
 */
import type { GlobNode } from "../../language/globs/index.ts";
import type { Term } from "../automata/index.ts";
import type { LabelledPattern } from "./build-key.ts";
import { sequence } from "./pattern.ts";
import type { EncodingSession } from "./session.ts";

/** COST: fewer patterns are built sooner than compared, and profiles share more of them when each is by itself. */
const LEAST_PATTERNS = 512;
const LEAST_ALIKE = 64;

/** What the patterns match, with their labels. */
export function factoredTerms(patterns: readonly LabelledPattern[], encoding: EncodingSession): ReadonlySet<Term> {
  const plain = ({ pattern, label }: LabelledPattern): Term => encoding.accepting(pattern, label);
  if (patterns.length < LEAST_PATTERNS) return new Set(patterns.map(plain));
  const terms = new Set<Term>();
  const groups = new Map<string, { readonly beginning: readonly GlobNode[]; readonly rests: LabelledPattern[] }>();
  const all = new Map<LabelledPattern, string>();
  for (const one of patterns) {
    const nodes = flattened(one.pattern);
    const star = nodes.findIndex(hasStar);
    if (star < 0) {
      terms.add(plain(one));
      continue;
    }
    const beginning = nodes.slice(0, star + 1);
    const key = beginning.map(encoding.spelling).join("");
    const group = groups.get(key);
    const rest = { pattern: sequence(...nodes.slice(star + 1)), label: one.label };
    if (group === undefined) groups.set(key, { beginning, rests: [rest] });
    else group.rests.push(rest);
    all.set(one, key);
  }
  for (const [one, key] of all) if (groups.get(key)!.rests.length < LEAST_ALIKE) terms.add(plain(one));
  for (const { beginning, rests } of groups.values()) {
    if (rests.length < LEAST_ALIKE) continue;
    const behind = encoding.automata.alternative([...factoredTerms(rests, encoding)]);
    terms.add(encoding.before(sequence(...beginning), behind));
  }
  return terms;
}

function flattened(node: GlobNode): readonly GlobNode[] {
  return node.kind === "sequence" ? node.parts.flatMap(flattened) : [node];
}

function hasStar(node: GlobNode): boolean {
  if (node.kind === "sequence") return node.parts.some(hasStar);
  if (node.kind === "alternative") return node.branches.some(hasStar);
  return node.kind === "star";
}

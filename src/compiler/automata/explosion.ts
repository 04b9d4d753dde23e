/** Which labels are to blame when an automaton gets too large. */
import type { Terms } from "./terms.ts";
import { ACCEPT } from "./terms.ts";
import type { Label } from "./types.ts";

const MOST_LABELS = 32;

/**
 * The labels whose patterns are alive most often, in different places, in the terms made since there were `termCount`; most frequent
 * first. A pattern that multiplies is alive in many places at once.
 */
export function multiplyingLabels(terms: Terms, root: number, termCount: number): Label[] {
  const labels = labelsOfHeads(terms);
  const counts = new Map<Label, number>();
  const count = (term: number): void => {
    for (let at = terms.starts.data[term]!; at < terms.starts.data[term + 1]!; at += 1) {
      const label = labels[terms.members.data[at]!]!;
      counts.set(label, (counts.get(label) ?? 0) + 1);
    }
  };
  count(root);
  for (let term = termCount; term < terms.count; term += 1) count(term);
  return [...counts]
    .toSorted(([label, many], [other, more]) => more - many || label - other)
    .slice(0, MOST_LABELS)
    .map(([label]) => label);
}

/** By head: one label that it may end in. Heads only lead to earlier heads or, as stars, to themselves. */
function labelsOfHeads(terms: Terms): Int32Array {
  const labels = new Int32Array(terms.headCount).fill(-1);
  for (let head = 0; head < labels.length; head += 1) {
    const target = terms.headTargets.data[head]!;
    if (terms.headSets.data[head] === ACCEPT) labels[head] = target;
    else labels[head] = firstLabel(terms, target, labels);
  }
  return labels;
}

function firstLabel(terms: Terms, term: number, labels: Int32Array): number {
  for (let at = terms.starts.data[term]!; at < terms.starts.data[term + 1]!; at += 1) {
    const label = labels[terms.members.data[at]!]!;
    if (label >= 0) return label;
  }
  return -1;
}

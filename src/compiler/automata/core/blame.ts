/** Which labels are to blame when an automaton gets too large. */
import { Int32Vector } from "./collections.ts";
import type { i32 } from "./environment.ts";
import { ACCEPT, type Terms } from "./terms.ts";

const MOST_LABELS: i32 = 32;

export class Blame {
  /** At most 32 labels, the one to blame most first. */
  readonly labels: Int32Vector = new Int32Vector();
  private readonly terms: Terms;
  /** By head: one label that it may end in, or -1. */
  private readonly labelOf: Int32Vector = new Int32Vector();
  /** By label: in how many places it is alive. */
  private readonly counts: Int32Vector = new Int32Vector();

  constructor(terms: Terms) {
    this.terms = terms;
  }

  /**
   * Finds the labels whose patterns are alive most often, in different places, in `root` and the terms made since there were
   * `termCount`. A pattern that multiplies is alive in many places at once.
   */
  find(root: i32, termCount: i32): void {
    this.findLabels();
    this.counts.length = 0;
    this.count(root);
    for (let term = termCount; term < this.terms.count; term += 1) this.count(term);
    this.labels.length = 0;
    while (this.labels.length < MOST_LABELS && this.takeMost()) continue;
  }

  /** Heads only lead to earlier heads or, as stars, to themselves. */
  private findLabels(): void {
    const terms = this.terms;
    this.labelOf.reset(terms.headCount, -1);
    for (let head = 0; head < terms.headCount; head += 1) {
      const target = terms.headTargets.data[head]!;
      this.labelOf.data[head] = terms.headSets.data[head] === ACCEPT ? target : this.firstLabel(target);
    }
  }

  private firstLabel(term: i32): i32 {
    const terms = this.terms;
    for (let at = terms.starts.data[term]!; at < terms.starts.data[term + 1]!; at += 1) {
      const label = this.labelOf.data[terms.members.data[at]!]!;
      if (label >= 0) return label;
    }
    return -1;
  }

  private count(term: i32): void {
    const terms = this.terms;
    for (let at = terms.starts.data[term]!; at < terms.starts.data[term + 1]!; at += 1) {
      const label = this.labelOf.data[terms.members.data[at]!]!;
      if (label < 0) continue;
      this.counts.extend(label + 1, 0);
      this.counts.increase(label, 1);
    }
  }

  /** Moves the label that was counted most often, the smallest of several, to `labels`; false when there is none. */
  private takeMost(): boolean {
    let most = -1;
    for (let label = 0; label < this.counts.length; label += 1) {
      const count = this.counts.data[label]!;
      if (count > 0 && (most < 0 || count > this.counts.data[most]!)) most = label;
    }
    if (most < 0) return false;
    this.labels.push(most);
    this.counts.data[most] = 0;
    return true;
  }
}

/** The engine in plain JavaScript. */
import { fail, ok, type Outcome } from "../../foundation/basics/index.ts";
import { Limits } from "./core/budget.ts";
import { Core, LITERAL_BYTES } from "./core/core.ts";
import { Combiner } from "./core/environment.ts";
import { dfaOf } from "./dfa.ts";
import type { Dfa, Label, Output, SessionStatistics } from "./types.ts";

export interface EngineOptions {
  readonly combine: (labels: readonly Label[]) => Output;
  readonly maxStates: number;
  readonly maxBytes: number;
}

/** A session without brands; terms are numbers. */
export interface Engine {
  readonly accept: (label: number) => number;
  readonly outOfBand: (next: number) => number;
  readonly literal: (bytes: Uint8Array, next: number) => number;
  readonly step: (set: Uint32Array, next: number) => number;
  readonly star: (set: Uint32Array, next: number) => number;
  readonly union: (terms: readonly number[]) => number;
  /** The labels to blame, if it cannot be afforded. */
  readonly build: (root: number) => Outcome<Dfa, readonly Label[]>;
  readonly statistics: () => SessionStatistics;
}

export function openEngine(options: EngineOptions): Engine {
  const core = new Core(new Combiner(options.combine), new Limits(options.maxStates, options.maxBytes));
  return {
    accept: (label) => core.accept(label),
    outOfBand: (next) => core.outOfBand(next),
    literal: (bytes, next) => {
      let term = next;
      for (let end = bytes.length; end > 0; end -= LITERAL_BYTES) {
        const piece = bytes.subarray(Math.max(0, end - LITERAL_BYTES), end);
        core.input.set(piece);
        term = core.literal(piece.length, term);
      }
      return term;
    },
    step: (set, next) => {
      core.pendingSet.set(set);
      return core.step(next);
    },
    star: (set, next) => {
      core.pendingSet.set(set);
      return core.star(next);
    },
    union: (terms) => {
      for (const term of terms) core.add(term);
      return core.union();
    },
    build: (root) => (core.build(root) ? ok(dfaOf(core.tables)) : fail(labelsOf(core))),
    statistics: () => ({
      terms: core.headCount,
      expanded: core.expandedCount,
      canonical: core.canonicalCount,
      bytes: core.bytes,
    }),
  };
}

function labelsOf({ blame: { labels } }: Core): readonly Label[] {
  return Array.from(labels.data.subarray(0, labels.length));
}

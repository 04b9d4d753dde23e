import type { Question } from "../../src/analysis/monitor/index.ts";

/** One thing that a kernel asks on the way. */
export interface Check {
  /** As the log calls it. */
  readonly operation: string;
  readonly question: Question;
  /** The other side's profile is asked, not the subject's. */
  readonly of?: string;
}

/** What the probe is asked to do, and what a kernel asks profiles then, one after the other until one refuses. */
export interface ProbeRequest {
  readonly operation: string;
  readonly args: readonly string[];
  readonly checks: readonly Check[];
  /** What must be there before. */
  readonly prepare?: { readonly kind: "file" | "directory"; readonly path: string; readonly uid: number };
}

import type { Origin } from "../../language/model/index.ts";

/**
 * How one label comes to another. Transitions: a program started, a change asked for, a hat, a new root, a mode that refuses nothing.
 * Plants: another is traced, or a file is written that another one runs, that starts by itself, or that is policy.
 */
type StepKind =
  | "exec"
  | "change_profile"
  | "hat"
  | "pivot_root"
  | "mode"
  | "anything"
  | "program"
  | "start-up"
  | "policy"
  | "trace";

export const transitions: ReadonlySet<StepKind> = new Set([
  "exec",
  "change_profile",
  "hat",
  "pivot_root",
  "mode",
  "anything",
]);

/** One step from a label to another, with what allows it. */
export interface Step {
  readonly from: string;
  readonly to: string;
  readonly kind: StepKind;
  /** The rules that allow it, the deciding one first; for a hat or a mode where the profile is. Empty: nothing restricts it. */
  readonly because: readonly Origin[];
  /** A path for which it is so: of the program, or of the file that is written. */
  readonly path: string | undefined;
  /** What the first does, for a person: `starts it, with a clean environment`. */
  readonly how: string;
  /** What the second does then: `maps it as code`. */
  readonly effect?: string;
}

/** What the comparison of two policies gives: data that every face shows in its own way. */
import type { Direction, Verdict } from "../analysis/diff/index.ts";
import type { FilesPort } from "../foundation/ports/index.ts";
import type { Span } from "../foundation/text/index.ts";
import type { PolicySettings, PolicySource } from "./engine.ts";

/** One of the two policies: texts and compiled policy, with the files that the texts include. */
export interface DiffSide {
  readonly sources: readonly PolicySource[];
  readonly files: FilesPort;
  readonly settings: PolicySettings;
}

/** A line of policy. */
export interface DiffPlace {
  readonly file: string;
  readonly line: number;
  /** The rule as it is written, on one line. */
  readonly text: string;
  readonly side: "old" | "new";
  readonly span: Span;
}

/** What one side permits and the other does not, as a rule. */
export interface DiffRule {
  readonly sign: "+" | "-";
  readonly class: string;
  /** With its comma; empty where no rule says it, and only the witness does. */
  readonly rule: string;
  /**
   * The rule says, within its bounds, nothing but what is different or permitted on both sides, and what no rule leaves out (`w` is also `a`, `ix` also
   * `m`); this was tried. Where all rules of a sign are exact, together they say all that changed.
   */
  readonly exact: boolean;
  /** Some of what the rule says is permitted on the other side, too, or denied on its own. */
  readonly inPart: boolean;
  /**
   * What is meant of a rule in part is none of what these say, those of the other side, or would take from the rule, those of its own. With
   * `within` these say exactly what is different of it, or together with other rules. Both empty: not known, or not in part.
   */
  readonly except: readonly DiffPlace[];
  /** What is meant is in what one of these rules of the other side would take from the rule: by denying it, or by a higher priority. */
  readonly within: readonly DiffPlace[];
  /** An access that the rule permits and the other side does not, as a rule. */
  readonly witness: string | undefined;
  /** Lines that permit it where it is permitted, and that deny it where it is not. */
  readonly lines: readonly DiffPlace[];
}

/** A part of a profile other than its rules that is not the same: flags, attachment, limits. */
export interface DiffPart {
  readonly part: string;
  readonly direction: Direction;
  readonly before: string;
  readonly after: string;
}

/** One profile on both sides. */
export interface DiffProfile {
  readonly name: string;
  /** What it was called. */
  readonly before: string | undefined;
  readonly change: "same" | "changed" | "added" | "removed" | "renamed";
  readonly verdict: Verdict;
  readonly rules: readonly DiffRule[];
  readonly parts: readonly DiffPart[];
  /** Where it begins; of compiled policy nothing is known. */
  readonly place: DiffPlace | undefined;
}

/** A source that could not be compared. */
export interface DiffProblem {
  readonly side: "old" | "new";
  readonly path: string;
  readonly message: string;
}

/** What two policies differ in. */
export interface DiffReport {
  /** `unknown`: what could be compared is equivalent, and not all could. */
  readonly verdict: Verdict | "unknown";
  /** In order of their names. */
  readonly profiles: readonly DiffProfile[];
  readonly problems: readonly DiffProblem[];
}

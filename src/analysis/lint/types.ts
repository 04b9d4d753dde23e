import type { CompileOptions } from "../../compiler/compile/index.ts";
import type { Message } from "../../foundation/diagnostics/index.ts";
import type { Origin, Rule } from "../../language/model/index.ts";
import type { CellSession, LabelGraph } from "../reach/index.ts";
import type { LintCode } from "./codes.ts";
import type { LintSubject } from "./subject.ts";

/** A service whose programs are started with no_new_privs. */
export interface Unit {
  readonly path: string;
  /** What it starts. */
  readonly programs: readonly string[];
  /** The profile it names; else that of its programs. */
  readonly profile: string | undefined;
  /** The settings that do it. */
  readonly because: string;
}

/** What all checks share: computed once for a policy. */
export interface LintWorld {
  readonly cells: CellSession;
  /** With every profile taken as enforced. */
  readonly graph: LabelGraph;
  /** The policy is all there is, so that what is missing in it is missing. */
  readonly isWhole: boolean;
  /** Hears what could not be looked at, and why. */
  readonly gap: (what: string) => void;
  /** Services with no_new_privs. */
  readonly units: readonly Unit[];
  /** Options that have the newest kernel known enforce all it can. */
  readonly newest: Pick<CompileOptions, "kernelFeatures" | "policyFeatures" | "overrideFeatures">;
}

interface Evidence {
  /** Rules that have to do with it, the nearest first. */
  readonly also?: readonly { readonly origin: Origin }[];
  /** What to say at these. */
  readonly label?: string;
  /** The rule may be removed, also together with all others of which this is said. */
  readonly remove?: Rule;
  readonly help?: string;
}

export type LintReport = (
  code: LintCode,
  rule: { readonly origin: Origin },
  message: string | Message,
  evidence: Evidence,
) => void;

/** Looks at one profile; gives the rules about which nothing more need be said. */
export type Check = (subject: LintSubject, world: LintWorld, report: LintReport) => ReadonlySet<Rule>;

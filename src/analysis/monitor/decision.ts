import type { Rule } from "../../language/model/index.ts";
import type { Claim, ExecChoice, Verdict } from "./weigh.ts";

/** Where an exec would lead, when the profiles around are known. */
export interface ExecOutcome {
  readonly choice: ExecChoice;
  /** Two rules of equal rank want different things: a compiler refuses such a profile. */
  readonly conflict: readonly [Rule, Rule] | undefined;
}

/** What becomes of one permission that is asked for. */
export interface PermissionVerdict {
  readonly name: string;
  readonly allowed: boolean;
  /** Refused without a log line. */
  readonly quiet: boolean;
  /** Granted with one. */
  readonly audited: boolean;
}

/** What the rules of a profile say to a question. */
export interface Decision {
  /** Permission by permission, in the order of the question. */
  readonly verdicts: readonly PermissionVerdict[];
  /** Every permission asked for is granted. */
  readonly allowed: boolean;
  readonly granted: readonly string[];
  /** Asked for and not granted: no rule, a deny rule, or a prompt rule. */
  readonly missing: readonly string[];
  /** Those of `missing` a deny rule takes. */
  readonly denied: readonly string[];
  /** Those of `missing` a prompt rule takes. */
  readonly prompted: readonly string[];
  /** All that is missing is refused without a log line, in complain mode too. */
  readonly quiet: boolean;
  /** Something granted is logged. */
  readonly audited: boolean;
  /** Rules that grant what is granted. */
  readonly allowedBy: readonly Rule[];
  /** Deny rules that take what is denied. */
  readonly deniedBy: readonly Rule[];
  readonly exec: ExecOutcome | undefined;
}

/** A verdict with the word people know the permission by. */
export interface NamedVerdict extends Verdict {
  readonly name: string;
}

/** Sums up verdicts. */
export function decisionOf(verdicts: readonly NamedVerdict[], exec?: ExecOutcome): Decision {
  const missing = verdicts.filter((verdict) => verdict.outcome !== "allow");
  const granted = verdicts.filter((verdict) => verdict.outcome === "allow");
  return {
    verdicts: verdicts.map(({ name, outcome, quiet, audit }) => {
      const allowed = outcome === "allow";
      return { name, allowed, quiet: quiet && !allowed, audited: audit && allowed };
    }),
    allowed: missing.length === 0,
    granted: names(granted),
    missing: names(missing),
    denied: names(missing.filter((verdict) => verdict.outcome === "deny")),
    prompted: names(missing.filter((verdict) => verdict.outcome === "prompt")),
    quiet: missing.length > 0 && missing.every((verdict) => verdict.quiet),
    audited: granted.some((verdict) => verdict.audit),
    allowedBy: rulesOf(granted),
    deniedBy: rulesOf(missing.filter((verdict) => verdict.outcome === "deny")),
    exec,
  };
}

function names(verdicts: readonly NamedVerdict[]): readonly string[] {
  return verdicts.map((verdict) => verdict.name);
}

function rulesOf(verdicts: readonly NamedVerdict[]): readonly Rule[] {
  return [...new Set(verdicts.flatMap((verdict) => verdict.winners.map((winner: Claim) => winner.rule)))];
}

/** What is so without any rule: yes or no. */
export function plainDecision(name: string, allowed: boolean): Decision {
  return {
    verdicts: [{ name, allowed, quiet: false, audited: false }],
    allowed,
    granted: allowed ? [name] : [],
    missing: allowed ? [] : [name],
    denied: [],
    prompted: [],
    quiet: false,
    audited: false,
    allowedBy: [],
    deniedBy: [],
    exec: undefined,
  };
}

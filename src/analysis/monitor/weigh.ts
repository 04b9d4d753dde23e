/**
 * From the rules that match an access to what happens (compile-semantics 4.1): every permission goes to the rules of the
 * highest rank that mention it. Rank: four times the priority, plus 3 for deny, 2 for an exact allow of x, 1 for any other
 * allow, 0 for prompt. Allows of one rank add up; so do denies, and one quiet deny is enough to make a refusal quiet.
 */
import type { ExecMode, Rule } from "../../language/model/index.ts";

/** Where an exec rule leads: the mode and the name after `->`. */
export interface ExecChoice {
  readonly mode: ExecMode;
  readonly target: string | undefined;
}

/** A rule that matches the question. */
export interface Claim {
  readonly rule: Rule;
  /** Permissions it speaks of, as bits of the kind. */
  readonly bits: number;
  readonly mode: "allow" | "deny" | "prompt";
  readonly priority: number;
  readonly audit: boolean;
  /** Its pattern has no wildcard; counts for `execBits` only. */
  readonly exact: boolean;
  readonly exec: ExecChoice | undefined;
}

/** What happens to one permission. */
export interface Verdict {
  readonly bit: number;
  readonly outcome: "allow" | "deny" | "prompt" | "unmentioned";
  /** A refusal that is not logged, or an allowance that is. */
  readonly quiet: boolean;
  readonly audit: boolean;
  readonly rank: number;
  readonly winners: readonly Claim[];
}

/** A claim with a rule's own qualifiers. */
export function claim(rule: Rule, bits: number, more: Partial<Claim> = {}): Claim {
  if (rule.kind === "rlimit") {
    return { rule, bits, mode: "allow", priority: 0, audit: false, exact: false, exec: undefined, ...more };
  }
  return {
    rule,
    bits,
    mode: rule.mode === "implicit" ? "allow" : rule.mode,
    priority: rule.priority,
    audit: rule.audit,
    exact: false,
    exec: undefined,
    ...more,
  };
}

function rankOf(item: Claim, isExec: boolean): number {
  const weight = item.mode === "deny" ? 3 : item.mode === "prompt" ? 0 : isExec && item.exact ? 2 : 1;
  return 4 * item.priority + weight;
}

/** Weighs claims for one permission. `isExec`: the permission is x, where exact rules win over globs. */
export function weigh(claims: readonly Claim[], bit: number, isExec = false): Verdict {
  let rank = Number.NEGATIVE_INFINITY;
  let winners: Claim[] = [];
  for (const item of claims) {
    if ((item.bits & bit) === 0) continue;
    const own = rankOf(item, isExec);
    if (own > rank) {
      rank = own;
      winners = [];
    }
    if (own === rank) winners.push(item);
  }
  const [first] = winners;
  if (first === undefined) return { bit, outcome: "unmentioned", quiet: false, audit: false, rank, winners };
  const deny = first.mode === "deny";
  return {
    bit,
    outcome: first.mode,
    quiet: deny && winners.some((winner) => !winner.audit),
    audit: !deny && winners.some((winner) => winner.audit),
    rank,
    winners,
  };
}

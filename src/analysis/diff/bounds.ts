/**
 * Which part of what a rule says is different, in the words of other rules: what it says *within* rules of the other side that take it away
 * there, *except* what that side allows, too, and what rules of its own side take away.
 */
import type { Rule } from "../../language/model/index.ts";
import {
  type Access,
  type AccessSet,
  FileBit,
  intersect,
  isEmpty,
  mapGrants,
  meets,
  subtract,
  witnessOf,
} from "../sets/index.ts";
import { implying, type ProfileEvidence, rulesAt } from "./responsible.ts";

/** A rule that bounds what is meant of another; its own are of the side that has the difference. */
export interface Bound {
  readonly rule: Rule;
  readonly isOwn: boolean;
}

/**
 * What is meant lies in what one of `within` would take from the rule (empty: anywhere), and in nothing that one of `except` says, or takes from the
 * rule where it is one of its own. Rules take that deny, have a higher priority, or name a program that the rule has a glob for.
 */
export interface Bounds {
  readonly except: readonly Bound[];
  readonly within: readonly Bound[];
}

/** A part of a rule, and all that it says. */
interface BoundPart extends Bounds {
  readonly said: AccessSet;
}

/** What is known of the texts of the side that permits the difference, and of the other. */
export interface Evidence {
  readonly has: ProfileEvidence | undefined;
  readonly lacks: ProfileEvidence | undefined;
}

/** A rule, what it says, and what of that is different. */
interface Share {
  readonly rule: Rule;
  readonly set: AccessSet;
  readonly different: AccessSet;
}

/**
 * Parts of a rule that say what is different of it, and nothing else: one part that says all of that where there is one; else a part without
 * all that other rules say, and one within what is taken away on the other side, which together may leave something out. Empty: no few rules
 * bound it.
 */
export function boundsOf(share: Share, evidence: Evidence): readonly BoundPart[] {
  const { different } = share;
  const candidates = candidatesFor(share, evidence);
  const whole = partOf(undefined, { share, candidates, isWhole: true });
  if (whole !== undefined) return [whole];
  const same = sameIn(share.set, different);
  const withinOf = (part: AccessSet | undefined): readonly Named[] | undefined =>
    part && same && coveredBy(part, candidates.within, { set: same, isNeeded: false });
  const within = withinOf(different);
  const inside = within && partOf(within, { share, candidates, isWhole: true });
  if (inside !== undefined) return [inside];
  const most = partOf(undefined, { share, candidates, isWhole: false });
  const over = withinOf(most === undefined ? different : without(different, [most]));
  const rest = over && partOf(over, { share, candidates, isWhole: false });
  return [most, rest].filter((part) => part !== undefined);
}

interface Bounding {
  readonly share: Share;
  readonly candidates: Candidates;
  /** Exceptions take nothing that is different. */
  readonly isWhole: boolean;
}

/** What a rule says within others, without all that is not different; `undefined`: that takes too many rules, or is nothing. */
function partOf(within: readonly Named[] | undefined, bounding: Bounding): BoundPart | undefined {
  const { share, candidates, isWhole } = bounding;
  const space = within === undefined ? share.set : common(share.set, within);
  const same = space && sameIn(space, share.different);
  const except = same && coveredBy(same, candidates.except, { set: share.different, isNeeded: isWhole });
  const said = space && except && without(space, except);
  if (said === undefined || isEmpty(said)) return undefined;
  return { except: boundsIn(except ?? []), within: boundsIn(within ?? []), said: withExecution(said) };
}

/** Whoever says how something is executed says that it is. */
function withExecution(set: AccessSet): AccessSet {
  const { file } = set;
  if (file === undefined) return set;
  const whole = mapGrants(file, ({ bits, others, execs }) => {
    const has = (half: string): number => (execs.some((exec) => exec.startsWith(half)) ? FileBit.x : 0);
    return { bits: bits | has("owner"), others: others | has("other"), execs };
  });
  return { ...set, file: whole };
}

/** What of a set is not different; `undefined`: too much to say. That something is executed means nothing without how. */
function sameIn(set: AccessSet, different: AccessSet): AccessSet | undefined {
  const same = subtract(set, different);
  if (!same.ok) return undefined;
  const { file } = same.value;
  if (file === undefined) return same.value;
  const { x } = FileBit;
  return {
    ...same.value,
    file: mapGrants(file, ({ bits, others, execs }) => ({ bits: bits & ~x, others: others & ~x, execs })),
  };
}

/** A bound, and all that its rule speaks of. */
interface Named extends Bound {
  readonly said: AccessSet;
}

interface Candidates {
  readonly except: (witness: Access) => readonly Named[];
  readonly within: (witness: Access) => readonly Named[];
}

/** What rules of a side that allow something say there. */
function allowed(evidence: ProfileEvidence, witness: Access): readonly Named[] {
  return [...rulesAt(evidence, witness).filter(allows), ...implying(evidence, witness)].flatMap((one) => {
    const said = evidence.accessesOfRules([one]);
    return said === undefined ? [] : [{ rule: one, isOwn: false, said }];
  });
}

function candidatesFor({ rule, set }: Share, { has, lacks }: Evidence): Candidates {
  // What a rule takes from this one counts, whatever else it says.
  const taken = (evidence: ProfileEvidence, witness: Access, from: (one: Rule) => readonly Rule[]): readonly Named[] =>
    rulesAt(evidence, witness).flatMap((one) => {
      const said = takenFrom(
        set,
        from(one).map((ranked) => evidence.accessesOfRules([ranked, one])),
      );
      return said === undefined ? [] : [{ rule: one, isOwn: evidence === has, said }];
    });
  return {
    // Rules of its own side come first: what one of the other side says may be denied there.
    except: (witness) => [
      ...(has === undefined ? [] : taken(has, witness, () => [rule])),
      ...(lacks === undefined ? [] : allowed(lacks, witness)),
    ],
    within: (witness) => (lacks === undefined ? [] : taken(lacks, witness, (one) => rankedFor(one, rule))),
  };
}

function allows(rule: Rule): boolean {
  return rule.kind !== "rlimit" && rule.mode !== "deny";
}

/** The rule as it is, and with a priority at which the other one wins: what the other side permits there need not have this rule's. */
function rankedFor(one: Rule, rule: Rule): readonly Rule[] {
  if (one.kind === "rlimit" || rule.kind === "rlimit") return [rule];
  const priority = one.mode === "deny" ? one.priority : one.priority - 1;
  return rule.priority <= priority ? [rule] : [rule, { ...rule, priority }];
}

/** What of a set is not left in one of these; `undefined`: not known. */
function takenFrom(set: AccessSet, left: readonly (AccessSet | undefined)[]): AccessSet | undefined {
  let rest = set;
  for (const each of left) {
    const both = each && intersect(rest, each);
    if (both?.ok !== true) return undefined;
    rest = both.value;
  }
  return without(set, [{ said: rest }]);
}

/** What rules should say nothing of, and whether rules that do are of no use. */
interface Apart {
  readonly set: AccessSet;
  readonly isNeeded: boolean;
}

/** COST: each is compiled, and taken off. */
const MOST_BOUNDS = 64;

/** Rules that speak of all of a set, and if possible of nothing of another. `undefined`: there are no such rules, or too many. */
function coveredBy(
  set: AccessSet,
  candidates: (witness: Access) => readonly Named[],
  apart: Apart,
): readonly Named[] | undefined {
  const found: Named[] = [];
  let rest = set;
  for (let witness = witnessOf(rest); witness !== undefined; witness = witnessOf(rest)) {
    const fit = candidates(witness).filter(
      ({ rule, said }) => !found.some((one) => one.rule === rule) && !isDisjoint(rest, said),
    );
    const next = fit.find(({ said }) => isDisjoint(apart.set, said)) ?? (apart.isNeeded ? undefined : fit[0]);
    const left = next === undefined || found.length === MOST_BOUNDS ? undefined : without(rest, [next]);
    if (next === undefined || left === undefined) return undefined;
    found.push(next);
    rest = left;
  }
  return found;
}

function isDisjoint(one: AccessSet, other: AccessSet): boolean {
  const met = meets(one, other);
  return met.ok && !met.value;
}

/** What of a set no one speaks of; `undefined`: too much to say. */
function without(set: AccessSet, all: readonly { readonly said: AccessSet }[]): AccessSet | undefined {
  let rest = set;
  for (const { said } of all) {
    const left = subtract(rest, said);
    if (!left.ok) return undefined;
    rest = left.value;
  }
  return rest;
}

/** What of a set the rules speak of together; `undefined`: too much to say. */
function common(set: AccessSet, rules: readonly Named[]): AccessSet | undefined {
  const rest = without(set, rules);
  return rest && without(set, [{ said: rest }]);
}

function boundsIn(found: readonly Named[]): readonly Bound[] {
  return found.map(({ rule, isOwn }) => ({ rule, isOwn }));
}

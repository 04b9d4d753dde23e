/**
 * Which part of what a rule says is different, in the words of other rules: what it says *within* rules of the other side that take it away
 * there, *except* what that side allows, too, and what rules of its own side take away.
 */
import type { Rule } from "../../language/model/index.ts";
import { type Access, type AccessSet, FileBit, isEmpty, meets, subtract, witnessOf } from "../sets/index.ts";
import { type ProfileEvidence, implying, rulesAt } from "./responsible.ts";

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

/** Bounds, and an access that is meant. */
interface BoundPart extends Bounds {
  readonly witness: Access | undefined;
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
 * Bounds of a rule; where there are two of them, it says one part within each. Together they say what is different of the rule, and nothing
 * else. Empty: no few rules do.
 */
export function boundsOf({ rule, set, different }: Share, evidence: Evidence): readonly BoundPart[] {
  const same = sameIn(set, different);
  if (same === undefined) return [];
  const candidates = candidatesFor(rule, set, evidence);
  const without = coveredBy(same, candidates.except, disjointFrom(different));
  if (without !== undefined) return [{ except: boundsIn(without), within: [], witness: witnessOf(different) }];
  const whole = partWithin(different, { set, different }, candidates);
  if (whole !== undefined) return [whole];
  // What other rules take away is the rest of the rule without all that is allowed on the other side.
  const most = coveredBy(same, candidates.except, () => true);
  const left = most === undefined ? undefined : common(different, most);
  const first = left === undefined ? undefined : subtract(different, left);
  const rest = left === undefined ? undefined : partWithin(left, { set, different }, candidates);
  if (most === undefined || rest === undefined || first?.ok !== true || isEmpty(first.value)) return [];
  return [{ except: boundsIn(most), within: [], witness: witnessOf(first.value) }, rest];
}

/** What of a set is not different; `undefined`: too much to say. That something is executed means nothing without how. */
function sameIn(set: AccessSet, different: AccessSet): AccessSet | undefined {
  const same = subtract(set, different);
  if (!same.ok) return undefined;
  const { file } = same.value;
  const grants = file?.grants.map(({ bits, others, execs }) => ({ bits: bits & ~FileBit.x, others: others & ~FileBit.x, execs }));
  return { ...same.value, file: file && grants && { ...file, grants } };
}

/** The part of a rule that rules of the other side take away, without what of it there is the same. */
function partWithin(
  part: AccessSet,
  { set, different }: Omit<Share, "rule">,
  candidates: Candidates,
): BoundPart | undefined {
  const within = coveredBy(part, candidates.within, () => true);
  const space = within && common(set, within);
  const same = space && sameIn(space, different);
  if (within === undefined || same === undefined) return undefined;
  const except = coveredBy(same, candidates.except, disjointFrom(part));
  return except && { except: boundsIn(except), within: boundsIn(within), witness: witnessOf(part) };
}

/** A bound, and all that its rule speaks of. */
interface Named extends Bound {
  readonly said: AccessSet;
}

interface Candidates {
  readonly except: (witness: Access) => readonly Named[];
  readonly within: (witness: Access) => readonly Named[];
}

function candidatesFor(rule: Rule, set: AccessSet, { has, lacks }: Evidence): Candidates {
  const allowed = (evidence: ProfileEvidence, witness: Access): readonly Named[] =>
    [...rulesAt(evidence, witness).filter(allows), ...implying(evidence, witness)].flatMap((one) => {
      const said = evidence.accessesOfRules([one]);
      return said === undefined ? [] : [{ rule: one, isOwn: false, said }];
    });
  // Of a rule that denies, has a higher priority or names the program itself what it takes from the rule counts, whatever else it says.
  const taken = (evidence: ProfileEvidence, witness: Access, from: (one: Rule) => Rule): readonly Named[] =>
    rulesAt(evidence, witness).flatMap((one) => {
      const left = evidence.accessesOfRules([from(one), one]);
      const said = left && subtract(set, left);
      return said?.ok === true ? [{ rule: one, isOwn: evidence === has, said: said.value }] : [];
    });
  return {
    except: (witness) => [
      ...(lacks === undefined ? [] : allowed(lacks, witness)),
      ...(has === undefined ? [] : taken(has, witness, () => rule)),
    ],
    // What the other side's rules permit need not have the priority of this one.
    within: (witness) => (lacks === undefined ? [] : taken(lacks, witness, (one) => withPriorityOf(one, rule))),
  };
}

function allows(rule: Rule): boolean {
  return rule.kind !== "rlimit" && rule.mode !== "deny";
}

/** A rule that one that denies wins over. */
function withPriorityOf(denying: Rule, rule: Rule): Rule {
  return denying.kind !== "rlimit" && rule.kind !== "rlimit" && denying.mode === "deny"
    ? { ...rule, priority: denying.priority }
    : rule;
}

/** More than that a person does not take off a rule. */
const MOST_BOUNDS = 10;

/** Rules that speak of all of a set, those that are fit first; `undefined`: there are no such rules. */
function coveredBy(
  set: AccessSet,
  candidates: (witness: Access) => readonly Named[],
  isFit: (said: AccessSet) => boolean,
): readonly Named[] | undefined {
  const found: Named[] = [];
  let rest = set;
  for (let witness = witnessOf(rest); witness !== undefined; witness = witnessOf(rest)) {
    const next = candidates(witness).find(
      ({ rule, said }) => isFit(said) && !found.some((one) => one.rule === rule) && !isDisjoint(rest, said),
    );
    if (next === undefined || found.length === MOST_BOUNDS) return undefined;
    found.push(next);
    const left = subtract(rest, next.said);
    if (!left.ok) return undefined;
    rest = left.value;
  }
  return found;
}

function disjointFrom(set: AccessSet): (said: AccessSet) => boolean {
  return (said) => isDisjoint(set, said);
}

function isDisjoint(one: AccessSet, other: AccessSet): boolean {
  const met = meets(one, other);
  return met.ok && !met.value;
}

/** What of a set the rules speak of together; `undefined`: too much to say. */
function common(set: AccessSet, rules: readonly Named[]): AccessSet | undefined {
  let rest = set;
  for (const { said } of rules) {
    const left = subtract(rest, said);
    if (!left.ok) return undefined;
    rest = left.value;
  }
  const found = subtract(set, rest);
  return found.ok ? found.value : undefined;
}

function boundsIn(found: readonly Named[]): readonly Bound[] {
  return found.map(({ rule, isOwn }) => ({ rule, isOwn }));
}

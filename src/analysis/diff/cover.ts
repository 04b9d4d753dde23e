/**
 * A difference in the words of the policy itself. An access of it leads to the rule that permits it; what that rule permits is taken off, and
 * so on until nothing is left. What people wrote says a difference better than what can be rebuilt from an automaton; only where some of what
 * a rule says is not new, and what is new can be said shortly, the rebuilt rule takes its place.
 */
import { ok, type Outcome } from "../../foundation/basics/index.ts";
import type { TooManyStates } from "../../compiler/automata/index.ts";
import { meaningOfRule } from "../../language/edit/index.ts";
import type { Rule } from "../../language/model/index.ts";
import {
  type Access,
  type AccessSet,
  asRules,
  contains,
  intersect,
  isEmpty,
  meets,
  subtract,
  witnessOf,
} from "../sets/index.ts";
import { type Bound, boundsOf, type Evidence } from "./bounds.ts";
import { implying, type ProfileEvidence, rulesFor } from "./responsible.ts";

/** A rule that says a part of a difference. */
export interface CoverRule {
  /** The rule of the policy that permits it; `undefined`: none is known. */
  readonly rule: Rule | undefined;
  /** The text where it was rebuilt; else the rule as it is written says it. */
  readonly text: string | undefined;
  /** Some of what it says is permitted on the other side, too, or denied on its own. */
  readonly inPart: boolean;
  /** Rules that say which part that is, together with `within`. Both empty: none are known. */
  readonly except: readonly Bound[];
  readonly within: readonly Bound[];
  /** An access of the difference that it permits. */
  readonly witness: Access | undefined;
}

interface DifferenceCover {
  readonly rules: readonly CoverRule[];
  /** Nothing of the difference is left out, and what the rules say beyond it is permitted on both sides. */
  readonly isExact: boolean;
}

/** More than a person reads; what is left then is said by an example. */
const MOST_RULES = 400;
/** How many rules, rebuilt from automata of how many states, may say what is different of a rule. COST: many holes take seconds. */
interface Rebuilding {
  readonly rules: number;
  readonly states: number;
}

/** More than that says less than the rule as it is written. */
const SHORT: Rebuilding = { rules: 2, states: 40 };
/** Where nothing else says it. */
const LONG: Rebuilding = { rules: 12, states: 200 };

/** What is no automaton is compared on its own. */
const noValues = { capabilities: 0n, sockets: [], limits: [] } as const;

/** Reads a rule of its text form, for the ones that are rebuilt; `undefined`: it cannot be read. */
export type ReadRule = (text: string) => AccessSet | undefined;

/** The rules that permit a difference, which is all of one side's accesses that the other lacks. */
export function coverDifference(
  difference: AccessSet,
  evidence: Evidence,
  read: ReadRule,
): Outcome<DifferenceCover, TooManyStates> {
  const { has, lacks } = evidence;
  const written = has === undefined ? ok(nothingWritten(difference)) : coverWritten(difference, has, lacks);
  if (!written.ok) return written;
  const { rules, rest } = written.value;
  const sharpened: CoverRule[] = [];
  for (const rule of rules) sharpened.push(...(rule.inPart ? sharpen(rule, difference, evidence, read) : [rule]));
  if (isEmpty(rest)) return ok({ rules: sharpened, isExact: true });
  const rebuilt = rebuild(rest, read);
  if (!rebuilt.ok) return rebuilt;
  if (rebuilt.value.rules.length === 0) return ok({ rules: [...sharpened, ...unsaid(rest)], isExact: false });
  return ok({ rules: [...sharpened, ...rebuilt.value.rules], isExact: rebuilt.value.isExact });
}

/** The new part of a rule, where it can be said shortly and exactly; else the rule, without what others say where these say just the rest. */
function sharpen(whole: CoverRule, difference: AccessSet, evidence: Evidence, read: ReadRule): readonly CoverRule[] {
  const set = whole.rule && evidence.has?.accessesOfRules([whole.rule]);
  if (whole.rule === undefined || set === undefined) return [whole];
  const { rule } = whole;
  const share = intersect(difference, set);
  if (!share.ok) return [whole];
  const said = (most: Rebuilding): readonly CoverRule[] | undefined => rebuiltExactly(share.value, read, most)?.map((one) => ({ ...one, rule }));
  const isFile = rule.kind === "file" || rule.kind === "link";
  const short = isFile ? said(SHORT) : undefined;
  if (short !== undefined) return short;
  const automata = { ...noValues, file: set.file, policydb: set.policydb };
  const own = withoutImplied(automata, share.value, rule, evidence.has);
  if (!own.ok) return [whole];
  const parts = boundsOf({ rule, set: own.value, different: share.value }, evidence);
  return parts.length > 0 ? parts.map((bounds) => ({ ...whole, ...bounds })) : (said(LONG) ?? [whole]);
}

/** A set as rules that are it exactly, where they and its automata are no more than these. */
function rebuiltExactly(set: AccessSet, read: ReadRule, { states, rules }: Rebuilding): readonly CoverRule[] | undefined {
  if (Math.max(set.file?.dfa.stateCount ?? 0, set.policydb?.dfa.stateCount ?? 0) > states) return undefined;
  const rebuilt = rebuild(set, read, rules);
  return rebuilt.ok && rebuilt.value.isExact ? rebuilt.value.rules : undefined;
}

interface Written {
  readonly rules: readonly CoverRule[];
  readonly rest: AccessSet;
}

function nothingWritten(rest: AccessSet): Written {
  return { rules: [], rest };
}

function coverWritten(
  difference: AccessSet,
  evidence: ProfileEvidence,
  other: ProfileEvidence | undefined,
): Outcome<Written, TooManyStates> {
  const known = new Set(other?.profile.rules.map((rule) => meaningOfRule(rule, "expanded")));
  const rules: CoverRule[] = [];
  let rest = difference;
  /** Tables in which no rule permits what is left: a rule that denies may bring it. */
  const left: { file?: AccessSet["file"]; policydb?: AccessSet["policydb"] } = {};
  while (rules.length < MOST_RULES) {
    const witness = witnessOf(rest);
    if (witness === undefined) break;
    const used = new Set(rules.map(({ rule }) => rule));
    const found = saying(witness, { used, known, rest, difference, evidence });
    if (!found.ok) return found;
    const next = found.value;
    if (next === undefined) {
      const table = witness.kind === "file" ? "file" : "policydb";
      left[table] = rest[table];
      rest = { ...rest, [table]: undefined };
      continue;
    }
    const more = subtract(rest, next.set);
    if (!more.ok) return more;
    rules.push({ rule: next.rule, text: undefined, inPart: !next.isInside, except: [], within: [], witness });
    rest = more.value;
  }
  return ok({ rules, rest: { ...rest, ...left } });
}

interface Saying {
  readonly rule: Rule;
  readonly set: AccessSet;
  /** All that the rule says is different. */
  readonly isInside: boolean;
}

/** A rule that permits an access of a difference: one that says nothing else, or one that the other side does not have, where there is one. */
function saying(
  witness: Access,
  context: {
    readonly used: ReadonlySet<Rule | undefined>;
    /** What the rules of the other side mean. */
    readonly known: ReadonlySet<string>;
    readonly rest: AccessSet;
    readonly difference: AccessSet;
    readonly evidence: ProfileEvidence;
  },
): Outcome<Saying | undefined, TooManyStates> {
  const { used, known, rest, difference, evidence } = context;
  const rules = [...rulesFor(evidence, witness, "allow"), ...implying(evidence, witness)];
  const isKnown = (rule: Rule): number => (known.has(meaningOfRule(rule, "expanded")) ? 1 : 0);
  let first: Saying | undefined;
  for (const rule of rules.toSorted((one, next) => isKnown(one) - isKnown(next))) {
    const own = used.has(rule) ? undefined : evidence.accessesOfRules([rule]);
    if (own === undefined) continue;
    const set = { ...noValues, file: own.file, policydb: own.policydb };
    const met = meets(rest, set);
    if (!met.ok) return met;
    if (!met.value) continue;
    const stated = withoutImplied(set, difference, rule, evidence);
    const inside = stated.ok ? contains(difference, stated.value) : stated;
    if (!inside.ok) return inside;
    if (inside.value) return ok({ rule, set, isInside: true });
    first ??= { rule, set, isInside: false };
  }
  return ok(first);
}

/** What a rule says without what comes with every rule of its kind, as far as that is not different. */
function withoutImplied(
  set: AccessSet,
  difference: AccessSet,
  rule: Rule,
  evidence: ProfileEvidence | undefined,
): Outcome<AccessSet, TooManyStates> {
  const implied = rule.kind === "change_profile" ? evidence?.accessesOfRules([{ ...rule, mode: "deny" }]) : undefined;
  if (implied === undefined) return ok(set);
  const same = subtract(implied, difference);
  return same.ok ? subtract(set, same.value) : same;
}

/** As rules of the decompiler, each tried; none where there are more than `most`. */
function rebuild(difference: AccessSet, read: ReadRule, most = MOST_RULES): Outcome<DifferenceCover, TooManyStates> {
  const cover = asRules(difference);
  if (cover.rules.length > most) return ok({ rules: [], isExact: false });
  const sets = cover.rules.map(read);
  const rules: CoverRule[] = [];
  let rest = difference;
  let isWithin = true;
  for (const [place, text] of cover.rules.entries()) {
    const set = sets[place];
    if (set === undefined) continue;
    const own = intersect(difference, set);
    const inside = contains(difference, set);
    const left = subtract(rest, set);
    if (!own.ok) return own;
    if (!inside.ok) return inside;
    if (!left.ok) return left;
    isWithin &&= inside.value;
    rest = left.value;
    rules.push({ rule: undefined, text, inPart: !inside.value, except: [], within: [], witness: witnessOf(own.value) });
  }
  const left = unsaid(rest);
  return ok({ rules: [...rules, ...left], isExact: isWithin && left.length === 0 });
}

/** What no rule says is shown by an example. */
function unsaid(rest: AccessSet): readonly CoverRule[] {
  const witness = witnessOf(rest);
  return witness === undefined
    ? []
    : [{ rule: undefined, text: undefined, inPart: false, except: [], within: [], witness }];
}

/**
 * A difference in the words of the policy itself. An access of it leads to the rule that permits it; what that rule permits is taken off, and
 * so on until nothing is left. What people wrote says a difference better than what can be rebuilt from an automaton; only where some of what
 * a rule says is not new, and what is new can be said shortly, the rebuilt rule takes its place.
 */
import { ok, type Outcome } from "../../foundation/basics/index.ts";
import type { TooManyStates } from "../../compiler/automata/index.ts";
import { meaningOfRule } from "../../language/edit/index.ts";
import { XINDEX_INHERIT } from "../../compiler/compiled/index.ts";
import type { Rule } from "../../language/model/index.ts";
import {
  type Access,
  type AccessSet,
  asRules,
  contains,
  FileBit,
  intersect,
  isEmpty,
  mapGrants,
  meets,
  parseExec,
  subtract,
  witnessOf,
} from "../sets/index.ts";
import { type Bounds, boundsOf, type Evidence } from "./bounds.ts";
import { implying, type ProfileEvidence, rulesFor } from "./responsible.ts";

/** A rule that says a part of a difference. */
export interface CoverRule extends Bounds {
  /** The rule of the policy that permits it; `undefined`: none is known. */
  readonly rule: Rule | undefined;
  /** The text where it was rebuilt; else the rule as it is written says it. */
  readonly text: string | undefined;
  /** Some of what it says is permitted on the other side, too, or denied on its own; where no bounds are given, none are known. */
  readonly inPart: boolean;
  /** It says nothing, or nothing within its bounds, but what is different or permitted on both sides. */
  readonly isExact: boolean;
  /** An access of the difference that it permits. */
  readonly witness: Access | undefined;
}

interface DifferenceCover {
  readonly rules: readonly CoverRule[];
  /** All rules are exact, and say all of the difference. */
  readonly isExact: boolean;
}

/** More than anybody reads; what is left then is said by an example. */
const MOST_RULES = 4000;
/** How many rules, rebuilt from automata of how many states, may say what is different of a rule. COST: many holes take seconds. */
interface Rebuilding {
  readonly rules: number;
  readonly states: number;
}

/** More than that says less than the rule as it is written. */
const SHORT: Rebuilding = { rules: 2, states: 40 };
/** Where nothing else says it. */
const LONG: Rebuilding = { rules: 12, states: 200 };

const noBounds: Bounds = { except: [], within: [] };

/** What is no automaton is compared on its own. */
const noValues = { capabilities: 0n, sockets: [], limits: [] } as const;

/** Reads a rule of its text form, for the ones that are rebuilt; `undefined`: it cannot be read. */
export type ReadRule = (text: string) => AccessSet | undefined;

/** The rules that permit a difference, which is all of one side's accesses that the other lacks. */
export function coverDifference(
  difference: AccessSet,
  evidence: Evidence,
  read: ReadRule,
): Outcome<readonly CoverRule[], TooManyStates> {
  const written =
    evidence.has === undefined ? ok(nothingWritten(difference)) : coverWritten(difference, evidence, read);
  if (!written.ok) return written;
  const { rules, rest } = written.value;
  if (isEmpty(rest)) return ok(rules);
  const rebuilt = rebuild(rest, read);
  if (!rebuilt.ok) return rebuilt;
  return ok([...rules, ...(rebuilt.value.rules.length === 0 ? unsaid(rest) : rebuilt.value.rules)]);
}

/** What is said of a rule, and which accesses that are. */
interface Part {
  readonly line: CoverRule;
  readonly said: AccessSet;
}

/** The part of a rule that is different, where that can be said shortly or with bounds; all that is said is different. */
function partsOf(
  { rule, set }: Saying,
  difference: AccessSet,
  { evidence, read }: { readonly evidence: Evidence; readonly read: ReadRule },
): readonly Part[] {
  const share = intersect(difference, set);
  if (!share.ok) return [];
  const different = share.value;
  const rebuilt = (most: Rebuilding): readonly Part[] | undefined =>
    rebuiltExactly(different, read, most)?.map((line) => ({ line: { ...line, rule }, said: different }));
  const short = rule.kind === "file" || rule.kind === "link" ? rebuilt(SHORT) : undefined;
  if (short !== undefined) return short;
  const stated = withoutImplied(set, different, rule, evidence.has);
  if (!stated.ok) return [];
  const parts = boundsOf({ rule, set: stated.value, different }, evidence).map(({ except, within, said }) => {
    const inPart = except.length + within.length > 0;
    return { line: { rule, text: undefined, isExact: true, inPart, except, within, witness: witnessOf(said) }, said };
  });
  const left = remaining(different, parts);
  return left.ok && isEmpty(left.value) ? parts : (rebuilt(LONG) ?? parts);
}

function remaining(set: AccessSet, parts: readonly Pick<Part, "said">[]): Outcome<AccessSet, TooManyStates> {
  return parts.reduce<Outcome<AccessSet, TooManyStates>>(
    (rest, { said }) => (rest.ok ? subtract(rest.value, said) : rest),
    ok(set),
  );
}

/** A set as rules that are it exactly, where they and its automata are no more than these. */
function rebuiltExactly(
  set: AccessSet,
  read: ReadRule,
  { states, rules }: Rebuilding,
): readonly CoverRule[] | undefined {
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

/** The rules that were looked at, and what is said of each. */
type Covered = ReadonlyMap<Rule, readonly CoverRule[]>;

function coverWritten(difference: AccessSet, evidence: Evidence, read: ReadRule): Outcome<Written, TooManyStates> {
  const known = new Set(evidence.lacks?.profile.rules.map((rule) => meaningOfRule(rule, "expanded")));
  const covered = new Map<Rule, readonly CoverRule[]>();
  const implied: AccessSet = { ...noValues, file: evidence.has?.impliedAccesses(), policydb: undefined };
  const stated = subtract(difference, implied);
  if (!stated.ok) return stated;
  let rest = stated.value;
  /** Tables in which no rule permits what is left. */
  const left: { file?: AccessSet["file"]; policydb?: AccessSet["policydb"] } = {};
  while (covered.size < MOST_RULES) {
    const witness = witnessOf(rest);
    if (witness === undefined) break;
    const found = saying(witness, { covered, known, rest, difference, evidence });
    if (!found.ok) return found;
    const next = found.value;
    if (next === undefined) {
      const table = witness.kind === "file" ? "file" : "policydb";
      left[table] = rest[table];
      rest = { ...rest, [table]: undefined };
      continue;
    }
    const { rule, set, isInside } = next;
    const whole = { ...noBounds, rule, text: undefined, isExact: true, inPart: !isInside, witness };
    // a rule that comes a second time says more than the parts of it that could be said
    const isLoose = isInside || covered.has(rule);
    const parts = isLoose ? [{ line: whole, said: set }] : partsOf(next, difference, { evidence, read });
    covered.set(
      rule,
      parts.map(({ line }) => line),
    );
    const more = remaining(rest, parts);
    if (!more.ok) return more;
    rest = more.value;
  }
  const rules = [...covered.values()].flat();
  const unstated = intersect(difference, implied);
  if (!unstated.ok) return unstated;
  if (isEmpty(unstated.value)) return ok({ rules, rest: { ...rest, ...left } });
  const rebuilt = rebuild(unstated.value, read);
  if (!rebuilt.ok) return rebuilt;
  return ok({ rules: [...rules, ...rebuilt.value.rules], rest: { ...rest, ...left } });
}

interface Saying {
  readonly rule: Rule;
  readonly set: AccessSet;
  /** All that the rule says is different. */
  readonly isInside: boolean;
}

interface SayingContext {
  /** Its rules come again where there is no other. */
  readonly covered: Covered;
  /** What the rules of the other side mean. */
  readonly known: ReadonlySet<string>;
  readonly rest: AccessSet;
  readonly difference: AccessSet;
  readonly evidence: Evidence;
}

/** A rule that permits an access of a difference: one that says nothing else, or one that the other side does not have, where there is one. */
function saying(
  witness: Access,
  { covered, known, rest, difference, evidence: { has } }: SayingContext,
): Outcome<Saying | undefined, TooManyStates> {
  if (has === undefined) return ok(undefined);
  const rules = [...rulesFor(has, witness, "allow"), ...implying(has, witness)];
  const rank = (rule: Rule): number => (covered.has(rule) ? 2 : known.has(meaningOfRule(rule, "expanded")) ? 1 : 0);
  let first: Saying | undefined;
  for (const rule of rules.toSorted((one, next) => rank(one) - rank(next))) {
    const own = has.accessesOfRules([rule]);
    if (own === undefined) continue;
    const set = { ...noValues, file: own.file, policydb: own.policydb };
    const met = meets(rest, set);
    if (!met.ok) return met;
    if (!met.value) continue;
    if (covered.has(rule)) return ok(first ?? { rule, set, isInside: false });
    const stated = withoutImplied(set, difference, rule, has);
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
  const wanted = withInseparable(difference);
  const cover = asRules(wanted);
  if (cover.rules.length > most) return ok({ rules: [], isExact: false });
  const rules: CoverRule[] = [];
  let rest = difference;
  for (const text of cover.rules) {
    const set = read(text);
    if (set === undefined) continue;
    const own = intersect(difference, set);
    const inside = contains(wanted, set);
    const left = subtract(rest, set);
    if (!own.ok) return own;
    if (!inside.ok) return inside;
    if (!left.ok) return left;
    rest = left.value;
    const isExact = inside.value;
    rules.push({ ...noBounds, rule: undefined, text, isExact, inPart: !isExact, witness: witnessOf(own.value) });
  }
  const left = unsaid(rest);
  return ok({ rules: [...rules, ...left], isExact: left.length === 0 && rules.every(({ isExact }) => isExact) });
}

/**
 * Whoever may write may append, what is executed may be, under the same profile it may be mapped, and a link without a test is a link: no rule
 * says the one without the other.
 */
function withInseparable(set: AccessSet): AccessSet {
  const { file } = set;
  if (file === undefined) return set;
  const whole = mapGrants(file, ({ bits, others, execs }) => {
    const brought = (own: number, half: "owner" | "other"): number => {
      const ways = execs.map(parseExec).filter((exec) => exec.half === half);
      return (
        own |
        ((own & FileBit.w) === 0 ? 0 : FileBit.a) |
        ((own & FileBit.freeLink) === 0 ? 0 : FileBit.l) |
        (ways.length === 0 ? 0 : FileBit.x) |
        (ways.some(({ word }) => (word & XINDEX_INHERIT) !== 0) ? FileBit.m : 0)
      );
    };
    return { bits: brought(bits, "owner"), others: brought(others, "other"), execs };
  });
  return { ...set, file: whole };
}

/** What no rule says is shown by an example. */
function unsaid(rest: AccessSet): readonly CoverRule[] {
  const witness = witnessOf(rest);
  return witness === undefined
    ? []
    : [{ ...noBounds, rule: undefined, text: undefined, isExact: false, inPart: false, witness }];
}

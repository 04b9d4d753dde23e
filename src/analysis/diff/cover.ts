/**
 * A difference in the words of the policy itself. An access of it leads to the rule that permits it; what that rule permits is taken off, and
 * so on until nothing is left. What people wrote says a difference better than what can be rebuilt from an automaton; only where some of what
 * a rule says is not new, and what is new can be said shortly, the rebuilt rule takes its place.
 */
import { ok, type Outcome } from "../../foundation/basics/index.ts";
import type { TooManyStates } from "../../compiler/automata/index.ts";
import type { Rule } from "../../language/model/index.ts";
import {
  type Access,
  type AccessSet,
  asRules,
  contains,
  intersect,
  isEmpty,
  subtract,
  witnessOf,
} from "../sets/index.ts";
import { type ProfileEvidence, rulesFor } from "./responsible.ts";

/** A rule that says a part of a difference. */
export interface CoverRule {
  /** The rule of the policy that permits it; `undefined`: none is known. */
  readonly rule: Rule | undefined;
  /** The text where it was rebuilt; else the rule as it is written says it. */
  readonly text: string | undefined;
  /** Some of what it says is permitted on the other side, too, or denied on its own. */
  readonly inPart: boolean;
  /** Rules that say which part that is: without what they say, the rule says what is different, and nothing else. Empty: none are known. */
  readonly except: readonly Bound[];
  /** Deny rules of the other side: what the rule says and they say, too, is different, and nothing else. Empty: none are known. */
  readonly within: readonly Bound[];
  /** An access of the difference that it permits. */
  readonly witness: Access | undefined;
}

/** A rule that bounds what is meant of another: of the side that lacks the difference, or a deny rule of the side that has it. */
interface Bound {
  readonly rule: Rule;
  readonly isOwn: boolean;
}

/** What is known of the texts of the side that permits the difference, and of the other. */
interface Evidence {
  readonly has: ProfileEvidence | undefined;
  readonly lacks: ProfileEvidence | undefined;
}

interface DifferenceCover {
  readonly rules: readonly CoverRule[];
  /** Nothing of the difference is left out, and what the rules say beyond it is permitted on both sides. */
  readonly isExact: boolean;
}

/** More than a person reads; what is left then is said by an example. */
const MOST_RULES = 400;
/** What is new of a rule is said by so many at most; else the rule as it is written says more. */
const MOST_REBUILT = 2;
/** COST: rebuilding takes seconds where a difference has many holes. */
const MOST_REBUILT_STATES = 40;

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
  const { has } = evidence;
  const written = has === undefined ? ok(nothingWritten(difference)) : coverWritten(difference, has);
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
  const set = whole.rule && evidence.has?.accessesOfRule(whole.rule);
  if (set === undefined) return [whole];
  const isFile = whole.rule?.kind === "file" || whole.rule?.kind === "link";
  const share = intersect(difference, set);
  if (!share.ok) return [whole];
  if (isFile && (share.value.file?.dfa.stateCount ?? 0) <= MOST_REBUILT_STATES) {
    const rebuilt = rebuild({ ...share.value, policydb: undefined }, read, MOST_REBUILT);
    if (rebuilt.ok && rebuilt.value.isExact) return rebuilt.value.rules.map((rule) => ({ ...rule, rule: whole.rule }));
  }
  return [{ ...whole, ...boundsOf(set, { difference, share: share.value }, evidence) }];
}

/** What a rule says of a difference. */
interface Share {
  readonly difference: AccessSet;
  readonly share: AccessSet;
}

/** Which part of what a rule says is different, in the words of other rules; of neither kind where these do not say just that. */
function boundsOf(
  set: AccessSet,
  { difference, share }: Share,
  { has, lacks }: Evidence,
): Pick<CoverRule, "except" | "within"> {
  const rest = subtract({ ...noValues, file: set.file, policydb: set.policydb }, difference);
  if (!rest.ok) return { except: [], within: [] };
  const except = boundedBy(
    rest.value,
    (witness) => [...named(lacks, witness, "allow"), ...named(has, witness, "deny", true)],
    (said) => {
      const common = intersect(share, said);
      return common.ok && isEmpty(common.value);
    },
  );
  if (except.length > 0) return { except, within: [] };
  const within = boundedBy(
    share,
    (witness) => named(lacks, witness, "deny"),
    (said) => {
      const common = intersect(rest.value, said);
      return common.ok && isEmpty(common.value);
    },
  );
  return { except, within };
}

/** A bound, and all that its rule speaks of. */
interface Named extends Bound {
  readonly said: AccessSet;
}

function named(
  evidence: ProfileEvidence | undefined,
  witness: Access,
  mode: "allow" | "deny",
  isOwn = false,
): readonly Named[] {
  if (evidence === undefined) return [];
  return rulesFor(evidence, witness, mode).flatMap((rule) => {
    const said = evidence.accessesOfRule(asAllowed(rule));
    return said === undefined ? [] : [{ rule, isOwn, said }];
  });
}

/** More than that a person does not take off a rule. */
const MOST_BOUNDS = 5;

/** Rules that speak of all of a set, each of them fit; none: there are no such rules. */
function boundedBy(
  set: AccessSet,
  candidates: (witness: Access) => readonly Named[],
  isFit: (said: AccessSet) => boolean,
): readonly Bound[] {
  const found: Bound[] = [];
  let rest = set;
  for (let witness = witnessOf(rest); witness !== undefined; witness = witnessOf(rest)) {
    const next = candidates(witness).find(({ said }) => isFit(said));
    if (next === undefined || found.some(({ rule }) => rule === next.rule) || found.length === MOST_BOUNDS) return [];
    found.push({ rule: next.rule, isOwn: next.isOwn });
    const left = subtract(rest, next.said);
    if (!left.ok) return [];
    rest = left.value;
  }
  return found;
}

function asAllowed(rule: Rule): Rule {
  return rule.kind === "rlimit" || rule.mode !== "deny" ? rule : { ...rule, mode: "allow" };
}

interface Written {
  readonly rules: readonly CoverRule[];
  readonly rest: AccessSet;
}

function nothingWritten(rest: AccessSet): Written {
  return { rules: [], rest };
}

function coverWritten(difference: AccessSet, evidence: ProfileEvidence): Outcome<Written, TooManyStates> {
  const rules: CoverRule[] = [];
  let rest = difference;
  /** Tables in which no rule permits what is left: a rule that denies may bring it. */
  const left: { file?: AccessSet["file"]; policydb?: AccessSet["policydb"] } = {};
  while (rules.length < MOST_RULES) {
    const witness = witnessOf(rest);
    if (witness === undefined) break;
    const used = new Set(rules.map(({ rule }) => rule));
    const rule = rulesFor(evidence, witness, "allow").find((one) => !used.has(one));
    const own = rule && evidence.accessesOfRule(rule);
    if (rule === undefined || own === undefined) {
      const table = witness.kind === "file" ? "file" : "policydb";
      left[table] = rest[table];
      rest = { ...rest, [table]: undefined };
      continue;
    }
    const set = { ...noValues, file: own.file, policydb: own.policydb };
    const inside = isInside(difference, set, rule, evidence);
    if (!inside.ok) return inside;
    const more = subtract(rest, set);
    if (!more.ok) return more;
    rules.push({ rule, text: undefined, inPart: !inside.value, except: [], within: [], witness });
    rest = more.value;
  }
  return ok({ rules, rest: { ...rest, ...left } });
}

/** Whether all that a rule says is in the difference, whatever comes with every rule of its kind. */
function isInside(
  difference: AccessSet,
  set: AccessSet,
  rule: Rule,
  evidence: ProfileEvidence,
): Outcome<boolean, TooManyStates> {
  const inside = contains(difference, set);
  if (!inside.ok || inside.value || rule.kind !== "change_profile") return inside;
  const implied = evidence.accessesOfRule({ ...rule, mode: "deny" });
  const own = implied === undefined ? ok(set) : subtract(set, implied);
  return own.ok ? contains(difference, own.value) : own;
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

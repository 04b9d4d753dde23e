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
  /** Some of what it says is permitted on the other side, too. */
  readonly inPart: boolean;
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
  evidence: ProfileEvidence | undefined,
  read: ReadRule,
): Outcome<DifferenceCover, TooManyStates> {
  const written = evidence === undefined ? ok(nothingWritten(difference)) : coverWritten(difference, evidence);
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

/** The new part of a rule, where it can be said shortly and exactly; else the rule. */
function sharpen(
  whole: CoverRule,
  difference: AccessSet,
  evidence: ProfileEvidence | undefined,
  read: ReadRule,
): readonly CoverRule[] {
  const isFile = whole.rule?.kind === "file" || whole.rule?.kind === "link";
  const set = whole.rule && isFile ? evidence?.accessesOfRule(whole.rule) : undefined;
  const share = set && intersect({ ...difference, policydb: undefined }, set);
  if (share?.ok !== true || (share.value.file?.dfa.stateCount ?? 0) > MOST_REBUILT_STATES) return [whole];
  const rebuilt = rebuild(share.value, read, MOST_REBUILT);
  if (!rebuilt.ok || !rebuilt.value.isExact) return [whole];
  return rebuilt.value.rules.map((rule) => ({ ...rule, rule: whole.rule }));
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
  while (rules.length < MOST_RULES) {
    const witness = witnessOf(rest);
    if (witness === undefined) break;
    const used = new Set(rules.map(({ rule }) => rule));
    const rule = rulesFor(evidence, witness, "allow").find((one) => !used.has(one));
    const own = rule && evidence.accessesOfRule(rule);
    if (own === undefined) break;
    const set = { ...noValues, file: own.file, policydb: own.policydb };
    const inside = contains(difference, set);
    if (!inside.ok) return inside;
    const left = subtract(rest, set);
    if (!left.ok) return left;
    rules.push({ rule, text: undefined, inPart: !inside.value, witness });
    rest = left.value;
  }
  return ok({ rules, rest });
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
    rules.push({ rule: undefined, text, inPart: !inside.value, witness: witnessOf(own.value) });
  }
  const left = unsaid(rest);
  return ok({ rules: [...rules, ...left], isExact: isWithin && left.length === 0 });
}

/** What no rule says is shown by an example. */
function unsaid(rest: AccessSet): readonly CoverRule[] {
  const witness = witnessOf(rest);
  return witness === undefined ? [] : [{ rule: undefined, text: undefined, inPart: false, witness }];
}

/**
 * A part of what a rule asks, in words that are there already: the rule without what rules of the policy say, or these rules themselves. Rules
 * that are rebuilt from automata are near some sets only; these are tried, and given where they say just the set.
 */
import { draftOf } from "../analysis/explain/index.ts";
import { type AccessSet, contains, isEmpty, meets, type Question, subtract } from "../analysis/sets/index.ts";
import { ok, type Outcome } from "../foundation/basics/index.ts";
import { printRule } from "../language/edit/index.ts";
import type { Rule } from "../language/model/index.ts";

interface Asked {
  readonly question: Question;
  /** What is asked and not meant. */
  readonly rest: AccessSet;
  /** Rules that may say what is not meant. */
  readonly without: readonly Rule[];
  /** Rules that may say what is meant. */
  readonly within: readonly Rule[];
  /** A rule as a question to the same profile. */
  readonly read: (rule: string) => Outcome<Question, string>;
}

/** More than that a person does not put together. */
const MOST_RULES = 4;

/**
 * Rules that say all of a set, and beyond it nothing of what is asked; `undefined`: none are found. What follows `audit deny ` is taken off the
 * rule before it.
 */
export function wordsOfSet(wanted: AccessSet, asked: Asked): readonly string[] | undefined {
  return askedWords(wanted, asked) ?? ruleWords(wanted, asked);
}

/** The asked rule, and what is taken off it. */
function askedWords(wanted: AccessSet, { question, rest, without, read }: Asked): readonly string[] | undefined {
  const text = printRule(draftOf(question.rule));
  if (!says(text, question, read)) return undefined;
  if (isEmpty(rest)) return [text];
  const others = textsOf(without);
  if (others === undefined) return undefined;
  let left: Outcome<AccessSet, unknown> = ok(question.set);
  for (const other of others) {
    const own = read(other);
    if (!own.ok || !left.ok) return undefined;
    left = subtract(left.value, own.value.set);
  }
  if (!left.ok || !isYes(contains(left.value, wanted)) || !isNo(meets(left.value, rest))) return undefined;
  return [text, ...others.map((other) => `audit deny ${other}`)];
}

/** The rules that say it where nothing else of theirs is asked. */
function ruleWords(wanted: AccessSet, { question, rest, within, read }: Asked): readonly string[] | undefined {
  const texts = textsOf(within);
  let left: Outcome<AccessSet, unknown> = ok(wanted);
  for (const text of texts ?? []) {
    const own = read(text);
    if (!own.ok || !left.ok) return undefined;
    if (!isYes(contains(question.set, own.value.set)) || !isNo(meets(own.value.set, rest))) return undefined;
    left = subtract(left.value, own.value.set);
  }
  return left.ok && isEmpty(left.value) ? texts : undefined;
}

/** `undefined`: there are none, too many, or some that are not sets of their own. */
function textsOf(rules: readonly Rule[]): readonly string[] | undefined {
  if (rules.length === 0 || rules.length > MOST_RULES) return undefined;
  if (rules.some(({ kind }) => kind === "rlimit" || kind === "all")) return undefined;
  return rules.map((rule) => printRule(draftOf(rule)));
}

/** Whether a text asks what is asked: variables of a suite are not those of the policy. */
function says(text: string, { set }: Question, read: Asked["read"]): boolean {
  const own = read(text);
  return own.ok && isYes(contains(set, own.value.set)) && isYes(contains(own.value.set, set));
}

function isYes(outcome: Outcome<boolean, unknown>): boolean {
  return outcome.ok && outcome.value;
}

function isNo(outcome: Outcome<boolean, unknown>): boolean {
  return outcome.ok && !outcome.value;
}

/**
 * What is in the way of an expectation, in words that are there already: the rule that was asked, without what rules of the policy allow of it,
 * or these rules themselves. Rules that are rebuilt from automata are near some sets only; these are tried, and taken where they say just the set.
 */
import type { Counterexample } from "../analysis/expectations/index.ts";
import { draftOf } from "../analysis/explain/index.ts";
import { type AccessSet, contains, meets, type Question, subtract } from "../analysis/sets/index.ts";
import { ok, type Outcome } from "../foundation/basics/index.ts";
import { printRule } from "../language/edit/index.ts";
import type { Rule } from "../language/model/index.ts";

/** A question, and what is known about it. */
interface Failing {
  readonly kind: "all" | "none" | "some";
  readonly question: Question;
  readonly allowed: AccessSet;
  /** The rules that allow some of it. */
  readonly allowing: readonly Rule[];
  /** A rule as a question to the same profile. */
  readonly read: (rule: string) => Outcome<Question, string>;
}

/** More than that a person does not take off a rule. */
const MOST_RULES = 5;

/** The counterexample with rules that say all of it, where they are found; else as it was. */
export function inWords(found: Counterexample, failing: Failing): Counterexample {
  if (found.isExact && found.rules.length > 0 && found.rules.length <= MOST_RULES) return found;
  const rules = failing.kind === "none" ? allowedWords(failing) : refusedWords(failing);
  return rules === undefined ? found : { ...found, rules, isExact: true };
}

/** The asked rule, and what is taken off it. */
function refusedWords({ question, allowed, allowing, read }: Failing): readonly string[] | undefined {
  const asked = printRule(draftOf(question.rule));
  const others = allowing
    .filter(({ kind }) => kind !== "rlimit" && kind !== "all")
    .map((rule) => printRule(draftOf(rule)));
  if (others.length !== allowing.length || others.length > MOST_RULES) return undefined;
  let rest: Outcome<AccessSet, unknown> = ok(question.set);
  for (const text of others) {
    const own = read(text);
    if (!own.ok || !rest.ok) return undefined;
    rest = subtract(rest.value, own.value.set);
  }
  if (!rest.ok || !says(asked, question, read)) return undefined;
  const wanted = subtract(question.set, allowed);
  const isAll = wanted.ok ? contains(rest.value, wanted.value) : wanted;
  const isMore = meets(rest.value, allowed);
  return isAll.ok && isAll.value && isMore.ok && !isMore.value
    ? [asked, ...others.map((text) => `audit deny ${text}`)]
    : undefined;
}

/** The rules that allow it where nothing else of theirs is asked; or the asked rule, where all of it is allowed. */
function allowedWords({ question, allowed, allowing, read }: Failing): readonly string[] | undefined {
  const asked = printRule(draftOf(question.rule));
  const isWhole = contains(allowed, question.set);
  if (isWhole.ok && isWhole.value) return says(asked, question, read) ? [asked] : undefined;
  const texts = allowing.map((rule) => printRule(draftOf(rule)));
  if (texts.length === 0 || texts.length > MOST_RULES) return undefined;
  let rest: Outcome<AccessSet, unknown> = ok(question.set);
  for (const text of texts) {
    const own = read(text);
    if (!own.ok || !rest.ok) return undefined;
    const isAsked = contains(question.set, own.value.set);
    const isGranted = contains(allowed, own.value.set);
    if (!isAsked.ok || !isAsked.value || !isGranted.ok || !isGranted.value) return undefined;
    rest = subtract(rest.value, own.value.set);
  }
  const left = rest.ok ? meets(rest.value, allowed) : rest;
  return left.ok && !left.value ? texts : undefined;
}

/** Whether a text asks what is asked: variables of a suite are not those of the policy. */
function says(text: string, { set }: Question, read: Failing["read"]): boolean {
  const own = read(text);
  if (!own.ok) return false;
  const [more, less] = [contains(set, own.value.set), contains(own.value.set, set)];
  return more.ok && more.value && less.ok && less.value;
}

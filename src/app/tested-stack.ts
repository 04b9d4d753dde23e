/** Expectations about a label that is a stack: what one of its profiles refuses is refused. */
import { type Counterexample, counterexample, type Expectation, holds } from "../analysis/expectations/index.ts";
import { type AccessSet, contains, intersect, type Question } from "../analysis/sets/index.ts";
import { fail, ok, type Outcome } from "../foundation/basics/index.ts";
import { sameQuestion, type StackMember } from "./stack-members.ts";
import { allowedOf, failed, linesOf, plainResult, questionOf, type Tested, TOO_LARGE, whyFree } from "./tested-file.ts";
import type { ExpectationResult } from "./test-report.ts";

type Kind = Exclude<Expectation["kind"], "never-reach">;

/** A profile of the stack that kernels ask. */
interface AskedProfile {
  readonly name: string;
  readonly tested: Tested;
  readonly question: Question;
  readonly set: AccessSet;
}

/** Decides an expectation about a stack. `preamble`: the suite's, if it has one. */
export function runOnStack(
  expectation: Expectation,
  label: string,
  members: readonly StackMember<Tested>[],
  preamble: string,
): ExpectationResult {
  const { kind, text } = expectation;
  const plain = plainResult(expectation, label);
  const undecided = (message: string): ExpectationResult => ({ ...plain, outcome: "undecided", message });
  if (kind === "never-reach") return undecided("what a stack reaches is not decided");
  const asked: AskedProfile[] = [];
  let free: string | undefined;
  for (const { name, item: tested } of members) {
    const question = questionOf(text, tested, preamble);
    if (!question.ok) return undecided(question.error);
    const why = whyFree(tested.subject.profile, question.value);
    free ??= why;
    if (why === undefined) asked.push({ name, tested, question: question.value, set: question.value.set });
  }
  if (asked.length === 0) {
    return kind === "none" ? { ...plain, outcome: "failed", message: free } : { ...plain, outcome: "passed" };
  }
  const found = decide(kind, asked);
  if (!found.ok) return undecided(found.error);
  if (found.value === undefined) return { ...plain, outcome: "passed" };
  const { deciding, example } = found.value;
  const wanted = kind === "none" ? "allowed" : "denied";
  const lines = deciding.flatMap(({ question, tested }) => linesOf(question, tested, wanted));
  const result = failed(plain, kind, example, lines);
  const names = deciding.map(({ name }) => `\`${name}\``).join(", ");
  if (members.length === 1) return result;
  const who = kind === "none" ? `, by all of ${names}` : `: all or a part is refused by ${names}`;
  return { ...result, message: `${result.message}${who}` };
}

interface NotHeld {
  readonly example: Counterexample;
  /** Of `none` all that are asked, of the others those that do not allow all of it. */
  readonly deciding: readonly AskedProfile[];
}

/** `undefined`: it holds. Errors: a sentence: it cannot be decided. */
function decide(kind: Kind, asked: readonly AskedProfile[]): Outcome<NotHeld | undefined, string> {
  const set = sameQuestion(asked);
  if (!set.ok) return set;
  let allowed: AccessSet | undefined;
  const deciding: AskedProfile[] = [];
  for (const one of asked) {
    const own = allowedOf(one.tested.subject);
    const isWhole = contains(own, set.value);
    const both = allowed === undefined ? ok(own) : intersect(allowed, own);
    if (!isWhole.ok || !both.ok) return fail(TOO_LARGE);
    allowed = both.value;
    if (kind === "none" || !isWhole.value) deciding.push(one);
  }
  if (allowed === undefined) return ok(undefined);
  const held = holds(kind, set.value, allowed);
  if (!held.ok) return fail(TOO_LARGE);
  if (held.value) return ok(undefined);
  const example = counterexample(kind, set.value, allowed);
  return example.ok ? ok({ example: example.value, deciding }) : fail(TOO_LARGE);
}

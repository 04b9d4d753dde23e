/** Expectations decided for the profiles of one file, their coverage, and what they would notice of mutants of these profiles. */
import {
  type Counterexample,
  counterexample,
  type Expectation,
  holds,
  isSelected,
  mutantsOf,
  type parseSuite,
} from "../analysis/expectations/index.ts";
import { explainQuestion, type Subject } from "../analysis/explain/index.ts";
import { type AccessSet, accessesOf, intersect, type Question, subtract, witnessOf } from "../analysis/sets/index.ts";
import { compilePolicy } from "../compiler/compile/index.ts";
import { invariant, type Outcome, withChildren } from "../foundation/basics/index.ts";
import { isFreeOf, type Profile, type Rule } from "../language/model/index.ts";
import { placeOfRule, type RulePlace, type WorldFile } from "./meaning-world.ts";
import { readQuestion } from "./query-policy.ts";
import { wordsOfSet } from "./set-words.ts";
import type { Coverage, ExpectationResult, MutationScore } from "./test-report.ts";

export type ParsedSuite = ReturnType<typeof parseSuite>;

/** A profile in the company of its file. */
export interface Tested {
  readonly subject: Subject;
  readonly file: WorldFile;
}

/** An expectation that was asked of a profile, for coverage and mutants. */
export interface Asked {
  readonly tested: Tested;
  readonly kind: "all" | "none" | "some";
  readonly question: Question;
  readonly passed: boolean;
}

/** A result; or, where `neverReach` says what is asked, one that only the whole policy decides. */
export interface FileResult extends ExpectationResult {
  readonly neverReach?: { readonly from: Pick<Profile, "name" | "namespace">; readonly label: string };
}

/** Expectations about the profiles of one file. Plain data: it crosses threads. */
export interface FileReport {
  readonly profiles: readonly Pick<Profile, "name" | "namespace" | "attachment">[];
  /** For each suite, for each of its tests. */
  readonly results: readonly (readonly (readonly FileResult[])[])[];
  readonly coverage: readonly Coverage[];
  /** How many mutants each profile has, where they are wanted; `undefined`: nothing that is asked of it holds, so there is nothing to notice them by. */
  readonly mutants: readonly (number | undefined)[];
  /** What is noticed of them, of profiles that have few enough. */
  readonly scores: readonly (MutationScore | undefined)[];
}

/** A file that expectations are put to. */
export interface TestedFile {
  readonly report: (options: ReportOptions) => FileReport;
  /** What is noticed of mutants of a profile of the file. */
  readonly score: (profile: number, range: MutantRange) => MutationScore;
  /** Those that are not noticed. */
  readonly missed: (profile: number, range: MutantRange) => readonly MissedMutant[];
}

/** A mutant that expectations do not notice, and what would: an access, as a rule, that it allows and the profile does not (`none`), or the reverse. */
export interface MissedMutant {
  readonly kind: "none" | "all";
  readonly witness: string;
  /** What the mutant allows. */
  readonly allowed: AccessSet;
}

export interface ReportOptions {
  readonly coverage: boolean;
  readonly mutations: boolean;
  /** Profiles with more mutants have them decided by themselves, in pieces. */
  readonly fewMutants: number;
}

export interface MutantRange {
  readonly first: number;
  /** Behind the last. */
  readonly end: number;
}

/** Puts suites to a file; everything is decided when it is asked for, and once. */
export function testedFile(file: WorldFile, suites: readonly ParsedSuite[]): TestedFile {
  const all = file.subjects.map((subject): Tested => ({ subject, file }));
  let answered: { readonly results: FileReport["results"]; readonly asked: readonly Asked[] } | undefined;
  const answers = (): NonNullable<typeof answered> => {
    if (answered !== undefined) return answered;
    const asked: Asked[] = [];
    const results = suites.map((suite) =>
      suite.tests.map((test) =>
        all
          .filter(({ subject }) => isSelected(test.selection, subject.profile.name))
          .flatMap((tested) =>
            test.expectations.map((one) => runExpectation(one, tested, { preamble: suite.preamble, asked })),
          ),
      ),
    );
    answered = { results, asked };
    return answered;
  };
  const testedAt = (profile: number): Tested => {
    const tested = all[profile];
    invariant(tested !== undefined, "a profile of the file is asked for");
    return tested;
  };
  return {
    report: ({ coverage, mutations, fewMutants }) => {
      const { results, asked } = answers();
      const isAsked = (tested: Tested): boolean => asked.some((one) => one.tested === tested && one.passed);
      const mutants = all.map((tested) => (mutations && isAsked(tested) ? mutantCount(tested) : undefined));
      return {
        profiles: all.map(({ subject: { profile } }) => {
          return { name: profile.name, namespace: profile.namespace, attachment: profile.attachment };
        }),
        results,
        coverage: coverage ? all.flatMap((tested) => coverageOf(tested, asked)) : [],
        mutants,
        scores: all.map((tested, place) => {
          const end = mutants[place];
          return end === undefined || end > fewMutants ? undefined : scoreOf(tested, asked, { first: 0, end });
        }),
      };
    },
    score: (profile, range) => scoreOf(testedAt(profile), answers().asked, range),
    missed: (profile, range) => {
      const tested = testedAt(profile);
      const about = answers().asked.filter((one) => one.tested === tested && one.passed);
      return [...missedMutants(tested, range, () => about)];
    },
  };
}

export const TOO_LARGE = "the rule and the profile multiply to more states than can be compared";

interface Run {
  readonly preamble: string;
  readonly asked: Asked[];
}

function runExpectation(expectation: Expectation, tested: Tested, run: Run): FileResult {
  const { kind, text } = expectation;
  const plain = plainResult(expectation, tested.subject.profile.name);
  const undecided = (message: string): ExpectationResult => ({ ...plain, outcome: "undecided", message });
  if (kind === "never-reach") {
    const { name, namespace } = tested.subject.profile;
    return { ...undecided(""), neverReach: { from: { name, namespace }, label: text } };
  }
  const question = questionOf(text, tested, run.preamble);
  if (!question.ok) return undecided(question.error);
  const free = whyFree(tested.subject.profile, question.value);
  if (free !== undefined) {
    const passed = kind !== "none";
    return passed ? { ...plain, outcome: "passed" } : { ...plain, outcome: "failed", message: free };
  }
  const allowed = allowedOf(tested.subject);
  const passed = holds(kind, question.value.set, allowed);
  if (!passed.ok) return undecided(TOO_LARGE);
  run.asked.push({ tested, kind, question: question.value, passed: passed.value });
  if (passed.value) return { ...plain, outcome: "passed" };
  const example = counterexample(kind, question.value.set, allowed);
  if (!example.ok) return undecided(TOO_LARGE);
  const worded = inWords(example.value, kind, { question: question.value, allowed, tested, preamble: run.preamble });
  return failed(plain, kind, worded, linesOf(question.value, tested, kind === "none" ? "allowed" : "denied"));
}

/** Rules that were searched for where they say it all, and are not many. */
const MOST_REBUILT = 5;

interface Failing {
  readonly question: Question;
  readonly allowed: AccessSet;
  readonly tested: Tested;
  readonly preamble: string;
}

/** The same with rules that say all of it, where some are found. */
function inWords(
  found: Counterexample,
  kind: Asked["kind"],
  { question, allowed, tested, preamble }: Failing,
): Counterexample {
  if (found.isExact && found.rules.length > 0 && found.rules.length <= MOST_REBUILT) return found;
  const inside = intersect(question.set, allowed);
  const outside = subtract(question.set, allowed);
  if (!inside.ok || !outside.ok) return found;
  const allowing = rulesOf(question, tested.subject, (outcome) => outcome === "allowed");
  const shared = { question, read: (rule: string) => questionOf(rule, tested, preamble) };
  const rules =
    kind === "none"
      ? wordsOfSet(inside.value, { ...shared, rest: outside.value, without: [], within: allowing })
      : wordsOfSet(outside.value, { ...shared, rest: inside.value, without: allowing, within: [] });
  return rules === undefined ? found : { ...found, rules, isExact: true };
}

/** What a result says before anything is decided. */
export function plainResult({ kind, line, text }: Expectation, profile: string): Omit<ExpectationResult, "outcome"> {
  const written = kind === "never-reach" ? `never reach ${text},` : `${kind} ${text}`;
  const nothing = { message: undefined, rules: [], exact: true, witness: undefined, lines: [] };
  return { profile, text: written, line, ...nothing };
}

/** The rule of an expectation as a profile is asked it. `preamble`: the suite's, if it has one. */
export function questionOf(text: string, { file, subject }: Tested, preamble: string): Outcome<Question, string> {
  const { questions } = file;
  const before = preamble.trim() === "" ? questions.preamble : preamble;
  return readQuestion(text, { ...questions, preamble: before }, subject.profile);
}

const FAILED = { none: "this is allowed", all: "this is not allowed", some: "nothing of it is allowed" } as const;

/** With what is in the way. */
export function failed(
  plain: Omit<ExpectationResult, "outcome">,
  kind: Asked["kind"],
  { rules, isExact, witness }: Counterexample,
  lines: readonly RulePlace[],
): ExpectationResult {
  return { ...plain, outcome: "failed", message: FAILED[kind], rules, exact: isExact, witness, lines };
}

/** Why everything that is asked is allowed, whatever the rules say. */
export function whyFree(profile: Profile, question: Question): string | undefined {
  if (isFreeOf(profile, question.rule.kind)) return `the profile is ${profile.flags.mode}, which allows everything`;
  return question.isMediated ? undefined : "this kernel and ABI do not look at it, so it is allowed";
}

const sets = new WeakMap<Subject, AccessSet>();

export function allowedOf(subject: Subject): AccessSet {
  const known = sets.get(subject) ?? accessesOf(subject.compiled);
  sets.set(subject, known);
  return known;
}

/** The rules that decide a part of a question. */
export function linesOf(question: Question, tested: Tested, outcome: "allowed" | "denied"): readonly RulePlace[] {
  return rulesOf(question, tested.subject, (part) => part === outcome).map((rule) => placeOfRule(rule, tested.file));
}

function rulesOf(question: Question, subject: Subject, isWanted: (outcome: string) => boolean): readonly Rule[] {
  const explained = explainQuestion(question, subject);
  if (!explained.ok) return [];
  const rules = new Set(explained.value.parts.flatMap((part) => (isWanted(part.outcome) ? part.rules : [])));
  return subject.profile.rules.filter((rule) => rules.has(rule));
}

/** Rules that the profile's own file has, without what it includes. */
export function isOwn({ origin }: Rule): boolean {
  return origin.includes.length === 0;
}

function coverageOf(tested: Tested, asked: readonly Asked[]): readonly Coverage[] {
  const { profile } = tested.subject;
  const own = profile.rules.filter(isOwn);
  const about = asked.filter((one) => one.tested === tested);
  if (about.length === 0 || own.length === 0) return [];
  const touched = new Set(about.flatMap(({ question }) => rulesOf(question, tested.subject, () => true)));
  const untouched = own.filter((rule) => !touched.has(rule)).map((rule) => placeOfRule(rule, tested.file));
  return [{ profile: profile.name, rules: own.length, untouched }];
}

interface JudgedMutant {
  readonly rule: Rule;
  readonly change: string;
  readonly allowed: AccessSet;
  /** What it allows more, or less if nothing; `undefined`: it is equivalent. */
  readonly difference: { readonly kind: "none" | "all"; readonly set: AccessSet } | undefined;
}

/** The mutants of a profile, from the one with the first number to before the one with the last, compiled; those that cannot be compiled are no mutants, for nobody could load them. */
function judgedMutants({ subject }: Tested, { first, end }: MutantRange): readonly JudgedMutant[] {
  const allowed = allowedOf(subject);
  const mutants = mutantsOf(subject.profile, isOwn).slice(first, end);
  return mutants.flatMap(({ change, profile, rule }): readonly JudgedMutant[] => {
    const profiles = familyWith(profile, subject);
    const { value, diagnostics } = compilePolicy({ ...subject.policy, profiles }, subject.options);
    const compiled = value.flatMap((family) => family.profiles).find(({ name }) => name === subject.profile.name);
    if (compiled === undefined || diagnostics.some(({ severity }) => severity === "error")) return [];
    const mutated = accessesOf(compiled);
    const more = subtract(mutated, allowed);
    const less = subtract(allowed, mutated);
    if (!more.ok || !less.ok) return [];
    const shared = { rule, change, allowed: mutated };
    if (witnessOf(more.value) !== undefined) return [{ ...shared, difference: { kind: "none", set: more.value } }];
    if (witnessOf(less.value) !== undefined) return [{ ...shared, difference: { kind: "all", set: less.value } }];
    return [{ ...shared, difference: undefined }];
  });
}

/**
 * The family of a profile with a mutant in its place: what a profile may do without a rule hangs on whether it is a child, a hat, or has such.
 * The others have no rules, for those do not matter to it.
 */
function familyWith(mutant: Profile, { policy, profile: original }: Subject): readonly Profile[] {
  const shell = (one: Profile): Profile => {
    const { rules } = one === original ? mutant : { rules: [] };
    return { ...one, rules, children: one.children.map(shell) };
  };
  return policy.profiles.filter((one) => withChildren([one]).includes(original)).map(shell);
}

export function isNoticed(
  { allowed }: Pick<JudgedMutant, "allowed">,
  expectations: readonly Pick<Asked, "kind" | "question">[],
): boolean {
  return expectations.some(({ kind, question }) => {
    const held = holds(kind, question.set, allowed);
    return held.ok && !held.value;
  });
}

/** What the expectations of a file would notice of some of a profile's mutants, those with these numbers. */
function scoreOf(tested: Tested, asked: readonly Asked[], range: MutantRange): MutationScore {
  const about = asked.filter((one) => one.tested === tested && one.passed);
  const mutants = judgedMutants(tested, range);
  const different = mutants.filter(({ difference }) => difference !== undefined);
  const missed = different.filter((mutant) => !isNoticed(mutant, about));
  return {
    profile: tested.subject.profile.name,
    different: different.length,
    noticed: different.length - missed.length,
    equivalent: mutants.length - different.length,
    missed: missed.map(({ change, difference, rule }) => ({
      change,
      place: placeOfRule(rule, tested.file),
      witness: difference && witnessOf(difference.set)?.rule,
    })),
  };
}

/** Of a profile's mutants those that are not noticed, as they are asked for: expectations may have been added by then. */
export function* missedMutants(
  tested: Tested,
  range: MutantRange,
  expectations: () => readonly Pick<Asked, "kind" | "question">[],
): Generator<MissedMutant> {
  for (const mutant of judgedMutants(tested, range)) {
    const { allowed, difference } = mutant;
    if (difference === undefined || isNoticed(mutant, expectations())) continue;
    const witness = witnessOf(difference.set);
    if (witness !== undefined) yield { kind: difference.kind, witness: witness.rule, allowed };
  }
}

/** How many mutants a profile has. */
export function mutantCount({ subject }: Tested): number {
  return mutantsOf(subject.profile, isOwn).length;
}

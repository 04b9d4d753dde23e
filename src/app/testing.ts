/** Expectations about policy, decided for every profile they are about; coverage, mutants, and a first suite for a profile. */
import {
  counterexample,
  type Expectation,
  type ExpectationTest,
  holds,
  isSelected,
  mutantsOf,
  parseSuite,
} from "../analysis/expectations/index.ts";
import { eventQuestion, explainQuestion, type Subject } from "../analysis/explain/index.ts";
import { type AccessSet, accessesOf, type Question, subtract, witnessOf } from "../analysis/sets/index.ts";
import { compilePolicy } from "../compiler/compile/index.ts";
import { compareText, fail, ok, type Outcome, withChildren } from "../foundation/basics/index.ts";
import { parseLine } from "../learning/audit/index.ts";
import { isFreeOf, type Profile, type Rule } from "../language/model/index.ts";
import { placeOfRule, type PolicyWorld, type RulePlace, type WorldFile } from "./meaning-world.ts";
import { neverReach } from "./never-reach.ts";
import { readQuestion } from "./query-policy.ts";
import type {
  Coverage,
  ExpectationResult,
  MutationScore,
  SuiteTrouble,
  TestReport,
  TestResult,
} from "./test-report.ts";
import { unknownProfile } from "./unknown-profile.ts";

/** A file of expectations. */
interface SuiteText {
  readonly path: string;
  readonly text: string;
}

interface TestOptions {
  readonly coverage: boolean;
  readonly mutations: boolean;
}

/** A profile in the company of its file. */
interface Tested {
  readonly subject: Subject;
  readonly file: WorldFile;
}

/** An expectation that was asked of a profile, for coverage and mutants. */
interface Asked {
  readonly tested: Tested;
  readonly kind: "all" | "none" | "some";
  readonly question: Question;
  readonly passed: boolean;
}

const TOO_LARGE = "the rule and the profile multiply to more states than can be compared";

/** Runs suites. */
export function runSuites(world: PolicyWorld, suites: readonly SuiteText[], options: TestOptions): TestReport {
  const all = world.files.flatMap((file) => file.subjects.map((subject): Tested => ({ subject, file })));
  const profiles = all.map(({ subject }) => subject.profile);
  const tests: TestResult[] = [];
  const troubles: SuiteTrouble[] = [];
  const asked: Asked[] = [];
  for (const { path, text } of suites) {
    const suite = parseSuite(text);
    for (const problem of suite.problems) troubles.push({ suite: path, ...problem });
    if (suite.tests.length === 0 && suite.problems.length === 0) {
      troubles.push({ suite: path, line: 1, message: "there is no test in this file" });
    }
    for (const test of suite.tests) {
      troubles.push(...unknownNames(test, profiles).map((message) => ({ suite: path, line: test.line, message })));
      const about = all.filter(({ subject }) => isSelected(test.selection, subject.profile.name));
      const results = about.flatMap((tested) =>
        test.expectations.map((expectation) =>
          runExpectation(expectation, tested, { world, preamble: suite.preamble, asked }),
        ),
      );
      tests.push({ suite: path, name: test.name, line: test.line, results });
    }
  }
  return {
    tests,
    troubles,
    coverage: options.coverage ? all.flatMap((tested) => coverageOf(tested, asked)) : [],
    mutations: options.mutations ? all.flatMap((tested) => scoreOf(tested, asked)) : [],
  };
}

function unknownNames({ selection: { names = [] } }: ExpectationTest, known: readonly Profile[]): readonly string[] {
  return names.filter((name) => known.every((one) => one.name !== name)).map((name) => unknownProfile(name, known));
}

function profilesOf(world: PolicyWorld): readonly Profile[] {
  return world.files.flatMap(({ subjects }) => subjects.map(({ profile }) => profile));
}

interface Run {
  readonly world: PolicyWorld;
  readonly preamble: string;
  readonly asked: Asked[];
}

function runExpectation(expectation: Expectation, tested: Tested, run: Run): ExpectationResult {
  const { kind, line, text } = expectation;
  const profile = tested.subject.profile.name;
  const written = kind === "never-reach" ? `never reach ${text},` : `${kind} ${text}`;
  const plain = {
    profile,
    text: written,
    line,
    message: undefined,
    rules: [],
    exact: true,
    witness: undefined,
    lines: [],
  };
  const undecided = (message: string): ExpectationResult => ({ ...plain, outcome: "undecided", message });
  if (kind === "never-reach") {
    const { kind: outcome, ...more } = neverReach(run.world, tested.subject.profile, text);
    return { ...plain, ...more, outcome };
  }
  const { questions } = tested.file;
  const preamble = run.preamble.trim() === "" ? questions.preamble : run.preamble;
  const question = readQuestion(text, { ...questions, preamble }, tested.subject.profile);
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
  const { rules, isExact, witness } = example.value;
  const message =
    kind === "none" ? "this is allowed" : kind === "all" ? "this is not allowed" : "nothing of it is allowed";
  const lines = linesOf(question.value, tested, kind === "none" ? "allowed" : "denied");
  return { ...plain, outcome: "failed", message, rules, exact: isExact, witness, lines };
}

/** Why everything that is asked is allowed, whatever the rules say. */
function whyFree(profile: Profile, question: Question): string | undefined {
  if (isFreeOf(profile, question.rule.kind)) return `the profile is ${profile.flags.mode}, which allows everything`;
  return question.isMediated ? undefined : "this kernel and ABI do not look at it, so it is allowed";
}

const sets = new WeakMap<Subject, AccessSet>();

function allowedOf(subject: Subject): AccessSet {
  const known = sets.get(subject) ?? accessesOf(subject.compiled);
  sets.set(subject, known);
  return known;
}

/** The rules that decide a part of a question. */
function linesOf(question: Question, tested: Tested, outcome: "allowed" | "denied"): readonly RulePlace[] {
  return rulesOf(question, tested.subject, (part) => part === outcome).map((rule) => placeOfRule(rule, tested.file));
}

function rulesOf(question: Question, subject: Subject, isWanted: (outcome: string) => boolean): readonly Rule[] {
  const explained = explainQuestion(question, subject);
  if (!explained.ok) return [];
  const rules = new Set(explained.value.parts.flatMap((part) => (isWanted(part.outcome) ? part.rules : [])));
  return subject.profile.rules.filter((rule) => rules.has(rule));
}

/** Rules that the profile's own file has, without what it includes. */
function isOwn({ origin }: Rule): boolean {
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

/** The mutants of a profile, compiled; those that cannot be compiled are no mutants, for nobody could load them. */
function judgedMutants({ subject }: Tested): readonly JudgedMutant[] {
  const allowed = allowedOf(subject);
  return mutantsOf(subject.profile, isOwn).flatMap(({ change, profile, rule }): readonly JudgedMutant[] => {
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

function isNoticed({ allowed }: JudgedMutant, expectations: readonly Pick<Asked, "kind" | "question">[]): boolean {
  return expectations.some(({ kind, question }) => {
    const held = holds(kind, question.set, allowed);
    return held.ok && !held.value;
  });
}

function scoreOf(tested: Tested, asked: readonly Asked[]): readonly MutationScore[] {
  const about = asked.filter((one) => one.tested === tested && one.passed);
  if (about.length === 0) return [];
  const mutants = judgedMutants(tested);
  const different = mutants.filter(({ difference }) => difference !== undefined);
  const missed = different.filter((mutant) => !isNoticed(mutant, about));
  return [
    {
      profile: tested.subject.profile.name,
      different: different.length,
      noticed: different.length - missed.length,
      equivalent: mutants.length - different.length,
      missed: missed.map(({ change, difference, rule }) => ({
        change,
        place: placeOfRule(rule, tested.file),
        witness: difference && witnessOf(difference.set)?.rule,
      })),
    },
  ];
}

/**
 * A first suite for a profile: what its own rules say, and of every mutant that this would not notice an access that tells it from the
 * profile. Each line was asked and holds.
 *
 * Errors: a sentence: there is no such profile.
 */
export function starterSuite(world: PolicyWorld, name: string): Outcome<string, string> {
  const tested = testedOf(world, name);
  if (tested === undefined) return fail(unknownProfile(name, profilesOf(world)));
  const { file, subject } = tested;
  const { lines, asked, add } = startSuite(tested);
  for (const rule of subject.profile.rules.filter(isOwn)) {
    const text = questionText(placeOfRule(rule, file).text);
    if (rule.kind !== "rlimit" && rule.mode === "deny") add("none", text);
    else if (!add("all", text)) add("some", text);
  }
  const outside: string[] = [];
  for (const mutant of judgedMutants(tested)) {
    if (mutant.difference === undefined || isNoticed(mutant, asked)) continue;
    const witness = witnessOf(mutant.difference.set);
    if (witness !== undefined && add(mutant.difference.kind, witness.rule)) outside.push(lines.pop() ?? "");
  }
  return ok(
    suiteText(name, [
      ["does what it is for", lines],
      ["and no more", outside],
    ]),
  );
}

function testedOf(world: PolicyWorld, name: string): Tested | undefined {
  const file = world.files.find(({ subjects }) => subjects.some(({ profile }) => profile.name === name));
  const subject = file?.subjects.find(({ profile }) => profile.name === name);
  return file && subject && { file, subject };
}

/** A suite that is being written, to which only what holds is added. */
interface SuiteDraft {
  readonly lines: string[];
  readonly asked: Pick<Asked, "kind" | "question">[];
  /** Whether the line is new, and holds. */
  readonly add: (kind: "all" | "none" | "some", text: string) => boolean;
}

function startSuite({ file, subject }: Tested): SuiteDraft {
  const lines: string[] = [];
  const asked: SuiteDraft["asked"] = [];
  const add: SuiteDraft["add"] = (kind, text) => {
    const question = readQuestion(text, file.questions, subject.profile);
    if (!question.ok || whyFree(subject.profile, question.value) !== undefined) return false;
    const held = holds(kind, question.value.set, allowedOf(subject));
    const line = `${kind.padEnd(4)} ${text}`;
    if (!held.ok || !held.value || lines.includes(line)) return false;
    lines.push(line);
    asked.push({ kind, question: question.value });
    return true;
  };
  return { lines, asked, add };
}

/** A suite made from a log. */
interface LoggedSuite {
  /** Empty: no line of the log says anything of the profile. */
  readonly text: string;
  /** Lines that are no events. */
  readonly otherLines: number;
  /** Events of other profiles. */
  readonly otherProfiles: number;
  /** Why an event is in no expectation, in sentences. */
  readonly unused: readonly string[];
}

/**
 * A suite of what a log shows that a profile was asked: what its rules allow by now, and what they still refuse. All of it holds.
 *
 * Errors: a sentence: no such profile.
 */
export function loggedSuite(world: PolicyWorld, name: string, log: readonly string[]): Outcome<LoggedSuite, string> {
  const tested = testedOf(world, name);
  if (tested === undefined) return fail(unknownProfile(name, profilesOf(world)));
  const [allowed, refused] = [startSuite(tested), startSuite(tested)];
  const unused: string[] = [];
  const rules = new Set<string>();
  let [otherLines, otherProfiles] = [0, 0];
  for (const line of log) {
    const event = parseLine(line);
    if (event === undefined || !("kind" in event)) {
      otherLines += 1;
      continue;
    }
    const asked = eventQuestion(event);
    if (!asked.ok) unused.push(asked.error);
    else if (asked.value.profile !== name) otherProfiles += 1;
    else rules.add(asked.value.rule);
  }
  for (const rule of [...rules].toSorted(compareText)) {
    if (allowed.add("all", rule) || refused.add("none", rule) || allowed.add("some", rule)) continue;
    unused.push(`\`${rule}\` is not decided by rules`);
  }
  const text = suiteText(name, [
    ["may do what the log shows", allowed.lines],
    ["may not do what was refused", refused.lines],
  ]);
  return ok({ text, otherLines, otherProfiles, unused });
}

/** A rule without what says how it decides. */
function questionText(rule: string): string {
  return rule.replace(/^(?:priority=\S+\s+)?(?:audit\s+)?(?:(?:allow|deny|prompt)\s+)?/, "");
}

function suiteText(profile: string, tests: readonly (readonly [string, readonly string[]])[]): string {
  const named = /[\s,{}"]/.test(profile) ? `"${profile}"` : profile;
  return tests
    .filter(([, lines]) => lines.length > 0)
    .map(
      ([name, lines]) =>
        `test "${profile.replaceAll(/["\\]/g, "\\$&")} ${name}" for ${named} {\n${lines.map((line) => `  ${line}\n`).join("")}}\n`,
    )
    .join("\n");
}

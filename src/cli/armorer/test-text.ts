/** What running expectations gave, for people, as TAP, as JUnit's XML. */
import {
  type ExpectationResult,
  outcomeOfTest,
  type RulePlace,
  type TestOutcome,
  type TestReport,
  type TestResult,
} from "../../app/index.ts";
import { displayText } from "../../foundation/text/index.ts";
import { exceptText } from "./except-text.ts";
import type { DocumentForm } from "../documented.ts";

const MOST_SHOWN = 5;

function placeText({ path, line, text }: RulePlace): string {
  return `${displayText(path)}:${line}: ${displayText(text)}`;
}

function some(lines: readonly string[]): readonly string[] {
  return lines.length <= MOST_SHOWN ? lines : [...lines.slice(0, MOST_SHOWN), `and ${lines.length - MOST_SHOWN} more`];
}

/** What is said of an expectation that does not hold. */
function reasons({ message = "", rules, exact, witness, lines }: ExpectationResult): readonly string[] {
  return [
    message,
    // Rules that are only near it are shown where there is nothing better.
    ...some(exact || witness === undefined ? rules.map((rule) => displayText(exceptText(rule))) : []),
    ...(witness === undefined || (exact && rules.includes(witness)) ? [] : [`for example ${displayText(witness)}`]),
    ...some(lines.map(placeText)),
  ];
}

function failures({ suite, results }: TestResult): readonly string[] {
  return results
    .filter(({ outcome }) => outcome !== "passed")
    .flatMap((result) => [
      `    ${displayText(suite)}:${result.line}: ${displayText(result.profile)}: ${displayText(result.text)}`,
      ...reasons(result).map((line) => `        ${line}`),
    ]);
}

const WORDS: Readonly<Record<TestOutcome, string>> = {
  passed: "ok",
  failed: "FAILED",
  undecided: "UNDECIDED",
  empty: "NOBODY ASKED",
};

export function testText(report: TestReport): string {
  const lines = report.tests.flatMap((test) => [
    `${WORDS[outcomeOfTest(test)]}  ${displayText(test.name)}`,
    ...failures(test),
  ]);
  return [...lines, ...coverageLines(report), ...mutationLines(report)].map((line) => `${line}\n`).join("");
}

function coverageLines({ coverage }: TestReport): readonly string[] {
  return coverage.flatMap(({ profile, rules, untouched }) => [
    `coverage of ${displayText(profile)}: ${rules - untouched.length} of ${rules} rules`,
    ...untouched.map((place) => `    no expectation touches ${placeText(place)}`),
  ]);
}

function mutationLines({ mutations }: TestReport): readonly string[] {
  return mutations.flatMap(({ profile, different, noticed, equivalent, missed }) => [
    `mutants of ${displayText(profile)}: ${noticed} of ${different} noticed, ${equivalent} change nothing`,
    ...missed.flatMap(({ change, place, witness }) => [
      `    not noticed, ${change}: ${placeText(place)}`,
      ...(witness === undefined ? [] : [`        for example ${displayText(witness)}`]),
    ]),
  ]);
}

/** One sentence about all of it. */
export function testSummary({ tests }: TestReport): string {
  const count = (wanted: TestOutcome): number => tests.filter((test) => outcomeOfTest(test) === wanted).length;
  const asked = tests.reduce((sum, { results }) => sum + results.length, 0);
  const bad = (["failed", "undecided", "empty"] as const)
    .filter((outcome) => count(outcome) > 0)
    .map((outcome) => `${count(outcome)} ${outcome === "empty" ? "about nobody" : outcome}`);
  const passed = `${count("passed")} of ${tests.length} tests passed`;
  return `${[passed, ...bad].join(", ")}; ${asked} expectations decided`;
}

/** Test Anything Protocol, version 14. What could not be read, or is wrong in a suite itself, is a test that fails. */
export function testTap({ tests, troubles }: TestReport, refusals: readonly string[]): string {
  const said = [...troubles.map(({ suite, line, message }) => `${suite}:${line}: ${message}`), ...refusals];
  const lines = tests.flatMap((test, place) => {
    const name = tapName(test.name);
    const outcome = outcomeOfTest(test);
    if (outcome === "passed") return [`ok ${place + 1} - ${name}`];
    return [`not ok ${place + 1} - ${name}`, ...failures(test).map((line) => `#${line.slice(3)}`)];
  });
  lines.push(...said.map((one, place) => `not ok ${tests.length + place + 1} - ${tapName(one)}`));
  return ["TAP version 14", `1..${tests.length + said.length}`, ...lines].map((line) => `${line}\n`).join("");
}

function tapName(text: string): string {
  return displayText(text).replaceAll(/[\\#]/g, "\\$&");
}

/** A run in which nothing was tested: it is broken off, as the protocol has it. */
export const tapForm: DocumentForm = {
  key: "tap",
  refuse: (refusals, io) => io.out(`TAP version 14\nBail out! ${refusals.map(displayText).join("; ")}\n`),
};

/** The XML that continuous integration reads as JUnit's. What is wrong in a suite itself is an error of the suite. */
export function testJunit({ tests, troubles }: TestReport, refusals: readonly string[]): string {
  const names = new Set([...tests, ...troubles].map(({ suite }) => suite));
  const suites = [...names].map((suite): string => {
    const cases = [
      ...tests.filter((test) => test.suite === suite).map((test) => caseOf(test, troubles)),
      ...troubles.filter((trouble) => trouble.suite === suite && !isOfTest(trouble, tests)).map(troubleCase),
    ];
    return suiteXml(suite, cases);
  });
  return junitDocument([...suites, ...refusalSuites(refusals)]);
}

function junitDocument(suites: readonly string[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join("")}</testsuites>\n`;
}

/** What could not be read is an error of its own suite. */
function refusalSuites(refusals: readonly string[]): readonly string[] {
  if (refusals.length === 0) return [];
  const cases = refusals.map((message) => ({ name: message, element: "error" as const, message, text: "" }));
  return [suiteXml("armorer test", cases)];
}

export const junitForm: DocumentForm = {
  key: "junit",
  refuse: (refusals, io) => io.out(junitDocument(refusalSuites(refusals))),
};

function suiteXml(suite: string, cases: readonly JunitCase[]): string {
  const count = (element: string): number => cases.filter((one) => one.element === element).length;
  const head = `  <testsuite name="${xml(suite)}" tests="${cases.length}" failures="${count("failure")}" errors="${count("error")}">\n`;
  return `${head}${cases.map((one) => caseXml(suite, one)).join("")}  </testsuite>\n`;
}

interface JunitCase {
  readonly name: string;
  readonly element: "failure" | "error" | undefined;
  /** Why, as one sentence. */
  readonly message: string;
  readonly text: string;
}

type Trouble = TestReport["troubles"][number];

function isOfTest({ line, suite }: Trouble, tests: readonly TestResult[]): boolean {
  return tests.some((test) => test.suite === suite && test.line === line);
}

function troubleCase({ line, message }: Trouble): JunitCase {
  return { name: `line ${line}`, element: "error", message, text: "" };
}

function caseOf(test: TestResult, troubles: readonly Trouble[]): JunitCase {
  const outcome = outcomeOfTest(test);
  const { name } = test;
  const own = troubles.filter((trouble) => isOfTest(trouble, [test])).map(({ message }) => message);
  if (outcome === "passed" && own.length === 0) return { name, element: undefined, message: "", text: "" };
  const bad = test.results.filter((result) => result.outcome !== "passed");
  const said = bad.map(({ message = "", profile, text }) => `${profile}: ${text} ${message}`);
  const why = [...own, ...said, ...(outcome === "empty" && own.length === 0 ? ["no profile is asked by it"] : [])];
  const element = outcome === "failed" ? "failure" : "error";
  return { name, element, message: why.join("; "), text: failures(test).join("\n") };
}

function caseXml(suite: string, { element, message, name, text }: JunitCase): string {
  const head = `    <testcase name="${xml(name)}" classname="${xml(suite)}"`;
  if (element === undefined) return `${head}/>\n`;
  return `${head}>\n      <${element} message="${xml(message)}">${xml(text)}</${element}>\n    </testcase>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = { "<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;" };

function xml(text: string): string {
  return text
    .split("\n")
    .map(displayText)
    .join("\n")
    .replaceAll(/[<>&"]/g, (character) => ENTITIES[character] ?? "");
}

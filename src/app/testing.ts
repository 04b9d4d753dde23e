/**
 * Expectations about policy, decided for every profile they are about; coverage, and mutants. Each file is decided for itself, here or in another
 * thread, and large profiles have their mutants decided in pieces; what comes of it is put together in the order of suites and files, so that who
 * decided what makes no difference.
 */
import { type ExpectationTest, parseSuite } from "../analysis/expectations/index.ts";
import type { FilesPort } from "../foundation/ports/index.ts";
import { decodeBytes, sourceFile } from "../foundation/text/index.ts";
import type { ResolvedPolicy } from "../language/resolve/index.ts";
import type { PolicySettings, PolicySource } from "./engine.ts";
import { type PolicyReader, policyReader, type PolicyWorld } from "./meaning-world.ts";
import { neverReach, type ReachedWorld } from "./never-reach.ts";
import type { ExpectationResult, MutationScore, SuiteTrouble, TestReport, TestResult } from "./test-report.ts";
import {
  type FileReport,
  type FileResult,
  type MutantRange,
  type ParsedSuite,
  type TestedFile,
  testedFile,
} from "./tested-file.ts";
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

/** Runs suites on policy that is open. */
export function runSuites(world: PolicyWorld, suites: readonly SuiteText[], options: TestOptions): TestReport {
  const parsed = suites.map(({ text }) => parseSuite(text));
  const tested = world.files.map((file) => testedFile(file, parsed));
  const reports = tested.map((file) => file.report(options));
  const mutations = tested.flatMap((file, place) =>
    (reports[place]?.mutants ?? []).flatMap((count, profile) =>
      count === undefined ? [] : [file.score(profile, { first: 0, end: count })],
    ),
  );
  return { ...assemble(suites, reports, () => world), mutations };
}

/** Puts together what was decided file by file. */
function assemble(
  suites: readonly SuiteText[],
  reports: readonly FileReport[],
  world: () => ReachedWorld,
): Omit<TestReport, "mutations"> {
  const profiles = reports.flatMap((report) => report.profiles);
  const finish = ({ neverReach: asked, ...result }: FileResult): ExpectationResult => {
    if (asked === undefined) return result;
    const { kind: outcome, ...more } = neverReach(world(), asked.from, asked.label);
    return { ...result, message: undefined, ...more, outcome };
  };
  const tests: TestResult[] = [];
  const troubles: SuiteTrouble[] = [];
  for (const [at, { path, text }] of suites.entries()) {
    const suite = parseSuite(text);
    for (const problem of suite.problems) troubles.push({ suite: path, ...problem });
    if (suite.tests.length === 0 && suite.problems.length === 0) {
      troubles.push({ suite: path, line: 1, message: "there is no test in this file" });
    }
    for (const [place, test] of suite.tests.entries()) {
      const { line, name } = test;
      troubles.push(...unknownNames(test, profiles).map((message) => ({ suite: path, line, message })));
      const results = reports.flatMap((report) => report.results[at]?.[place] ?? []).map(finish);
      tests.push({ suite: path, name, line, results });
    }
  }
  return { tests, troubles, coverage: reports.flatMap(({ coverage }) => coverage) };
}

function unknownNames(
  { selection: { names = [] } }: ExpectationTest,
  known: FileReport["profiles"],
): readonly string[] {
  return names.filter((name) => known.every((one) => one.name !== name)).map((name) => unknownProfile(name, known));
}

/** Something to decide about one file. Plain data: it crosses threads. */
export interface TestRequest {
  /** Which of the files, from 0. */
  readonly place: number;
  readonly source: PolicySource;
  readonly settings: PolicySettings;
  readonly suites: readonly SuiteText[];
  readonly goal:
    | ({ readonly kind: "report" } & TestOptions)
    | ({ readonly kind: "score"; readonly profile: number } & MutantRange);
}

export type TestAnswer =
  | { readonly kind: "skipped"; readonly reason: string }
  | { readonly kind: "report"; readonly report: FileReport }
  | { readonly kind: "score"; readonly score: MutationScore };

/** Who decides in one thread. All requests between two calls of `forget` are about the same policy and suites. */
export interface Tester {
  readonly answer: (request: TestRequest) => TestAnswer;
  /** A file that was read without an error, its includes and variables in their places. */
  readonly resolve: (request: Omit<TestRequest, "goal">) => ResolvedPolicy;
  readonly forget: () => void;
}

/** Decides what it is asked, and keeps at most so many files open. */
export function createTester(files: FilesPort, kept: number): Tester {
  let reader: PolicyReader | undefined;
  let suites: readonly ParsedSuite[] | undefined;
  const opened = new Map<number, { readonly tested: TestedFile; readonly resolved: ResolvedPolicy } | string>();
  const read = ({ place, source, settings, suites: texts }: Omit<TestRequest, "goal">) => {
    const known = opened.get(place);
    if (known !== undefined) return known;
    reader ??= policyReader(settings, files);
    suites ??= texts.map(({ text }) => parseSuite(text));
    const file = reader.read(sourceFile(source.path, decodeBytes(source.bytes)));
    const found = typeof file === "string" ? file : { tested: testedFile(file, suites), resolved: file.resolved };
    const [oldest] = opened.keys();
    if (opened.size >= kept && oldest !== undefined) opened.delete(oldest);
    opened.set(place, found);
    return found;
  };
  return {
    answer: (request) => {
      const file = read(request);
      if (typeof file === "string") return { kind: "skipped", reason: file };
      const { goal } = request;
      if (goal.kind === "report") return { kind: "report", report: file.tested.report(goal) };
      return { kind: "score", score: file.tested.score(goal.profile, goal) };
    },
    resolve: ({ place, source, settings }) => {
      const known = opened.get(place);
      if (known !== undefined && typeof known !== "string") return known.resolved;
      reader ??= policyReader(settings, files);
      return reader.resolve(sourceFile(source.path, decodeBytes(source.bytes)));
    },
    forget: () => {
      reader = undefined;
      suites = undefined;
      opened.clear();
    },
  };
}

/** What is to be tested. */
export interface PolicyTests extends TestOptions {
  readonly sources: readonly PolicySource[];
  readonly settings: PolicySettings;
  readonly suites: readonly SuiteText[];
}

/** Who answers requests, in their order; `work`: about how many expectations' worth it is. */
interface TestCrew {
  readonly threads: number;
  readonly answer: (requests: readonly TestRequest[], work: number) => AsyncIterable<TestAnswer>;
  readonly resolve: Tester["resolve"];
}

export interface PolicyTested extends TestReport {
  /** What has no answer, with the reason. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

/** About how many expectations can be decided while a file is opened, an expectation looked at for coverage, a mutant compiled. */
const WORTH = { file: 8, covered: 10, mutant: 10 } as const;

/** Runs suites on policy that a crew opens. */
export async function testPolicy(crew: TestCrew, tests: PolicyTests): Promise<PolicyTested> {
  const { sources, settings, suites, coverage, mutations } = tests;
  const found: { readonly place: number; readonly report: FileReport }[] = [];
  const skipped: { path: string; reason: string }[] = [];
  const requests = sources.map((source, place): TestRequest => {
    return { place, source, settings, suites, goal: { kind: "report", coverage, mutations } };
  });
  let place = 0;
  for await (const answer of crew.answer(requests, reportWork(tests))) {
    if (answer.kind === "report") found.push({ place, report: answer.report });
    else if (answer.kind === "skipped") skipped.push({ path: sources[place]?.path ?? "", reason: answer.reason });
    place += 1;
  }
  let world: ReachedWorld | undefined;
  const wholeWorld = (): ReachedWorld =>
    (world ??= {
      files: found.flatMap((one) => {
        const request = requests[one.place];
        return request === undefined ? [] : [{ resolved: crew.resolve(request) }];
      }),
      skipped,
    });
  const reports = found.map(({ report }) => report);
  const report = assemble(suites, reports, wholeWorld);
  const pieces = found.flatMap((one) => mutantPieces(one.report, one.place, crew.threads));
  const wanted = pieces.flatMap(({ place: at, ...goal }): readonly TestRequest[] => {
    const request = requests[at];
    return request === undefined ? [] : [{ ...request, goal: { kind: "score", ...goal } }];
  });
  const mutants = pieces.reduce((sum, { first, end }) => sum + end - first, 0);
  const scores: MutationScore[] = [];
  let at = 0;
  for await (const answer of crew.answer(wanted, mutants * WORTH.mutant)) {
    const piece = pieces[at];
    at += 1;
    if (answer.kind !== "score" || piece === undefined) continue;
    const last = piece.first === 0 ? undefined : scores.pop();
    scores.push(last === undefined ? answer.score : joined(last, answer.score));
  }
  return { ...report, mutations: scores, skipped };
}

/** How much there is to do before mutants. */
function reportWork({ sources, suites, coverage }: PolicyTests): number {
  let asked = 0;
  for (const { text } of suites) {
    for (const { selection, expectations } of parseSuite(text).tests) {
      asked += expectations.length * (selection.names?.length ?? sources.length);
    }
  }
  return sources.length * WORTH.file + asked * (coverage ? WORTH.covered : 1);
}

/** A piece opens its file and asks its expectations, if its thread has not: a piece that is smaller costs more than it brings. */
const PIECE = 24;

/** Mutants of the profiles of a file, in pieces that several threads can take; in one, where there is one thread. */
function mutantPieces(
  { mutants }: FileReport,
  place: number,
  threads: number,
): readonly ({ readonly place: number; readonly profile: number } & MutantRange)[] {
  return mutants.flatMap((count, profile) => {
    if (count === undefined) return [];
    const size = threads < 2 ? Math.max(1, count) : PIECE;
    const starts = Array.from({ length: Math.max(1, Math.ceil(count / size)) }, (_, piece) => piece * size);
    return starts.map((first) => ({ place, profile, first, end: Math.min(count, first + size) }));
  });
}

function joined(one: MutationScore, other: MutationScore): MutationScore {
  return {
    profile: one.profile,
    different: one.different + other.different,
    noticed: one.noticed + other.noticed,
    equivalent: one.equivalent + other.equivalent,
    missed: [...one.missed, ...other.missed],
  };
}

/**
 * Expectations about policy, decided for every profile they are about; coverage, and mutants. Each file is decided for itself, here or in another
 * thread, and large profiles have their mutants decided in pieces; what comes of it is put together in the order of suites and files, so that who
 * decided what makes no difference.
 */
import { type ExpectationTest, parseSuite } from "../analysis/expectations/index.ts";
import { fail, invariant } from "../foundation/basics/index.ts";
import type { FilesPort } from "../foundation/ports/index.ts";
import { decodeBytes, sourceFile } from "../foundation/text/index.ts";
import type { Profile } from "../language/model/index.ts";
import type { ResolvedPolicy } from "../language/resolve/index.ts";
import type { PolicySettings, PolicySource } from "./engine.ts";
import { type PolicyReader, policyReader, type PolicyWorld, type WorldFile } from "./meaning-world.ts";
import { neverReach, type ReachedWorld } from "./never-reach.ts";
import { isLabel, type StackMember, stackMembers } from "./stack-members.ts";
import { runOnStack } from "./tested-stack.ts";
import type { ExpectationResult, MutationScore, SuiteTrouble, TestReport, TestResult } from "./test-report.ts";
import {
  type FileReport,
  type FileResult,
  type MissedMutant,
  type MutantRange,
  type ParsedSuite,
  type ReportOptions,
  type Tested,
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
  const reports = world.files.map((file) => testedFile(file, parsed).report({ ...options, fewMutants: Infinity }));
  const mutations = reports.flatMap(({ scores }) => scores.filter((score) => score !== undefined));
  return { ...assemble(suites, reports, { world: () => world, file: (place) => world.files[place] }), mutations };
}

/** The policy as a whole, for what no file alone decides. */
interface Whole {
  readonly world: () => ReachedWorld;
  /** The file of the report at that place. */
  readonly file: (place: number) => WorldFile | undefined;
}

/** Puts together what was decided file by file, and decides what more than one file decides: what is reached, and stacks. */
function assemble(
  suites: readonly SuiteText[],
  reports: readonly FileReport[],
  { world, file }: Whole,
): Omit<TestReport, "mutations"> {
  const profiles = reports.flatMap((report) => report.profiles);
  const placed = reports.flatMap((report, place) => report.profiles.map((profile) => ({ profile, place })));
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
      const results = reports.flatMap((report) => report.results[at]?.[place] ?? []).map(finish);
      for (const unknown of unknownNames(test, profiles)) {
        const members = isLabel(unknown) ? stackMembers(unknown, placed) : fail(unknownProfile(unknown, profiles));
        if (!members.ok) troubles.push({ suite: path, line, message: members.error });
        else results.push(...onStack(test, unknown, members.value, { preamble: suite.preamble, file }));
      }
      tests.push({ suite: path, name, line, results });
    }
  }
  return { tests, troubles, coverage: reports.flatMap(({ coverage }) => coverage) };
}

function unknownNames(
  { selection: { names = [] } }: ExpectationTest,
  known: FileReport["profiles"],
): readonly string[] {
  return names.filter((name) => known.every((one) => one.name !== name));
}

function onStack(
  { expectations }: ExpectationTest,
  label: string,
  members: readonly StackMember<{ readonly profile: FileReport["profiles"][number]; readonly place: number }>[],
  { preamble, file }: Pick<Whole, "file"> & { readonly preamble: string },
): readonly ExpectationResult[] {
  const tested = members.map(({ name, item: { place, profile } }): StackMember<Tested> => {
    const own = file(place);
    const isWanted = (one: Profile): boolean => one.name === profile.name && one.namespace === profile.namespace;
    const subject = own?.subjects.find((one) => isWanted(one.profile));
    invariant(own !== undefined && subject !== undefined, "a profile that was reported is in its file");
    return { name, item: { file: own, subject } };
  });
  return expectations.map((one) => runOnStack(one, label, tested, preamble));
}

/** Something to decide about one file. Plain data: it crosses threads. */
export interface TestRequest {
  /** Which of the files, from 0. */
  readonly place: number;
  readonly source: PolicySource;
  readonly settings: PolicySettings;
  readonly suites: readonly SuiteText[];
  readonly goal:
    | ({ readonly kind: "report" } & ReportOptions)
    | ({ readonly kind: "missed" | "score"; readonly profile: number } & MutantRange);
}

export type TestAnswer =
  | { readonly kind: "skipped"; readonly reason: string }
  | { readonly kind: "report"; readonly report: FileReport }
  | { readonly kind: "score"; readonly score: MutationScore }
  | { readonly kind: "missed"; readonly missed: readonly MissedMutant[] };

/** Who decides in one thread. All requests between two calls of `forget` are about the same policy and suites. */
export interface Tester {
  readonly answer: (request: TestRequest) => TestAnswer;
  /** A file that was read without an error, its includes and variables in their places. */
  readonly resolve: (request: Omit<TestRequest, "goal">) => ResolvedPolicy;
  /** One that can be read. */
  readonly open: (request: Omit<TestRequest, "goal">) => WorldFile | undefined;
  readonly forget: () => void;
}

/** Decides what it is asked, and keeps at most so many files open. */
export function createTester(files: FilesPort, kept: number): Tester {
  let reader: PolicyReader | undefined;
  let suites: readonly ParsedSuite[] | undefined;
  const opened = new Map<number, { readonly tested: TestedFile; readonly world: WorldFile } | string>();
  const read = ({ place, source, settings, suites: texts }: Omit<TestRequest, "goal">) => {
    const known = opened.get(place);
    if (known !== undefined) return known;
    reader ??= policyReader(settings, files);
    suites ??= texts.map(({ text }) => parseSuite(text));
    const file = reader.read(sourceFile(source.path, decodeBytes(source.bytes)));
    const found = typeof file === "string" ? file : { tested: testedFile(file, suites), world: file };
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
      if (goal.kind === "missed") return { kind: "missed", missed: file.tested.missed(goal.profile, goal) };
      return { kind: "score", score: file.tested.score(goal.profile, goal) };
    },
    resolve: ({ place, source, settings }) => {
      const known = opened.get(place);
      if (known !== undefined && typeof known !== "string") return known.world.resolved;
      reader ??= policyReader(settings, files);
      return reader.resolve(sourceFile(source.path, decodeBytes(source.bytes)));
    },
    open: (request) => {
      const file = read(request);
      return typeof file === "string" ? undefined : file.world;
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
export interface TestCrew {
  readonly threads: number;
  /** Whether others than this thread would have a part in them. */
  readonly isShared: (requests: readonly TestRequest[], work: number) => boolean;
  readonly answer: (requests: readonly TestRequest[], work: number) => AsyncIterable<TestAnswer>;
  readonly resolve: Tester["resolve"];
  readonly open: Tester["open"];
}

export interface PolicyTested extends TestReport {
  /** What has no answer, with the reason. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

/** About how many expectations can be decided while a file is opened, an expectation looked at for coverage, a mutant compiled. */
export const WORTH = { file: 8, covered: 10, mutant: 10 } as const;

/** Runs suites on policy that a crew opens. */
export async function testPolicy(crew: TestCrew, tests: PolicyTests): Promise<PolicyTested> {
  const { sources, settings, suites, coverage, mutations } = tests;
  const found: { readonly place: number; readonly report: FileReport }[] = [];
  const skipped: { path: string; reason: string }[] = [];
  const fewMutants = crew.threads < 2 ? Infinity : PIECE;
  const requests = sources.map((source, place): TestRequest => {
    return { place, source, settings, suites, goal: { kind: "report", coverage, mutations, fewMutants } };
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
  const file = (at: number): WorldFile | undefined => {
    const request = requests[found[at]?.place ?? -1];
    return request && crew.open(request);
  };
  const report = assemble(suites, reports, { world: wholeWorld, file });
  const mutated = found.flatMap((one) => mutatedProfiles(one.report, one.place));
  const pieces = mutated.flatMap((profile) => piecesOf(profile).map((range) => ({ ...range, profile })));
  const wanted = pieces.flatMap(({ first, end, profile }): readonly TestRequest[] => {
    const request = requests[profile.place];
    return request === undefined ? [] : [{ ...request, goal: { kind: "score", profile: profile.profile, first, end } }];
  });
  const mutants = pieces.reduce((sum, { first, end }) => sum + end - first, 0);
  let piece = 0;
  for await (const answer of crew.answer(wanted, mutants * WORTH.mutant)) {
    if (answer.kind === "score") pieces[piece]?.profile.scores.push(answer.score);
    // a file that was changed meanwhile
    else if (answer.kind === "skipped") skipped.push({ path: wanted[piece]?.source.path ?? "", reason: answer.reason });
    piece += 1;
  }
  return {
    ...report,
    mutations: mutated.flatMap(({ scores: [first, ...more] }) =>
      first === undefined ? [] : [more.reduce(joined, first)],
    ),
    skipped,
  };
}

/** How much there is to do before mutants. */
function reportWork({ sources, suites, coverage, mutations }: PolicyTests): number {
  let asked = 0;
  for (const { text } of suites) {
    for (const { selection, expectations } of parseSuite(text).tests) {
      asked += expectations.length * (selection.names?.length ?? sources.length);
    }
  }
  const mutants = mutations ? sources.reduce((sum, { bytes }) => sum + commasIn(bytes), 0) : 0;
  return sources.length * WORTH.file + asked * (coverage ? WORTH.covered : 1) + mutants * WORTH.mutant;
}

/** About as many mutants as a text has, before anybody has read it: every rule has a comma, and two mutants or three. */
function commasIn(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (byte === 0x2c) count += 1;
  return count;
}

/** A piece opens its file and asks its expectations, if its thread has not: a piece that is smaller costs more than it brings. */
const PIECE = 24;

interface MutatedProfile {
  readonly place: number;
  readonly profile: number;
  readonly mutants: number;
  /** One for each piece, in their order. */
  readonly scores: MutationScore[];
}

function mutatedProfiles({ mutants, scores }: FileReport, place: number): readonly MutatedProfile[] {
  return mutants.flatMap((count, profile) => {
    const known = scores[profile];
    if (count === undefined) return [];
    return [{ place, profile, mutants: count, scores: known === undefined ? [] : [known] }];
  });
}

/** The mutants of a profile that are still to be decided. */
function piecesOf({ mutants, scores }: MutatedProfile): readonly MutantRange[] {
  return scores.length > 0 ? [] : inPieces(mutants);
}

/** So many mutants in pieces that several threads can take. */
export function inPieces(mutants: number): readonly MutantRange[] {
  return Array.from({ length: Math.ceil(mutants / PIECE) }, (_, piece) => {
    return { first: piece * PIECE, end: Math.min(mutants, (piece + 1) * PIECE) };
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

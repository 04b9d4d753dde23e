/** Each common job as one call. What takes more than one call, or wants to keep what it has read, takes an engine (`createEngine`). */
import {
  type CheckedSource,
  type CompiledAndLoaded,
  type CompiledSource,
  compileAndLoad,
  createTeller,
  type DiffReport,
  type ExplainAnswer,
  type EventAnswer,
  type FormatOptions,
  type FormattedText,
  loadComparer,
  loadDecoder,
  loadEngine,
  type LintedFile,
  loadFormatter,
  loadLinter,
  loadMeaning,
  loadPorter,
  loadReach,
  type OwnUnit,
  type PolicyEngine,
  type QueryResult,
  type ReachAnswer,
  outcomeOfTest,
  readStatus as statusOf,
  skippedText,
  type Release,
  type StatusReport,
  type TestOutcome,
  type TestReport,
  type TestResult,
  type Unit,
} from "../app/index.ts";
import type { Json } from "../compiler/decompile/index.ts";
import { fail, ok, type Outcome } from "../foundation/basics/index.ts";
import { renderHuman, sortDiagnostics } from "../foundation/diagnostics/index.ts";
import type { FilesPort, KernelPort, ProcessesPort } from "../foundation/ports/index.ts";
import { decodeBytes, sourceFile } from "../foundation/text/index.ts";
import type { Policy } from "../language/model/index.ts";
import { featureSets } from "./feature-sets.ts";
import { heldFiles, heldKernel, heldProcesses } from "./given-ports.ts";
import { type PolicyInput, type PolicyOptions, type PolicyText, sourceOf, sourcesOf, worldOf } from "./inputs.ts";
import { type Checks, reportsOf } from "./reported.ts";

/**
 * Says everything that is wrong with a policy file, with the places and, where one is certain, the fix.
 *
 * Errors: none; what is wrong is in `diagnostics`, and `ok` says whether the file can be compiled.
 *
 * @example
 * const checked = await check("abi <abi/4.0>,\nprofile demo { capability sys_admn, }");
 * checked.diagnostics[0]?.message; // "unknown capability `sys_admn`"
 */
export async function check(policy: PolicyInput, options?: PolicyOptions): Promise<CheckedSource> {
  const { settings, files } = await worldOf(options);
  return aboutPath(policy, (await loadEngine()).check(sourceOf(policy), settings, files));
}

/** What is said first of a text that is nothing but a path: who gives one expects a file to be read. */
function aboutPath<Source extends CheckedSource>(policy: PolicyInput, source: Source): Source {
  const at = source.diagnostics.findIndex(({ severity }) => severity === "error");
  const wrong = source.diagnostics[at];
  if (typeof policy !== "string" || wrong === undefined || !/^\s*\.{0,2}\/[^\s{},]+\s*$/.test(policy)) return source;
  const help =
    "a text is what a policy says, and no file is read from a path: give `{ path, bytes }` with what is in it";
  return { ...source, diagnostics: source.diagnostics.with(at, { ...wrong, help }) };
}

/** A policy file as the model has it: what its profiles say, names resolved, includes read and variables expanded. */
export interface ModelledSource extends CheckedSource {
  /** The rules of each profile are in `profiles`, with where they come from. */
  readonly model: Policy;
}

/**
 * Reads a policy file and all it includes into the model: profiles with their rules, as data. `resolvePolicy` of `armorer/language` is the
 * same step by itself.
 *
 * Errors: `diagnostics`, as `check` has them; what could be read is in the model all the same.
 *
 * @example
 * const { model } = await readModel("@{D}=/srv\nprofile demo { @{D}/** r, }");
 * model.profiles[0]?.rules.map((rule) => rule.kind === "file" && rule.path.text); // ["/srv/**"]
 */
export async function readModel(policy: PolicyInput, options?: PolicyOptions): Promise<ModelledSource> {
  const { settings, files } = await worldOf(options);
  const { source, value } = (await loadEngine()).stages(sourceOf(policy), settings, files).resolve();
  return aboutPath(policy, { ...source, model: value.value });
}

/**
 * Compiles a policy file to what the kernel reads: one stream of bytes for each profile with its children.
 *
 * Errors: `diagnostics`; where one is an error, `ok` is false and there are no units.
 * Cost: of each call the whole way; an engine keeps what files have in common.
 *
 * @example
 * const compiled = await compile("profile demo { /etc/hosts r, }");
 * compiled.units[0]?.bytes instanceof Uint8Array; // true
 */
export async function compile(policy: PolicyInput, options?: PolicyOptions): Promise<CompiledSource<OwnUnit>> {
  const { settings, files } = await worldOf(options);
  return aboutPath(policy, (await loadEngine()).compile(sourceOf(policy), settings, files));
}

/**
 * The pipeline, for many files or for files that change: it keeps what files have in common, includes that were parsed and automata that
 * were built. `forgetFiles` tells it that files may have changed.
 *
 * @example
 * const engine = await createEngine();
 * engine.check({ path: "demo", bytes: encodeBytes("profile demo { }") }, defaultPolicySettings(), memoryFiles());
 */
export async function createEngine(): Promise<PolicyEngine> {
  return loadEngine();
}

/**
 * Writes a profile in the one style. Comments and order stay.
 *
 * Errors: `refusal`; the text then stays as it is, since part of it cannot be read.
 *
 * @example
 * (await format("profile demo {/etc/hosts r,}")).after; // "profile demo {\n  /etc/hosts r,\n}\n"
 */
export async function format(policy: PolicyInput, options: FormatOptions = {}): Promise<FormattedText> {
  const { path, bytes } = sourceOf(policy);
  return (await loadFormatter())(path, bytes, options);
}

/** Compiled policy in the forms that it can be read in. */
export interface DecodedForms {
  /** Rules that say the same, as the text of a profile. */
  readonly text: string;
  /** The automata, for Graphviz. */
  readonly graph: string;
  /** The fields of each profile and the permissions of each pattern. */
  readonly data: Json;
}

/**
 * Reads compiled policy, whoever compiled it: as text, for Graphviz, or as data. Before the rules of each profile the text has comments with
 * what no rule says: `# mode: …`, `# mediated: …`.
 *
 * Errors: a sentence that says what in the bytes no kernel could read, and where.
 *
 * @example
 * const { units } = await compile("profile demo { /etc/hosts r, }");
 * await decode(units[0].bytes); // { ok: true, value: "profile demo {\n  # mode: enforce, abi: …\n  /etc/hosts r,\n…}\n" }
 */
export async function decode<Form extends keyof DecodedForms = "text">(
  bytes: Uint8Array,
  form?: Form,
): Promise<Outcome<DecodedForms[Form], string>> {
  const decodeStream = await loadDecoder();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the default of the parameter is the default of its type
  return decodeStream(bytes, form ?? ("text" as Form));
}

/**
 * Says why a profile allows or refuses what a rule says: which part, by which lines, and the smallest edit that turns the answer.
 * Where several profiles have the name, each has an answer. Files that were left out are in its `notes`.
 *
 * Errors: a sentence; there is no such profile, or the rule is no question.
 *
 * @example
 * await explain("profile demo { /etc/* r, deny /etc/shadow r, }", "demo", "/etc/shadow r");
 */
export async function explain(
  policy: PolicyInput | readonly PolicyInput[],
  profile: string,
  rule: string,
  options?: PolicyOptions,
): Promise<Outcome<readonly ExplainAnswer[], string>> {
  const { settings, files } = await worldOf(options);
  const { explainRule, openWorld } = await loadMeaning();
  const world = openWorld(sourcesOf(policy), settings, files);
  return withSkipped(explainRule(world, profile, rule), world.skipped);
}

/** A file that could not be read may have a profile of that name, too. */
function withSkipped(
  answers: Outcome<readonly ExplainAnswer[], string>,
  skipped: readonly { readonly path: string; readonly reason: string }[],
): Outcome<readonly ExplainAnswer[], string> {
  if (!answers.ok || skipped.length === 0) return answers;
  const notes = skipped.map(({ path, reason }) => `${path} was skipped: ${reason}`);
  return ok(answers.value.map((answer) => ({ ...answer, notes: [...answer.notes, ...notes] })));
}

/**
 * The same for a line of a log. `undefined`: the line is no event of AppArmor.
 *
 * @example
 * await explainEvent(policy, 'apparmor="DENIED" operation="open" profile="demo" name="/etc/shadow" requested_mask="r" …');
 */
export async function explainEvent(
  policy: PolicyInput | readonly PolicyInput[],
  line: string,
  options?: PolicyOptions,
): Promise<EventAnswer | undefined> {
  const { settings, files } = await worldOf(options);
  const { explainLine, openWorld } = await loadMeaning();
  const world = openWorld(sourcesOf(policy), settings, files);
  const event = explainLine(world, line);
  return event && { ...event, answer: withSkipped(event.answer, world.skipped) };
}

/** How policy is asked: with `by`, one profile only. */
export interface QueryOptions extends PolicyOptions {
  readonly by?: string;
}

/**
 * Says which profiles allow what a rule says: all of it, some, with an example of either side, or nothing.
 *
 * Errors: a sentence: the rule is no question in any file, or no profile has the name `by`. Files that cannot be asked are in `skipped`.
 *
 * @example
 * const answer = await query("profile demo { /etc/* r, }", "/etc/shadow r");
 * answer.ok && answer.value.answers[0]?.verdict; // "all"
 */
export async function query(
  policy: PolicyInput | readonly PolicyInput[],
  rule: string,
  { by, ...options }: QueryOptions = {},
): Promise<Outcome<QueryResult, string>> {
  const { settings, files } = await worldOf(options);
  const { openRules, queryPolicy } = await loadMeaning();
  const rules = openRules(sourcesOf(policy), settings, files);
  const asked = queryPolicy(rules, rule, by);
  const unknown = asked.ok ? asked.value.unknown : undefined;
  // Whoever asks one profile takes no answer for one.
  return unknown === undefined ? asked : fail(`${unknown}${skippedText(rules.skipped)}`);
}

/** How two policies are compared: both with the same settings; the old one may have files of its own. */
export interface DiffOptions extends PolicyOptions {
  readonly filesBefore?: FilesPort;
}

/**
 * What a policy newly allows, and what it does not allow any more, as rules with examples and the lines responsible. Both sides may be
 * texts, or streams that anybody compiled.
 *
 * Errors: `problems`, the sources that could not be compared.
 *
 * @example
 * (await diff("profile demo { /etc/hosts r, }", "profile demo { /etc/* r, }")).verdict; // "looser"
 */
export async function diff(
  before: PolicyInput | readonly PolicyInput[],
  after: PolicyInput | readonly PolicyInput[],
  { filesBefore, ...options }: DiffOptions = {},
): Promise<DiffReport> {
  const { settings, files } = await worldOf(options);
  const [comparePolicies, engine] = await Promise.all([loadComparer(), loadEngine()]);
  const sides = {
    old: { sources: sourcesOf(before), files: filesBefore === undefined ? files : heldFiles(filesBefore), settings },
    new: { sources: sourcesOf(after), files, settings },
  };
  return comparePolicies(sides, engine, () => undefined);
}

/** What is counted beside the tests themselves. */
export interface TestOptions extends PolicyOptions {
  /** Which rules no expectation speaks of. */
  readonly coverage?: boolean;
  /** How many edits of single rules the expectations would notice. */
  readonly mutations?: boolean;
}

/** A test, and what came of all of it. */
export interface DecidedTest extends TestResult {
  /** `empty`: there is nothing in it that was decided, and so it did not pass. */
  readonly outcome: TestOutcome;
}

/** What running suites gave. */
export interface SuiteResult extends Omit<TestReport, "tests"> {
  /** Every test passed, all suites could be read, and all of the policy. */
  readonly ok: boolean;
  readonly tests: readonly DecidedTest[];
  /** Files of policy that are wrong, and were asked nothing. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

/**
 * Decides expectations about policy, exactly: not one access is tried, all that a rule speaks of are. `ok` is the answer in one word.
 *
 * Errors: `troubles`, what is wrong in the suites; `skipped`, the policy that is; expectations that cannot be decided have the outcome `undecided`.
 *
 * @example
 * await runTests("profile demo { /etc/hosts r, }", 'test "hosts only" for demo {\n  all /etc/hosts r,\n  none /etc/shadow r,\n}\n');
 */
export async function runTests(
  policy: PolicyInput | readonly PolicyInput[],
  suites: string | PolicyText | readonly (string | PolicyText)[],
  { coverage = false, mutations = false, ...options }: TestOptions = {},
): Promise<SuiteResult> {
  const { settings, files } = await worldOf(options);
  const { openWorld, runSuites } = await loadMeaning();
  const world = openWorld(sourcesOf(policy), settings, files);
  const report = runSuites(world, suitesOf(suites), { coverage, mutations });
  const tests = report.tests.map((test) => ({ ...test, outcome: outcomeOfTest(test) }));
  const isPassed = tests.length > 0 && tests.every(({ outcome }) => outcome === "passed");
  const { skipped } = world;
  return { ok: isPassed && report.troubles.length === 0 && skipped.length === 0, ...report, tests, skipped };
}

function suitesOf(suites: string | PolicyText | readonly (string | PolicyText)[]): readonly PolicyText[] {
  const list = typeof suites === "string" || "text" in suites ? [suites] : suites;
  return list.map((suite, at) =>
    typeof suite === "string" ? { path: at === 0 ? "suite.aatest" : `suite-${at + 1}.aatest`, text: suite } : suite,
  );
}

/** What is asked about who can become what. */
export interface ReachOptions extends PolicyOptions {
  /** The label to be reached; without it, all that are. */
  readonly to?: string;
  /** Also through others that are made to do things: by files that are written for them, by tracing. */
  readonly others?: boolean;
  /** As if no profile were in complain mode. */
  readonly enforced?: boolean;
  /** As if the process had set no_new_privs: what it becomes by itself is itself, and perhaps more profiles beside it. */
  readonly noNewPrivileges?: boolean;
}

/** The answer, and the files that were left out, with the reason. */
export interface ReachResult extends ReachAnswer {
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

/**
 * Says what a profile can become, step by step, with the rules that allow each step.
 *
 * Errors: a sentence; there is no such profile. What was not decided is in `gaps`.
 *
 * @example
 * await reach("profile a { /bin/b Px -> b, }\nprofile b { change_profile -> c, }\nprofile c { }", "a", { to: "c" });
 */
export async function reach(
  policy: PolicyInput | readonly PolicyInput[],
  from: string,
  { to, others = false, enforced = false, noNewPrivileges = false, ...options }: ReachOptions = {},
): Promise<Outcome<ReachResult, string>> {
  const { settings, files } = await worldOf(options);
  const { openReach } = await loadReach();
  const opened = openReach(sourcesOf(policy), settings, { files, enforced });
  const asked = opened.ask({ from, to, others, noNewPrivileges });
  if (asked.ok) return ok({ ...asked.value, skipped: opened.skipped });
  return fail(`${asked.error}${skippedText(opened.skipped)}`);
}

/** How policy is looked at. */
export interface LintOptions extends PolicyOptions {
  /** The policy is all there is: what is named and missing is missing. */
  readonly isWhole?: boolean;
  /** The text of a configuration: severities and exceptions, as in `.armorer-lint.json`. */
  readonly config?: string;
  /** Services whose programs are started with no_new_privs. */
  readonly units?: readonly Unit[];
}

/** What is found in one file; `renderDiagnostics` makes text of it. */
export interface LintedSource extends Checks {
  /** How many findings comments and the configuration silenced. */
  readonly silenced: number;
  /** The text without what can be removed; `undefined` where there is nothing to remove, else why it cannot be. */
  readonly fixed: Outcome<string, string> | undefined;
}

/** The files, and what was not looked at, or not found. */
export interface LintResult {
  readonly files: readonly LintedSource[];
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  /** What could not be looked at, with the reason. */
  readonly gaps: readonly string[];
  /** Exceptions of the configuration that nothing needs. */
  readonly unused: readonly { readonly code: string; readonly profile: string; readonly reason: string }[];
}

/**
 * Finds what is superfluous, impossible or dangerous in profiles, by what they mean.
 *
 * Errors: a sentence: what is wrong with the configuration. Files that are wrong are in `skipped`.
 *
 * @example
 * const linted = await lint("profile demo { /etc/* r, /etc/hosts r, }");
 * linted.ok && linted.value.files[0]?.diagnostics[0]?.code; // "lint/rule-covered"
 */
export async function lint(
  policy: PolicyInput | readonly PolicyInput[],
  { isWhole = false, config, units = [], ...options }: LintOptions = {},
): Promise<Outcome<LintResult, string>> {
  const { settings, files } = await worldOf(options);
  const { lintFiles, noConfig, openWorld, readLintConfig } = await loadLinter();
  const wishes = config === undefined ? ok(noConfig) : readLintConfig(config);
  if (!wishes.ok) return fail(`the configuration cannot be used: ${wishes.error}`);
  const world = openWorld(sourcesOf(policy), settings, files);
  const newest = featureSets["kernel-7.2"];
  const linted = lintFiles(world, { isWhole, newest, config: wishes.value, units });
  const sources = [...linted.files].map(lintedSource);
  return ok({ files: sources, skipped: world.skipped, gaps: linted.gaps(), unused: linted.unused() });
}

function lintedSource({ report: { file, ok: isFine, diagnostics }, find, silenced, fixed }: LintedFile): LintedSource {
  const ids = new Set(diagnostics.flatMap(({ at, also }) => [at.span.file, ...also.map(({ span }) => span.file)]));
  const texts = [file.id, ...ids].flatMap((id) => find(id) ?? []);
  return { path: file.path, ok: isFine, diagnostics, texts: [...new Set(texts)], silenced, fixed };
}

/** A text for an older release, and what becomes of each rule there. */
export interface PortedSource extends Checks {
  /** `undefined` where something has no words there; the diagnostics say what. */
  readonly text: string | undefined;
}

/**
 * Says a file of profiles in the words of an older release of apparmor_parser. It was tried: it means there what the original would, but for what
 * is reported.
 *
 * Errors: a sentence: the file is wrong as it is.
 *
 * @example
 * const ported = await port("profile demo { all, }", "3.0");
 */
export async function port(
  policy: PolicyInput,
  release: Release,
  options?: PolicyOptions,
): Promise<Outcome<PortedSource, string>> {
  const { settings, files } = await worldOf(options);
  const { abiOf, portFile } = await loadPorter();
  const { path, bytes } = sourceOf(policy);
  const source = sourceFile(path, decodeBytes(bytes));
  const abi = abiTexts[abiOf[release]] ?? "";
  const ported = portFile({ source, release, abi }, settings, files);
  if (!ported.ok) return ported;
  const { diagnostics, text } = ported.value;
  return ok({ path, ok: text !== undefined, diagnostics, texts: [source], text });
}

const abiTexts: Readonly<Record<string, string>> = {
  "3.0": featureSets["abi-3.0"],
  "4.0": featureSets["abi-4.0"],
  "5.0": featureSets["abi-5.0"],
};

/** Where policy is loaded, and how. */
export interface LoadOptions extends PolicyOptions {
  readonly kernel: KernelPort;
  /** `add` refuses what is loaded already; default `replace`. */
  readonly how?: "add" | "replace";
}

/**
 * Compiles policy and loads it, file by file; one that is bad stops no other.
 *
 * Errors: diagnostics in `source`, refusals of the kernel in `loaded`, for each file.
 *
 * @example
 * await load({ path: "demo", text }, { kernel: nodeKernel(), files: nodeFiles() });
 */
export async function load(
  policy: PolicyInput | readonly PolicyInput[],
  { kernel, how = "replace", ...options }: LoadOptions,
): Promise<readonly CompiledAndLoaded[]> {
  const { settings, files } = await worldOf(options);
  return compileAndLoad(sourcesOf(policy), settings, { kernel: heldKernel(kernel), how, files });
}

/**
 * What is loaded, and which processes are confined; what cannot be read is said, not guessed.
 *
 * @example
 * const { profiles, processes, refusal } = readStatus(nodeKernel(), nodeProcesses());
 */
export function readStatus(kernel: KernelPort, processes: ProcessesPort): StatusReport {
  return statusOf(heldKernel(kernel), heldProcesses(processes));
}

/** How diagnostics are shown. */
export interface RenderOptions {
  readonly colors?: boolean;
  /** Columns a source line may take before it is cut around the mark. */
  readonly width?: number;
  /** Also what follows from something that is shown, and warnings about files that are only included; without it they are counted. */
  readonly all?: boolean;
}

/**
 * Diagnostics as people read them: the message, the line with the place marked, and what to do. What goes away with something else is counted
 * in a last line.
 *
 * @example
 * renderDiagnostics(await check("}")); // "error[syntax/stray-close]: this `}` closes nothing\n --> profile:1:1\n…"
 */
export function renderDiagnostics(checked: Checks | readonly Checks[], options: RenderOptions = {}): string {
  const { all = false, ...more } = options;
  const { find, reports } = reportsOf(checked);
  const own = new Set<string>(reports.map(({ file }) => file.id));
  const teller = createTeller({ all, isOwn: (path) => own.has(path), repeatsErrors: false });
  const shown = reports.map((report) => ({ ...report, diagnostics: teller.tell(sortDiagnostics(report.diagnostics)) }));
  const { elsewhere, follows, repeated } = teller.withheld();
  const count = elsewhere + follows + repeated;
  const rest = count === 0 ? "" : `\nnot shown (\`{ all: true }\` shows them): ${count} more\n`;
  return renderHuman(shown, { ...more, find }) + rest;
}

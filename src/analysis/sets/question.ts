/**
 * A rule as a question: parsed in the company of the policy's own variables, includes and ABI, compiled as a profile that holds nothing else,
 * and what such a profile has without any rule taken away again. What is left is the set of accesses that the rule speaks of.
 */
import { fail, ok, type Outcome } from "../../foundation/basics/index.ts";
import type { Diagnostic } from "../../foundation/diagnostics/index.ts";
import { sourceFile, type SourceFile } from "../../foundation/text/index.ts";
import { type CompileOptions, compileVariant } from "../../compiler/compile/index.ts";
import { type CompiledProfile, XINDEX_INHERIT } from "../../compiler/compiled/index.ts";
import { FilePermission, type Policy, type Rule } from "../../language/model/index.ts";
import {
  type ContinuePolicy,
  continuePolicy,
  resolvePolicy,
  type ResolveOptions,
} from "../../language/resolve/index.ts";
import { parse } from "../../language/syntax/index.ts";
import { rlimitInfinity } from "../../language/tables/index.ts";
import { ANY_EXEC, FileBit, maskGrant, parseExec } from "./grants.ts";
import { mapGrants } from "./parts.ts";
import { accessesOf, isEmpty, subtract } from "./sets.ts";
import type { AccessSet, SetPart } from "./types.ts";

export interface QuestionWorld {
  /** What stands before the profiles of the policy's file: tunables, the ABI. See `preambleOf`. */
  readonly preamble: string;
  readonly resolve: ResolveOptions;
  readonly compile: CompileOptions;
  /** Of worlds with the same options: what their questions share. Without it nothing is. */
  readonly memory?: QuestionMemory | undefined;
}

/** What questions of one world have in common: by what stands before them, what that comes to. */
export interface QuestionMemory {
  readonly kind: "question-memory";
}

/** For worlds that are resolved and compiled with the same options. */
export function createQuestionMemory(): QuestionMemory {
  const memory: QuestionMemory = { kind: "question-memory" };
  companies.set(memory, new Map());
  return memory;
}

const companies = new WeakMap<QuestionMemory, Map<string, Company>>();

/** The lines before a question, read once. */
interface Company {
  readonly read: ContinuePolicy;
  /** What a profile has without any rule; a sentence: why it cannot be compiled. */
  plain: AccessSet | string | undefined;
  /** By their texts. */
  readonly questions: Map<string, Outcome<Question, string>>;
}

/** Questions that are remembered of a company. */
const MOST_QUESTIONS = 4_000;

export interface Question {
  /** The rule as it was written, with its comma. */
  readonly text: string;
  readonly rule: Rule;
  readonly set: AccessSet;
  /** The set, and that programs are executed at all where it says how. */
  readonly granted: AccessSet;
  /** Kernel and ABI look at what the rule speaks of. What they do not look at is allowed to everybody. */
  readonly isMediated: boolean;
  /** What is to be said of the rule, in sentences: a class that is not enforced, conditions that are not looked at. */
  readonly notes: readonly string[];
}

/** The text of what stands before the first profile and between profiles: includes, ABI, variables. */
export function preambleOf(source: SourceFile): string {
  const items = parse(source).items.filter(({ kind }) => kind !== "profile" && kind !== "broken" && kind !== "alias");
  return items.map(({ span }) => source.text.slice(span.start, span.end)).join("\n");
}

/**
 * Reads a rule as a question; the comma may be missing, and a plain `x` asks for any kind of execution.
 *
 * Errors: a sentence; texts that are no rule, more than one, or say more than which accesses are meant (`deny`, `audit`, `priority`).
 *
 * Shape: `asked` is the name of the profile that is asked, as it is written: `Cx -> child` means its child.
 *
 * @example
 * parseQuestion("owner /srv/** rw", world);
 */
export function parseQuestion(written: string, world: QuestionWorld, asked?: string): Outcome<Question, string> {
  const text = withComma(written);
  const company = companyOf(world);
  const { questions } = company;
  const name = namesChild(text) ? asked : undefined;
  const key = name === undefined ? text : `${text}\n${name}`;
  const question = questions.get(key) ?? makeQuestion(text, name, { world, company });
  if (questions.size >= MOST_QUESTIONS) questions.clear();
  questions.set(key, question);
  return question;
}

/** Whether a text may be a rule that names a child, `Cx -> child`: that is another profile in each one that is asked. */
export function namesChild(text: string): boolean {
  return /c[iu]?x\b.*->/is.test(text);
}

interface Asking {
  readonly world: QuestionWorld;
  readonly company: Company;
}

function makeQuestion(text: string, name: string | undefined, { world, company }: Asking): Outcome<Question, string> {
  if (text === ",") return fail("the question is empty");
  const read = readRule(text, world, company);
  if (!read.ok) return read;
  const { rule, policy } = read.value;
  const qualifier = rule.kind === "rlimit" ? undefined : qualifierOf(rule);
  if (qualifier !== undefined)
    return fail(`a question says which accesses are meant, and \`${qualifier}\` is no part of that`);
  const plain = (company.plain ??= withoutRules(policy, world));
  if (typeof plain === "string") return fail(plain);
  const asked = compileRules([rule], policy, world, name);
  if (typeof asked === "string") return fail(asked);
  const left = subtract(accessesOf(spokenOf(rule, asked.profile)), plain);
  if (!left.ok) return fail("the rule is too large to be asked about");
  const set = onlyOf(rule, left.value);
  const granted = rule.kind === "file" ? withExecution(rule, set) : set;
  const isMediated = !isEmpty(set);
  const notes = isMediated || !isAboutLinks(rule) ? asked.notes : [...asked.notes, NO_LINK];
  return ok({ text, rule, set, granted, isMediated, notes });
}

/** Source: kernel-abi 8.3. */
const NO_LINK = "kernels ask about links by names that end in no slash, even where a directory is to be linked to";

function isAboutLinks(rule: Rule): boolean {
  return rule.kind === "link" || (rule.kind === "file" && (rule.permissions & FilePermission.l) !== 0);
}

function withComma(written: string): string {
  const text = written.trim();
  return text.endsWith(",") || text.endsWith("}") ? text : `${text},`;
}

function qualifierOf(rule: Exclude<Rule, { kind: "rlimit" }>): string | undefined {
  if (rule.mode === "deny" || rule.mode === "prompt") return rule.mode;
  if (rule.audit) return "audit";
  return rule.priority === 0 ? undefined : "priority";
}

interface ReadRule {
  readonly rule: Rule;
  readonly policy: Policy;
}

/**
 * The text of a rule, with its qualifiers, as it is read behind the lines that stand before the profiles; `undefined`: it is none there, or the
 * lines hold aliases.
 */
export function readRuleText(text: string, world: QuestionWorld): Rule | undefined {
  const policy = companyOf(world).read(questionSource(text));
  const read = policy && onlyRule(policy);
  return read?.ok === true ? read.value.rule : undefined;
}

function questionSource(text: string): SourceFile {
  return sourceFile("question", `profile question {\n${text}\n}\n`);
}

/** COST: reading the tunables of a policy is most of reading a question. */
function companyOf({ preamble, resolve, memory }: QuestionWorld): Company {
  const shared = memory && companies.get(memory);
  const known = shared?.get(preamble);
  if (known !== undefined) return known;
  const company = {
    read: continuePolicy(sourceFile("question", `${preamble}\n`), resolve),
    plain: undefined,
    questions: new Map(),
  };
  shared?.set(preamble, company);
  return company;
}

function withoutRules(policy: Policy, world: QuestionWorld): AccessSet | string {
  const compiled = compileRules([], policy, world);
  return typeof compiled === "string" ? compiled : { ...accessesOf(compiled.profile), limits: [] };
}

/** A plain `x` is written in deny rules alone, so that is tried, too. */
function readRule(text: string, world: QuestionWorld, company: Company): Outcome<ReadRule, string> {
  const plain = resolveRule(text, world, company);
  if (plain.ok) return plain;
  const denied = resolveRule(`deny ${text}`, world, company);
  if (!denied.ok || denied.value.rule.kind !== "file") return plain;
  return ok({ ...denied.value, rule: { ...denied.value.rule, mode: "implicit" } });
}

function resolveRule(text: string, world: QuestionWorld, { read }: Company): Outcome<ReadRule, string> {
  const policy = read(questionSource(text));
  if (policy !== undefined) return onlyRule(policy);
  return resolveWhole(text, world);
}

/** With the lines before it as one text, for what is wrong is said best so. */
function resolveWhole(text: string, { preamble, resolve }: QuestionWorld): Outcome<ReadRule, string> {
  const head = `${preamble}\nprofile question {\n`;
  const source = sourceFile("question", `${head}${text}\n}\n`);
  const resolved = resolvePolicy({ source }, resolve);
  const wrong = resolved.diagnostics.find(
    ({ severity, at: { span } }) => severity === "error" && span.file === source.id && span.end > head.length,
  );
  return wrong === undefined ? onlyRule(resolved.value) : fail(errorText(wrong, head.length + text.length));
}

/** What is found where something else than a rule is written, as if it were one with a comma. */
const OTHER_STATEMENTS: ReadonlySet<string> = new Set([
  "syntax/misplaced",
  "syntax/variable-comma",
  "resolve/include-not-found",
]);
const OTHER_STARTS: ReadonlySet<unknown> = new Set(["a rule", "`{`"]);

/** What is wrong with a rule that ends at `end`, whose last comma nobody may have written; with the word that may be meant. */
function errorText({ at, code, facts, help, message }: Diagnostic, end: number): string {
  const { expected, found } = facts;
  const isAtComma = at.span.end === end && at.span.start === end - 1;
  if (OTHER_STATEMENTS.has(code) || (isAtComma && (expected === undefined || OTHER_STARTS.has(expected))))
    return "the question is no rule";
  if (isAtComma && found === ",") return `expected ${expected}, but the rule ends there`;
  const meant = /^did you mean `[^`]+`\?/.exec(help ?? "");
  return meant === null ? message : `${message}; ${meant[0]}`;
}

function onlyRule(policy: Policy): Outcome<ReadRule, string> {
  const rules = policy.profiles.flatMap((profile) => (profile.name === "question" ? profile.rules : []));
  const [rule] = rules;
  if (rule === undefined) return fail("the question is no rule");
  return rules.length > 1 ? fail("the question is more than one rule") : ok({ rule, policy });
}

interface CompiledQuestion {
  readonly profile: CompiledProfile;
  readonly notes: readonly string[];
}

/** Aliases are no part of a question: it names the paths that a kernel sees. `written`: the name that children are called after. */
function compileRules(
  rules: readonly Rule[],
  policy: Policy,
  world: QuestionWorld,
  written = "question",
): CompiledQuestion | string {
  const [profile] = policy.profiles.filter(({ name }) => name === "question");
  if (profile === undefined) return "the question is no rule";
  const { value, diagnostics } = compileVariant(
    { ...policy, profiles: [{ ...profile, written, rules }], aliases: [] },
    world.compile,
  );
  const compiled = value[0]?.profiles[0];
  const wrong = diagnostics.find(({ severity }) => severity === "error");
  if (compiled === undefined || wrong !== undefined) return wrong?.message ?? "the rule cannot be compiled";
  return { profile: compiled, notes: [...new Set(diagnostics.map(({ message }) => message))] };
}

/** COST: of rules about files the other automaton, which says the same with and without them, is not even looked at. */
function spokenOf({ kind }: Rule, profile: CompiledProfile): CompiledProfile {
  return kind === "file" || kind === "link" || kind === "change_profile"
    ? { ...profile, policydb: undefined }
    : profile;
}

/** What the rule itself speaks of, without what it brings along (the files that a change of profile writes, the m of `ix`). */
function onlyOf(rule: Rule, set: AccessSet): AccessSet {
  const none: AccessSet = { file: undefined, policydb: undefined, capabilities: 0n, sockets: [], limits: [] };
  switch (rule.kind) {
    case "rlimit":
      return {
        ...none,
        limits: [
          { resource: rule.resource, first: 0n, last: rule.value < rlimitInfinity ? rule.value : rlimitInfinity },
        ],
      };
    case "file": {
      const isAny = rule.exec !== undefined && rule.exec.transition === "deny";
      return {
        ...none,
        file: set.file && maskPart(set.file, fileMask(rule.permissions, isAny), rule.exec !== undefined && !isAny),
      };
    }
    case "link":
      return { ...none, file: set.file && maskPart(set.file, FileBit.l | FileBit.freeLink, false) };
    case "change_profile":
      return { ...none, file: set.file && changePart(set.file, rule.exec !== undefined) };
    case "all":
    case "capability":
    case "dbus":
    case "io_uring":
    case "mount":
    case "mqueue":
    case "network":
    case "ptrace":
    case "signal":
    case "unix":
    case "userns":
      return { ...set, limits: [] };
  }
}

/** Without a condition a label to change to; with one a program and the label it is to run under, which is a pair. */
function changePart(part: SetPart, hasCondition: boolean): SetPart {
  const { change, onexec } = FileBit;
  const left = mapGrants(part, (grant) => {
    const isLabel = (grant.bits & change) !== 0;
    const mask = isLabel === hasCondition ? 0 : isLabel ? change | onexec : onexec;
    return maskGrant(grant, { bits: mask, others: mask, execs: false });
  });
  return hasCondition ? { ...left, isAtExec: true } : left;
}

/** Of what is executed in one way also that it is executed, and of a plain x every way. */
function withExecution({ exec }: Extract<Rule, { kind: "file" }>, set: AccessSet): AccessSet {
  if (exec === undefined || set.file === undefined) return set;
  const { x } = FileBit;
  const isAny = exec.transition === "deny";
  const file = mapGrants(set.file, ({ bits, others, execs }) => {
    const [owner, other] = [bits & x || execs.some(isOwners), others & x || execs.some((text) => !isOwners(text))];
    const ways = isAny ? ANY_EXEC.filter((text) => (isOwners(text) ? owner : other)) : execs;
    const [ownerMaps, otherMaps] = [true, false].map((half) =>
      execs.some((text) => isOwners(text) === half && inherits(text)),
    );
    const more = (isExecuted: boolean, maps: boolean | undefined): number =>
      (isExecuted ? x : 0) | (maps === true ? FileBit.m : 0);
    return {
      bits: bits | more(Boolean(owner), ownerMaps),
      others: others | more(Boolean(other), otherMaps),
      execs: ways,
    };
  });
  return { ...set, file };
}

/** What keeps its profile is mapped, too. */
function inherits(exec: string): boolean {
  return (parseExec(exec).word & XINDEX_INHERIT) !== 0;
}

function isOwners(exec: string): boolean {
  return exec.startsWith("owner");
}

function maskPart(part: SetPart, mask: number, execs: boolean): SetPart {
  return mapGrants(part, (grant) => maskGrant(grant, { bits: mask, others: mask, execs }));
}

function fileMask(permissions: number, isAnyExec: boolean): number {
  const { x, w, a, l } = FilePermission;
  const exec = isAnyExec ? 0 : x;
  const append = (permissions & w) === 0 ? 0 : a;
  const links = (permissions & l) === 0 ? 0 : FileBit.freeLink;
  return (permissions & ~exec) | append | links;
}

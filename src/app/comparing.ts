/**
 * Two policies side by side, each of texts or of what any compiler made. All is compiled first, and what comes out the same to the byte is
 * the same; only for the rest is it looked at what the automata permit, and which lines that comes from.
 */
import {
  compareProfiles,
  isSame,
  type ProfileDifference,
  type ProfileEvidence,
  type ReadRule,
  type RuleChange,
  verdictOf,
} from "../analysis/diff/index.ts";
import { type AccessSet, accessesOf, parseQuestion, type QuestionWorld, subtract } from "../analysis/sets/index.ts";
import { createCompileSession, type RulePattern } from "../compiler/compile/index.ts";
import type { CompiledProfile } from "../compiler/compiled/index.ts";
import { decodePolicy } from "../compiler/policydb/index.ts";
import { compareText, fail, ok, withChildren } from "../foundation/basics/index.ts";
import { type FileId, lineStarts, positionAt, type SourceFile, type Span } from "../foundation/text/index.ts";
import { parseFeatures } from "../language/features/index.ts";
import { meaningOfRule } from "../language/edit/index.ts";
import type { Policy, Profile, Rule } from "../language/model/index.ts";
import type { DiffPlace, DiffProblem, DiffProfile, DiffReport, DiffRule, DiffSide } from "./diff-report.ts";
import type { PolicyEngine, PolicySource } from "./engine.ts";
import { errorText } from "./meaning-world.ts";

type SideName = "old" | "new";

/** A profile of a side, with the source it comes from. */
interface Unit {
  readonly name: string;
  readonly profile: CompiledProfile;
  readonly source: PolicySource;
  readonly isText: boolean;
  /** The bytes of its family: equal ones need no look. */
  readonly bytes: Uint8Array;
}

interface Compiled {
  readonly units: ReadonlyMap<string, Unit>;
  readonly problems: readonly DiffProblem[];
  /** Every source was read: what is not among the units is not there. */
  readonly isWhole: boolean;
}

/** Compares. `progress` hears of every source that is compiled. */
export function comparePolicies(
  sides: Readonly<Record<SideName, DiffSide>>,
  engine: PolicyEngine,
  progress: (path: string) => void,
): DiffReport {
  const before = compileSide("old", sides.old, engine, progress);
  engine.forgetFiles();
  const now = compileSide("new", sides.new, engine, progress);
  const all = pairUnits(before.units, now.units);
  // What was not found may be in what could not be read.
  const isKnown = ({ old, new: later }: Pair): boolean =>
    (old !== undefined || before.isWhole) && (later !== undefined || now.isWhole);
  const pairs = all.filter(isKnown);
  const evidence = gatherEvidence(pairs, sides, engine);
  const read = ruleReader(sides.new.settings.kernelFeatures);
  const problems = [...before.problems, ...now.problems, ...all.filter((pair) => !isKnown(pair)).map(notFound)];
  const profiles = pairs.map((pair) => profileReport(pair, evidence, read, problems));
  const verdict = verdictOf(profiles.map((one) => (one.verdict === "equivalent" ? "neither" : one.verdict)));
  return {
    verdict: verdict === "equivalent" && problems.length > 0 ? "unknown" : verdict,
    profiles: profiles.filter((profile) => profile !== undefined),
    problems,
  };
}

function notFound({ name, old, new: now }: Pair): DiffProblem {
  const side = old === undefined ? "new" : "old";
  const message = `the profile ${name} is not compared: it may be in a file that could not be read`;
  return { side, path: (old ?? now)?.source.path ?? "", message };
}

/** Reads rules that were rebuilt: everything that a kernel knows is mediated, and nothing is included. */
function ruleReader(kernelFeatures: string): ReadRule {
  const features = parseFeatures(kernelFeatures).tree;
  const options = { kernelFeatures: features, policyFeatures: features };
  const files = {
    read: (path: string) => fail({ path, errno: "ENOENT" }),
    list: (path: string) => fail({ path, errno: "ENOENT" }),
    kind: () => undefined,
  };
  const compile = { ...options, session: createCompileSession() };
  const world: QuestionWorld = { preamble: "", resolve: { ...options, files, search: [] }, compile };
  return (text) => {
    const question = parseQuestion(text, world);
    return question.ok ? question.value.granted : undefined;
  };
}

/** Compiled policy begins with the name of its first field. */
function isCompiled(bytes: Uint8Array): boolean {
  return bytes[0] === 0x04 && bytes[1] === 0x08 && bytes[2] === 0x00;
}

function compileSide(
  side: SideName,
  { sources, files, settings }: DiffSide,
  engine: PolicyEngine,
  progress: (path: string) => void,
): Compiled {
  const units = new Map<string, Unit>();
  const problems: DiffProblem[] = [];
  let isWhole = true;
  const refuse = (path: string, message: string): void => void problems.push({ side, path, message });
  const unread = (path: string, message: string): void => {
    isWhole = false;
    refuse(path, message);
  };
  const add = (source: PolicySource, bytes: Uint8Array, isText: boolean): void => {
    const decoded = decodePolicy(bytes);
    if (!decoded.ok) return unread(source.path, decoded.error.refusal.message);
    for (const [name, profile] of namedProfiles(decoded.value.profiles)) {
      if (units.has(name)) refuse(source.path, `the profile ${name} is in another file, too, and is compared once`);
      else units.set(name, { name, profile, source, isText, bytes });
    }
  };
  for (const source of sources) {
    progress(source.path);
    if (isCompiled(source.bytes)) {
      add(source, source.bytes, false);
      continue;
    }
    const compiled = engine.compile(source, settings, files);
    if (!compiled.ok) {
      const wrong = compiled.diagnostics.find(({ severity }) => severity === "error");
      const texts = new Map(compiled.texts.map((text) => [text.id, text]));
      unread(source.path, wrong === undefined ? "" : errorText(wrong, source.path, texts));
    }
    for (const { bytes } of compiled.units) add(source, bytes, true);
  }
  return { units, problems, isWhole };
}

/** Profiles by whole name: a namespace counts for all that follow it in a stream. */
function namedProfiles(profiles: readonly CompiledProfile[]): readonly (readonly [string, CompiledProfile])[] {
  const [first] = profiles;
  return profiles.map((profile) => {
    const namespace = profile.namespace ?? first?.namespace;
    return [namespace === undefined ? profile.name : `:${namespace}:${profile.name}`, profile] as const;
  });
}

interface Pair {
  readonly name: string;
  readonly old: Unit | undefined;
  readonly new: Unit | undefined;
}

/** By name; what is left is the same profile under another name when it attaches to the same programs, or says the same. */
function pairUnits(before: ReadonlyMap<string, Unit>, now: ReadonlyMap<string, Unit>): readonly Pair[] {
  const pairs: Pair[] = [...now]
    .filter(([name]) => before.has(name))
    .map(([name, unit]) => ({ name, old: before.get(name), new: unit }));
  const removed = [...before.values()].filter(({ name }) => !now.has(name));
  for (const unit of [...now.values()].filter(({ name }) => !before.has(name))) {
    const at = removed.findIndex((gone) => isRenamed(gone.profile, unit.profile));
    const [old] = at < 0 ? [] : removed.splice(at, 1);
    pairs.push({ name: unit.name, old, new: unit });
  }
  for (const old of removed) pairs.push({ name: old.name, old, new: undefined });
  return pairs.toSorted((a, b) => compareText(a.name, b.name));
}

function isRenamed(old: CompiledProfile, now: CompiledProfile): boolean {
  const isAttached = old.xmatch !== undefined && now.xmatch !== undefined;
  if (isAttached) return sameTables(old.xmatch, now.xmatch);
  if (old.xmatch !== now.xmatch) return false;
  return sameTables(old.file, now.file) && sameTables(old.policydb, now.policydb);
}

/** Minimal automata in canonical numbers: equal languages have equal tables. */
function sameTables(one: CompiledProfile["file"], other: CompiledProfile["file"]): boolean {
  if (one === undefined || other === undefined) return one === other;
  const { dfa } = one;
  return (
    sameNumbers(dfa.targets, other.dfa.targets) &&
    sameNumbers(dfa.symbols, other.dfa.symbols) &&
    sameNumbers(dfa.defaults, other.dfa.defaults) &&
    sameNumbers(dfa.outputs, other.dfa.outputs) &&
    JSON.stringify(one.permissions) === JSON.stringify(other.permissions)
  );
}

function sameNumbers(one: ArrayLike<number>, other: ArrayLike<number>): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at += 1) if (one[at] !== other[at]) return false;
  return true;
}

function isEqualBytes({ old, new: now }: Pair): boolean {
  return old !== undefined && now !== undefined && old.name === now.name && sameNumbers(old.bytes, now.bytes);
}

/** What is known of the texts of one side. */
interface Evidence {
  readonly profiles: ReadonlyMap<string, ProfileEvidence>;
  readonly place: (span: Span) => DiffPlace | undefined;
}

/** The texts of profiles that are not the same; the new files are current, and the old ones are read once more. */
function gatherEvidence(
  pairs: readonly Pair[],
  sides: Readonly<Record<SideName, DiffSide>>,
  engine: PolicyEngine,
): Readonly<Record<SideName, Evidence>> {
  const wanted = pairs.filter((pair) => !isEqualBytes(pair));
  const of = (side: SideName): Evidence => {
    const units = wanted.flatMap((pair) => (pair[side]?.isText === true ? [pair[side]] : []));
    return evidenceOf(side, new Set(units.map(({ source }) => source)), sides[side], engine);
  };
  const now = of("new");
  engine.forgetFiles();
  return { new: now, old: of("old") };
}

function evidenceOf(
  side: SideName,
  sources: ReadonlySet<PolicySource>,
  { settings, files }: DiffSide,
  engine: PolicyEngine,
): Evidence {
  const profiles = new Map<string, ProfileEvidence>();
  const texts = new Map<FileId, SourceFile>();
  for (const source of sources) {
    const stages = engine.stages(source, settings, files);
    const { value } = stages.resolve();
    for (const [id, text] of value.sources) texts.set(id, text);
    for (const profile of withChildren(value.value.profiles)) {
      const compiled = ruleCompiler(profile, value.value, stages.variant);
      let known: readonly RulePattern[] | undefined;
      const patterns = (): readonly RulePattern[] => (known ??= stages.patterns(profile, value.value));
      profiles.set(fullName(profile, settings.namespace), { profile, patterns, ...compiled });
    }
  }
  return { profiles, place: placeFinder(side, texts) };
}

/** What few rules of a profile permit; the same rules are compiled once. */
function ruleCompiler(
  profile: Profile,
  policy: Policy,
  variant: (policy: Policy) => readonly CompiledProfile[],
): Pick<ProfileEvidence, "accessesOfRules" | "impliedAccesses"> {
  const known = new Map<string, AccessSet | undefined>();
  const compile = (rules: readonly Rule[], children: readonly Profile[] = []): AccessSet | undefined => {
    const [compiled] = variant({ ...policy, profiles: [{ ...profile, rules, children }] });
    return compiled && accessesOf(compiled);
  };
  let plain: AccessSet | undefined;
  const accessesOfRules: ProfileEvidence["accessesOfRules"] = (rules) => {
    const key = rules.map((rule) => meaningOfRule(rule, "expanded")).join("\n");
    if (known.has(key)) return known.get(key);
    plain ??= compile([]);
    const own = compile(rules);
    // What a profile without rules has are marks of what is mediated.
    const set = own === undefined || plain === undefined ? ok(own) : subtract(own, plain);
    known.set(key, set.ok ? set.value : undefined);
    return known.get(key);
  };
  return { accessesOfRules, impliedAccesses: () => compile([], profile.children)?.file };
}

function fullName({ name, namespace }: Profile, imposed: string | undefined): string {
  const own = imposed ?? namespace;
  return own === undefined ? name : `:${own}:${name}`;
}

const MOST_SHOWN = 200;

function placeFinder(side: SideName, texts: ReadonlyMap<FileId, SourceFile>): (span: Span) => DiffPlace | undefined {
  const starts = new Map<FileId, Uint32Array>();
  return (span) => {
    const file = texts.get(span.file);
    if (file === undefined) return undefined;
    const known = starts.get(span.file) ?? lineStarts(file.text);
    starts.set(span.file, known);
    const written = file.text.slice(span.start, span.end).replaceAll(/\s+/g, " ").trim();
    const text = written.length > MOST_SHOWN ? `${written.slice(0, MOST_SHOWN - 1)}…` : written;
    return { file: file.path, line: positionAt(known, span.start).line, text, side, span };
  };
}

function profileReport(
  pair: Pair,
  evidence: Readonly<Record<SideName, Evidence>>,
  read: ReadRule,
  problems: DiffProblem[],
): DiffProfile {
  const { name, old, new: now } = pair;
  const place = headOf(evidence.new, now?.name) ?? headOf(evidence.old, old?.name);
  const plain = { name, before: undefined, rules: [], parts: [], place };
  if (old === undefined || now === undefined) {
    const change = old === undefined ? "added" : "removed";
    return { ...plain, change, verdict: change === "added" ? "stricter" : "looser" };
  }
  const isRenaming = old.name !== now.name;
  const before = isRenaming ? old.name : undefined;
  if (isEqualBytes(pair)) return { ...plain, change: "same", verdict: "equivalent" };
  const compared = compareProfiles(old.profile, now.profile, textsOf(pair, evidence, read));
  if (!compared.ok) {
    const message = `the profile ${name} is too large to compare: more than ${compared.error.limit} pairs of states`;
    problems.push({ side: "new", path: now.source.path, message });
    return { ...plain, before, change: isRenaming ? "renamed" : "changed", verdict: "both" };
  }
  const change = isRenaming ? "renamed" : isSame(compared.value) ? "same" : "changed";
  return { ...plain, before, change, ...described(compared.value, evidence) };
}

function textsOf(
  { old, new: now }: Pair,
  evidence: Readonly<Record<SideName, Evidence>>,
  read: ReadRule,
): Parameters<typeof compareProfiles>[2] {
  return { old: evidence.old.profiles.get(old?.name ?? ""), new: evidence.new.profiles.get(now?.name ?? ""), read };
}

function headOf({ profiles, place }: Evidence, name: string | undefined): DiffPlace | undefined {
  const found = name === undefined ? undefined : profiles.get(name);
  const at = found && place(found.profile.origin.span);
  return at && { ...at, text: (at.text.split("{", 1)[0] ?? "").trimEnd() };
}

function described(
  { verdict, rules, parts }: ProfileDifference,
  evidence: Readonly<Record<SideName, Evidence>>,
): Pick<DiffProfile, "verdict" | "rules" | "parts"> {
  return { verdict, rules: rules.map((change) => ruleReport(change, evidence)), parts };
}

function ruleReport(change: RuleChange, evidence: Readonly<Record<SideName, Evidence>>): DiffRule {
  const { allowing, denying, except, isExact, inPart, rule, sign, within, witness } = change;
  const has: SideName = sign === "+" ? "new" : "old";
  const lacks: SideName = sign === "+" ? "old" : "new";
  const places = (rules: readonly Rule[], side: SideName): readonly DiffPlace[] =>
    rules.flatMap(({ origin }) => evidence[side].place(origin.span) ?? []);
  const bounds = (rules: RuleChange["except"]): readonly DiffPlace[] =>
    rules.flatMap((one) => places([one.rule], one.isOwn ? has : lacks));
  const own = rule === undefined ? [] : places([rule], has);
  const others = allowing.filter((one) => one !== rule);
  const text = change.text ?? own[0]?.text ?? "";
  return {
    sign,
    class: rule?.kind ?? witness?.kind ?? classOf(text),
    rule: text === "" || text.endsWith(",") ? text : `${text},`,
    exact: isExact,
    inPart,
    except: bounds(except),
    within: bounds(within),
    witness: witness?.rule,
    lines: unique([...own, ...places(others, has), ...places(denying, lacks)]),
  };
}

function classOf(text: string): string {
  return text.startsWith("set rlimit") ? "rlimit" : (/^\w+/.exec(text)?.[0] ?? "file");
}

function unique(places: readonly DiffPlace[]): readonly DiffPlace[] {
  return [...new Map(places.map((place) => [`${place.side} ${place.file}:${place.span.start}`, place])).values()];
}

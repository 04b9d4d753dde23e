/** The law of differences: what our comparison says of two texts, held against what the reference compiler made of them; for tests only. */
import { readFileSync } from "node:fs";
import { subtractBoth } from "../../src/analysis/diff/index.ts";
import { conditionChange } from "../../src/analysis/diff/conditions.ts";
import {
  type Access,
  type AccessSet,
  accessesOf,
  asRules,
  FileBit,
  intersect,
  isEmpty,
  subtract,
  witnessOf,
} from "../../src/analysis/sets/index.ts";
import type { DiffPlace, DiffRule } from "../../src/app/index.ts";
import { queryProfile } from "../../src/analysis/tables/index.ts";
import { inputsOfClass } from "../../src/analysis/sets/inputs.ts";
import type { Inputs } from "../../src/analysis/sets/inputs-text.ts";
import { step, walkProduct } from "../../src/compiler/automata/index.ts";
import {
  type CompiledAutomaton,
  type CompiledProfile,
  MAY_CONTINUE,
  MAY_EXECUTE,
  MAY_GETATTR,
  MAY_LINK,
  MAY_LOCK,
  MediationClass,
  permissionsOf,
  XINDEX_INDEX,
  XINDEX_TABLE,
  XINDEX_TYPE,
} from "../../src/compiler/compiled/index.ts";
import { parseFeatures } from "../../src/language/features/index.ts";
import { compileText } from "./pipeline.ts";
import { differenceAsked, onlyAsked } from "./asked-files.ts";
import { Random } from "./random.ts";

export const kernelText = readFileSync("tests/corpus/features/debian-kernel-7.2", "utf8");
export const features = parseFeatures(kernelText).tree;

/** The text with one rule left out, or one given another letter or a wider glob: an edit somebody might make. */
export function mutatedRules(text: string, seed: number): string {
  const random = new Random(seed);
  const lines = text.split("\n");
  const places = lines.flatMap((line, place) => (line.startsWith("  ") ? [place] : []));
  const at = random.pick(places);
  const line = lines[at] ?? "";
  const changes = [
    "",
    "",
    line.replace(/ r,$/, " rw,"),
    line.replace(/ w,$/, " r,"),
    line.replace("deny ", ""),
    line.replace("*", "**"),
    line.replace("owner ", ""),
  ];
  lines[at] = random.pick(changes.filter((change) => change !== line));
  return lines.join("\n");
}

/** The classes of the policydb in which accesses of a kind are looked up. */
export const classes: Readonly<Record<string, readonly number[]>> = {
  file: [MediationClass.file],
  network: [MediationClass.networkV9, MediationClass.networkV8],
  mount: [MediationClass.mount],
  signal: [MediationClass.signal],
  mqueue: [MediationClass.posixMqueue, MediationClass.sysvMqueue],
  userns: [MediationClass.userns],
  io_uring: [MediationClass.ioUring],
  dbus: [MediationClass.dbus],
};

/** What a profile says of an access, as a text: its permissions, and where an exec leads. */
function answer(profile: CompiledProfile, { kind, input, isOwner }: Access): string {
  const isPtrace = kind === "ptrace";
  const data = isPtrace ? Uint8Array.from([MediationClass.ptrace, ...input]) : input;
  const numbers = isPtrace ? [MediationClass.label] : (classes[kind] ?? []);
  return numbers
    .map((number) => {
      const asked = { kernel: "7.2", isOwner } as const;
      const entry = queryProfile(profile, number, data, asked);
      if (entry === undefined) return "not mediated";
      if (number !== MediationClass.file) return said(entry, undefined);
      const end = data.indexOf(0);
      // Of a link its name is asked about first (kernel-abi 7.7).
      const name = end < 0 ? undefined : queryProfile(profile, number, data.subarray(0, end), asked);
      const isNamed = name === undefined || (name.allow & ~name.deny & MAY_LINK) !== 0;
      return said(isNamed ? entry : { ...entry, allow: entry.allow & ~MAY_LINK }, profile.file);
    })
    .join("; ");
}

function said(entry: ReturnType<typeof permissionsOf>, file: CompiledAutomaton | undefined): string {
  const allow = entry.allow & ~entry.deny & ~(file === undefined ? MAY_LOCK | MAY_CONTINUE : MAY_GETATTR);
  const exec = file !== undefined && (allow & MAY_EXECUTE) !== 0 ? target(file, entry.xindex) : "";
  return `${(allow >>> 0).toString(16)} ${exec}`;
}

function target({ transitions }: CompiledAutomaton, xindex: number): string {
  const isNamed = (xindex & XINDEX_TYPE) === XINDEX_TABLE;
  return isNamed ? `${xindex & ~XINDEX_INDEX} ${transitions[xindex & XINDEX_INDEX]}` : String(xindex);
}

interface Pair {
  readonly left: CompiledProfile;
  readonly right: CompiledProfile;
}

/** Why our verdict on a pair is not what the same pair of the reference compiler shows; empty where it is. */
export function brokenDifferences(ours: Pair, theirs: Pair): readonly string[] {
  const difference = subtractBoth(ours.left, ours.right);
  if (!difference.ok) return ["too large"];
  const { more, less } = difference.value;
  const found = [more, less].flatMap((set) => wrongWitness(set, theirs));
  if (!isEmpty(more) || !isEmpty(less)) return found;
  return [...found, ...productDifferences(theirs)];
}

function wrongWitness(set: AccessSet, { left, right }: Pair): readonly string[] {
  const witness = witnessOf(set);
  if (witness === undefined) return [];
  const [one, other] = [answer(left, witness), answer(right, witness)];
  return one === other ? [`both say ${one} of ${witness.rule}`] : [];
}

/** The automaton of a profile that has none. */
const none: CompiledAutomaton = {
  dfa: {
    stateCount: 2,
    outputs: new Uint32Array(2),
    defaults: new Uint32Array(2),
    rows: new Uint32Array(3),
    symbols: new Uint16Array(),
    targets: new Uint32Array(),
  },
  permissions: { kind: "packed", accept: new Uint32Array(1), accept2: new Uint32Array(1) },
  transitions: [],
  diffEncoded: false,
  equivalenceClasses: false,
};

/** Inputs for which the automata grant different things, by product walks without any of our sets: first of all inputs, then of those kernels ask. */
function productDifferences({ left, right }: Pair): readonly string[] {
  const named = conditionChange(accessesOf(left), accessesOf(right));
  // other programs in conditions of change_profile are a part of their own
  if (!named.ok || named.value.length > 0) return [];
  const file = isSameEverywhere(left.file ?? none, right.file ?? none, "file")
    ? undefined
    : differenceAsked(left.file ?? none, right.file ?? none, "allowed");
  const policydb = isSameEverywhere(left.policydb ?? none, right.policydb ?? none, "policydb")
    ? undefined
    : otherwiseAnswered(left.policydb ?? none, right.policydb ?? none);
  return [file, policydb].flatMap((found) =>
    found === undefined ? [] : [`said to be equivalent, differ for ${found}`],
  );
}

function isSameEverywhere(left: CompiledAutomaton, right: CompiledAutomaton, name: "file" | "policydb"): boolean {
  let isSame = true;
  const views = name === "file" ? (["owner", "other"] as const) : (["policydb"] as const);
  const isFile = name === "file";
  walkProduct(left.dfa, right.dfa, ({ leftState, rightState }) => {
    isSame &&= views.every(
      (view) =>
        said(permissionsOf(left, leftState, view), isFile ? left : undefined) ===
        said(permissionsOf(right, rightState, view), isFile ? right : undefined),
    );
    return !isSame;
  });
  return isSame;
}

/** An input that kernels ask about (kernel-abi 8) with other bits on each side, in words. */
function otherwiseAnswered(left: CompiledAutomaton, right: CompiledAutomaton): string | undefined {
  for (let number = 0; number < 256; number += 1) {
    const [one, other] = [left, right].map(({ dfa }) => step(dfa, 1, number));
    const inputs = inputsOfClass(number);
    if (!one || !other || inputs === undefined) continue;
    const pending = [{ one, other, phase: inputs.start, input: [number] }];
    const seen = new Set<string>();
    for (const at of pending) {
      const key = `${at.one} ${at.other} ${at.phase}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const [here, there] = [allowedAt(left, at.one, inputs, at.phase), allowedAt(right, at.other, inputs, at.phase)];
      if (here !== there) return `${at.input.join(" ")}: ${here} against ${there}`;
      for (const byte of inputs.bytes(at.phase) ?? everyByte) {
        const phase = inputs.step(at.phase, byte);
        if (phase < 0) continue;
        const [nextOne, nextOther] = [step(left.dfa, at.one, byte), step(right.dfa, at.other, byte)];
        if (nextOne !== 0 || nextOther !== 0)
          pending.push({ one: nextOne, other: nextOther, phase, input: [...at.input, byte] });
      }
    }
  }
  return undefined;
}

const everyByte = Array.from({ length: 256 }, (_, byte) => byte);

function allowedAt(automaton: CompiledAutomaton, state: number, inputs: Inputs, phase: number): number {
  const { allow, deny } = permissionsOf(automaton, state, "policydb");
  return inputs.asked(phase, { bits: allow & ~deny & ~(MAY_LOCK | MAY_CONTINUE), others: 0, execs: [] }).bits >>> 0;
}

/** Capabilities, limits and the tables of old kernels are compared value by value. */
function automataOf({ file, policydb }: AccessSet): AccessSet {
  return { ...nothing, file, policydb };
}

/** A profile of the rules that are given for a difference; `undefined`: they are said to be near it only, or there is none. */
export function differenceText(set: AccessSet): string | undefined {
  const { rules, isExact } = asRules(automataOf(set));
  return isExact && rules.length > 0
    ? `profile difference {\n${rules.map((rule) => `  ${rule}\n`).join("")}}\n`
    : undefined;
}

/**
 * Who writes appends, what runs under the same profile is mapped, and a link that needs no test is a link: rules cannot say the one without the
 * other, and say it where the difference has the one alone.
 */
const INSEPARABLE = FileBit.a | FileBit.m | FileBit.l;

/** Why rules for a difference, compiled by the reference compiler, are not exactly the difference of its own automata; empty: they are. */
export function brokenRules(
  compiled: CompiledProfile,
  theirs: Pair,
  { side, text }: { readonly side: "more" | "less"; readonly text: string },
): readonly string[] {
  return brokenWords([{ text, said: [accessesOf(compiled)], isWhole: true }], theirs, side);
}

/** What a rule of a difference says, as the reference compiler reads it. */
interface Spoken {
  readonly text: string;
  /** Together. */
  readonly said: readonly AccessSet[];
  /** All of it is meant. */
  readonly isWhole: boolean;
}

/** The same of rules each of which was compiled by itself. */
export function brokenWords(words: readonly Spoken[], theirs: Pair, side: "more" | "less"): readonly string[] {
  const both = subtractBoth(theirs.left, theirs.right);
  if (!both.ok) return [];
  // Of what no kernel asks, rules may say anything.
  const wanted = onlyAsked(automataOf(both.value[side]));
  let missing = wanted;
  const broken: string[] = [];
  for (const { text, said: sets, isWhole } of words)
    for (const set of sets) {
      const spoken = onlyAsked(automataOf(set));
      const left = subtract(missing, spoken);
      const extra = subtract(spoken, withExecution(wanted));
      if (!left.ok || !extra.ok) return [];
      missing = left.value;
      const beside = subtract(withoutInseparable(extra.value), impliedOf(text));
      if (beside.ok && isWhole) broken.push(...complaint("the rules say more than", beside.value));
    }
  return [...complaint("the rules do not say", missing), ...broken];
}

/** The texts that a rule of a difference is made of, each for a profile of the same name: itself, and those of its bounds. */
export function wordsOf(rule: DiffRule): readonly string[] {
  const texts = [[rule.rule], ...exceptionTexts(rule), ...rule.within.flatMap((one) => withinTexts(rule, one))];
  return texts.map((lines) => `profile t {\n${lines.map((line) => `  ${line}\n`).join("")}}\n`);
}

/** What an exception of the other side says is the same there; one of the rule's own side takes something from the rule. */
function exceptionTexts({ sign, rule, except }: DiffRule): readonly (readonly string[])[] {
  const own = sign === "+" ? "new" : "old";
  return except.map(({ side, text }) => (side === own ? [rule, text] : [text]));
}

/** A bound takes something from the rule as it is, or where it wins over it; `all` has no priority, so that there the bound has another. */
function withinTexts({ rule }: DiffRule, { text }: DiffPlace): readonly (readonly string[])[] {
  const above = /\bdeny /.test(text) ? 0 : 1;
  if (priorityOf(rule) <= priorityOf(text) - above) return [[rule, text]];
  const isAll = /^(?:allow )?all,$/.test(rule);
  const ranked = isAll ? [rule, withPriority(text, above)] : [withPriority(rule, priorityOf(text) - above), text];
  return [[rule, text], ranked];
}

function withPriority(text: string, priority: number): string {
  return `priority=${priority} ${text.replace(/^priority=\S+ /, "")}`;
}

/** That something is executed means nothing where nobody says how, which is what is left of a rule once that is taken off. */
function withoutBareExecution(set: AccessSet): AccessSet {
  const grants = set.file?.grants.map(({ bits, others, execs }) => {
    const isSaid = (half: string): boolean => execs.some((exec) => exec.startsWith(half));
    return {
      bits: isSaid("owner") ? bits : bits & ~FileBit.x,
      others: isSaid("other") ? others : others & ~FileBit.x,
      execs,
    };
  });
  return { ...set, file: set.file && grants && { ...set.file, grants } };
}

function priorityOf(text: string): number {
  return Number(/^priority=(\S+) /.exec(text)?.[1] ?? "0");
}

/** What the rule says, from what these texts were compiled to. */
export function spokenBy(rule: DiffRule, sets: readonly AccessSet[]): Spoken | undefined {
  const { inPart, except, within } = rule;
  const [own, ...bounds] = sets;
  if (own === undefined || sets.length !== wordsOf(rule).length) return undefined;
  let whole = own;
  for (const [place, texts] of exceptionTexts(rule).entries()) {
    const set = bounds[place];
    const bound = set !== undefined && texts.length > 1 ? without(own, set) : set;
    const left = bound && without(whole, bound);
    if (left === undefined) return undefined;
    whole = withoutBareExecution(left);
  }
  const parts = bounds.slice(except.length).flatMap((set) => {
    const taken = without(own, set);
    const common = taken && intersect(whole, taken);
    return common?.ok === true ? [common.value] : [];
  });
  const isBound = except.length + within.length > 0;
  return { text: `  ${rule.rule}`, said: within.length > 0 ? parts : [whole], isWhole: !inPart || isBound };
}

function without(left: AccessSet, right: AccessSet): AccessSet | undefined {
  const found = subtract(left, right);
  return found.ok ? found.value : undefined;
}

/** Who says how a program is executed says that it is, which both sides may say. */
function withExecution(set: AccessSet): AccessSet {
  const grants = set.file?.grants.map(({ bits, others, execs }) => {
    const has = (half: string): number => (execs.some((exec) => exec.startsWith(half)) ? FileBit.x : 0);
    return { bits: bits | has("owner"), others: others | has("other"), execs };
  });
  return { ...set, file: set.file && grants && { ...set.file, grants } };
}

function complaint(what: string, set: AccessSet): readonly string[] {
  const witness = witnessOf(set);
  return witness === undefined ? [] : [`${what} ${witness.rule}`];
}

function separable(bits: number): number {
  return bits & ~INSEPARABLE;
}

function withoutInseparable(set: AccessSet): AccessSet {
  const grants = set.file?.grants.map(({ bits, others, execs }) => ({
    bits: separable(bits),
    others: separable(others),
    execs,
  }));
  return { ...set, file: set.file && grants && { ...set.file, grants } };
}

const nothing: AccessSet = { file: undefined, policydb: undefined, capabilities: 0n, sockets: [], limits: [] };

/** What a profile has that holds such rules: what profiles may that change profile (compile-semantics 3.3). */
function impliedOf(text: string): AccessSet {
  const change = /^ +(?:deny |audit |allow )*change_profile/m.test(text);
  return change ? implied("change", IMPLIED_BY_CHANGE) : implied("plain", []);
}

const IMPLIED_BY_CHANGE = [
  "owner /proc/*/attr/apparmor/ r,",
  "owner /proc/*/attr/{apparmor/,}{current,exec} w,",
  "owner /sys/module/apparmor/parameters/enabled r,",
];

const known = new Map<string, AccessSet>();

function implied(name: string, rules: readonly string[]): AccessSet {
  const before = known.get(name);
  if (before !== undefined) return before;
  const text = `profile p {\n${rules.join("\n")}\n}\n`;
  const [profile] = compileText(text, { kernelFeatures: features, policyFeatures: features }).policy.profiles;
  const found: AccessSet = profile === undefined ? nothing : automataOf(accessesOf(profile));
  known.set(name, found);
  return found;
}

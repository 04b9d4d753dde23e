/** The file automaton as rules that, compiled again, decide the same; where that would be too long or impossible, a comment says so. */
import { FilePermission, printFilePermissions } from "../../language/tables/index.ts";
import { step } from "../automata/index.ts";
import { type CompiledAutomaton, startState, XINDEX_UNSAFE } from "../compiled/index.ts";
import type { Cover, CoverRule } from "./cover.ts";
import { withCutOuts } from "./cut-outs.ts";
import { familyRules, fileRulesOf, isAnyTarget, splitPair } from "./file-rules.ts";
import {
  APPEND,
  CHANGE,
  deniedBits,
  execsOf,
  type FileBits,
  fileBits,
  LINK,
  LOCK,
  ONEXEC,
  OTHER,
  OWNER,
} from "./file-bits.ts";
import { type Alphabet, patternKey } from "./flat-patterns.ts";
import { AUDIT_DENY, coverLayers, DENY, layerPrefixes } from "./layers.ts";
import { pathBesideTarget, patternText } from "./pattern-texts.ts";
import { compareByPattern, renderNearFileRules } from "./render-file-near.ts";
import { execText } from "./render-permissions.ts";
import { askedOfFiles, fileStrings, unaskedOfFiles } from "./file-strings.ts";
import { backgroundStates } from "./state-patterns.ts";
import { unfold } from "./unfolded.ts";
import type { Effort } from "./work.ts";

const NEAR = "# these file rules are near what was compiled, not all of it";
const SHORTENED = "# … more file rules: the list is shortened";
/** What `file,` says. */
const ANY_FILE = "/{,**}";
const EVERYTHING = "rwlkmix";
/** Steps of a search; real policy takes a tenth at most. */
const MAX_STEPS = 80_000_000;

/**
 * Lines in byte order of their patterns; a comment if they do not say all.
 *
 * `isFamily`: of a hat, or of a profile with hats or children; what such profiles have without a rule is not listed.
 */
export function renderFileRules(
  automaton: CompiledAutomaton,
  { isFamily, effort }: { readonly isFamily: boolean; readonly effort: Effort },
): readonly string[] {
  const bits = fileBits(automaton);
  if (bits === undefined) {
    const near = renderNearFileRules(automaton, effort.patterns);
    return effort.patterns.isSpent ? [...near, SHORTENED] : [...near, NEAR];
  }
  const start = startState(automaton, "file");
  const cover = coverFile(automaton, bits, { start, isFamily, effort });
  if (cover === undefined) return [SHORTENED];
  const lines = merged(cover.rules, cover.alphabet).flatMap((rule) =>
    ruleLines(rule, { alphabet: cover.alphabet, bits, automaton }),
  );
  const sorted = [...new Set(lines)].toSorted(compareByPattern);
  return cover.isWhole ? sorted : [...sorted, SHORTENED];
}

interface Place {
  readonly start: number;
  readonly isFamily: boolean;
  readonly effort: Effort;
}

function coverFile(
  automaton: CompiledAutomaton,
  bits: FileBits,
  { start, isFamily, effort }: Place,
): Cover | undefined {
  const { exec } = bits;
  const whole = withCutOuts(automaton.dfa, backgroundStates(automaton.dfa, start, effort.patterns), effort.patterns);
  if (whole === undefined) return undefined;
  const strings = fileStrings(bits, start, (state, byte) => step(whole.dfa, state, byte));
  const unfolded = unfold(whole.dfa, strings, effort.patterns);
  if (unfolded === undefined) return undefined;
  const { dfa, phases, states } = unfolded;
  const own: FileBits = { ...bits, ...unfolded.bits };
  return coverLayers(dfa, own, {
    start: 1,
    unasked: (state) => (state === 1 ? -1 : unaskedOfFiles(phases[state]!, own.allow[state]!)),
    asked: (state, isDenied) => askedOfFiles(phases[state]!, isDenied),
    denied: deniedBits(own, (state) => whole.around(states[state]!).reduce((sum, at) => sum | bits.allow[at]!, 0)),
    exclusive: [exec.owner, exec.other],
    // an exec is denied whatever its transition
    touched: (state) => execsOf(exec, own.allow[state]! | own.prompt[state]!),
    // that a program may be given a profile when it is executed comes with the rule for the profile
    sayable: (lacking, examples, { nul }) =>
      (lacking & CHANGE) === 0 && !examples.includes(nul) ? lacking & ~ONEXEC : lacking,
    adjust: (rule, tools) => fileRulesOf(rule, tools, bits),
    given: (alphabet) => (isFamily ? familyRules(alphabet) : []),
    maxSteps: MAX_STEPS,
    work: effort.search,
  });
}

/** Rules of one layer and pattern as one; links to anything are a letter of their path. */
function merged(rules: readonly CoverRule[], alphabet: Alphabet): readonly CoverRule[] {
  const found = new Map<string, CoverRule>();
  for (const each of rules) {
    if (each.isImplied === true) continue;
    const { path, pair } = splitPair(each.pattern, alphabet);
    const isLink = pair !== undefined && (each.grants & LINK) !== 0 && isAnyTarget(pair, alphabet);
    const rule = isLink ? { ...each, pattern: path, grants: each.grants & LINK } : each;
    const key = `${rule.layer} ${patternKey(rule.pattern)}`;
    const known = found.get(key);
    found.set(key, known === undefined ? rule : { ...rule, grants: rule.grants | known.grants });
  }
  return [...found.values()];
}

interface Context {
  readonly alphabet: Alphabet;
  readonly bits: FileBits;
  readonly automaton: CompiledAutomaton;
}

function ruleLines(rule: CoverRule, context: Context): readonly string[] {
  const { alphabet, bits } = context;
  const { path, pair } = splitPair(rule.pattern, alphabet);
  const mode = layerPrefixes[rule.layer] ?? "";
  const text = patternText(path, alphabet, "kernel path");
  if (pair !== undefined) {
    const links = rule.grants & LINK;
    const target = patternText(pair, alphabet, "kernel path");
    const subset = (rule.grants & LOCK) === 0 || rule.layer === DENY || rule.layer === AUDIT_DENY ? "" : "subset ";
    if (links !== 0) return byOwner(links, (prefix) => [`${mode}${prefix}link ${subset}${text} -> ${target},`]);
    const exec = (bits.exec.owner | bits.exec.other) & rule.grants;
    const isUnsafe = ((bits.transitions.get(exec & -exec) ?? 0) & XINDEX_UNSAFE) !== 0;
    return [`change_profile ${isUnsafe ? "unsafe " : ""}${text} -> ${target},`];
  }
  const change = (rule.grants & CHANGE) === 0 ? [] : [`change_profile -> ${text},`];
  const own = letterLines(rule.grants & ~(CHANGE | ONEXEC), context, (prefix, letters) =>
    text === ANY_FILE && letters === EVERYTHING
      ? `${mode}${prefix}file,`
      : `${mode}${prefix}${pathBesideTarget(text, letters.split(" -> ")[1] ?? "")} ${letters},`,
  );
  return [...change, ...own];
}

/** One line for both halves, or one for each. */
function byOwner(bits: number, lines: (prefix: string) => readonly string[]): readonly string[] {
  const isOwner = (bits & OWNER) !== 0;
  const isOther = (bits & OTHER) !== 0;
  return lines(isOwner && isOther ? "" : isOwner ? "owner " : "other ");
}

function letterLines(
  granted: number,
  context: Context,
  line: (prefix: string, letters: string) => string,
): readonly string[] {
  const owner = halfOf(granted & OWNER, granted & context.bits.exec.owner, context);
  const other = halfOf((granted & OTHER) >>> 6, granted & context.bits.exec.other, context);
  const plain = owner.letters & other.letters;
  const exec = owner.exec === other.exec ? owner.exec : "";
  return [
    ["", plain, exec] as const,
    ["owner ", owner.letters & ~plain, owner.exec === exec ? "" : owner.exec] as const,
    ["other ", other.letters & ~plain, other.exec === exec ? "" : other.exec] as const,
  ].flatMap(([prefix, letters, mode]) =>
    letters === 0 && mode === "" ? [] : [line(prefix, lettersText(letters) + mode)],
  );
}

function halfOf(
  letters: number,
  exec: number,
  { bits, automaton }: Context,
): { readonly letters: number; readonly exec: string } {
  if (exec === 0) return { letters, exec: "" };
  const transition = [...bits.transitions].find(([bit]) => (exec & bit) !== 0 && (exec & ~bit) === 0)?.[1];
  return { letters, exec: transition === undefined ? "x" : execText(transition, automaton.transitions) };
}

const byBit = [
  FilePermission.r,
  FilePermission.w,
  FilePermission.a,
  FilePermission.l,
  FilePermission.k,
  FilePermission.m,
];

/** `w` says append, too. */
function lettersText(half: number): string {
  const shown = (half & 2) === 0 ? half : half & ~(APPEND & OWNER);
  const letters = byBit.reduce<number>((sum, letter, place) => (((shown >>> place) & 1) === 0 ? sum : sum | letter), 0);
  return printFilePermissions(letters, undefined);
}

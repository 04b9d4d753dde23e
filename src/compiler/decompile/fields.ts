/** Rules of a class whose strings are fields of text with a NUL between them. */
import type { Cover, CoverOptions, CoverRule } from "./cover.ts";
import { type Alphabet, type FlatPattern, patternKey } from "./flat-patterns.ts";
import { coverLayers } from "./layers.ts";
import { patternText } from "./pattern-texts.ts";
import { backgroundStates } from "./state-patterns.ts";
import { NOT_ASKED, type Unfolded } from "./unfolded.ts";
import type { Effort } from "./work.ts";

/** What a rule says: a layer, the fields in order, bits. */
export interface FieldRule {
  readonly layer: number;
  readonly fields: readonly FieldText[];
  readonly grants: number;
}

export interface FieldText {
  readonly pattern: FlatPattern;
  readonly text: string;
  /** Any text, or any that is not empty. */
  readonly isAny: boolean;
}

export interface FieldForm {
  /** The rules that one becomes: those it implies, and itself as far as it can be said; none if it cannot. */
  readonly become: (rule: FieldCoverRule, tools: FieldTools) => readonly FieldCoverRule[];
  /** Whether a field is a path, in which two slashes are read as one. */
  readonly isPath?: (field: number) => boolean;
  /** Bits that nobody asks for at a state; the first state is 1. */
  readonly unasked?: (state: number, phase: number) => number;
  /** Bits that rules may allow in a phase because other rules do. */
  readonly allowed?: (phase: number) => number;
}

export interface FieldTools {
  readonly alphabet: Alphabet;
  readonly isPossible: (rule: FieldCoverRule) => boolean;
}

export interface FieldCoverRule {
  readonly layer: number;
  readonly fields: readonly FlatPattern[];
  readonly grants: number;
  readonly isImplied?: boolean;
}

interface FieldCover {
  readonly rules: readonly FieldRule[];
  readonly alphabet: Alphabet;
  readonly isWhole: boolean;
}

/** Steps of one search; Debian's profiles take a twentieth at most. */
const MAX_STEPS = 20_000_000;

export function coverFields({ dfa, bits, phases }: Unfolded, form: FieldForm, effort: Effort): FieldCover {
  const background = backgroundStates(dfa, 1, effort.patterns).nearest;
  const denied = bits.allow.map((own, state) => bits.allow[background.get(state) ?? 0]! & ~own & ~bits.quiet[state]!);
  const adjust: CoverOptions["adjust"] = (rule, { alphabet, isPossible }) => {
    const tools: FieldTools = { alphabet, isPossible: (one) => isPossible(join(one, alphabet)) };
    const own = { ...rule, fields: splitFields(rule.pattern, alphabet) };
    const all = form.become(own, tools).map((one) => join(one, alphabet));
    return all.every(isPossible) ? all : [];
  };
  const cover = coverLayers(dfa, bits, {
    start: 1,
    unasked: (state) => (phases[state] === NOT_ASKED.phase ? -1 : (form.unasked?.(state, phases[state]!) ?? 0)),
    allowed: (state) => form.allowed?.(phases[state]!) ?? 0,
    denied,
    exclusive: [],
    adjust,
    given: () => [],
    maxSteps: MAX_STEPS,
    work: effort.search,
  });
  return { rules: written(cover, form.isPath ?? (() => false)), alphabet: cover.alphabet, isWhole: cover.isWhole };
}

function splitFields(pattern: FlatPattern, { nul }: Alphabet): readonly FlatPattern[] {
  const fields: FlatPattern[] = [];
  let start = 0;
  for (const [at, { set, star }] of pattern.entries()) {
    if (star || set.members.length !== 1 || set.members[0] !== nul) continue;
    fields.push(pattern.slice(start, at));
    start = at + 1;
  }
  return [...fields, pattern.slice(start)];
}

function join({ fields, ...rule }: FieldCoverRule, alphabet: Alphabet): CoverRule {
  const separator = { set: alphabet.single(alphabet.nul), star: false };
  return { ...rule, pattern: fields.flatMap((field, at) => (at === 0 ? field : [separator, ...field])) };
}

/** Any text at all. */
export function anyField({ path }: Alphabet): FlatPattern {
  return [{ set: path, star: true }];
}

/** Rules of one layer, pattern and number of fields as one. */
function written({ rules, alphabet }: Cover, isPath: (field: number) => boolean): readonly FieldRule[] {
  const found = new Map<string, FieldRule>();
  for (const { layer, pattern, grants, isImplied } of rules) {
    if (isImplied === true) continue;
    const key = `${layer} ${patternKey(pattern)}`;
    const fields = splitFields(pattern, alphabet).map((field, at) => ({
      pattern: field,
      text: safeInConditions(patternText(field, alphabet, isPath(at) ? "path" : "text")),
      isAny: isAnyField(field, alphabet),
    }));
    const before = found.get(key)?.grants ?? 0;
    found.set(key, { layer, fields, grants: before | grants });
  }
  return withoutRepeated([...found.values()]);
}

/** Rules without what another rule of the layer says of any text in a field and the same texts in the others. */
function withoutRepeated(rules: readonly FieldRule[]): readonly FieldRule[] {
  const known = new Map<string, number>();
  const texts = ({ fields }: FieldRule): readonly string[] =>
    fields.map((field) => (field.isAny ? "" : `=${field.text}`));
  for (const rule of rules) {
    const key = keyOf(rule.layer, texts(rule));
    known.set(key, (known.get(key) ?? 0) | rule.grants);
  }
  return rules.flatMap((rule) => {
    const own = texts(rule);
    let { grants } = rule;
    // every choice of fields that a wider rule has any text in
    for (let wider = 1; wider < 1 << own.length; wider += 1) {
      if (own.some((text, at) => ((wider >> at) & 1) === 1 && text === "")) continue;
      const others = own.map((text, at) => (((wider >> at) & 1) === 1 ? "" : text));
      grants &= ~(known.get(keyOf(rule.layer, others)) ?? 0);
    }
    return grants === 0 ? [] : { ...rule, grants };
  });
}

function keyOf(layer: number, texts: readonly string[]): string {
  return `${layer} ${texts.join(" ")}`;
}

export function isAnyField(field: FlatPattern, { path }: Alphabet): boolean {
  const stars = field.filter(({ star }) => star);
  const others = field.filter(({ star }) => !star);
  return stars.some(({ set }) => set === path) && others.length <= 1 && others.every(({ set }) => set === path);
}

/** A value within parentheses and behind `=`: in quotes if a comma or nothing at all is in it. */
function safeInConditions(text: string): string {
  const safe = text.replaceAll(/[()=#&<>;]/g, (char) => `\\x${char.charCodeAt(0).toString(16)}`);
  return safe === "" || safe.includes(",") ? `"${safe}"` : safe;
}

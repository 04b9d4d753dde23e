/** The paths that a profile attaches to, as patterns that together say just these. */
import { compareText } from "../../foundation/basics/index.ts";
import { type CompiledAutomaton, type CompiledProfile, meaningsOf, startState } from "../compiled/index.ts";
import { type Dfa, OUT_OF_BAND_SYMBOL, step } from "../automata/index.ts";
import { coverAutomaton } from "./cover.ts";
import { patternText } from "./pattern-texts.ts";
import { byteText, components, joinAlternatives, OUT_OF_BAND, statePatterns, VALUE } from "./state-patterns.ts";
import { saidNothing, unfold } from "./unfolded.ts";
import { renderingEffort, type Work } from "./work.ts";

export interface Attachment {
  readonly patterns: readonly string[];
  /** They say all, and nothing else. */
  readonly isWhole: boolean;
}

const ATTACHES = 1;

/** COST: of the 302 attachments of Debian's profiles the hardest takes 119,000 steps (`QtWebEngineProcess`). */
const MOST_STEPS = 500_000;

/** The patterns of the paths a profile attaches to: near what they were, where it would take too long to find just these. */
export function attachmentPatterns(
  profile: CompiledProfile,
  work: Work = renderingEffort({ profiles: [profile] }).patterns,
): readonly string[] {
  return attachmentOf(profile, work).patterns;
}

export function attachmentOf({ xattrs = [], xmatch }: CompiledProfile, work: Work): Attachment {
  if (xmatch === undefined) return { patterns: [], isWhole: true };
  const isEnd = endsIn(xmatch);
  const exact = exactPatterns(xmatch, isEnd, work.part(MOST_STEPS));
  const paths = exact && joined(exact);
  if (paths !== undefined && xattrs.length === 0) return { patterns: paths, isWhole: true };
  const values = paths && plainValues(xmatch, { count: xattrs.length, isEnd }, work);
  if (paths !== undefined && values !== undefined) {
    const before = paths.length === 1 ? paths.join("") : `{${paths.join(",")}}`;
    return { patterns: [...paths, `${before}${values.map((value) => VALUE + value).join("")}`], isWhole: true };
  }
  const meanings = meaningsOf(xmatch, "xmatch", new Map());
  const found = statePatterns(xmatch.dfa, startState(xmatch, "xmatch"), meanings, work);
  const near = found.map(({ pattern }) => pattern);
  const cut = work.isSpent ? ["…"] : [];
  const known = paths === undefined ? near : [...paths, ...near.filter((pattern) => pattern.includes(OUT_OF_BAND))];
  return { patterns: [...known, ...cut], isWhole: false };
}

/**
 * The values of the attributes, where each has one, or any, whatever the path is; `undefined`: not so. Values with globs are listed nearly, since
 * they may hold a NUL, which is no byte like others to those who look for rules.
 */
function plainValues(
  xmatch: CompiledAutomaton,
  { count, isEnd }: { readonly count: number; readonly isEnd: IsEnd },
  work: Work,
): readonly string[] | undefined {
  const { dfa } = xmatch;
  const behindPath = new Set<number>();
  const seen = new Set([startState(xmatch, "xmatch")]);
  for (const state of seen) {
    if (!work.spend(1 + dfa.rows[state + 1]! - dfa.rows[state]!)) return undefined;
    const value = step(dfa, state, OUT_OF_BAND_SYMBOL);
    if (value !== 0) behindPath.add(value);
    for (const target of byteTargets(dfa, state)) seen.add(target);
  }
  if (behindPath.size !== 1) return undefined;
  let [state = 0] = behindPath;
  const values: string[] = [];
  for (let at = 0; at < count; at += 1) {
    const value = plainValue(dfa, step(dfa, state, 0), { isEnd, work });
    if (value === undefined) return undefined;
    values.push(value.text);
    state = step(dfa, value.end, OUT_OF_BAND_SYMBOL);
  }
  return values;
}

interface PlainValue {
  readonly text: string;
  /** The state behind it. */
  readonly end: number;
}

/** A value that is the only one, or any; `undefined`: it is neither. */
function plainValue(
  { defaults, rows, symbols, targets }: Dfa,
  start: number,
  { isEnd, work }: { readonly isEnd: IsEnd; readonly work: Work },
): PlainValue | undefined {
  let text = "";
  for (let state = start; state !== 0;) {
    const from = rows[state]!;
    const end = rows[state + 1]!;
    const hasOther = end > from && symbols[end - 1] === OUT_OF_BAND_SYMBOL;
    const bytes = end - from - (hasOther ? 1 : 0);
    if (!work.spend(1)) return undefined;
    if (isEnd(state)) {
      const isAny = text === "" && defaults[state] === state;
      return bytes === 0 && (isAny || defaults[state] === 0) ? { text: isAny ? "**" : text, end: state } : undefined;
    }
    if (bytes !== 1 || defaults[state] !== 0) return undefined;
    text += byteText(symbols[from]!);
    state = targets[from]!;
  }
  return undefined;
}

/** Whether a path or a value may end in a state: behind it the values of attributes begin, or nothing more is asked. */
type IsEnd = (state: number) => boolean;

function endsIn(xmatch: CompiledAutomaton): IsEnd {
  const meanings = meaningsOf(xmatch, "xmatch", new Map());
  return (state) => meanings[state] !== meanings[0] || step(xmatch.dfa, state, OUT_OF_BAND_SYMBOL) !== 0;
}

/** The live states that bytes lead to, each once. */
function byteTargets({ defaults, rows, symbols, targets }: Dfa, state: number): readonly number[] {
  const found = new Set([defaults[state]!]);
  for (let at = rows[state]!; at < rows[state + 1]!; at += 1)
    if (symbols[at] !== OUT_OF_BAND_SYMBOL) found.add(targets[at]!);
  found.delete(0);
  return [...found];
}

function exactPatterns(xmatch: CompiledAutomaton, isEnd: IsEnd, work: Work): readonly string[] | undefined {
  const strings = {
    first: { phase: 0, state: startState(xmatch, "xmatch") },
    text: (phase: number) => phase,
    // no path has a NUL
    special: () => [[0, undefined]] as const,
    said: ({ state }: { readonly state: number }, isFirst: boolean) =>
      isFirst || !isEnd(state) ? saidNothing : { ...saidNothing, allow: ATTACHES },
  };
  const unfolded = unfold(xmatch.dfa, strings, work);
  if (unfolded === undefined) return undefined;
  const { allow } = unfolded.bits;
  // What does not attach is never denied: there is one layer.
  const layers = [{ wanted: allow, possible: allow, by: [0] }];
  const { alphabet, isWhole, rules } = coverAutomaton(unfolded.dfa, 1, {
    layers,
    exclusive: [],
    given: () => [],
    adjust: (rule) => [rule],
    maxSteps: MOST_STEPS,
    work,
  });
  if (!isWhole) return undefined;
  const spelling = rules.length === 1 ? "path" : "branch";
  return rules.map(({ pattern }) => patternText(pattern, alphabet, spelling)).toSorted(compareText);
}

/**
 * Fewer patterns for the same paths: those that differ in one component have an alternation there, and those that end in the same component
 * one for what is before it.
 */
function joined(patterns: readonly string[]): readonly string[] {
  const rows = patterns.map((pattern) => components(pattern).map((name) => [name]));
  const merged = mergedRows(rows).map((row) => row.map(componentText).join(""));
  const groups = new Map<string, string[]>();
  for (const pattern of merged) {
    const key = components(pattern).at(-1) ?? "";
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [pattern]);
    else group.push(pattern);
  }
  return [...groups.values()].map((group) => joinAlternatives(group));
}

/** What may stand in each component of a path. */
type ComponentRow = readonly (readonly string[])[];

/** COST: of all rows for each place; paths of thousands of components stay as they are. */
const MOST_COMPARED = 4_000_000;

function mergedRows(rows: readonly ComponentRow[]): readonly ComponentRow[] {
  const longest = rows.reduce((most, { length }) => Math.max(most, length), 0);
  const size = rows.reduce((sum, row) => row.reduce((own, [name = ""]) => own + name.length, sum), 0);
  if (rows.length < 2 || longest * size > MOST_COMPARED) return rows;
  let list = rows;
  for (let place = longest - 1; place >= 0; place -= 1) {
    const groups = new Map<string, { readonly row: ComponentRow; readonly names: string[] }>();
    for (const row of list) {
      const key = JSON.stringify(row.map((names, other) => (other === place ? [] : names)));
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { row, names: [...(row[place] ?? [])] });
      else group.names.push(...(row[place] ?? []));
    }
    list = [...groups.values()].map(({ names, row }) => (place < row.length ? row.with(place, names) : row));
  }
  return list;
}

function componentText(names: readonly string[]): string {
  const [first = ""] = names;
  if (names.length < 2) return first;
  const end = first.endsWith("/") ? "/" : "";
  return `{${names.map((name) => name.slice(0, name.length - end.length)).join(",")}}${end}`;
}

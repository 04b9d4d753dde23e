/** The paths that a profile attaches to, as patterns that together say just these. */
import { compareText } from "../../foundation/basics/index.ts";
import { type CompiledAutomaton, type CompiledProfile, meaningsOf, startState } from "../compiled/index.ts";
import { coverAutomaton } from "./cover.ts";
import { patternText } from "./pattern-texts.ts";
import { components, joinAlternatives, statePatterns } from "./state-patterns.ts";
import { saidNothing, unfold } from "./unfolded.ts";
import { renderingEffort, type Work } from "./work.ts";

export interface Attachment {
  readonly patterns: readonly string[];
  /** They say all, and nothing else. */
  readonly isWhole: boolean;
}

const ATTACHES = 1;

/** COST: of the 302 attachments of Debian's profiles the hardest takes 124,000 steps (`QtWebEngineProcess`). */
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
  const hasAttributes = xattrs.length > 0;
  const exact = hasAttributes ? undefined : exactPatterns(xmatch, work.part(MOST_STEPS));
  if (exact !== undefined) return { patterns: joined(exact), isWhole: true };
  const meanings = meaningsOf(xmatch, "xmatch", new Map());
  const found = statePatterns(xmatch.dfa, startState(xmatch, "xmatch"), meanings, work);
  const patterns = found.map(({ pattern }) => pattern);
  return { patterns: work.isSpent ? [...patterns, "…"] : patterns, isWhole: hasAttributes };
}

function exactPatterns(xmatch: CompiledAutomaton, work: Work): readonly string[] | undefined {
  const meanings = meaningsOf(xmatch, "xmatch", new Map());
  const strings = {
    first: { phase: 0, state: startState(xmatch, "xmatch") },
    text: (phase: number) => phase,
    // no path has a NUL
    special: () => [[0, undefined]] as const,
    said: ({ state }: { readonly state: number }, isFirst: boolean) =>
      isFirst || meanings[state] === meanings[0] ? saidNothing : { ...saidNothing, allow: ATTACHES },
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

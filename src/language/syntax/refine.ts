/**
 * One cause, one message: what the grammar stumbled over is often not what is wrong. A carriage return, a curly quote or a path with a blank
 * gives problems all along its line; where the text is fine without it, it is what is named. Whether a text is wrong is never decided here:
 * a text with errors keeps at least one.
 */
import { type Diagnostic, sentence } from "../../foundation/diagnostics/index.ts";
import type { SourceFile, TextEdit } from "../../foundation/text/index.ts";
import { type FoundStray, hasStrays, straysIn } from "./characters.ts";
import { byName, hex, strayEdit, strayProblem, withArticle } from "./stray-messages.ts";
import { guessAt } from "./guesses.ts";
import { notPolicy } from "./not-policy.ts";
import { diagnostic } from "./problems.ts";
import { type Candidate, mend, movedBack, Trials } from "./trials.ts";
import type { Token } from "./tree.ts";

/** The tokens of a text, and how another is read. */
interface Reading {
  readonly tokens: () => readonly Token[];
  readonly read: (text: string) => { readonly diagnostics: readonly Diagnostic[]; readonly tokens: readonly Token[] };
}

/** What was said of a text, and what is to be said instead. Cost: a text without errors is looked through once. */
export function refine(
  source: SourceFile,
  list: readonly Diagnostic[],
  { tokens, read }: Reading,
): readonly Diagnostic[] {
  if (!list.some(isError)) {
    return hasStrays(source.text) ? [...list, ...hidden(source, tokens())] : list;
  }
  const other = notPolicy(source, list);
  if (other !== undefined) return [other];
  // Where the reader gave up, nothing can be said of what a fix would lead to.
  if (list.some(({ code }) => code === "syntax/too-many-problems")) return list.map((one) => ({ ...one, fixes: [] }));
  const trials = new Trials(source, (text) => read(text).diagnostics);
  const strays = hasStrays(source.text) ? withoutStrays(trials, list, tokens()) : undefined;
  if (strays !== undefined) {
    const { said, edits } = strays;
    const { text, back } = mend(source.text, edits);
    const again = read(text);
    const left = refine({ ...source, text }, again.diagnostics, { tokens: () => again.tokens, read });
    return [...said, ...left.map((one) => movedBack(one, back))];
  }
  return withTriedFixes(trials, withGuesses(trials, list));
}

function isError({ severity }: Diagnostic): boolean {
  return severity === "error";
}

function lineOf(text: string, at: number): number {
  return text.lastIndexOf("\n", at - 1) + 1;
}

const trivia = new Set(["blank", "newline", "comment", "continuation"]);

/** Those that are part of words, or between them where nothing may be. */
function outsideOfTrivia(text: string, tokens: readonly Token[]): readonly FoundStray[] {
  return tokens.flatMap(({ kind, start, end }) => (trivia.has(kind) ? [] : straysIn(text, start, end)));
}

/** Nothing in the text is wrong, but a word holds what cannot be seen. */
function hidden(source: SourceFile, tokens: readonly Token[]): readonly Diagnostic[] {
  const unseen = outsideOfTrivia(source.text, tokens).filter(({ stray }) => stray.isSeen !== true);
  return byName(unseen).flatMap(([first]) => {
    if (first === undefined) return [];
    const span = { file: source.id, start: first.at, end: first.at + 1 };
    const said = sentence`this word contains ${withArticle(first.stray.name)} ${{ character: hex(source.text, first.at) }}, which is taken literally`;
    return [diagnostic("syntax/hidden-character", span, said, { help: "remove the character unless it is meant" })];
  });
}

type Part = readonly [start: number, end: number];

/** Whether a place is in one of the parts, which are in order. COST: a text may hold a million strays on one line. */
function within(parts: readonly Part[]): (at: number) => boolean {
  return (at) => {
    let low = 0;
    let high = parts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((parts[middle]?.[0] ?? 0) <= at) low = middle + 1;
      else high = middle;
    }
    return at < (parts[low - 1]?.[1] ?? 0);
  };
}

/** The lines on which something is wrong. */
function wrongLines(text: string, list: readonly Diagnostic[]): (at: number) => boolean {
  const starts = [...new Set(list.filter(isError).map(({ at }) => lineOf(text, at.span.start)))];
  const parts = starts
    .toSorted((a, b) => a - b)
    .map((start): Part => {
      const end = text.indexOf("\n", start);
      return [start, end < 0 ? text.length : end + 1];
    });
  return within(parts);
}

/** Those that lie where something is wrong: every carriage return, and the others on lines with errors. */
function suspects(source: SourceFile, list: readonly Diagnostic[], tokens: readonly Token[]): readonly FoundStray[] {
  const { text } = source;
  const isWrong = wrongLines(text, list);
  const comments = tokens.filter(({ kind }) => kind === "comment");
  const inComment = within(comments.map(({ end, start }): Part => [start, end]));
  // A byte order mark has a message of its own.
  return straysIn(text, text.startsWith("\ufeff") ? 1 : 0, text.length).filter(
    ({ at, stray }) => stray.code === "syntax/carriage-return" || (isWrong(at) && !inComment(at)),
  );
}

/** What is said of these characters, where fewer things are wrong once they are what they were meant to be. */
function withoutStrays(
  trials: Trials,
  list: readonly Diagnostic[],
  tokens: readonly Token[],
): { readonly said: readonly Diagnostic[]; readonly edits: readonly TextEdit[] } | undefined {
  const { source } = trials;
  const all = suspects(source, list, tokens);
  const groups = byName(all);
  let known = list;
  let taken: readonly FoundStray[] = [];
  const said: Diagnostic[] = [];
  for (const group of groups.toSorted((a, b) => b.length - a.length)) {
    const wanted = [...taken, ...group];
    const left = trials.after(wanted.map(strayEdit));
    if (left.filter(isError).length >= known.filter(isError).length) continue;
    said.push(strayDiagnostic(trials, group, list));
    known = left;
    taken = wanted;
  }
  return said.length === 0 ? undefined : { said, edits: taken.map(strayEdit) };
}

function strayDiagnostic(trials: Trials, group: readonly FoundStray[], list: readonly Diagnostic[]): Diagnostic {
  const { source } = trials;
  // Where one matters: most are line ends that both we and 5.0.2 take.
  const isWrong = wrongLines(source.text, list);
  const first = group.find(({ at }) => isWrong(at));
  const made = strayProblem(source, group, first);
  const [fix] = made.fixes;
  return fix !== undefined && trials.helps(fix, made, list) ? made : { ...made, fixes: [] };
}

/** Each error for which a better reason is found, with all that goes away with it. */
function withGuesses(trials: Trials, list: readonly Diagnostic[]): readonly Diagnostic[] {
  const guesses = new Map<Candidate, Diagnostic>();
  const lines = new Set<number>();
  for (const problem of list.filter(isError)) {
    const line = lineOf(trials.source.text, problem.at.span.start);
    if (lines.has(line)) continue;
    lines.add(line);
    const guess = guessAt(trials.source, problem);
    const [fix] = guess?.fixes ?? [];
    if (guess !== undefined && fix !== undefined) guesses.set({ problem, fix }, guess);
  }
  if (guesses.size === 0) return list;
  const helping = [...trials.helping([...guesses.keys()], list)];
  if (helping.length === 0) return list;
  const left = trials.after(helping.flatMap(({ fix }) => fix.edits.map(({ edit }) => edit)));
  const stay = new Set(left.map(placeOf));
  const better = new Map(helping.map((candidate) => [candidate.problem, guesses.get(candidate)]));
  return list.flatMap((one) => better.get(one) ?? (stay.has(placeOf(one)) ? one : []));
}

function placeOf({ code, at, message }: Diagnostic): string {
  return `${code} ${at.span.start} ${message}`;
}

function withTriedFixes(trials: Trials, list: readonly Diagnostic[]): readonly Diagnostic[] {
  const candidates = list
    .filter(isError)
    .flatMap((problem) => problem.fixes.slice(0, 1).map((fix): Candidate => ({ problem, fix })));
  const helping = trials.helping(candidates, list);
  const tried = new Map([...helping].map(({ problem, fix }) => [problem, fix]));
  return list.map((one) => {
    if (!isError(one) || one.fixes.length === 0) return one;
    const fix = tried.get(one);
    return { ...one, fixes: fix === undefined ? [] : [fix] };
  });
}

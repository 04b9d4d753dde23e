/**
 * From an automaton back to patterns a person can read.
 *
 * Subset construction mixes patterns: inside `/usr/**` every literal rule below `/usr/` leaves states behind that do what the glob
 * does until the literal is complete. So each state gets a *background*: where the same input would be if its last byte were one
 * of the many that no rule names. A transition that leads where the background goes as well is the glob's, not the literal's,
 * and is left out; so is a state that means what its background means. What remains is walked depth first without the edges
 * back to states on the path (a state's edge to itself becomes `*`, `**` or `[..]*`), and each state collects the texts of the
 * paths that lead to it.
 *
 * The patterns are a reconstruction, near the source on real policy and never asked for a decision: for that there is `match`.
 */
import { type Dfa, OUT_OF_BAND_SYMBOL, step } from "../automata/index.ts";
import type { Work } from "./work.ts";

/** What is known of one state worth a line. */
interface StatePattern {
  readonly state: number;
  /** The state whose meaning holds around it, 0 for none. */
  readonly background: number;
  readonly pattern: string;
}

/** Beginnings that go on side by side before they become one alternation; members of an alternation; lines of a state. */
const MAX_ALTERNATIVES = 6;
const MAX_SHOWN = 12;
const MAX_TEXTS = 200;
/** Texts of one automaton; after that a state has one, however many paths lead to it. */
const BUDGET = 100_000;
/** Characters of a pattern. */
const MAX_LENGTH = 500;
const ELLIPSIS = "…";
/** What no byte of a pattern is: between a path and the values of extended attributes. */
export const OUT_OF_BAND = String.raw`\oob`;
/** Before each of the values. */
export const VALUE = String.raw`${OUT_OF_BAND}\0`;
const SLASH = 0x2f;
const SPACE = 0x20;

interface Edge {
  readonly target: number;
  /** None where the bytes are those that no rule names. */
  readonly symbols: readonly number[];
  /** A byte that leads there, named or not. */
  readonly example: number;
  /** No byte but the slash leads there. */
  readonly isSlash: boolean;
}

/**
 * The states that mean something else than their surroundings, with the inputs that lead to them, in order of discovery.
 *
 * `meanings`: of each state a number; equal numbers are not told apart. `work`: when it is spent, the list ends where it is.
 * Cost: O(states + exceptions), with at most 200 texts of 500 characters a state.
 */
export function statePatterns(dfa: Dfa, start: number, meanings: Uint32Array, work: Work): readonly StatePattern[] {
  const { order, edges, background } = explore(dfa, start, work);
  const texts = new Map<number, string[]>([[start, [""]]]);
  const found: StatePattern[] = [];
  let made = 0;
  for (const state of order) {
    if (work.isSpent) break;
    const around = background.get(state) ?? 0;
    const loop = loopText(dfa, state, around !== 0);
    const here = withoutCovered(texts.get(state) ?? []).map((text) => text + loop);
    texts.delete(state);
    if (meanings[state] !== meanings[around]) {
      for (const text of here) found.push({ state, background: around, pattern: inLanguage(text) });
    }
    const onward = here.length > MAX_ALTERNATIVES || here.every((text) => text.endsWith("/")) ? [joined(here)] : here;
    work.spend(here.reduce((sum, text) => sum + text.length, 1));
    for (const edge of edges.get(state) ?? []) {
      const atom = atomText(dfa, state, edge);
      const list = texts.get(edge.target) ?? [];
      for (const text of onward) {
        const longer = text + atom;
        work.spend(longer.length + list.length);
        const short = longer.length > MAX_LENGTH ? longer.slice(0, MAX_LENGTH) + ELLIPSIS : longer;
        if (list.length >= (made < BUDGET ? MAX_TEXTS : 1) || list.includes(short)) continue;
        list.push(short);
        made += 1;
      }
      texts.set(edge.target, list);
    }
  }
  return found;
}

/** The states that hold around each state; 0 for none. */
export interface Backgrounds {
  /** As in the patterns. */
  readonly nearest: ReadonlyMap<number, number>;
  /** Where a glob that read one of the bytes before would be by now, when another glob has begun since. */
  readonly older: ReadonlyMap<number, number>;
}

/** Cost: O(states + exceptions). */
export function backgroundStates(dfa: Dfa, start: number, work: Work): Backgrounds {
  const { background, older } = explore(dfa, start, work);
  return { nearest: background, older };
}

function joined(texts: readonly string[]): string {
  return joinAlternatives(texts.slice(0, MAX_SHOWN), texts.length > MAX_SHOWN);
}

/** Stands before a star that stands for one byte or more, until the pattern is whole. */
const MORE = "\u0001";

/** Texts without those that another one gives when its star stands for nothing. */
function withoutCovered(texts: readonly string[]): readonly string[] {
  if (texts.length < 2) return texts;
  const known = new Set(texts);
  const covered = new Set<string>();
  const stars = new RegExp(`${MORE}?(?<!\\\\)\\*+`, "g");
  const widened = texts.map((text) =>
    text.replaceAll(stars, (star: string, index: number) => {
      const without = text.slice(0, index) + text.slice(index + star.length);
      if (!known.has(without)) return star;
      covered.add(without);
      return star.replace(MORE, "");
    }),
  );
  return widened.filter((_, index) => !covered.has(texts[index]!));
}

/**
 * The pattern as the language reads it: a star behind a slash and before the end or another slash stands for one byte or more
 * there, any other for none or more.
 */
function inLanguage(pattern: string): string {
  const classes = new RegExp(`${MORE}(\\[(?:\\\\.|[^\\]])*\\])\\*`, "g");
  const stars = new RegExp(`(${MORE}?)((?<!\\\\)\\*+)`, "g");
  const whole = pattern.replaceAll(classes, "$1$1*").replaceAll(stars, (_, more: string, star: string, at: number) => {
    const isComponent = pattern[at - 1] === "/" && /^(?:\/|\\0|$)/.test(pattern.slice(at + more.length + star.length));
    if (isComponent) return more === "" ? `{,${star}}` : star;
    return more === "" ? star : `?${star}`;
  });
  // a pattern that was cut has lost the star behind the mark
  return whole.replaceAll(MORE, "");
}

interface Exploration {
  /** Each state before those its edges lead to. */
  readonly order: readonly number[];
  readonly edges: ReadonlyMap<number, readonly Edge[]>;
  readonly background: ReadonlyMap<number, number>;
  readonly older: ReadonlyMap<number, number>;
}

interface Frame {
  readonly state: number;
  readonly pending: Edge[];
}

function explore(dfa: Dfa, start: number, work: Work): Exploration {
  const background = new Map<number, number>([[start, 0]]);
  const older = new Map<number, number>();
  const edges = new Map<number, Edge[]>();
  const onPath = new Set<number>();
  const finished: number[] = [];
  const stack: Frame[] = [];
  const enter = (state: number, isAfterSlash: boolean): void => {
    onPath.add(state);
    edges.set(state, []);
    work.spend(1 + dfa.rows[state + 1]! - dfa.rows[state]!);
    // no path has two slashes in a row: what would follow the second is nobody's rule
    const all = edgesOf(dfa, state).filter(({ isSlash }) => !(isAfterSlash && isSlash));
    stack.push({ state, pending: all.toReversed() });
  };
  enter(start, false);
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const { state, pending } = frame;
    const edge = pending.pop();
    if (edge === undefined) {
      stack.pop();
      onPath.delete(state);
      finished.push(state);
      continue;
    }
    const around = background.get(state) ?? 0;
    const isAbsorbed = around !== 0 && step(dfa, around, edge.example) === edge.target;
    if (isAbsorbed || onPath.has(edge.target) || work.isSpent) continue;
    edges.get(state)?.push(edge);
    if (background.has(edge.target)) continue;
    const next = backgroundOf(dfa, state, around, edge);
    background.set(edge.target, next);
    const gone = [around, older.get(state) ?? 0].map((each) => step(dfa, each, edge.example));
    const before = gone.find((each) => each !== 0 && each !== next && each !== edge.target);
    if (before !== undefined) older.set(edge.target, before);
    enter(edge.target, edge.isSlash);
  }
  return { order: finished.toReversed(), edges, background, older };
}

/** Where a glob would be that reads the bytes of the edge as bytes like any other. */
function backgroundOf(dfa: Dfa, state: number, around: number, edge: Edge): number {
  const symbol = edge.example;
  const glob = dfa.defaults[state]!;
  const isOrdinary = symbol !== SLASH && symbol !== 0 && symbol !== OUT_OF_BAND_SYMBOL;
  const followed = around === 0 ? 0 : step(dfa, around, symbol);
  let next = followed;
  if (!isRest(edge) && glob !== 0) {
    if (isOrdinary) next = glob;
    else if (symbol === SLASH && followed === 0 && passesSlashes(dfa, glob)) next = glob;
  }
  return next === edge.target ? 0 : next;
}

/** Whether a state that repeats ordinary bytes comes back to itself after a slash: `**` and not `*`. */
function passesSlashes(dfa: Dfa, state: number): boolean {
  const next = step(dfa, state, SLASH);
  return next === state || (next !== 0 && dfa.defaults[next] === state);
}

/** Whether the bytes are those that no rule names. */
function isRest({ symbols }: Edge): boolean {
  return symbols.length === 0;
}

/** The live transitions of a state by target, the rest first; without its loop. */
function edgesOf(dfa: Dfa, state: number): readonly Edge[] {
  const groups = new Map<number, number[]>();
  // what a row names is in ascending order
  let unnamed = 0;
  let bytes = 0;
  for (let at = dfa.rows[state]!; at < dfa.rows[state + 1]!; at += 1) {
    const symbol = dfa.symbols[at]!;
    if (symbol === unnamed) unnamed += 1;
    if (symbol !== OUT_OF_BAND_SYMBOL) bytes += 1;
    const target = dfa.targets[at]!;
    if (target === 0 || target === state) continue;
    // the out-of-band symbol never shares a class with bytes
    const key = symbol === OUT_OF_BAND_SYMBOL ? -target : target;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [symbol]);
    else group.push(symbol);
  }
  const edges: Edge[] = [];
  const rest = dfa.defaults[state]!;
  if (rest !== 0 && rest !== state && bytes < 256) {
    edges.push({ target: rest, symbols: [], example: unnamed, isSlash: bytes === 255 && unnamed === SLASH });
  }
  for (const [key, symbols] of groups) {
    const example = symbols[0]!;
    edges.push({ target: Math.abs(key), symbols, example, isSlash: symbols.length === 1 && example === SLASH });
  }
  return edges;
}

/**
 * The repetition a state's edge to itself stands for. Inside a glob an edge of a few bytes is no repetition but the beginning of
 * the same literal once more.
 */
function loopText(dfa: Dfa, state: number, isInGlob: boolean): string {
  const { defaults, rows, symbols, targets } = dfa;
  if (state !== 0 && defaults[state] === state) {
    const dead = deadBytes(dfa, state);
    return dead.length > 0 ? `[^${classText(dead)}]*` : passesSlashes(dfa, state) ? "**" : "*";
  }
  if (isInGlob || state === 0) return "";
  const own: number[] = [];
  for (let at = rows[state]!; at < rows[state + 1]!; at += 1) {
    if (targets[at] === state && symbols[at] !== OUT_OF_BAND_SYMBOL) own.push(symbols[at]!);
  }
  return own.length === 0 ? "" : `[${classText(own)}]*`;
}

/** Bytes that end the walk here, but for NUL, the slash and control bytes all together, which are left out anyway. */
function deadBytes(dfa: Dfa, state: number): readonly number[] {
  const dead: number[] = [];
  for (let at = dfa.rows[state]!; at < dfa.rows[state + 1]!; at += 1) {
    const symbol = dfa.symbols[at]!;
    if (dfa.targets[at] === 0 && symbol !== 0 && symbol !== SLASH && symbol < 256) dead.push(symbol);
  }
  return dead[SPACE - 2] === SPACE - 1 ? dead.slice(SPACE - 1) : dead;
}

function atomText(dfa: Dfa, state: number, edge: Edge): string {
  if (edge.example === OUT_OF_BAND_SYMBOL) return OUT_OF_BAND;
  if (isRest(edge)) {
    if (dfa.defaults[edge.target] === edge.target) return MORE;
    const dead = deadBytes(dfa, state);
    return dead.length === 0 ? "?" : `[^${classText(dead)}]`;
  }
  return edge.symbols.length === 1 ? byteText(edge.symbols[0]!) : `[${classText(edge.symbols)}]`;
}

const DASH = 0x2d;
const CARET = 0x5e;

/** Bytes of a class, runs as ranges; a dash stands first, where it is no range, and a caret last, where it negates nothing. */
export function classText(all: readonly number[]): string {
  const bytes = all.filter((byte) => byte !== DASH && byte !== CARET);
  const parts = all.includes(DASH) ? ["-"] : [];
  for (let at = 0; at < bytes.length;) {
    let end = at;
    while (end + 1 < bytes.length && bytes[end + 1] === bytes[end]! + 1) end += 1;
    const [first, last] = [byteText(bytes[at]!), byteText(bytes[end]!)];
    parts.push(end - at < 2 ? (end === at ? first : first + last) : `${first}-${last}`);
    at = end + 1;
  }
  if (all.includes(CARET)) parts.push("^");
  // a comma in a class is a comma, and a backslash before it another member
  return parts.join("").replaceAll("\\,", ",");
}

const SPECIAL = '\\*?[]{}^,"';
/** It ends every word that is not quoted (policy-language 1.3). */
const EXCLAMATION = 0x21;

/** A byte as policy text would have it: never a blank or a control character, nothing a terminal could act on. */
export function byteText(byte: number): string {
  if (byte === 0) return "\\0";
  if (byte <= SPACE || byte === EXCLAMATION || byte > 0x7e) return `\\x${byte.toString(16).padStart(2, "0")}`;
  const char = String.fromCharCode(byte);
  return SPECIAL.includes(char) ? `\\${char}` : char;
}

/** Several texts as one with an alternation, common path components outside of it; `isCut`: there were more. */
export function joinAlternatives(texts: readonly string[], isCut = false): string {
  const [first, ...others] = texts.map(components);
  if (first === undefined) return ELLIPSIS;
  if (others.length === 0) return first.join("");
  const all = [first, ...others];
  const shortest = Math.min(...all.map((parts) => parts.length));
  let head = 0;
  while (head < shortest && others.every((parts) => parts[head] === first[head])) head += 1;
  let tail = 0;
  while (tail < shortest - head && others.every((parts) => parts.at(-1 - tail) === first.at(-1 - tail))) tail += 1;
  const middles = all.map((parts) => parts.slice(head, parts.length - tail).join(""));
  const end = first.slice(first.length - tail).join("");
  const ending =
    ["/", "\\0"].find((each) => middles.every((middle) => middle.length > 1 && middle.endsWith(each))) ?? "";
  const whole = middles.map((middle) => middle.slice(0, middle.length - ending.length));
  // Two commas in a row would end the word.
  const names = [...whole.filter((name) => name === "").slice(0, 1), ...whole.filter((name) => name !== "")];
  return `${first.slice(0, head).join("")}{${names.join(",")}${isCut ? `,${ELLIPSIS}` : ""}}${ending}${end}`;
}

/** A text cut after each slash and each NUL outside of braces and brackets. */
export function components(text: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === "\\") {
      at += 1;
      if (text[at] !== "0" || depth > 0) continue;
      parts.push(text.slice(start, at + 1));
      start = at + 1;
    }
    if (char === "{" || char === "[") depth += 1;
    else if (char === "}" || char === "]") depth -= 1;
    else if (char === "/" && depth === 0) {
      parts.push(text.slice(start, at + 1));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

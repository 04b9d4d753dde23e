/** What rules of the language a pattern with grants becomes, and what comes with them (compile-semantics 3.2-3.4). */
import type { AdjustTools, CoverRule } from "./cover.ts";
import { APPEND, CHANGE, type FileBits, LINK, LOCK, ONEXEC, OTHER, OWNER, READ, WRITE } from "./file-bits.ts";
import { ALLOW, AUDIT, isDenied } from "./layers.ts";
import { type Alphabet, type ClassSet, type FlatPattern, maySkip } from "./flat-patterns.ts";

/** A pattern cut at its first NUL. */
interface PatternPair {
  readonly path: FlatPattern;
  readonly pair: FlatPattern | undefined;
}

export function splitPair(pattern: FlatPattern, { nul }: Alphabet): PatternPair {
  const at = pattern.findIndex(({ set, star }) => !star && set.members.length === 1 && set.members[0] === nul);
  return at < 0 ? { path: pattern, pair: undefined } : { path: pattern.slice(0, at), pair: pattern.slice(at + 1) };
}

/** What a plain `l` may link to: any path but the root. */
function anyTarget(alphabet: Alphabet): FlatPattern {
  return [
    { set: alphabet.single(alphabet.slash), star: false },
    { set: alphabet.component, star: false },
    { set: alphabet.path, star: true },
  ];
}

export function isAnyTarget(pattern: FlatPattern, { slash, component, path }: Alphabet): boolean {
  const [first, second, third] = pattern;
  return (
    pattern.length === 3 &&
    first?.set.members.length === 1 &&
    first.set.members[0] === slash &&
    second?.set === component &&
    !second.star &&
    third?.set === path &&
    third.star
  );
}

function startsWithSlash([first]: FlatPattern, { slash }: Alphabet): boolean {
  return first !== undefined && !maySkip(first) && first.set.members.length === 1 && first.set.members[0] === slash;
}

/** Whether every element can be spelled. */
function isSpellable(pattern: FlatPattern, { component, path }: Alphabet): boolean {
  return pattern.every(({ set, star }) => !star || set === component || set === path);
}

/** The rules that a pattern and its grants really become. */
export function fileRulesOf(
  rule: CoverRule,
  { alphabet, isPossible }: AdjustTools,
  bits: FileBits,
): readonly CoverRule[] {
  const { path, pair } = splitPair(rule.pattern, alphabet);
  if (!isSpellable(path, alphabet)) return [];
  if (pair !== undefined) return pairRules(rule, { path, pair }, { alphabet, isPossible });
  const exec = bits.exec.owner | bits.exec.other;
  const found: CoverRule[] = [];
  let letters = rule.grants & (OWNER | OTHER | exec);
  // the language has no write without append
  letters &= ~(WRITE & ~((letters & APPEND) >>> 1));
  if (!startsWithSlash(path, alphabet)) letters = 0;
  const links = letters & LINK;
  if (isDenied(rule.layer)) letters &= ~LINK;
  if (links !== 0 && !isDenied(rule.layer)) {
    const pairs = linkPairs(rule, path, { links, alphabet });
    if (pairs.every(isPossible)) found.push(...pairs);
    else letters &= ~LINK;
  }
  if (letters !== 0) found.push({ layer: rule.layer, pattern: path, grants: letters });
  if ((rule.grants & CHANGE) !== 0) found.push(...changeRules(rule, path, { alphabet, isPossible }));
  return found;
}

/** What a plain `l` says of pairs: any target, with the subset test for owners, which is never logged. */
function linkPairs(
  { layer }: CoverRule,
  path: FlatPattern,
  { links, alphabet }: { readonly links: number; readonly alphabet: Alphabet },
): readonly CoverRule[] {
  const pattern = joinPair(path, anyTarget(alphabet), alphabet);
  const subset = (links & OWNER) === 0 ? 0 : LOCK & OWNER;
  return [
    { layer, pattern, grants: links, isImplied: true },
    { layer: layer === AUDIT ? ALLOW : layer, pattern, grants: links | subset, isImplied: true },
  ];
}

function joinPair(path: FlatPattern, pair: FlatPattern, alphabet: Alphabet): FlatPattern {
  return [...path, { set: alphabet.single(alphabet.nul), star: false }, ...pair];
}

function pairRules(
  rule: CoverRule,
  { path, pair }: { readonly path: FlatPattern; readonly pair: FlatPattern },
  { alphabet, isPossible }: AdjustTools,
): readonly CoverRule[] {
  const links = rule.grants & LINK;
  const { layer } = rule;
  const isPlain = isAnyTarget(pair, alphabet);
  if (!isPlain && !isSpellable(pair, alphabet)) return [];
  if (links !== 0 && startsWithSlash(path, alphabet)) {
    if (isDenied(layer)) return [{ layer, pattern: rule.pattern, grants: links }];
    const own: CoverRule = { layer, pattern: path, grants: links, isImplied: !isPlain };
    if (!isPossible(own)) return [];
    const subset = (links & OWNER) === 0 ? 0 : rule.grants & LOCK & OWNER;
    if (!isPlain) return [own, { layer, pattern: rule.pattern, grants: links | subset }];
    const implied = linkPairs(rule, path, { links, alphabet });
    return implied.every(isPossible) ? [own, ...implied] : [];
  }
  if ((rule.grants & ONEXEC) === 0) return [];
  const condition: CoverRule = { layer, pattern: path, grants: ONEXEC, isImplied: true };
  const target: CoverRule = { layer, pattern: pair, grants: CHANGE | ONEXEC, isImplied: true };
  const own: CoverRule = { layer, pattern: rule.pattern, grants: rule.grants & ~(OWNER | OTHER) };
  const all = [condition, target, own, ...attributes(layer, alphabet)];
  return all.every(isPossible) ? all : [];
}

function changeRules(rule: CoverRule, path: FlatPattern, { alphabet, isPossible }: AdjustTools): readonly CoverRule[] {
  const { layer } = rule;
  const anyPath: FlatPattern = [
    { set: alphabet.single(alphabet.slash), star: false },
    { set: alphabet.component, star: false },
    { set: alphabet.path, star: true },
  ];
  const implied: readonly CoverRule[] = [
    { layer, pattern: anyPath, grants: ONEXEC, isImplied: true },
    { layer, pattern: joinPair(anyPath, path, alphabet), grants: ONEXEC, isImplied: true },
  ];
  const own: CoverRule = { layer, pattern: path, grants: CHANGE | ONEXEC };
  const all = [own, ...implied, ...attributes(layer, alphabet)];
  return all.every(isPossible) ? all : [];
}

/** The owner's files that every change of profile needs. */
function attributes(layer: number, alphabet: Alphabet): readonly CoverRule[] {
  const files = ["apparmor/current", "apparmor/exec", "current", "exec"];
  return [...shared(layer, alphabet), ...processFiles(layer, files, { alphabet, first: alphabet.component })];
}

/** The accesses that hats, and profiles with hats or children, have without a rule. */
export function familyRules(alphabet: Alphabet): readonly CoverRule[] {
  const digits = Array.from("0123456789", (digit) => alphabet.classOf[digit.charCodeAt(0)]!);
  const first = alphabet.setOf([...new Set(digits)].toSorted((a, b) => a - b));
  const files = ["apparmor/current", "current"];
  return [...shared(ALLOW, alphabet), ...processFiles(ALLOW, files, { alphabet, first })];
}

function shared(layer: number, alphabet: Alphabet): readonly CoverRule[] {
  const module = literal("/sys/module/apparmor/parameters/enabled", alphabet);
  return [
    ...processFiles(layer, ["apparmor/"], { alphabet, first: alphabet.component }),
    { layer, pattern: module, grants: READ & OWNER, isImplied: true },
  ];
}

function processFiles(
  layer: number,
  files: readonly string[],
  { alphabet, first }: { readonly alphabet: Alphabet; readonly first: ClassSet },
): readonly CoverRule[] {
  const number = [
    { set: first, star: false },
    { set: alphabet.component, star: true },
  ];
  return files.map((file) => ({
    layer,
    pattern: [...literal("/proc/", alphabet), ...number, ...literal(`/attr/${file}`, alphabet)],
    grants: (file.endsWith("/") ? READ : WRITE) & OWNER,
    isImplied: true,
  }));
}

function literal(text: string, alphabet: Alphabet): FlatPattern {
  return Array.from(text, (char) => ({
    set: alphabet.single(alphabet.classOf[char.charCodeAt(0)]!),
    star: false,
  }));
}

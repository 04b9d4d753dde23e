/**
 * A file access is decided letter by letter, in the half of the owner or of the others; x brings its mode, and m with an inherited exec; a
 * link needs l on its name and on the pair (compile-semantics 3.2-3.5, 4.3, 4.4; kernel-abi 7.7).
 */
import {
  type FileRule,
  type Origin,
  type Profile,
  type Rule,
  FilePermission,
  bareRules,
} from "../../../language/model/index.ts";
import { type Decision, type ExecOutcome, type NamedVerdict, decisionOf } from "../decision.ts";
import { type Pattern, type Subject, accepts, fit, fits, patternOf, subject } from "../match.ts";
import { LINK_TEST } from "../link-test.ts";
import type { ExecQuestion, FileLetter, FileQuestion, LinkQuestion } from "../question.ts";
import { type Claim, type Verdict, claim, weigh } from "../weigh.ts";

const { x: X, w: W, r: R, a: A, l: L, k: K, m: M } = FilePermission;

/** The bit that grants a letter of the log. */
const BIT: Readonly<Record<FileLetter, number>> = { r: R, w: W, a: A, c: W, d: W, k: K, m: M, x: X, l: L };

const ALL_FILES = "/{**,}";
/** What a profile with hats, children or change_profile rules may do to its own attributes, for its own files. */
const ATTRIBUTES = ["/proc/*/attr/apparmor/", "/sys/module/apparmor/parameters/enabled"];
const CHANGE_ATTRIBUTES = "/proc/*/attr/{apparmor/,}{current,exec}";
const HAT_ATTRIBUTES = "/proc/[0-9]*/attr/{apparmor/,}current";

export function decideFile(profile: Profile, question: FileQuestion): Decision {
  const claims = fileClaims(profile, subject(question.path), question.owner);
  return decisionOf(question.letters.map((letter) => letterVerdict(claims, letter)));
}

export function decideExec(profile: Profile, question: ExecQuestion): Decision {
  const claims = fileClaims(profile, subject(question.path), question.owner);
  const verdict = letterVerdict(claims, "x");
  return decisionOf([verdict], verdict.outcome === "allow" ? execOutcome(verdict) : undefined);
}

function letterVerdict(claims: readonly Claim[], letter: FileLetter): NamedVerdict {
  const bit = BIT[letter];
  const verdict = weigh(claims, bit, letter === "x");
  if (letter === "m") return { ...withImpliedMap(verdict, claims), name: letter };
  return { ...verdict, name: letter };
}

/** An inherited exec maps the file: m comes with it, unless rules say otherwise with a higher rank, or deny it at all. */
function withImpliedMap(map: Verdict, claims: readonly Claim[]): Verdict {
  if (map.outcome === "allow" || map.outcome === "deny") return map;
  const exec = weigh(claims, X, true);
  const inherits = exec.winners.some(({ exec: choice }) => inheritsFrom(choice?.mode));
  return exec.outcome === "allow" && inherits && map.rank <= exec.rank ? { ...exec, bit: M, audit: false } : map;
}

function inheritsFrom(mode: FileRule["exec"]): boolean {
  return mode !== undefined && (mode.transition === "inherit" || mode.fallback === "inherit");
}

function execOutcome(verdict: Verdict): ExecOutcome | undefined {
  const [first, ...others] = verdict.winners.filter((winner) => winner.exec !== undefined);
  if (first?.exec === undefined) return undefined;
  const text = JSON.stringify(first.exec);
  const other = others.find((winner) => JSON.stringify(winner.exec) !== text);
  return { choice: first.exec, conflict: other === undefined ? undefined : [first.rule, other.rule] };
}

/** A file rule made ready: what it claims wherever its pattern matches. */
interface ReadyRule {
  readonly pattern: Pattern;
  readonly owner: FileRule["owner"];
  readonly claim: Claim;
}

interface ReadyProfile {
  readonly files: readonly ReadyRule[];
  /** Rules of other kinds that speak of files, too. */
  readonly others: readonly Rule[];
}

const ready = new WeakMap<Profile, ReadyProfile>();
const readyRules = new WeakMap<FileRule, readonly ReadyRule[]>();
/** COST: what holds a few rules is made for one question, and what is kept of it costs more than making it. */
const FEW_RULES = 12;

/** COST: a profile is asked again and again; its patterns are looked up once. */
function readyProfile(profile: Profile): ReadyProfile {
  const isKept = profile.rules.length > FEW_RULES;
  const known = isKept ? ready.get(profile) : undefined;
  if (known !== undefined) return known;
  const files: ReadyRule[] = [];
  const others: Rule[] = [];
  for (const rule of profile.rules) {
    if (rule.kind === "file") files.push(...readyRule(rule));
    else if (rule.kind === "all" || rule.kind === "link") others.push(rule);
  }
  const made: ReadyProfile = { files, others };
  if (isKept) ready.set(profile, made);
  return made;
}

/** COST: the rules of a profile are asked in many selections. */
function readyRule(rule: FileRule): readonly ReadyRule[] {
  const known = readyRules.get(rule);
  if (known !== undefined) return known;
  const made = madeReady(rule);
  readyRules.set(rule, made);
  return made;
}

function madeReady(rule: FileRule): readonly ReadyRule[] {
  const pattern = patternOf(rule.path.text, "path");
  if (pattern === undefined) return [];
  // `w` means write and append; a deny rule never takes the link bit of the name alone.
  const written = rule.permissions & W ? rule.permissions | A : rule.permissions;
  const bits = rule.mode === "deny" ? written & ~L : written;
  const exec = rule.exec === undefined ? undefined : { mode: rule.exec, target: rule.execTarget?.text };
  return [{ pattern, owner: rule.owner, claim: claim(rule, bits, { exact: pattern.exact, exec }) }];
}

/** Every rule that says something of this path, for the owner's or the others' half. */
function fileClaims(profile: Profile, path: Subject, owner: boolean): readonly Claim[] {
  if (last?.profile === profile && last.path === path.text && last.owner === owner) return last.claims;
  const claims = claimsAt(profile, path, owner);
  last = { profile, path: path.text, owner, claims };
  return claims;
}

/** COST: of one path several things are asked in a row. */
let last:
  | { readonly profile: Profile; readonly path: string; readonly owner: boolean; readonly claims: readonly Claim[] }
  | undefined;

function claimsAt(profile: Profile, path: Subject, owner: boolean): readonly Claim[] {
  const { files, others } = readyProfile(profile);
  const claims: Claim[] = [];
  for (const rule of files) if (inHalf(rule.owner, owner) && accepts(rule.pattern, path)) claims.push(rule.claim);
  for (const rule of others) claims.push(...otherClaims(rule, path, owner));
  claims.push(...impliedClaims(profile, path, owner));
  return claims;
}

function otherClaims(rule: Rule, path: Subject, owner: boolean): readonly Claim[] {
  if (rule.kind === "all") return allClaims(rule, path, owner);
  return rule.kind === "link" ? linkNameClaims(rule, path, owner) : [];
}

function inHalf(mask: FileRule["owner"], owner: boolean): boolean {
  return mask === "any" || mask === (owner ? "owner" : "other");
}

const INHERIT = { transition: "inherit", fallback: "none", safe: false } as const;

function allClaims(
  rule: Extract<Profile["rules"][number], { kind: "all" }>,
  path: Subject,
  owner: boolean,
): readonly Claim[] {
  if (fit(ALL_FILES, "path", path) === "no") return [];
  const files = rule.mode === "deny" && !owner ? [] : [claim(rule, R | W | A | L | K | M, { priority: 0 })];
  return [...files, claim(rule, X, { priority: -2, exec: { mode: INHERIT, target: undefined } })];
}

function linkNameClaims(
  rule: Extract<Profile["rules"][number], { kind: "link" }>,
  path: Subject,
  owner: boolean,
): readonly Claim[] {
  if (rule.mode === "deny" || !inHalf(rule.owner, owner)) return [];
  return fits(rule.path, "path", path) ? [claim(rule, L)] : [];
}

/** Rules nobody wrote. They point at the rule or profile that brings them. */
function impliedClaims(profile: Profile, path: Subject, owner: boolean): readonly Claim[] {
  if (!owner || !/^\/(?:proc|sys)\//.test(path.text)) return [];
  const change = profile.rules.find((rule) => rule.kind === "change_profile");
  const hats = profile.hat || profile.children.length > 0;
  if (change === undefined && !hats) return [];
  const origin = change?.origin ?? profile.origin;
  const read = ATTRIBUTES.map((pattern) => impliedRule(pattern, R, origin));
  const write = [...(change === undefined ? [] : [CHANGE_ATTRIBUTES]), ...(hats ? [HAT_ATTRIBUTES] : [])];
  return [...read, ...write.map((pattern) => impliedRule(pattern, W, origin))]
    .filter((rule) => fit(rule.path.text, "path", path) !== "no")
    .map((rule) => claim(rule, rule.permissions));
}

function impliedRule(pattern: string, permissions: number, origin: Origin): FileRule {
  return {
    ...bareRules.file,
    mode: "implicit",
    audit: false,
    priority: 0,
    origin,
    path: { text: pattern, written: pattern, span: origin.span },
    permissions,
    owner: "owner",
  };
}

const ANY_TARGET = "/[^/]**";

/** The two names of a link: the name must allow `l`, the pair must allow it too, and perhaps the permissions must fit. */
export function decideLink(profile: Profile, question: LinkQuestion): Decision {
  const { owner } = question;
  const path = subject(question.path);
  const target = subject(question.target);
  const nameClaims = fileClaims(profile, path, owner);
  const name = letterVerdict(nameClaims, "l");
  if (name.outcome !== "allow") return decisionOf([name]);
  const pairs = [
    ...profile.rules.flatMap((rule) => pairClaims(rule, path, target, owner)),
    ...claimsAcross(profile, question),
  ];
  const pair = { ...weigh(pairs, L), name: "l" };
  if (pair.outcome !== "allow") return decisionOf([pair]);
  const tested = weigh(pairs, SUBSET).outcome === "allow";
  if (!tested) return decisionOf([pair]);
  const targetClaims = fileClaims(profile, target, owner);
  const wanted = (["r", "w", "a", "c", "d", "k", "m", "x"] as const).filter(
    (letter) => letterVerdict(nameClaims, letter).outcome === "allow",
  );
  // how the letters are logged is up to the pair, which says nothing of them
  const found = wanted.map((letter) => ({
    ...(letter === "x" ? execSubset(nameClaims, targetClaims) : letterVerdict(targetClaims, letter)),
    quiet: false,
    audit: false,
  }));
  return decisionOf([pair, { ...pair, name: LINK_TEST, quiet: false, audit: false }, ...found]);
}

/** The target must be executed in the same way, and without scrubbing only if the target is, too. */
function execSubset(nameClaims: readonly Claim[], targetClaims: readonly Claim[]): NamedVerdict {
  const target = letterVerdict(targetClaims, "x");
  const [own, other] = [execOutcome(letterVerdict(nameClaims, "x")), execOutcome(target)];
  if (target.outcome !== "allow" || own === undefined || other === undefined) return target;
  const { mode, target: name } = own.choice;
  const { mode: otherMode, target: otherName } = other.choice;
  const isSame = mode.transition === otherMode.transition && mode.fallback === otherMode.fallback && name === otherName;
  const isSafe = mode.safe || !otherMode.safe || mode.transition === "inherit";
  return isSame && isSafe ? target : { ...target, outcome: "unmentioned", winners: [] };
}

/** The bit of a pair that asks for the subset test; only in the owner's half (5.0.2 leaves it out of the other one). */
const SUBSET = 1 << 10;

/** A class that is negated matches the NUL between two names, so that a rule of one name may speak of a pair; its k is the subset test there. */
function claimsAcross(profile: Profile, { path, target, owner }: LinkQuestion): readonly Claim[] {
  return claimsAt(profile, subject(`${path}\0${target}`), owner).map((one) => ({
    ...one,
    bits: (one.bits & L) | ((one.bits & K) === 0 ? 0 : SUBSET),
  }));
}

function pairClaims(rule: Profile["rules"][number], path: Subject, target: Subject, owner: boolean): readonly Claim[] {
  const subset = owner ? SUBSET : 0;
  if (rule.kind === "link") {
    const matches = inHalf(rule.owner, owner) && fits(rule.path, "path", path) && fits(rule.target, "path", target);
    return matches ? [claim(rule, L | (rule.subset ? subset : 0))] : [];
  }
  if (rule.kind === "all") {
    if (fit(ALL_FILES, "path", path) === "no" || fit(ANY_TARGET, "text", target) === "no") return [];
    return rule.mode === "deny" && !owner ? [] : [claim(rule, L | subset, { priority: 0 })];
  }
  if (rule.kind !== "file" || (rule.permissions & L) === 0 || !inHalf(rule.owner, owner)) return [];
  if (!fits(rule.path, "path", path)) return [];
  if (rule.linkTarget !== undefined) {
    return fits(rule.linkTarget, "path", target) ? [claim(rule, L | (rule.subset ? subset : 0))] : [];
  }
  return fit(ANY_TARGET, "text", target) === "no" ? [] : [claim(rule, L | subset)];
}

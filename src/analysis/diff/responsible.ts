/**
 * The rules of a profile that have to do with an access: those that permit it, or those that deny it. A rule is found by the patterns that
 * it became, so that it counts whether it is written in the profile or comes through an include.
 */
import { matches } from "../../language/globs/index.ts";
import type { Profile, Rule } from "../../language/model/index.ts";
import type { RulePattern } from "../../compiler/compile/index.ts";
import {
  CHANGE_PROFILE,
  MediationClass,
  ONEXEC,
  OTHER_SHIFT,
  unpackPolicydbBits,
} from "../../compiler/compiled/index.ts";
import { capabilityName, rlimits } from "../../language/tables/index.ts";
import { type Access, type AccessSet, FileBit } from "../sets/index.ts";

/** A profile's text, as far as it is known what became of it. */
export interface ProfileEvidence {
  readonly profile: Profile;
  readonly patterns: () => readonly RulePattern[];
  /** What the profile would permit with these rules alone; `undefined`: they cannot be compiled alone. */
  readonly accessesOfRules: (rules: readonly Rule[]) => AccessSet | undefined;
  /** The files that it may use without a rule, for its hats and children (compile-semantics 3.10). */
  readonly impliedAccesses: () => AccessSet["file"];
}

/** The first bytes of the inputs of a kind of access. */
const classBytes: Readonly<Record<string, readonly number[]>> = {
  network: [MediationClass.networkV9, MediationClass.networkV8, MediationClass.networkOld, MediationClass.skb],
  mount: [MediationClass.mount],
  ptrace: [MediationClass.ptrace],
  signal: [MediationClass.signal],
  mqueue: [MediationClass.posixMqueue, MediationClass.sysvMqueue],
  userns: [MediationClass.userns],
  io_uring: [MediationClass.ioUring],
  dbus: [MediationClass.dbus],
};

/** The rules that allow, or deny, an access: that match it and speak of what is granted there; each once. */
export function rulesFor(evidence: ProfileEvidence, access: Access, mode: "allow" | "deny"): readonly Rule[] {
  const { profile } = evidence;
  const isMode = (rule: Rule): boolean =>
    rule.kind === "rlimit" ? mode === "allow" : (rule.mode === "deny") === (mode === "deny");
  if (access.kind === "capability" || access.kind === "rlimit")
    return profile.rules.filter((rule) => isMode(rule) && isAbout(rule, access));
  const speaksOf = access.kind === "file" ? speaksOfFile : speaks;
  return rulesOf(evidence, access, (pattern) => isMarked(pattern, mode) && speaksOf(pattern, access));
}

/** The rules that match an access, whatever they say of it; of a link also those that match its name, which is asked about, too (kernel-abi 7.7). */
export function rulesAt(evidence: ProfileEvidence, access: Access): readonly Rule[] {
  const all = rulesOf(evidence, access, () => true);
  const end = access.kind === "file" ? access.input.indexOf(0) : -1;
  if (end < 0) return all;
  const named = rulesOf(evidence, { ...access, input: access.input.subarray(0, end) }, () => true);
  return [...new Set([...all, ...named])];
}

/** Rules about changes of profile, each of which permits files that programs use for that, even where it denies it (compile-semantics 3.3). */
export function implying({ profile }: ProfileEvidence, { kind }: Access): readonly Rule[] {
  return kind === "file" ? profile.rules.filter((rule) => rule.kind === "change_profile") : [];
}

function rulesOf(
  { profile, patterns }: ProfileEvidence,
  { kind, input }: Access,
  isWanted: (pattern: RulePattern) => boolean,
): readonly Rule[] {
  const isFile = kind === "file";
  const inputs = isFile ? [input] : (classBytes[kind] ?? []).map((byte) => Uint8Array.from([byte, ...input]));
  const found = new Set<Rule>();
  for (const pattern of patterns()) {
    const { rule } = pattern;
    if (rule === undefined || found.has(rule) || (pattern.table === "file") !== isFile || !isWanted(pattern)) continue;
    if (inputs.some((bytes) => matches(pattern.pattern, bytes))) found.add(rule);
  }
  return profile.rules.filter((rule) => found.has(rule));
}

/** `all` stands for rules that carry its origin. */
function isAbout(rule: Rule, { kind, rule: text }: Access): boolean {
  if (rule.kind === "all") return kind === "capability";
  if (rule.kind === "capability" && kind === "capability") {
    const { capabilities } = rule;
    return capabilities.length === 0 || capabilities.some((number) => text === `capability ${capabilityName(number)},`);
  }
  if (rule.kind !== "rlimit" || kind !== "rlimit") return false;
  return rlimits.some(({ name, number }) => number === rule.resource && text.startsWith(`set rlimit ${name} `));
}

function isMarked(pattern: RulePattern, mode: "allow" | "deny"): boolean {
  return (pattern.mode === "deny") === (mode === "deny");
}

/** Bits of a half are the letters' own; a change of profile is of neither half. */
const LETTERS = 0x7f;
const CHANGES = CHANGE_PROFILE | ONEXEC;
/** The same among the bits of a grant. */
const GRANTED_CHANGES = 0x180;

function speaksOfFile({ permissions }: RulePattern, { grant, isOwner }: Access): boolean {
  if (((grant.bits | grant.others) & GRANTED_CHANGES) !== 0) return (permissions & CHANGES) !== 0;
  const own = (isOwner ? permissions : permissions >>> OTHER_SHIFT) & LETTERS;
  const half = isOwner ? "owner" : "other";
  const isExec = grant.execs.some((exec) => exec.startsWith(half)) && (own & 1) !== 0;
  return isExec || (own & lettersOf(isOwner ? grant.bits : grant.others)) !== 0;
}

/** A link without the subset test is permitted by an `l`. */
function lettersOf(bits: number): number {
  return (bits & FileBit.freeLink) === 0 ? bits : bits | FileBit.l;
}

function speaks({ permissions }: RulePattern, { grant }: Access): boolean {
  return (unpackPolicydbBits(permissions) & grant.bits) !== 0 || (permissions & grant.bits) !== 0;
}

/**
 * The monitor on compiled policy: what a profile says to an access, whoever compiled it, found as a kernel finds it. The twin of
 * `analysis/monitor`, which reads the rules; both answer the same questions, and each is held against the other.
 */
import {
  type CompiledPermissionEntry,
  type CompiledProfile,
  MAY_EXECUTE,
  MAY_LINK,
  MAY_LOCK,
  MAY_ONEXEC,
  MediationClass,
  noPermissions,
  ProfileFlag,
  XINDEX_UNSAFE,
} from "../../compiler/compiled/index.ts";
import type { KernelGeneration } from "../../compiler/policydb/index.ts";
import { lastPart } from "../../language/model/index.ts";
import { labelComponents, LINK_TEST, peerQuestions, type PermissionVerdict, type Question } from "../monitor/index.ts";
import { fileBits, fileLookup, joined, labelLookup, type Lookup, type LookupQuestion, lookupsOf } from "./lookups.ts";
import { mediates, queryProfile } from "./query.ts";

/** What compiled policy says to a question; words as in `Decision`. */
export interface TableDecision {
  /** The kernel asks this profile at all. What it does not ask about is allowed. */
  readonly isMediated: boolean;
  readonly verdicts: readonly PermissionVerdict[];
  readonly allowed: boolean;
  readonly granted: readonly string[];
  readonly missing: readonly string[];
  /** All that is missing is refused without a log line, in complain mode too. */
  readonly quiet: boolean;
  /** Something granted is logged. */
  readonly audited: boolean;
}

/** Who finds the state of a string; `undefined`: the class is not mediated. */
export type Finder = (lookup: Lookup, isOwner: boolean) => CompiledPermissionEntry | undefined;

export interface TableOptions {
  readonly kernel: KernelGeneration;
  /** The profiles of the same file: hats are looked up among them. */
  readonly family?: readonly CompiledProfile[];
  /** Asks somebody else than this profile's own automata, a kernel for instance. */
  readonly find?: Finder;
}

/**
 * Answers a question from a compiled profile. The profile's mode plays no part.
 *
 * Cost: O(length of the names); nothing depends on how many rules there are.
 * Source: kernel-abi 7, 8.
 *
 * @example
 * decideCompiled(profile, { kind: "file", path: "/etc/passwd", letters: ["r"], owner: false }, { kernel: "7.2" }).allowed;
 */
export function decideCompiled(profile: CompiledProfile, question: Question, options: TableOptions): TableDecision {
  const find: Finder =
    options.find ??
    (({ classNumber, data }, isOwner) => queryProfile(profile, classNumber, data, { kernel: options.kernel, isOwner }));
  switch (question.kind) {
    case "link":
      return sumUp(decideLink(question, find));
    case "signal":
    case "ptrace":
    case "change_profile":
      return decideLabel(profile, question, find, options.kernel);
    case "capability":
      return sumUp([capabilityVerdict(profile, question.capability)]);
    case "change_hat":
      return sumUp([plainVerdict("change_hat", hatExists(profile, options.family ?? [profile], question.hat))]);
    case "rlimit":
      return sumUp([plainVerdict("set", !isAboveLimit(profile, question))]);
    case "file":
    case "exec":
    case "network":
    case "unix":
    case "mount":
    case "umount":
    case "pivot_root":
    case "dbus":
    case "mqueue":
    case "io_uring":
    case "userns":
      return decideEach(profile, question, find, options.kernel);
  }
}

function decideEach(
  profile: CompiledProfile,
  question: LookupQuestion,
  find: Finder,
  kernel: KernelGeneration,
): TableDecision {
  const isFine = kernel === "7.2" && mediates(profile, MediationClass.networkV9);
  const isOwner = "owner" in question ? question.owner : true;
  const verdictsOn = (one: LookupQuestion): readonly (PermissionVerdict | undefined)[] =>
    lookupsOf(one, isFine).map((lookup) => {
      const entry = find(lookup, isOwner);
      return entry && verdictOf(lookup, entry);
    });
  if (question.kind !== "unix") return sumUp(verdictsOn(question));
  const [first = [], ...others] = peerQuestions(question).map(verdictsOn);
  const each = first.map((verdict, at) => {
    const all = [verdict, ...others.map((verdicts) => verdicts[at])];
    return all.find((one) => one?.allowed === false) ?? verdict;
  });
  return sumUp(each);
}

function verdictOf({ name, bits }: Lookup, { allow, deny, audit, quiet }: CompiledPermissionEntry): PermissionVerdict {
  const allowed = (bits & ~(allow & ~deny)) === 0;
  return {
    name,
    allowed,
    quiet: !allowed && (bits & ~allow & ~quiet) === 0,
    audited: allowed && (bits & audit) !== 0,
  };
}

function plainVerdict(name: string, allowed: boolean): PermissionVerdict {
  return { name, allowed, quiet: false, audited: false };
}

/** `undefined` among verdicts: not mediated. */
function sumUp(verdicts: readonly (PermissionVerdict | undefined)[]): TableDecision {
  const known = verdicts.filter((verdict) => verdict !== undefined);
  const missing = known.filter(({ allowed }) => !allowed);
  return {
    isMediated: known.length > 0,
    verdicts: known,
    allowed: missing.length === 0,
    granted: known.filter(({ allowed }) => allowed).map(({ name }) => name),
    missing: missing.map(({ name }) => name),
    quiet: missing.length > 0 && missing.every(({ quiet }) => quiet),
    audited: known.some(({ audited }) => audited),
  };
}

/** The label as a whole first; if that is not enough, every component must be allowed (kernel-abi 7.8); of a peer 6.1 does not ask that (8.11). */
function decideLabel(
  profile: CompiledProfile,
  question: Extract<Question, { readonly kind: "signal" | "ptrace" | "change_profile" }>,
  find: Finder,
  kernel: KernelGeneration,
): TableDecision {
  if (question.kind === "ptrace" && !mediates(profile, MediationClass.ptrace)) return sumUp([]);
  const label = question.kind === "change_profile" ? question.target : question.peer;
  const verdict = (text: string): PermissionVerdict | undefined => {
    const lookup = labelLookup(question, text);
    // tracing is mediated by a class of its own, which may have no string in the class of labels
    const entry = find(lookup, true) ?? (question.kind === "ptrace" ? noPermissions : undefined);
    return entry && verdictOf(lookup, entry);
  };
  const asked = kernel === "6.1" && question.kind !== "change_profile" ? verdict(label) : labelVerdict(label, verdict);
  if (question.kind !== "change_profile" || asked?.allowed !== true) return sumUp([asked]);
  return sumUp([atExec(question, find) ?? asked]);
}

function labelVerdict(
  label: string,
  verdict: (text: string) => PermissionVerdict | undefined,
): PermissionVerdict | undefined {
  const whole = verdict(label);
  const parts = labelComponents(label);
  if (whole === undefined || whole.allowed || parts.length < 2) return whole;
  const verdicts = parts.map(verdict);
  return verdicts.find((part) => part?.allowed === false) ?? verdicts[0];
}

/** A program that rules name must have the label as its own (kernel-abi 7.8); `undefined`: they do not name it. */
function atExec(
  { target, onExec, program }: Extract<Question, { readonly kind: "change_profile" }>,
  find: Finder,
): PermissionVerdict | undefined {
  if (!onExec || program === undefined) return undefined;
  const lookup = fileLookup("change_onexec", program, MAY_ONEXEC);
  const named = find(lookup, true);
  if (named === undefined || !verdictOf(lookup, named).allowed) return undefined;
  return labelVerdict(target, (text) => {
    const pair: Lookup = { ...lookup, data: joined(program, 0, text) };
    const entry = find(pair, true);
    return entry && verdictOf(pair, entry);
  });
}

const PAIR_TESTS_TARGET = MAY_LOCK;

/** The name must allow `l`, so must the pair, and perhaps the target must allow as much as the name (kernel-abi 7.7). */
function decideLink(
  question: Extract<Question, { readonly kind: "link" }>,
  find: Finder,
): readonly PermissionVerdict[] {
  const { path, target, owner } = question;
  const nameLookup = fileLookup("l", path, MAY_LINK);
  const name = find(nameLookup, owner) ?? noPermissions;
  const nameVerdict = verdictOf(nameLookup, name);
  if (!nameVerdict.allowed) return [nameVerdict];
  const pairLookup: Lookup = { ...nameLookup, data: joined(path, 0, target) };
  const pair = find(pairLookup, owner) ?? noPermissions;
  const verdict = verdictOf(pairLookup, pair);
  if (!verdict.allowed || (pair.allow & PAIR_TESTS_TARGET) === 0) return [verdict];
  const other = find(fileLookup("l", target, MAY_LINK), owner) ?? noPermissions;
  return [verdict, plainVerdict(LINK_TEST, true), ...subsetVerdicts(name, other)];
}

const TESTED = ["r", "w", "a", "c", "d", "k", "m", "x"] as const;

/** Letters that the name allows, each with what the target says of it. Nothing about them is quiet: the pair speaks of `l` alone. */
function subsetVerdicts(name: CompiledPermissionEntry, target: CompiledPermissionEntry): readonly PermissionVerdict[] {
  return TESTED.filter((letter) => (name.allow & fileBits[letter]) !== 0).map((letter) => {
    const allowed = (target.allow & fileBits[letter]) !== 0;
    const fits = letter !== "x" || (name.allow & MAY_EXECUTE) === 0 || isExecSubset(name.xindex, target.xindex);
    return plainVerdict(letter, allowed && fits);
  });
}

/** The same transition, and unsafe only where the target's is. */
function isExecSubset(name: number, target: number): boolean {
  if (((name ^ target) & ~XINDEX_UNSAFE) !== 0) return false;
  return (name & XINDEX_UNSAFE) === 0 || (target & XINDEX_UNSAFE) !== 0;
}

function capabilityVerdict({ capabilities }: CompiledProfile, number: number): PermissionVerdict {
  const bit = 1n << BigInt(number);
  const allowed = (capabilities.allow & bit) !== 0n;
  return {
    name: "use",
    allowed,
    quiet: !allowed && (capabilities.quiet & bit) !== 0n,
    audited: allowed && (capabilities.audit & bit) !== 0n,
  };
}

/** A hat is a child of the profile, or of the parent of a hat (kernel-abi 8.18). */
function hatExists(profile: CompiledProfile, family: readonly CompiledProfile[], hat: string): boolean {
  const isHat = (profile.flags & ProfileFlag.hat) !== 0;
  const parent = isHat ? profile.name.slice(0, -`//${lastPart(profile.name)}`.length) : profile.name;
  return family.some(({ name, flags }) => name === `${parent}//${hat}` && (flags & ProfileFlag.hat) !== 0);
}

function isAboveLimit(
  { rlimits }: CompiledProfile,
  { resource, value }: Extract<Question, { readonly kind: "rlimit" }>,
): boolean {
  return rlimits !== undefined && ((rlimits.mask >>> resource) & 1) === 1 && value > (rlimits.values[resource] ?? 0n);
}

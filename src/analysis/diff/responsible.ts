/**
 * The lines of a profile that have to do with an access: those that permit it, or those that deny it. A line is found by the patterns that
 * it became, so that it counts whether it is written in the profile or comes through an include.
 */
import { matches } from "../../language/globs/index.ts";
import type { Origin, Profile, Rule } from "../../language/model/index.ts";
import type { TracedAutomaton, TracedPattern } from "../../compiler/compile/index.ts";
import {
  CHANGE_PROFILE,
  MAY_APPEND,
  MAY_CHANGE_PROFILE,
  MAY_EXECUTE,
  MAY_LINK,
  MAY_LOCK,
  MAY_MAP,
  MAY_ONEXEC,
  MAY_READ,
  MAY_WRITE,
  ONEXEC,
  OTHER_SHIFT,
} from "../../compiler/compiled/index.ts";
import { FilePermission } from "../../language/tables/index.ts";

/** A profile's text, as far as it is known what became of it. */
export interface ProfileEvidence {
  readonly profile: Profile;
  readonly automata: readonly TracedAutomaton[];
}

/** What is looked for. */
export interface WantedAccess {
  readonly table: "file" | "policydb";
  /** The whole input, with the class byte of what is no file. */
  readonly input: readonly number[];
  /** Bits of what is granted, as the old encoding has them: one half. */
  readonly bits: number;
  readonly isOwner: boolean;
}

/** The origins of the rules of a mode that match an access and speak of what is granted there, each once. */
export function linesFor(
  { automata }: ProfileEvidence,
  access: WantedAccess,
  mode: "allow" | "deny",
): readonly Origin[] {
  const input = Uint8Array.from(access.input);
  const speaks = (pattern: TracedPattern): boolean =>
    (pattern.mode === "deny") === (mode === "deny") &&
    (halfOf(pattern.permissions, access) & access.bits) !== 0 &&
    matches(pattern.pattern, input);
  const patterns = automata.filter(({ table }) => table === access.table).flatMap((automaton) => automaton.patterns);
  return unique(patterns.filter((pattern) => pattern.origin !== undefined && speaks(pattern)).flatMap(({ origin }) => origin ?? []));
}

function halfOf(permissions: number, { table, isOwner }: WantedAccess): number {
  const isOther = table === "file" && !isOwner;
  return isOther ? (permissions >>> OTHER_SHIFT) | (permissions & (CHANGE_PROFILE | ONEXEC)) : permissions;
}

function unique(origins: readonly Origin[]): readonly Origin[] {
  const keyed = new Map(origins.map((origin) => [`${origin.span.file}\0${origin.span.start}\0${origin.span.end}`, origin]));
  return [...keyed.values()];
}

/** The lines about a capability or a limit. */
export function plainLines(
  { profile }: ProfileEvidence,
  { kind, number }: { readonly kind: string; readonly number: number },
  mode: "allow" | "deny",
): readonly Origin[] {
  const isAbout = (rule: Rule): boolean => {
    if (rule.kind === "rlimit") return kind === "rlimit" && mode === "allow" && rule.resource === number;
    if ((rule.mode === "deny") !== (mode === "deny")) return false;
    if (rule.kind === "all") return kind === "capability";
    return rule.kind === "capability" && kind === "capability" && (rule.capabilities.length === 0 || rule.capabilities.includes(number));
  };
  return unique(profile.rules.filter(isAbout).map(({ origin }) => origin));
}

const packed: readonly (readonly [kernel: number, packed: number])[] = [
  [MAY_EXECUTE, FilePermission.x],
  [MAY_WRITE, FilePermission.w],
  [MAY_READ, FilePermission.r],
  [MAY_APPEND, FilePermission.a],
  [MAY_LINK, FilePermission.l],
  [MAY_LOCK, FilePermission.k],
  [MAY_MAP, FilePermission.m],
  [MAY_CHANGE_PROFILE, CHANGE_PROFILE],
  [MAY_ONEXEC, ONEXEC],
];

/** The kernel's bits of a file as the old encoding has them in a half. */
export function packedFileBits(kernel: number): number {
  return packed.reduce((sum, [bit, own]) => ((kernel & bit) === 0 ? sum : sum | own), 0);
}

/** Which rules of a profile may have an access in common with others. */
import { ok, type Outcome } from "../../foundation/basics/index.ts";
import type { Dfa } from "../../compiler/automata/index.ts";
import { type RulePattern, rulePatterns } from "../../compiler/compile/index.ts";
import type { Profile, Rule, RuleKind } from "../../language/model/index.ts";
import { mayOverlap } from "./overlap.ts";
import { buildProvenance } from "./provenance.ts";
import type { Subject } from "./types.ts";

const FAMILIES: readonly (readonly RuleKind[])[] = [
  ["network", "unix"],
  ["file", "link", "change_profile"],
];

/** Kinds whose rules are written into the same class of an automaton: a network rule for the unix family is one for unix sockets, too. */
export function kindsBeside(kind: RuleKind): readonly RuleKind[] {
  return FAMILIES.find((family) => family.includes(kind)) ?? [kind];
}

/**
 * The rules of a profile that may speak of an access that some rules speak of, in their order: what a profile of these alone says of such
 * accesses is what the whole profile says. Rules whose presence alone counts (changes of profile) are always among them.
 *
 * Errors: a sentence, when the automaton of the rules grows too large.
 * Cost: the patterns of all rules of these kinds, and an automaton of the rules that are given.
 */
export function rulesMeeting(
  rules: readonly Rule[],
  { profile, policy, options }: Omit<Subject, "compiled">,
): Outcome<readonly Rule[], string> {
  const kinds = new Set<RuleKind>(rules.flatMap(({ kind }) => kindsBeside(kind)));
  const isNear = ({ kind }: Rule): boolean => kind === "all" || kinds.has("all") || kinds.has(kind);
  const patternsOf = (some: readonly Rule[]): readonly RulePattern[] =>
    rulePatterns({ ...profile, rules: some }, policy, options, isNear).filter(({ rule }) => rule !== undefined);
  const region = patternsOf(rules);
  const tables = new Map<RulePattern["table"], Dfa>();
  for (const table of ["file", "policydb"] as const) {
    const built = buildProvenance(region.filter((pattern) => pattern.table === table));
    if (!built.ok) return built;
    tables.set(table, built.value.dfa);
  }
  const [silent, meeting] = [new Set(profile.rules.filter(isNear)), new Set<Rule>()];
  for (const { rule, table, pattern } of patternsOf(profile.rules)) {
    const dfa = tables.get(table);
    if (rule === undefined || dfa === undefined) continue;
    silent.delete(rule);
    if (!meeting.has(rule) && mayOverlap(pattern, dfa)) meeting.add(rule);
  }
  return ok(profile.rules.filter((rule) => meeting.has(rule) || silent.has(rule) || rule.kind === "change_profile"));
}

/** The profile with some of its rules, and its children as far as it matters to it that they are there. */
export function profileOf(profile: Profile, rules: readonly Rule[]): Profile {
  return { ...profile, rules, children: profile.children.map((child) => ({ ...child, rules: [], children: [] })) };
}

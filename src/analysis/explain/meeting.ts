/** Which rules of a profile may have an access in common with others. */
import { ok, type Outcome } from "../../foundation/basics/index.ts";
import type { Dfa } from "../../compiler/automata/index.ts";
import { behindNul, type RulePattern, rulePatterns } from "../../compiler/compile/index.ts";
import type { Profile, Rule, RuleKind } from "../../language/model/index.ts";
import { isOfLinks } from "./link-names.ts";
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

/** Finds the rules of one profile that meet others. */
type Meetings = (rules: readonly Rule[]) => Outcome<readonly Rule[], string>;

/**
 * The rules of a profile that may speak of an access that some rules speak of, in their order: what a profile of these alone says of such
 * accesses is what the whole profile says. Rules whose presence alone counts (changes of profile) are always among them.
 *
 * Errors: a sentence, when the automaton of the rules grows too large.
 * Cost: the patterns of all rules of these kinds, once; an automaton of the rules that are given.
 */
export function createMeetings({ profile, policy, options }: Omit<Subject, "compiled">): Meetings {
  const patternsOf = (rules: readonly Rule[]): readonly RulePattern[] =>
    rulePatterns({ ...profile, rules }, policy, options, () => true)
      .filter(({ rule }) => rule !== undefined)
      .flatMap(withPairs);
  const families = new Map<string, Family>();
  for (const rule of profile.rules) {
    const key = familyOf(rule.kind);
    const known = families.get(key);
    if (known === undefined) families.set(key, { rules: [rule], patterns: undefined });
    else known.rules.push(rule);
  }
  return (rules) => {
    const wanted = new Set(rules.map(({ kind }) => familyOf(kind)));
    const near = [...families].flatMap(([key, family]) =>
      key === ALL || wanted.has(ALL) || wanted.has(key) ? [family] : [],
    );
    const region = tablesOf(patternsOf(rules));
    if (!region.ok) return region;
    const meeting = new Set<Rule>();
    for (const family of near) for (const rule of metIn(family, region.value, patternsOf)) meeting.add(rule);
    return ok(profile.rules.filter((rule) => meeting.has(rule) || rule.kind === "change_profile"));
  };
}

type Asked = Omit<Subject, "compiled">;

const asked = new WeakMap<Profile, { readonly subject: Asked; readonly meetings: Meetings }>();

/** The same; what is found out about a profile is kept. */
export function rulesMeeting(rules: readonly Rule[], subject: Asked): ReturnType<Meetings> {
  const known = asked.get(subject.profile);
  const isKnown = known?.subject.policy === subject.policy && known.subject.options === subject.options;
  const meetings = known !== undefined && isKnown ? known.meetings : createMeetings(subject);
  if (!isKnown) asked.set(subject.profile, { subject, meetings });
  return meetings(rules);
}

/** Rules that are compiled into the same. */
interface Family {
  readonly rules: Rule[];
  /** Made when they are first needed. */
  patterns: readonly RulePattern[] | undefined;
}

const ALL = "all";

function familyOf(kind: RuleKind): string {
  return kindsBeside(kind).join();
}

/** The name of a link decides about all its pairs (kernel-abi 7.7). */
function withPairs(pattern: RulePattern): readonly RulePattern[] {
  return isOfLinks(pattern) ? [pattern, { ...pattern, pattern: behindNul(pattern.pattern) }] : [pattern];
}

type Tables = ReadonlyMap<RulePattern["table"], Dfa>;

function tablesOf(region: readonly RulePattern[]): Outcome<Tables, string> {
  const tables = new Map<RulePattern["table"], Dfa>();
  for (const table of ["file", "policydb"] as const) {
    const patterns = region.filter((pattern) => pattern.table === table);
    if (patterns.length === 0) continue;
    const built = buildProvenance(patterns);
    if (!built.ok) return built;
    tables.set(table, built.value.dfa);
  }
  return ok(tables);
}

/** Rules without a pattern (capabilities, limits) are never left out. */
function metIn(
  family: Family,
  tables: Tables,
  patternsOf: (rules: readonly Rule[]) => readonly RulePattern[],
): ReadonlySet<Rule> {
  family.patterns ??= patternsOf(family.rules);
  const silent = new Set(family.rules);
  const met = new Set<Rule>();
  for (const { rule, table, pattern } of family.patterns) {
    if (rule === undefined) continue;
    silent.delete(rule);
    const dfa = tables.get(table);
    if (dfa !== undefined && !met.has(rule) && mayOverlap(pattern, dfa)) met.add(rule);
  }
  return new Set([...met, ...silent]);
}

/** The profile with some of its rules, and its children as far as it matters to it that they are there. */
export function profileOf(profile: Profile, rules: readonly Rule[]): Profile {
  return { ...profile, rules, children: profile.children.map((child) => ({ ...child, rules: [], children: [] })) };
}

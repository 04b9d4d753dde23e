/**
 * Which part of a question is decided by which rules. Every pattern of the profile becomes an automaton with its own label, all of them
 * together one automaton whose outputs say which patterns match; where it meets the automaton of the question, the
 * patterns are weighed as the compiler weighs them, and inputs with one result are one part. Nothing is sampled.
 */
import { fail, ok, type Outcome } from "../../foundation/basics/index.ts";
import { type RulePattern, rulePatterns } from "../../compiler/compile/index.ts";
import { encodeBytes } from "../../foundation/text/index.ts";
import { slashes } from "../../language/globs/index.ts";
import type { Policy, Rule } from "../../language/model/index.ts";
import { type AccessSet, type Grant, isEmpty, type Question, splitSet } from "../sets/index.ts";
import { createJudge, type Judge, type Judgement } from "./judge.ts";
import { asksLinks, provenanceOfLinks, speaksOfNames } from "./link-names.ts";
import { leadsInto, mayOverlap } from "./overlap.ts";
import { type JudgedProvenance, provenanceAtExec } from "./at-exec.ts";
import { buildProvenance, type Provenance, TOO_LARGE } from "./provenance.ts";
import { kindsBeside } from "./meeting.ts";
import { explainValues } from "./values.ts";
import type { ExplainedPart, Explanation, Subject } from "./types.ts";
import { type Meeting, wordingOf } from "./wording.ts";

/**
 * The parts of a question, each with what becomes of it and the rules that decide.
 *
 * Errors: a sentence, when the automata grow too large.
 * Cost: the rules of the profile, and the automata of those that meet the question.
 */
export function explainQuestion(question: Question, subject: Omit<Subject, "compiled">): Outcome<Explanation, string> {
  const { profile, policy, options } = subject;
  // COST: most rules are about something else
  const patterns = rulePatterns(profile, policy, options, mayConcern(question, policy));
  const parts: ExplainedPart[] = [...explainValues(question, subject)];
  for (const table of ["file", "policydb"] as const) {
    const found = explainTable(question, {
      table,
      patterns,
      judge: createJudge(profile),
      hasAliases: policy.aliases.length > 0,
    });
    if (!found.ok) return found;
    parts.push(...found.value);
  }
  const verdict = parts.every(isAllowed) ? "all" : parts.some(isAllowed) ? "some" : "none";
  return ok({
    verdict: parts.length === 0 ? "none" : verdict,
    parts: inOrder(parts, subject.profile.rules),
  });
}

function isAllowed({ outcome }: ExplainedPart): boolean {
  return outcome === "allowed";
}

function inOrder(parts: readonly ExplainedPart[], rules: readonly Rule[]): readonly ExplainedPart[] {
  const place = new Map(rules.map((rule, at) => [rule, at]));
  return parts.map((part) => ({
    ...part,
    rules: part.rules.toSorted((a, b) => (place.get(a) ?? -1) - (place.get(b) ?? -1)),
  }));
}

interface Bench {
  readonly table: "file" | "policydb";
  readonly patterns: readonly RulePattern[];
  readonly judge: Judge;
  readonly hasAliases: boolean;
}

function explainTable(
  { rule: asked, set }: Question,
  { table, patterns: all, judge, hasAliases }: Bench,
): Outcome<readonly ExplainedPart[], string> {
  const part = set[table];
  if (part === undefined || isBare(set, table)) return ok([]);
  const isAtExec = part.isAtExec === true;
  const isOfLinks = table === "file" && !isAtExec && asksLinks(part);
  const isName = isOfLinks ? speaksOfNames(part) : () => false;
  // COST: without it the automata of all that begin alike are built
  const isNear = (pattern: RulePattern): boolean =>
    isAtExec ? pattern.rule?.kind === "change_profile" : mayOverlap(pattern.pattern, part.dfa) || isName(pattern);
  const built = buildProvenance(all.filter((pattern) => pattern.table === table && isNear(pattern)));
  if (!built.ok) return built;
  const provenance = isAtExec
    ? provenanceAtExec(built.value, judge.file)
    : ok(isOfLinks ? provenanceOfLinks(built.value, judge.file) : judged(built.value, judge[table]));
  if (!provenance.ok) return provenance;
  const judgements = new Map<string, Judgement>();
  const meetings: Meeting[] = [];
  const numbers = new Map<Rule, number>();
  const numberOf = (rule: Rule): number => {
    const known = numbers.get(rule) ?? numbers.size;
    numbers.set(rule, known);
    return known;
  };
  const cut = (grant: Grant, output: number): ReadonlyMap<string, Grant> => {
    const { patterns: matching, judgements: found } = provenance.value.judge(grant, output);
    const pieces = new Map<string, Grant>();
    for (const judgement of found) {
      const { outcome, rules, outranked, otherHalf, isImplied, isQuiet, isAudited, piece } = judgement;
      const others = outranked.map(({ rule, reason }) => `${numberOf(rule)}${reason}`);
      const key = JSON.stringify([
        outcome,
        rules.map(numberOf),
        others,
        otherHalf.map(numberOf),
        isImplied,
        isQuiet,
        isAudited,
      ]);
      if (!judgements.has(key)) judgements.set(key, judgement);
      pieces.set(key, joinGrants(pieces.get(key), piece));
    }
    meetings.push({ grant, patterns: matching, pieces });
    return pieces;
  };
  const slices = splitSet(set, { table, dfa: provenance.value.dfa, cut });
  if (!slices.ok) return fail(TOO_LARGE);
  const visited = [...meetings];
  const words = (key: string): readonly string[] | undefined =>
    // a rule is written in the words before its aliases
    hasAliases ? undefined : wordingOf(asked, key, visited);
  return ok(
    [...slices.value].flatMap(([key, slice]) => {
      const judgement = judgements.get(key);
      return judgement === undefined ? [] : [{ ...judgement, ...slice, words: () => words(key) }];
    }),
  );
}

function judged({ dfa, patternsOf }: Provenance, judge: Judge["file"]): JudgedProvenance {
  return {
    dfa,
    judge: (grant, output) => {
      const patterns = patternsOf(output);
      return { patterns, judgements: judge(grant, patterns) };
    },
  };
}

const bare = new WeakMap<AccessSet, Map<string, boolean>>();

/** Whether a table of a set has no access. COST: one question is put to many profiles. */
function isBare(set: AccessSet, table: "file" | "policydb"): boolean {
  const known = bare.get(set) ?? new Map<string, boolean>();
  bare.set(set, known);
  const only = table === "file" ? { policydb: undefined } : { file: undefined };
  const found = known.get(table) ?? isEmpty({ ...set, capabilities: 0n, sockets: [], limits: [], ...only });
  known.set(table, found);
  return found;
}

function joinGrants(left: Grant | undefined, right: Grant): Grant {
  if (left === undefined) return right;
  return { bits: left.bits | right.bits, others: left.others | right.others, execs: [...left.execs, ...right.execs] };
}

/** Whether a rule may speak of a part of a set: by its kind, and by what its path begins with. */
function mayConcern({ rule: asked, set }: Question, { aliases }: Policy): (rule: Rule) => boolean {
  const { file, policydb } = set;
  const leads = new Map<string, boolean>();
  return (rule) => {
    switch (rule.kind) {
      case "all":
        return true;
      case "link":
      case "change_profile":
        return file !== undefined;
      case "file": {
        if (file === undefined) return false;
        // aliases may give it other paths
        if (aliases.length > 0) return true;
        const lead = slashes(/^[\w/.-]*/.exec(rule.path.text)?.[0] ?? "");
        // the last of its letters may be one of several
        const known = leads.get(lead) ?? leadsInto(encodeBytes(lead.slice(0, -1)), file.dfa);
        leads.set(lead, known);
        return known;
      }
      case "rlimit":
        return false;
      case "capability":
      case "dbus":
      case "io_uring":
      case "mount":
      case "mqueue":
      case "network":
      case "ptrace":
      case "signal":
      case "unix":
      case "userns":
        return policydb !== undefined && (asked.kind === "all" || kindsBeside(asked.kind).includes(rule.kind));
    }
  };
}

/**
 * A part of a question about files in words that are there already: the question's, except what rules of the policy say. Whether
 * that is the part is seen at every pair of what is asked and the patterns that match there, which were visited to cut the question into parts.
 *
 * COST: rules for an automaton are searched for, which takes long where something is cut out of a glob by another glob.
 */
import type { RulePattern } from "../../compiler/compile/index.ts";
import { OTHER_SHIFT } from "../../compiler/compiled/index.ts";
import { printRule } from "../../language/edit/index.ts";
import type { Rule } from "../../language/model/index.ts";
import { FileBit, type Grant } from "../sets/index.ts";

/** What was asked somewhere, the patterns that match there, and what of it belongs to which part. */
export interface Meeting {
  readonly grant: Grant;
  readonly patterns: readonly RulePattern[];
  readonly pieces: ReadonlyMap<string, Grant>;
}

/** Letters that rules speak of one by one, and for each half. */
const PLAIN = FileBit.r | FileBit.w | FileBit.a | FileBit.k | FileBit.m;
/** Rules that are named as exceptions. */
const MOST_EXCEPTIONS = 7;

type FileRule = Extract<Rule, { readonly kind: "file" }>;

interface Halves {
  readonly owner: number;
  readonly other: number;
}

const nobody: Halves = { owner: 0, other: 0 };

/** The lines for a part, all of it and nothing else; `undefined`: these words do not say it. */
export function wordingOf(asked: Rule, part: string, meetings: readonly Meeting[]): readonly string[] | undefined {
  // links are about pairs, and programs are executed in one way of many
  if (asked.kind !== "file" || (asked.permissions & (FileBit.l | FileBit.x)) !== 0) return undefined;
  const pieces = meetings.flatMap(({ pieces: all }) => all.get(part) ?? []);
  const wanted = pieces.reduce((sum, piece) => join(sum, halvesOf(piece)), nobody);
  const letters = wanted.owner | wanted.other;
  const isUneven = wanted.owner !== 0 && wanted.other !== 0 && wanted.owner !== wanted.other;
  const isLoneWrite = (letters & FileBit.w) !== 0 && (letters & FileBit.a) === 0;
  if (isUneven || isLoneWrite || (letters & ~PLAIN) !== 0 || pieces.some(({ execs }) => execs.length > 0))
    return undefined;
  const exceptions = exceptionsOf(part, wanted, meetings);
  if (exceptions === undefined) return undefined;
  const owner = wanted.other === 0 ? "owner" : wanted.owner === 0 ? "other" : "any";
  return [line(asked, letters, owner), ...exceptions.map((rule) => `audit deny ${line(rule, letters, rule.owner)}`)];
}

function line(rule: FileRule, letters: number, owner: FileRule["owner"]): string {
  // who writes may append, too, and does not say so
  const spoken = rule.permissions | ((rule.permissions & FileBit.w) === 0 ? 0 : FileBit.a);
  const own = spoken & letters;
  const permissions = (own & FileBit.w) === 0 ? own : own & ~FileBit.a;
  return printRule({ kind: "file", path: rule.path.written, permissions, owner });
}

function exceptionsOf(part: string, wanted: Halves, meetings: readonly Meeting[]): readonly FileRule[] | undefined {
  const chosen = new Set<FileRule>();
  const left = ({ grant, patterns, pieces }: Meeting): { readonly more: Halves; readonly isMissing: boolean } => {
    const whole = meet(halvesOf(grant), wanted);
    const said = cut(whole, saidBy(patterns, chosen));
    const piece = halvesOf(pieces.get(part) ?? none);
    return { more: cut(said, piece), isMissing: !isNone(cut(piece, said)) };
  };
  for (const meeting of meetings) {
    const { more } = left(meeting);
    if (isNone(more)) continue;
    // one that says just what is too much here
    const found = meeting.patterns.find(
      (pattern) => isNameable(pattern) && isNone(cut(more, saidHalves(pattern))),
    )?.rule;
    if (found?.kind !== "file" || chosen.size === MOST_EXCEPTIONS) return undefined;
    chosen.add(found);
  }
  const isSaid = meetings.every((meeting) => {
    const { more, isMissing } = left(meeting);
    return isNone(more) && !isMissing;
  });
  return isSaid ? [...chosen] : undefined;
}

const none: Grant = { bits: 0, others: 0, execs: [] };

/** Rules that are one pattern, which says in writing what it says here. */
function isNameable({ rule }: RulePattern): boolean {
  return rule?.kind === "file" && rule.exec === undefined && rule.linkTarget === undefined && !rule.subset;
}

function saidBy(patterns: readonly RulePattern[], rules: ReadonlySet<Rule>): Halves {
  return patterns.reduce(
    (sum, pattern) => (pattern.rule !== undefined && rules.has(pattern.rule) ? join(sum, saidHalves(pattern)) : sum),
    nobody,
  );
}

function cut(halves: Halves, by: Halves): Halves {
  return { owner: halves.owner & ~by.owner, other: halves.other & ~by.other };
}

function halvesOf({ bits, others }: Grant): Halves {
  return { owner: bits, other: others };
}

function saidHalves({ permissions }: RulePattern): Halves {
  return { owner: permissions & PLAIN, other: (permissions >>> OTHER_SHIFT) & PLAIN };
}

function join(one: Halves, more: Halves): Halves {
  return { owner: one.owner | more.owner, other: one.other | more.other };
}

function meet(one: Halves, more: Halves): Halves {
  return { owner: one.owner & more.owner, other: one.other & more.other };
}

function isNone({ owner, other }: Halves): boolean {
  return owner === 0 && other === 0;
}

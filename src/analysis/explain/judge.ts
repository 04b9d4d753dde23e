/** From the patterns that match an input to what becomes of each permission asked for there, and by which rules (compile-semantics 4). */
import type { RulePattern } from "../../compiler/compile/index.ts";
import {
  execIndex,
  type ExecType,
  OTHER_SHIFT,
  unpackPolicydbBits,
  XINDEX_INDEX,
} from "../../compiler/compiled/index.ts";
import { bareRules, type Profile, type Rule } from "../../language/model/index.ts";
import { type Claim, claim, type Verdict, weigh } from "../monitor/index.ts";
import { FileBit, type Grant } from "../sets/index.ts";
import type { OutrankedRule, PartOutcome } from "./types.ts";

/** What becomes of a piece of a grant. */
export interface Judgement {
  readonly outcome: PartOutcome;
  readonly rules: readonly Rule[];
  readonly outranked: readonly OutrankedRule[];
  readonly otherHalf: readonly Rule[];
  readonly isImplied: boolean;
  readonly isQuiet: boolean;
  readonly isAudited: boolean;
  readonly piece: Grant;
}

/** Of these bits of the policydb exact patterns come first, as of x (compile-semantics 4.7): pivot_root and setattr. */
const EXACT_FIRST: ReadonlySet<number> = new Set([0x1, 0x100]);
const HALF = 0x7f;
const CHANGE = 0x80000000;
const ONEXEC = 0x40000000;
const SUBSET = FileBit.k;

type Half = "owner" | "other";

/** Judges patterns of one profile. */
export interface Judge {
  readonly file: (grant: Grant, patterns: readonly RulePattern[]) => readonly Judgement[];
  readonly policydb: (grant: Grant, patterns: readonly RulePattern[]) => readonly Judgement[];
}

export function createJudge(profile: Profile): Judge {
  const nobody = impliedBy(profile);
  const claimOf = (pattern: RulePattern, bits: number): Claim => ({
    ...claim(pattern.rule ?? nobody, bits),
    mode: pattern.mode,
    priority: pattern.priority,
    audit: pattern.mode === "deny" ? (pattern.audit & pattern.permissions) === 0 : pattern.audit !== 0,
    exact: pattern.exact,
  });
  return {
    file: (grant, patterns) => judgeFile(grant, patterns, { claimOf, nobody }),
    policydb: ({ bits }, patterns) => {
      const claims = patterns.map((pattern) => claimOf(pattern, unpackPolicydbBits(pattern.permissions)));
      return bitsIn(bits).map((bit) => {
        const verdict = weigh(claims, bit, EXACT_FIRST.has(bit));
        return judged({ verdict, claims, piece: { bits: bit, others: 0, execs: [] }, nobody, bit });
      });
    },
  };
}

/** Stands for the profile itself. */
function impliedBy(profile: Profile): Rule {
  const change = profile.rules.find(({ kind }) => kind === "change_profile");
  return { ...bareRules.file, mode: "implicit", audit: false, priority: 0, origin: (change ?? profile).origin };
}

function bitsIn(word: number): readonly number[] {
  return Array.from({ length: 31 }, (_, place) => 1 << place).filter((bit) => (word & bit) !== 0);
}

interface Bench {
  readonly claimOf: (pattern: RulePattern, bits: number) => Claim;
  readonly nobody: Rule;
}

interface HalfClaims {
  readonly claims: readonly Claim[];
  readonly execs: ReadonlyMap<Claim, ExecType>;
}

function judgeFile(grant: Grant, patterns: readonly RulePattern[], bench: Bench): readonly Judgement[] {
  const halves = { owner: halfClaims(patterns, "owner", bench), other: halfClaims(patterns, "other", bench) };
  return (["owner", "other"] as const).flatMap((half) => {
    const asked = half === "owner" ? grant.bits : grant.others;
    const execs = grant.execs.filter((exec) => exec.startsWith(half));
    const own = halves[half];
    const across = halves[half === "owner" ? "other" : "owner"].claims;
    const piece = (bit: number): Grant => ({
      bits: half === "owner" ? bit : 0,
      others: half === "other" ? bit : 0,
      execs: [],
    });
    return [
      ...bitsIn(asked).map((bit) => judgeBit(bit, piece(bit), own, { across, nobody: bench.nobody })),
      ...execs.map((exec) => judgeExec(exec, own, { across, nobody: bench.nobody })),
    ];
  });
}

/** Bits of a half as grants have them. */
function halfClaims(patterns: readonly RulePattern[], half: Half, { claimOf }: Bench): HalfClaims {
  const execs = new Map<Claim, ExecType>();
  const claims = patterns.map((pattern) => {
    const own = half === "owner" ? pattern.permissions : pattern.permissions >>> OTHER_SHIFT;
    const change = (pattern.permissions & CHANGE) === 0 ? 0 : FileBit.change;
    const onexec = (pattern.permissions & ONEXEC) === 0 ? 0 : FileBit.onexec;
    const made = claimOf(pattern, (own & HALF) | change | onexec);
    if (pattern.exec !== undefined) execs.set(made, pattern.exec);
    return made;
  });
  return { claims, execs };
}

interface Surroundings {
  /** What is claimed in the other half. */
  readonly across: readonly Claim[];
  readonly nobody: Rule;
}

function judgeBit(bit: number, piece: Grant, half: HalfClaims, around: Surroundings): Judgement {
  const { claims } = half;
  if (bit === FileBit.freeLink) {
    const link = judged({ verdict: weigh(claims, FileBit.l), claims, piece, bit: FileBit.l, ...around });
    const isTested = weigh(claims, SUBSET).outcome === "allow";
    return link.outcome === "allowed" && isTested ? { ...link, outcome: "subset-only" } : link;
  }
  const verdict = weigh(claims, bit, bit === FileBit.x);
  const mapped = bit === FileBit.m ? withImpliedMap(verdict, half) : verdict;
  // how a change of profile is logged has no place in the automaton
  const isChange = bit === FileBit.change || bit === FileBit.onexec;
  const found = isChange ? { ...mapped, quiet: false, audit: false } : mapped;
  return judged({ verdict: found, claims, piece, bit, ...around });
}

/** An inherited exec maps the file (compile-semantics 4.4). */
function withImpliedMap(map: Verdict, { claims, execs }: HalfClaims): Verdict {
  if (map.outcome === "allow" || map.outcome === "deny") return map;
  const exec = weigh(claims, FileBit.x, true);
  const inherits = exec.winners.some((winner) => execs.get(winner)?.inherit === true);
  return exec.outcome === "allow" && inherits && map.rank <= exec.rank
    ? { ...exec, bit: FileBit.m, audit: false }
    : map;
}

function judgeExec(exec: string, half: HalfClaims, around: Surroundings): Judgement {
  const { claims, execs } = half;
  const piece: Grant = { bits: 0, others: 0, execs: [exec] };
  const verdict = weigh(claims, FileBit.x, true);
  const found = judged({ verdict, claims, piece, bit: FileBit.x, ...around });
  const winner = verdict.winners.map((one) => execs.get(one)).find((type) => type !== undefined);
  const isSame = winner !== undefined && exec.endsWith(` ${execWord(winner)}`);
  return found.outcome === "allowed" && !isSame ? { ...found, outcome: "other-transition" } : found;
}

/** As grants name a transition: the kernel's word without the place in the table, and the name. */
function execWord(type: ExecType): string {
  return `${((execIndex(type, 0) & ~XINDEX_INDEX) >>> 0).toString(16)} ${type.target === "named" ? type.name : ""}`;
}

const outcomes = { allow: "allowed", deny: "denied", prompt: "asked", unmentioned: "unmentioned" } as const;

interface Facts extends Partial<Surroundings> {
  readonly verdict: Verdict;
  readonly claims: readonly Claim[];
  readonly piece: Grant;
  readonly bit: number;
  readonly nobody: Rule;
}

function judged({ verdict, claims, piece, bit, nobody, across = [] }: Facts): Judgement {
  const winners = verdict.winners.map(({ rule }) => rule);
  const losers = claims.filter(
    (one) => (one.bits & bit) !== 0 && !verdict.winners.includes(one) && !winners.includes(one.rule),
  );
  const isUnmentioned = verdict.outcome === "unmentioned";
  return {
    outcome: outcomes[verdict.outcome],
    rules: [...new Set(winners)].filter((rule) => rule !== nobody),
    // a rule may have become several patterns
    outranked: [...new Map(losers.map((loser) => [loser.rule, reasonOf(verdict, loser)]))].map(([rule, reason]) => ({
      rule,
      reason,
    })),
    otherHalf: isUnmentioned
      ? [...new Set(across.filter((one) => (one.bits & bit) !== 0 && one.mode === "allow").map(({ rule }) => rule))]
      : [],
    isImplied: winners.includes(nobody),
    isQuiet: verdict.quiet,
    isAudited: verdict.audit,
    piece,
  };
}

function reasonOf({ winners: [winner] }: Verdict, loser: Claim): OutrankedRule["reason"] {
  if (winner === undefined || winner.priority !== loser.priority) return "priority";
  if (winner.mode === "deny") return "deny";
  return loser.mode === "prompt" ? "prompt" : "exact";
}

/**
 * Permission resolution: from the labels of all patterns that match an input to what is allowed there (compile-semantics
 * 4). A pure function of the set. Idea: every label becomes one or two candidates with a rank; ranks are taken from
 * the highest down, and every bit goes to the candidates of the first rank that mentions it.
 */
import { BARE_EXEC } from "./exec-types.ts";
import { HALF, MMAP, OTHER_SHIFT, X, X_BITS } from "../compiled/index.ts";

/** What a pattern carries. */
export interface Effect {
  readonly table: "file" | "policydb";
  readonly priority: number;
  readonly mode: "allow" | "deny" | "prompt";
  /** The pattern has no wildcard (2.5). */
  readonly exact: boolean;
  readonly permissions: number;
  /** Bits to audit; of a deny rule, bits to keep quiet about. */
  readonly audit: number;
  /** Number of the exec type of the halves whose x is set. */
  readonly exec: number;
}

/** What a state allows. Bits are unsigned. */
export interface Resolved {
  readonly table: "file" | "policydb";
  readonly allow: number;
  readonly prompt: number;
  readonly audit: number;
  readonly quiet: number;
  /** Exec types of the two halves; `BARE_EXEC` where x is not allowed. */
  readonly execOwner: number;
  readonly execOther: number;
  /** Two winning rules want different exec types: the effects, by place in the input. */
  readonly conflict: readonly [number, number] | undefined;
}

interface Candidate {
  readonly rank: number;
  readonly effect: Effect;
  readonly place: number;
  readonly bits: number;
}

/** Grows while ranks are taken. */
interface Tally {
  allow: number;
  deny: number;
  prompt: number;
  audit: number;
  quiet: number;
  exec: [number, number];
  execFrom: [number, number];
  rankX: [number, number];
  rankM: [number, number];
  conflict: readonly [number, number] | undefined;
}

/** Lower than any rank: never mentioned. */
const UNMENTIONED = -1e9;

/**
 * Resolves the effects of one state; their order matters only to which two are named as a conflict.
 * `inherits` tells which exec types keep the profile: those bring m with them.
 */
export function resolveEffects(effects: readonly Effect[], inherits: (exec: number) => boolean): Resolved {
  const candidates = effects.flatMap(rankEffect).toSorted((a, b) => b.rank - a.rank);
  const tally: Tally = {
    allow: 0,
    deny: 0,
    prompt: 0,
    audit: 0,
    quiet: 0,
    exec: [BARE_EXEC, BARE_EXEC],
    execFrom: [-1, -1],
    rankX: [UNMENTIONED, UNMENTIONED],
    rankM: [UNMENTIONED, UNMENTIONED],
    conflict: undefined,
  };
  let taken = 0;
  for (let start = 0; start < candidates.length;) {
    const end = endOfRank(candidates, start);
    let mentioned = 0;
    for (const candidate of candidates.slice(start, end)) {
      takeBits(tally, candidate, candidate.bits & ~taken);
      mentioned |= candidate.bits;
    }
    taken |= mentioned;
    start = end;
  }
  return finish(tally, effects[0]?.table ?? "policydb", inherits);
}

function endOfRank(candidates: readonly Candidate[], start: number): number {
  const rank = candidates[start]?.rank;
  let end = start + 1;
  while (end < candidates.length && candidates[end]?.rank === rank) end += 1;
  return end;
}

/**
 * Ranks (4.1): deny 3, exact allow 2 for the x bits, allow 1, prompt 0. They are added to four times the priority, so that every rank
 * of a higher priority is above all ranks of a lower one and a single number decides.
 */
function rankEffect(effect: Effect, place: number): Candidate[] {
  const base = 4 * effect.priority;
  const bits = effect.permissions | effect.audit;
  if (effect.mode === "deny") return [{ rank: base + 3, effect, place, bits }];
  if (effect.mode === "prompt") return [{ rank: base, effect, place, bits }];
  if (!effect.exact) return [{ rank: base + 1, effect, place, bits }];
  return [
    { rank: base + 2, effect, place, bits: bits & X_BITS },
    { rank: base + 1, effect, place, bits: bits & ~X_BITS },
  ];
}

function takeBits(tally: Tally, candidate: Candidate, bits: number): void {
  const { effect, rank } = candidate;
  const own = effect.permissions & bits;
  if (effect.mode === "deny") {
    tally.deny |= own;
    tally.quiet |= effect.audit & bits;
  } else {
    if (effect.mode === "allow") tally.allow |= own;
    else tally.prompt |= own;
    tally.audit |= effect.audit & bits;
  }
  for (const half of [0, 1] as const) {
    const mine = (bits >>> (half * OTHER_SHIFT)) & HALF;
    if ((mine & X) !== 0) tally.rankX[half] = Math.max(tally.rankX[half], rank);
    if ((mine & MMAP) !== 0) tally.rankM[half] = Math.max(tally.rankM[half], rank);
    const executes = effect.mode === "allow" && ((own >>> (half * OTHER_SHIFT)) & X) !== 0;
    if (executes && effect.table === "file") takeExec(tally, half, candidate);
  }
}

function takeExec(tally: Tally, half: 0 | 1, candidate: Candidate): void {
  const from = tally.execFrom[half];
  if (from >= 0 && tally.exec[half] !== candidate.effect.exec) tally.conflict ??= [from, candidate.place];
  if (from >= 0) return;
  tally.exec[half] = candidate.effect.exec;
  tally.execFrom[half] = candidate.place;
}

/** Adds the m that comes with an inheriting exec (4.4), then filters what is denied (4.6). */
function finish(tally: Tally, table: Effect["table"], inherits: (exec: number) => boolean): Resolved {
  let allow = tally.allow;
  for (const half of [0, 1] as const) {
    const executes = tally.execFrom[half] >= 0 && inherits(tally.exec[half]);
    if (executes && tally.rankM[half] <= tally.rankX[half]) allow |= MMAP << (half * OTHER_SHIFT);
  }
  allow &= ~tally.deny;
  const prompt = tally.prompt & ~tally.deny & ~allow;
  return {
    table,
    allow: allow >>> 0,
    prompt: prompt >>> 0,
    audit: (tally.audit & (allow | prompt)) >>> 0,
    quiet: (tally.quiet & ~allow) >>> 0,
    execOwner: tally.exec[0],
    execOther: tally.exec[1],
    conflict: tally.conflict,
  };
}

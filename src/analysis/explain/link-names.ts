/**
 * What the name of a link says of it: it must carry `l` by itself (kernel-abi 7.7). Whoever grants a pair of names grants the first of them, so
 * that only a `prompt` rule of a higher priority makes a difference.
 */
import { behindNul, type RulePattern } from "../../compiler/compile/index.ts";
import { OTHER_SHIFT } from "../../compiler/compiled/index.ts";
import { FileBit, type Grant } from "../sets/index.ts";
import type { Judge, Judgement } from "./judge.ts";

const LINK = FileBit.l | (FileBit.l << OTHER_SHIFT);
const LINKS = FileBit.l | FileBit.freeLink;

/** For each pattern of names that speaks of links one of all their pairs; none where names never decide. */
export function patternsOfNames(patterns: readonly RulePattern[]): readonly RulePattern[] {
  const ofLinks = patterns.filter(({ permissions }) => (permissions & LINK) !== 0);
  if (ofLinks.every(({ mode }) => mode !== "prompt")) return [];
  return ofLinks.map((one) => ({ ...one, pattern: behindNul(one.pattern), permissions: one.permissions & LINK }));
}

/** Judges pairs by their names, too, which are among the patterns. */
export function judgeWithNames(judge: Judge["file"], names: readonly RulePattern[]): Judge["file"] {
  if (names.length === 0) return judge;
  const known = new Set(names);
  return (grant, patterns) => {
    const ofNames = patterns.filter((one) => known.has(one));
    const ofPairs = patterns.filter((one) => !known.has(one));
    const refused = (half: "bits" | "others"): Judgement | undefined => {
      const asked: Grant = { bits: 0, others: 0, execs: [], [half]: FileBit.l };
      const [found] = ofNames.length === 0 ? [] : judge(asked, ofNames);
      return found?.outcome === "allowed" ? undefined : found;
    };
    const [owner, others] = [refused("bits"), refused("others")];
    return judge(grant, ofPairs).map((found) => {
      const { bits, others: otherBits } = found.piece;
      const name = (bits & LINKS) !== 0 ? owner : (otherBits & LINKS) !== 0 ? others : undefined;
      const isDecided = name !== undefined && (found.outcome === "allowed" || found.outcome === "subset-only");
      return isDecided ? { ...name, piece: found.piece } : found;
    });
  };
}

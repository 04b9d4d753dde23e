/** Which rules decide about links: a name must carry `l` by itself, and then the pair of names must (kernel-abi 7.7). */
import { type Dfa, step } from "../../compiler/automata/index.ts";
import type { RulePattern } from "../../compiler/compile/index.ts";
import { BOTH_LINK } from "../../compiler/compiled/index.ts";
import { behindNames, FileBit, type Grant, type SetPart } from "../sets/index.ts";
import type { JudgedProvenance } from "./at-exec.ts";
import type { Judge, Judgement } from "./judge.ts";
import { mayOverlap } from "./overlap.ts";
import type { Provenance } from "./provenance.ts";

const LINKS = FileBit.l | FileBit.freeLink;
const asked: Grant = { bits: FileBit.l, others: FileBit.l, execs: [] };

/** Whether a part of a question has links. */
export function asksLinks({ grants }: SetPart): boolean {
  return grants.some(({ bits, others }) => ((bits | others) & LINKS) !== 0);
}

/** Asks of patterns whether they speak of the names of links that a part has. */
export function speaksOfNames({ dfa }: SetPart): (pattern: RulePattern) => boolean {
  const names: Dfa = { ...dfa, outputs: dfa.outputs.map((_, state) => Number(hasPairs(dfa, state))) };
  return (pattern) => isOfLinks(pattern) && mayOverlap(pattern.pattern, names);
}

function hasPairs(dfa: Dfa, state: number): boolean {
  return state !== 0 && step(dfa, state, 0) !== 0;
}

/** Whether a pattern gives or takes links, as a name of them or a pair. */
export function isOfLinks({ table, permissions }: RulePattern): boolean {
  return table === "file" && (permissions & BOTH_LINK) !== 0;
}

/** What becomes of the halves of a name that is refused one of them; `undefined` for one that is allowed. */
interface Name {
  readonly owner: Judgement | undefined;
  readonly other: Judgement | undefined;
}

const anyName: Name = { owner: undefined, other: undefined };

/** Judges pairs by their names, too. The patterns of names are among the others. */
export function provenanceOfLinks({ dfa, patternsOf }: Provenance, judge: Judge["file"]): JudgedProvenance {
  const names = [anyName];
  const classes = new Map<string, number>();
  const labels = new Map<RulePattern, number>();
  const classOf = (state: number): number => {
    const patterns = patternsOf(dfa.outputs[state] ?? 0).filter(isOfLinks);
    for (const pattern of patterns) if (!labels.has(pattern)) labels.set(pattern, labels.size);
    const key = patterns.map((pattern) => labels.get(pattern)).join();
    const known = classes.get(key);
    if (known !== undefined) return known;
    const [owner, other] = judge(asked, patterns).map((found) => (found.outcome === "allowed" ? undefined : found));
    const made = owner === undefined && other === undefined ? 0 : names.push({ owner, other }) - 1;
    classes.set(key, made);
    return made;
  };
  const { dfa: made, states } = behindNames(dfa, classOf);
  const meetings = [{ output: 0, name: 0 }];
  const numbers = new Map([["0 0", 0]]);
  const outputs = made.outputs.map((at) => {
    const { state, name } = states[at] ?? { state: 0, name: 0 };
    const output = dfa.outputs[state] ?? 0;
    const key = `${output} ${name}`;
    const number = numbers.get(key) ?? meetings.push({ output, name }) - 1;
    numbers.set(key, number);
    return number;
  });
  return {
    dfa: { ...made, outputs },
    judge: (grant, at) => {
      const { output, name } = meetings[at] ?? { output: 0, name: 0 };
      const patterns = patternsOf(output);
      return { patterns, judgements: judge(grant, patterns).map((found) => byName(found, names[name] ?? anyName)) };
    },
  };
}

/** A link whose pair is allowed is what its name is. */
function byName(found: Judgement, { owner, other }: Name): Judgement {
  const { bits, others } = found.piece;
  const name = (bits & LINKS) !== 0 ? owner : (others & LINKS) !== 0 ? other : undefined;
  const isByPair = name === undefined || (found.outcome !== "allowed" && found.outcome !== "subset-only");
  return isByPair ? found : { ...name, piece: found.piece };
}

/** Which rules decide under which label a program is run that is to change its label when it is executed (kernel-abi 7.8). */
import { fail, ok, type Outcome } from "../../foundation/basics/index.ts";
import type { Dfa } from "../../compiler/automata/index.ts";
import type { RulePattern } from "../../compiler/compile/index.ts";
import { atExec, FileBit, type Grant } from "../sets/index.ts";
import type { Judge, Judgement } from "./judge.ts";
import { type Provenance, TOO_LARGE } from "./provenance.ts";

/** An automaton beside a question, and what becomes of a grant at each of its outputs. */
export interface JudgedProvenance {
  readonly dfa: Dfa;
  readonly judge: (
    grant: Grant,
    output: number,
  ) => { readonly patterns: readonly RulePattern[]; readonly judgements: readonly Judgement[] };
}

const asked: Grant = { bits: FileBit.onexec, others: 0, execs: [] };

/** Errors: a sentence, when the automaton grows too large. */
export function provenanceAtExec(
  { dfa, patternsOf }: Provenance,
  judge: Judge["file"],
): Outcome<JudgedProvenance, string> {
  const programs = new Map<number, Judgement | undefined>();
  const programAt = (output: number): Judgement | undefined => {
    if (!programs.has(output)) programs.set(output, judge(asked, patternsOf(output))[0]);
    return programs.get(output);
  };
  const isNamed = (output: number): boolean => programAt(output)?.outcome === "allowed";
  const meetings = [{ program: 0, pair: 0, label: 0 }];
  const numbers = new Map<string, number>();
  const join = (program: number, pair: number, label: number): number => {
    const key = `${program} ${pair} ${label}`;
    const known = numbers.get(key) ?? meetings.length;
    if (known === meetings.length) {
      numbers.set(key, known);
      meetings.push({ program, pair, label });
    }
    return known;
  };
  const made = atExec(dfa, { isNamed, join });
  if (!made.ok) return fail(TOO_LARGE);
  return ok({
    dfa: made.value,
    judge: (grant, output) => {
      const { program, pair, label } = meetings[output] ?? { program: 0, pair: 0, label: 0 };
      const [labels, pairs] = [label, pair].map((one) => judge(grant, patternsOf(one)));
      const judgements = (labels ?? []).map((own, at) => decided(programAt(program), pairs?.[at], own));
      return { patterns: patternsOf(label), judgements };
    },
  });
}

/** The label must be allowed, and with a program that rules name the pair as well; who denies the program its name decides, too. */
function decided(program: Judgement | undefined, pair: Judgement | undefined, label: Judgement): Judgement {
  if (label.outcome !== "allowed" || pair === undefined) return label;
  if (program?.outcome !== "allowed") {
    const nameless = program?.outcome === "denied" && pair.outcome !== "allowed" ? program.rules : [];
    return { ...label, rules: [...new Set([...label.rules, ...nameless])] };
  }
  return pair.outcome === "allowed" ? { ...pair, rules: [...new Set([...pair.rules, ...label.rules])] } : pair;
}

/**
 * Exec conflicts in a finished automaton (compile-semantics 4.5): a state where two winning rules want different transitions is a
 * special output. The input that leads there is the witness, and the rules are found by asking their patterns about it.
 */
import { sentence } from "../../foundation/diagnostics/index.ts";
import { decodeBytes } from "../../foundation/text/index.ts";
import { matches } from "../../language/globs/index.ts";
import { type Dfa, type Label, type Output, witnesses } from "../automata/index.ts";
import type { LabelledPattern } from "./build-key.ts";
import type { Emission, RuleContext } from "./context.ts";
import type { EncodingSession } from "./session.ts";

/** A pattern, the label it has in the automaton, and where it comes from. */
export interface LabelledEmission extends LabelledPattern {
  readonly emission: Emission;
}

/** Conflicts reported for one profile. One pair of broad rules can conflict in every state: more messages would not help. */
const MOST_REPORTED = 20;
/** COST: each is a match of its pattern against the witness, for every conflict; thousands of rules may share a label. */
const MOST_ASKED = 200;

/** Reports every pair of rules that conflict somewhere, with the shortest path that shows it, and tells whether there are any. */
export function reportConflicts(
  dfa: Dfa,
  patterns: readonly LabelledEmission[],
  session: EncodingSession,
  context: Pick<RuleContext, "report">,
): boolean {
  if (!session.effects.hasConflicts()) return false;
  const conflicts = conflictsOf(dfa, session);
  if (conflicts.length === 0) return false;
  const inputs = witnesses(dfa);
  const shown = conflicts.map(({ output, pair }) => {
    const witness = inputs.get(output) ?? [];
    return { witness, rules: rulesOf(pair, witness, patterns) };
  });
  // INVARIANT: the order is that of the paths, whatever numbers this session gave to outputs and labels.
  const sorted = shown.toSorted((a, b) => compareWitnesses(a.witness, b.witness));
  for (const { rules, witness } of sorted.slice(0, MOST_REPORTED)) {
    const [first, second] = rules.map(({ emission }) => emission.origin);
    const at = second ?? first;
    if (at === undefined) continue;
    const path = decodeBytes(Uint8Array.from(witness));
    context.report(
      "compile/exec-conflict",
      at,
      sentence`two rules of equal rank name different exec transitions for ${{ path }}`,
      {
        label: "wants another transition",
        also: first === undefined ? [] : [{ span: first.span, message: "than this rule" }],
      },
    );
  }
  return true;
}

function compareWitnesses(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return a.length - b.length;
  const index = a.findIndex((byte, place) => byte !== b[place]);
  return index < 0 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}

/** The rules behind the labels, in their own order. */
function rulesOf(
  pair: readonly [Label, Label],
  witness: readonly number[],
  patterns: readonly LabelledEmission[],
): readonly LabelledEmission[] {
  return pair
    .flatMap((label) => findPattern(label, witness, patterns) ?? [])
    .toSorted((a, b) => patterns.indexOf(a) - patterns.indexOf(b));
}

interface Conflict {
  readonly output: Output;
  readonly pair: readonly [Label, Label];
}

/** Every pair of labels in conflict, with the first output that shows it. */
function conflictsOf(dfa: Dfa, session: EncodingSession): readonly Conflict[] {
  const found = new Map<string, Conflict>();
  for (const output of dfa.outputs) {
    const pair = output === 0 ? undefined : session.effects.resolved(output).conflict;
    if (pair !== undefined && !found.has(pair.join())) found.set(pair.join(), { output, pair });
  }
  return [...found.values()];
}

/** A pattern of this profile that carries the label and matches the input. */
function findPattern(
  label: Label,
  input: readonly number[],
  patterns: readonly LabelledEmission[],
): LabelledEmission | undefined {
  const bytes = Uint8Array.from(input);
  const candidates = patterns.filter((pattern) => pattern.label === label).slice(0, MOST_ASKED);
  return candidates.find(({ emission }) => matches(emission.pattern, bytes)) ?? candidates[0];
}

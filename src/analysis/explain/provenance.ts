/** Automata whose outputs say which patterns match. */
import { fail, ok, type Outcome } from "../../foundation/basics/index.ts";
import { type AutomataSession, createAutomata, type Dfa } from "../../compiler/automata/index.ts";
import { patternTerms, type RulePattern } from "../../compiler/compile/index.ts";

export const TOO_LARGE = "the question and the rules it meets multiply to more states than can be compared";

export interface Provenance {
  readonly dfa: Dfa;
  readonly patternsOf: (output: number) => readonly RulePattern[];
}

/** States the rules that meet one question may need. */
const MOST_STATES = 2 ** 18;

interface Workshop {
  readonly automata: AutomataSession;
  readonly before: ReturnType<typeof patternTerms>;
  /** For each output the labels of the patterns that match. */
  readonly sets: (readonly number[])[];
}

function createWorkshop(): Workshop {
  const sets: (readonly number[])[] = [[]];
  const numbers = new Map<string, number>();
  const combine = (labels: readonly number[]): number => {
    const key = labels.join();
    const known = numbers.get(key) ?? sets.length;
    if (known === sets.length) {
      numbers.set(key, known);
      sets.push(labels);
    }
    return known;
  };
  const automata = createAutomata({ combine, maxStates: MOST_STATES });
  return { automata, before: patternTerms(automata), sets };
}

/** What a session may hold before a new one is begun. */
const MOST_BYTES = 2 ** 24;
let workshop: Workshop | undefined;

/** COST: a session is an instance of the engine, which costs more than a small automaton; labels are places in a list, so that sessions can be shared. */
function openWorkshop(): Workshop {
  if (workshop === undefined || workshop.automata.statistics().bytes > MOST_BYTES) workshop = createWorkshop();
  return workshop;
}

/** One automaton of all the patterns. Errors: a sentence, when it grows too large. */
export function buildProvenance(patterns: readonly RulePattern[]): Outcome<Provenance, string> {
  const { automata, before, sets } = openWorkshop();
  const built = automata.build(patterns.map(({ pattern }, label) => before(pattern, automata.accept(label))));
  if (!built.ok) return fail(TOO_LARGE);
  const patternsOf = (output: number): readonly RulePattern[] =>
    (sets[output] ?? []).flatMap((label) => patterns[label] ?? []);
  return ok({ dfa: built.value, patternsOf });
}

/** A compilation session: what callers see of the engine. */
import { fail, invariant, ok, type Outcome } from "../../foundation/basics/index.ts";
import { openEngine } from "./engine/open.ts";
import type { Engine } from "./engine/types.ts";
import type { AutomataOptions, AutomataSession, Dfa, Explosion, Term } from "./types.ts";

const MOST_STATES = 2 ** 24 - 2;
/** What one automaton may add to the session, unless the caller says otherwise. */
const MOST_BYTES = 2 ** 28;
const EMPTY = 0;

/**
 * Opens a session in which automata share their work.
 *
 * Errors: none here; `build` gives an `Explosion` for an automaton that would need too many states, and the session goes on.
 * Cost: of `build`, the explicit bytes of each state that no earlier automaton of the session had, times its patterns alive.
 * Source: docs/decisions/004-automata-from-shared-terms.md; tested against brute force in tests/property/automata.test.ts.
 *
 * @example
 * const session = createAutomata({ combine: ([label = 0]) => label + 1 });
 * const pattern = session.literal(Uint8Array.of(47, 97), session.accept(0)); // "/a"
 * const built = session.build([pattern]);
 */
export function createAutomata(options: AutomataOptions): AutomataSession {
  const maxStates = Math.min(options.maxStates ?? MOST_STATES, MOST_STATES);
  const engine = openEngine({ combine: options.combine, maxStates, maxBytes: options.maxBytes ?? MOST_BYTES });
  return {
    accept: (label) => brandTerm(engine.accept(label)),
    set: (set, next) => brandTerm(engine.step(set, next)),
    literal: (bytes, next) => brandTerm(engine.literal(bytes, next)),
    outOfBand: (next) => brandTerm(engine.outOfBand(next)),
    alternative: (list) => brandTerm(unite(engine, list)),
    star: (set, next) => brandTerm(engine.star(set, next)),
    build: (patterns) => build(engine, unite(engine, patterns), maxStates),
    statistics: () => engine.statistics(),
  };
}

function unite(engine: Engine, terms: readonly Term[]): number {
  const [first = EMPTY] = terms;
  return terms.length < 2 ? first : engine.union(terms);
}

function build(engine: Engine, root: number, limit: number): Outcome<Dfa, Explosion> {
  const built = engine.build(root);
  return built.ok ? ok(built.value) : fail({ kind: "too-many-states", limit, labels: built.error });
}

function brandTerm(number: number): Term {
  invariant(number >= 0, "a term is a number from 0");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place where a term is made
  return number as Term;
}

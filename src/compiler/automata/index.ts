/**
 * In: patterns built from terms, each with an opaque label; a function that combines the labels of a state. Out: minimal
 * automata in canonical numbering; products, inclusion, witnesses; rows packed as a comb.
 * Must not know: permissions, AppArmor, any format, the profile language, Node.
 *
 * **The idea.** Profiles include the same abstractions, so their automata share most of their states. Here a pattern is a hash-consed
 * term, a state of the subset construction is a hash-consed set of first steps, and a minimal state is a hash-consed row. Whatever
 * was computed once is found again by content, for as long as the session lives, also for another profile. The 516
 * automata of Debian's profiles come to 215,065 states each built by itself; 61,458 have to be expanded (docs/decisions/004).
 *
 * **Reading order**, each with its part of one example (`/*[ab]` and `/*ab` with label 0, `/c` with label 1; the values are checked
 * by `worked-example.test.ts`):
 *
 * 1. `core/terms.ts`       patterns → terms, right to left          14 terms of 12 first steps
 * 2. `core/expansion.ts`   a set of first steps → its row           subset construction: 6 states
 * 3. `core/search.ts`      Tarjan's SCCs, targets before sources    {t18} and {t15, t16, t17} before t14 before t13
 * 4. `core/component.ts`, `core/refinement.ts`   partition refinement inside one SCC    t16 and t17 are one
 * 5. `core/canonical.ts`   rows → canonical states                  5 beside the dead one
 * 6. `core/tables.ts`      canonical states → a table, breadth first
 * 7. `core/packing/differential.ts`   rows as differences to others    18 cells → 7
 * 8. `core/packing/comb.ts`           cells of all rows in one array   base, next, check
 *
 * **Why it is minimal.** Everything that a component leads to is canonical before the component is. So, by induction, two states accept
 * the same exactly if they get one number: by their rows; by their rows relative to themselves, where one leads to itself; by the numbered
 * quotient of their component (Moore, Hopcroft; breadth first from a root that depends on the language alone) otherwise. A component that leads to its own
 * equal is looked for first (`embedAmongTargets`). Only hashes that collide whatever is added, when that root is chosen, can cost
 * states; they never make a wrong answer.
 *
 * `core/` and `engine/` are one text run in two ways: as JavaScript, and as WebAssembly that is fast from its first state on
 * (docs/decisions/006). `session.ts` is what callers see of it; `algebra.ts`, `product.ts` and `dfa.ts` ask finished automata.
 *
 * **Costs.** Building is linear in the rows of new states, and in the worst case exponential in the patterns like any subset
 * construction, so `core/budget.ts` stops it and `core/blame.ts` says which labels multiply. Minimising costs O(cells · log n)
 * within an SCC, O(cells) for all others, which is nearly all. Packing is near linear on real policy.
 *
 * **Literature.** V. Antimirov, Partial derivatives of regular expressions (1996), after J. Brzozowski's derivatives (1964): terms.
 * R. Tarjan, Depth-first search and linear graph algorithms (1972): SCCs. E. Moore (1956) and J. Hopcroft (1971): partition
 * refinement. R. Tarjan and A. Yao, Storing a sparse table (1979), and the base/next/check/default arrays of Aho, Sethi and Ullman's
 * Compilers (1986): comb packing. S. Kumar et al., Algorithms to accelerate multiple regular expressions matching (2006), D2FA: states as
 * differences to others, with a bound on chains, which is what the kernel's differential encoding amounts to.
 */
export {
  combineAutomata,
  type Difference,
  firstDifference,
  firstUncovered,
  type ProductState,
  walkProduct,
} from "./algebra.ts";
export { byteClasses, rowsByClass } from "./byte-classes.ts";
export { OUT_OF_BAND_SYMBOL } from "./core/row.ts";
export { matches, shortestAccepted, step, walk, witnesses } from "./dfa.ts";
export { rowPacker } from "./engine/open.ts";
export type { EngineStatistics, EngineTables, PlainRows } from "./engine/types.ts";
export { createAutomata } from "./session.ts";
export type {
  AutomataOptions,
  AutomataSession,
  Dfa,
  Explosion,
  Label,
  Output,
  SessionStatistics,
  Term,
  TooManyStates,
  Witness,
} from "./types.ts";

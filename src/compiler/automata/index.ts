/**
 * In: patterns built from terms, each with an opaque label; a function that combines the labels of a state. Out: minimal
 * automata in canonical numbering; products, inclusion, witnesses.
 * Must not know: permissions, AppArmor, any format, the profile language.
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
export { matches, shortestAccepted, step, witnesses } from "./dfa.ts";
export { rowPacker } from "./engine/open.ts";
export type { PackedRows, PlainRows, RowPacker } from "./engine/types.ts";
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

/**
 * In: nothing. Out: the words every module uses: `Outcome`, `invariant`, brands, sorting, walking what is nested.
 * Must not know: anything of AppArmor, of Node or of this project.
 */
export { type Outcome, ok, fail } from "./outcome.ts";
export { BugError, invariant, unreachable } from "./invariant.ts";
export { Refused } from "./refused.ts";
export type { Brand } from "./brand.ts";
export { withChildren } from "./descendants.ts";
export { nearestWord } from "./nearest.ts";
export { compareBy, compareText } from "./order.ts";
export { wasmBytes, wasmModule } from "./webassembly.ts";

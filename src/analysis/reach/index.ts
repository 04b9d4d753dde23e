/**
 * In: the profiles of a policy. Out: who can become what, make others do what, write what is policy, and how labels get on with each
 * other, with the rules of every step; drawings of it.
 * Must not know: files, sources' texts, terminals.
 */
export { drawDot, drawSvg, type DrawnStep } from "./draw.ts";
export { type CellSession, createCells } from "./cells.ts";
export { type LabelGraph, labelGraph, reach } from "./graph.ts";
export { type Relation, relationsOf } from "./relations.ts";
export type { Step, StepKind } from "./step.ts";
export { POLICY, labelFor } from "./world.ts";

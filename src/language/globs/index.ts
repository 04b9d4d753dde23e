/**
 * In: an AARE text (escape-processed, expanded). Out: a tree of what it matches, or why it is not a pattern (policy-language 4).
 * Must not know: rules, permissions, automata.
 */
export { checkGlob, globExpression, type GlobOptions, type GlobReport, parseGlob } from "./glob.ts";
export { hasByte } from "./expression-parser.ts";
export { leadLength, patternKeys } from "./lead-length.ts";
export type { GlobProblem } from "./problem.ts";
export { isExact, matches, minimalLength } from "./questions.ts";
export { slashes } from "./slashes.ts";
export type { ByteSet, GlobNode } from "./tree.ts";

/**
 * In: the text of one file. Out: the lossless tree and what is wrong with it; text again; the formatter.
 * Must not know: other files, what a name or rule means.
 */
export type * from "./tree.ts";
export { firstSignificant, K as tokenKinds, M as scanModes } from "./kinds.ts";
export type { Splicing, TokenListener, TokenPlace } from "./reader.ts";
export { blankEnd } from "./shapes.ts";
export { gistOf } from "./gist.ts";
export { parse, parseSpliced } from "./parse.ts";
export { hasStrays, straysIn } from "./characters.ts";
export { strayProblem } from "./stray-messages.ts";
export { printTree } from "./print.ts";
export { type Place, checkPlace } from "./place.ts";
export { type SyntaxCode, syntaxCodes } from "./codes.ts";
export { type FormatOptions, type FormatRefusal, formatTree } from "./format/format.ts";
export type { ReadingOptions } from "./format/reading.ts";

/**
 * In: the doors of the pure modules. Out: the doors of the package (`armorer`, `armorer/syntax` …), each with all that its use needs.
 * Must not know: anything itself. What stands here is for users of the library; nothing in src imports it.
 */
export * as analysis from "./analysis.ts";
export * as compiler from "./compiler.ts";
export * as language from "./language.ts";
export * as learning from "./learning.ts";
export * as syntax from "./syntax.ts";

/**
 * In: an AARE text (escape-processed, expanded). Out: a tree of what it matches, or why it is no pattern (policy-language 4).
 * Must not know: rules, permissions, automata.
 */
export type { ByteSet, GlobNode } from "./tree.ts";

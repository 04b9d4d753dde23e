/**
 * In: the text of a feature file. Out: the feature tree: parse, look up, compare, intersect, print, id.
 * Must not know: /sys, files, the running kernel.
 */
export type { FeatureTree } from "./tree.ts";

/**
 * In: the text of a feature file. Out: the feature tree: parse, look up, compare, intersect, print, id; what a compiler makes of it.
 * Must not know: /sys, files, the running kernel.
 */
export type { FeatureTree } from "./tree.ts";
export {
  type FeatureProblem,
  type ParsedFeatures,
  isFeatureText,
  isKernelText,
  parseFeatures,
  printFeatures,
  sortFeatures,
} from "./text.ts";
export { featureWords, hasFeature, intersectFeatures, uniteFeatures } from "./look-up.ts";
export { featureId } from "./id.ts";
export {
  featureSetNames,
  type FeatureSetName,
  isFeatureSetName,
  meantFeatureSet,
  newestFeatureSet,
} from "./known-sets.ts";
export { builtInFeatures } from "./built-in.ts";
export { type CompileTarget, compileTarget } from "./target.ts";

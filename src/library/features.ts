/** Feature trees: those that are known by name; parse, look up, intersect, print. */
export { featureSets } from "./feature-sets.ts";
export {
  type CompileTarget,
  type FeatureSetName,
  type FeatureProblem,
  type FeatureTree,
  type ParsedFeatures,
  builtInFeatures,
  compileTarget,
  featureId,
  featureWords,
  hasFeature,
  intersectFeatures,
  parseFeatures,
  printFeatures,
  sortFeatures,
} from "../language/features/index.ts";

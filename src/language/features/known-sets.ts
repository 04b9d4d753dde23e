import { nearestWord } from "../../foundation/basics/index.ts";

/** The feature sets that come with the package, by name: ABIs that profiles name, and kernels of Debian as they come. */
export const featureSetNames = ["abi-3.0", "abi-4.0", "abi-5.0", "kernel-6.1", "kernel-6.12", "kernel-7.2"] as const;

export type FeatureSetName = (typeof featureSetNames)[number];

/** What is compiled for where nothing says for which kernel. */
export const newestFeatureSet: FeatureSetName = "kernel-7.2";

export function isFeatureSetName(text: string): text is FeatureSetName {
  const names: readonly string[] = featureSetNames;
  return names.includes(text);
}

/** The name that was meant by a word that is none: `6.1` is `kernel-6.1`. */
export function meantFeatureSet(word: string): FeatureSetName | undefined {
  return (
    featureSetNames.findLast((name) => name.endsWith(`-${word}`)) ??
    featureSetNames.find((name) => name === nearestWord(word, featureSetNames))
  );
}

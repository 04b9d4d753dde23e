import type { featureSetNames } from "./feature-set-names.ts";
import { packagedTexts } from "./packaged-texts.ts";

/** What is known of feature sets by name: ABIs that profiles name, and kernels of Debian as they come. */
export type FeatureSetName = (typeof featureSetNames)[number];

function textOf(path: string): string {
  return packagedTexts[path] ?? "";
}

/**
 * Feature sets as texts. A job's `kernelFeatures`, and the text of its `policyFeatures`, may also be one of their names.
 *
 * Source: `policy/abi`; the kernels are Debian's (bookworm, trixie, sid), read from securityfs.
 *
 * @example
 * parseFeatures(featureSets["kernel-6.1"]).tree;
 */
export const featureSets: Readonly<Record<FeatureSetName, string>> = {
  "abi-3.0": textOf("policy/abi/3.0"),
  "abi-4.0": textOf("policy/abi/4.0"),
  "abi-5.0": textOf("policy/abi/5.0"),
  "kernel-6.1": textOf("tests/corpus/features/debian-kernel-6.1"),
  "kernel-6.12": textOf("tests/corpus/features/debian-kernel-6.12"),
  "kernel-7.2": textOf("tests/corpus/features/debian-kernel-7.2"),
};

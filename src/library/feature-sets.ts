import { packagedTexts } from "./packaged-texts.ts";

/** What is known of feature sets by name: ABIs that profiles name, and kernels of Debian as they come. */
export type FeatureSetName = "abi-3.0" | "abi-4.0" | "abi-5.0" | "kernel-6.1" | "kernel-6.12" | "kernel-7.2";

function textOf(path: string): string {
  return packagedTexts[path] ?? "";
}

/**
 * Feature sets as texts: what to give as `kernelFeatures`, or as the text of `policyFeatures`, without a kernel at hand.
 *
 * Source: `policy/abi`; the kernels are Debian's (bookworm, trixie, sid), read from securityfs.
 *
 * @example
 * await compile("profile demo { userns, }", { kernelFeatures: featureSets["kernel-6.1"] });
 */
export const featureSets: Readonly<Record<FeatureSetName, string>> = {
  "abi-3.0": textOf("policy/abi/3.0"),
  "abi-4.0": textOf("policy/abi/4.0"),
  "abi-5.0": textOf("policy/abi/5.0"),
  "kernel-6.1": textOf("tests/corpus/features/debian-kernel-6.1"),
  "kernel-6.12": textOf("tests/corpus/features/debian-kernel-6.12"),
  "kernel-7.2": textOf("tests/corpus/features/debian-kernel-7.2"),
};

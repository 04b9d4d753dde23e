/**
 * Profiles with the policy streams that apparmor_parser 5.0.2 made of them, in tests/corpus/compile-recorded.json. Their
 * meanings are compared as a whole, by product walk; tests/differential/compile-recorded.test.ts asks again and can write anew.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { type FeatureTree, parseFeatures } from "../../src/language/features/index.ts";
import { repository } from "./check-policy.ts";
import { readCompileCases } from "./compile-cases.ts";

interface RecordedPolicy {
  /** What is so, as a sentence. */
  readonly name: string;
  /** A key of `kernels`. */
  readonly kernel: string;
  /** The features of a policy without abi: `none` (the built-in ones) or an ABI we ship; absent: the kernel's. */
  readonly policy?: string;
  readonly text: string;
  /** Deflated, in base64. */
  readonly stream: string;
}

const path = join(repository, "tests/corpus/compile-recorded.json");

export function readRecordedPolicies(): readonly RecordedPolicy[] {
  // a file of ours whose form the types above describe
  return JSON.parse(readFileSync(path, "utf8"));
}

export function writeRecordedPolicies(policies: readonly RecordedPolicy[]): void {
  writeFileSync(path, `${JSON.stringify(policies, undefined, 2)}\n`);
}

export function packStream(stream: Uint8Array): string {
  return deflateRawSync(stream, { level: 9 }).toString("base64");
}

export function unpackStream(packed: string): Uint8Array {
  return Uint8Array.from(inflateRawSync(Buffer.from(packed, "base64")));
}

function kernel(name: string): string {
  return readFileSync(join(repository, `tests/corpus/features/debian-kernel-${name}`), "utf8");
}

/** `synth` with packets mediated; `below`: what the class has beside its families. */
function packets(below: string): string {
  return `${readCompileCases().features["synth"] ?? ""}network_v9_skb {af_mask {inet inet6\n}\n${below}}\n`;
}

/** Texts of feature files. */
export const kernels: Readonly<Record<string, string>> = {
  "6.1": kernel("6.1"),
  "6.12": kernel("6.12"),
  "7.2": kernel("7.2"),
  /** 7.2 with addresses of inet sockets and message queues. */
  synth: readCompileCases().features["synth"] ?? "",
  packets: packets(""),
  /** Packets are mediated by their interface too. */
  interfaces: packets("iface {receive\n}\n"),
  /** 6.1 with the network class of kernels before 4.17. */
  old: kernel("6.1").replace("network_v8 {", "network {"),
};

/** The text of the policy's feature file; `undefined`: the built-in features. */
export function policyFeaturesText({ kernel: name, policy }: RecordedPolicy): string | undefined {
  if (policy === "none") return undefined;
  return policy === undefined ? kernels[name] : readFileSync(join(repository, "policy/abi", policy), "utf8");
}

export function featuresOf(policy: RecordedPolicy): {
  readonly kernelFeatures: FeatureTree;
  readonly policyFeatures: FeatureTree | undefined;
} {
  const text = policyFeaturesText(policy);
  return {
    kernelFeatures: parseFeatures(kernels[policy.kernel] ?? "").tree,
    policyFeatures: text === undefined ? undefined : parseFeatures(text).tree,
  };
}

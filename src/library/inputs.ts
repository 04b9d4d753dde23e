/** What the jobs take, and what is meant where something is left out. */
import { defaultPolicySettings as completeSettings, type PolicySettings, type PolicySource } from "../app/index.ts";
import { type FilesPort, memoryFiles } from "../foundation/ports/index.ts";
import { encodeBytes } from "../foundation/text/index.ts";
import { isFeatureSetName, newestFeatureSet } from "../language/features/index.ts";
import { featureSets } from "./feature-sets.ts";
import { heldFiles } from "./given-ports.ts";

/** A text of policy and the path it is known by. */
export interface PolicyText {
  readonly path: string;
  readonly text: string;
}

/** A policy file: its text alone, which then goes by the name `profile`, or with its path, as text or bytes. */
export type PolicyInput = string | PolicyText | PolicySource;

/** What policy is worked on with: any of the settings, and the files that its includes are read from. */
export interface PolicyOptions extends Partial<PolicySettings> {
  /** Default: the starter policy of the package in `/etc/apparmor.d`, and nothing of this machine. */
  readonly files?: FilesPort;
}

/** Feature sets go by their names, too. */
function featureText(text: string): string {
  return isFeatureSetName(text) ? featureSets[text] : text;
}

/** What was given: `undefined` is how many callers leave something out. */
function stated(given: Partial<PolicySettings>): Partial<PolicySettings> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/**
 * Settings for most uses: policy in `/etc/apparmor.d`, compiled for the newest kernel that is known, nothing forced, nothing overridden.
 * Features may be given as the name of one of the `featureSets`; the settings have the text.
 *
 * @example
 * defaultPolicySettings({ kernelFeatures: "kernel-6.1" }).kernelFeatures === featureSets["kernel-6.1"]; // true
 */
export function defaultPolicySettings(given: Partial<PolicySettings> = {}): PolicySettings {
  const settings = completeSettings({
    base: "/etc/apparmor.d",
    kernelFeatures: newestFeatureSet,
    workingDirectory: "/",
    ...stated(given),
  });
  const { kernelFeatures, policyFeatures } = settings;
  return {
    ...settings,
    kernelFeatures: featureText(kernelFeatures),
    policyFeatures:
      policyFeatures.kind === "text" ? { kind: "text", text: featureText(policyFeatures.text) } : policyFeatures,
  };
}

/** Options as a job needs them. */
interface JobWorld {
  readonly settings: PolicySettings;
  readonly files: FilesPort;
}

export async function worldOf({ files, ...given }: PolicyOptions = {}): Promise<JobWorld> {
  // COST: the texts of the policy are as large as a third of the compiler.
  const own = files === undefined ? memoryFiles((await import("./starter-policy.ts")).starterPolicy) : heldFiles(files);
  return { settings: defaultPolicySettings(given), files: own };
}

export function sourceOf(input: PolicyInput): PolicySource {
  if (typeof input === "string") return { path: "profile", bytes: encodeBytes(input) };
  return "text" in input ? { path: input.path, bytes: encodeBytes(input.text) } : input;
}

function isList(input: PolicyInput | readonly PolicyInput[]): input is readonly PolicyInput[] {
  return Array.isArray(input);
}

/** One file or several; texts without a path go by the names `profile`, `profile-2`, … by where they stand. */
export function sourcesOf(input: PolicyInput | readonly PolicyInput[]): readonly PolicySource[] {
  if (!isList(input)) return [sourceOf(input)];
  return input.map((one, at) => {
    const source = sourceOf(one);
    return typeof one === "string" && at > 0 ? { ...source, path: `${source.path}-${at + 1}` } : source;
  });
}

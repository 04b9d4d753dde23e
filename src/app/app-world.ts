/** What a program's profile meets on a system: the kernel, the parser that reads it at boot, other profiles, and one that is installed already. */
import { attach } from "../analysis/monitor/index.ts";
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import type { FileRefusal, FileStorePort, KernelPort, KernelRefusal } from "../foundation/ports/index.ts";
import { decodeBytes } from "../foundation/text/index.ts";
import { literalText } from "../language/edit/index.ts";
import { hasFeature, parseFeatures } from "../language/features/index.ts";
import { type Profile, lastPart } from "../language/model/index.ts";
import { ignoredFileName } from "../language/tables/index.ts";
import { APP_MARK, type AppAbi, type AppProfile, appAbis, appProfileText } from "./app-profile.ts";
import { defaultPolicySettings } from "./default-settings.ts";
import type { CompiledUnit, PolicyEngine, PolicySettings, PolicySource } from "./engine.ts";
import { type PolicySet, type SetFile, attaches, readPolicySet } from "./policy-set.ts";

/** The system a program is installed on. */
export interface AppWorld {
  readonly engine: PolicyEngine;
  readonly files: FileStorePort;
  readonly kernel: KernelPort;
  /** Loads what was compiled, through `loadUnits`; what the kernel refuses. */
  readonly load: (units: readonly CompiledUnit[]) => readonly KernelRefusal[];
  /** The directory of profiles. */
  readonly base: string;
  /** Where a relative path begins. */
  readonly workingDirectory: string;
  /** The tree of a system that is not running: nothing can be loaded there, and what its kernel can do is not known. */
  readonly isImage: boolean;
  /** A program's path without links, as that system sees it; `undefined`: it is not there, or cannot be reached. */
  readonly realPath: (path: string) => string | undefined;
  /** The features of the newest known kernel, for systems that do not run. */
  readonly newestFeatures: string;
}

/** What is wrong, as a sentence or as the system put it. */
export type AppProblem = string | FileRefusal | KernelRefusal;

const USERNS = "namespaces/mask/userns_create";

export interface AppKernel {
  /** What profiles are compiled for. */
  readonly features: string;
  /** Whether it asks profiles about user namespaces; `undefined`: it does not run. */
  readonly mediates: boolean | undefined;
}

/** What the kernel can do. */
export function readAppKernel({ isImage, kernel, newestFeatures }: AppWorld): Outcome<AppKernel, AppProblem> {
  if (isImage) return ok({ features: newestFeatures, mediates: undefined });
  if (kernel.enabled() === false) return ok({ features: newestFeatures, mediates: false });
  const features = kernel.features();
  if (features.ok) {
    return ok({ features: features.value, mediates: hasFeature(parseFeatures(features.value).tree, USERNS) });
  }
  // What is hidden is not absent.
  return features.error.kind === "no-apparmor" ? ok({ features: newestFeatures, mediates: false }) : features;
}

/** The ABI to write for: what this system's own parser reads is what it ships. */
export function chooseAbi({ base, files }: AppWorld): Outcome<AppAbi, string> {
  const found = appAbis.find((abi) => abi !== "3.0" && hasUserns(files, `${base}/abi/${abi}`));
  if (found !== undefined) return ok(found);
  return fail(
    `the parser of this system knows no \`userns\` rules, for there is neither abi/4.0 nor abi/5.0 in ${base}; a profile with one would stop it at boot`,
  );
}

function hasUserns(files: FileStorePort, path: string): boolean {
  const text = files.read(path);
  return text.ok && hasFeature(parseFeatures(decodeBytes(text.value)).tree, USERNS);
}

export function appSettings({ base, workingDirectory }: AppWorld, kernelFeatures: string): PolicySettings {
  return defaultPolicySettings({ base, workingDirectory, kernelFeatures });
}

/** Reads the policy of a system; a profile may hide behind what cannot be read. */
export function readAppSet(world: AppWorld, features: string): Outcome<PolicySet, AppProblem> {
  const set = readPolicySet({ engine: world.engine, files: world.files, settings: appSettings(world, features) });
  if (!set.ok) return set;
  const listing = world.files.list(world.base);
  if (!listing.ok) return listing;
  const hidden = listing.value.flatMap(({ kind, name }): PolicySet["skipped"] => {
    if (kind !== "other" || ignoredFileName(name) !== undefined) return [];
    const path = `${world.base}/${name}`;
    const status = world.files.status(path);
    return status.ok
      ? []
      : [{ path, refusal: status.error, reason: status.error.errno, isUnread: true, lacksInclude: false }];
  });
  return ok({ ...set.value, skipped: [...set.value.skipped, ...hidden] });
}

/** A profile of ours that is in a file of the directory. */
export interface InstalledApp {
  readonly file: SetFile;
  readonly profile: AppProfile;
  /** It is as it was written. */
  readonly isUnchanged: boolean;
}

/** Which program a file that bears our mark is for; `undefined`: it is none of ours. */
function installedApp(file: SetFile): InstalledApp | undefined {
  const text = decodeBytes(file.bytes);
  const [only, ...more] = file.outlines;
  if (!text.startsWith(`${APP_MARK}\n`) || only?.attachment === undefined || more.length > 0) return undefined;
  const path = literalText(only.attachment);
  const name = file.path.slice(file.path.lastIndexOf("/") + 1);
  if (path === undefined) return undefined;
  const written = appAbis.map((abi): AppProfile => ({ path, name, abi }));
  const same = written.find((one) => appProfileText(one) === text);
  const profile = same ?? { path, name: only.name, abi: "4.0" };
  return { file, profile, isUnchanged: same !== undefined };
}

/** Every program that has a profile of ours. */
export function installedApps({ files }: PolicySet): readonly InstalledApp[] {
  return files.flatMap((file) => installedApp(file) ?? []);
}

/** A profile that attaches to a program. */
export interface Attached {
  readonly name: string;
  /** Its file. */
  readonly path: string;
  /** It lets the program make user namespaces already. */
  readonly grants: boolean;
}

/**
 * The profile that decides about a program, by the policy of a directory and one more text. None: nothing confines the program. Several are a
 * conflict: the kernel takes none of them, and refuses the exec.
 */
export function runsUnder(
  path: string,
  set: PolicySet,
  more: readonly PolicySource[],
  world: AppWorld,
): readonly Attached[] {
  const near = set.files.filter((file) => file.state !== "disabled" && mayAttach(file, path));
  const settings = appSettings(world, world.newestFeatures);
  const places = new Map<Profile, string>();
  for (const source of [...near, ...more]) {
    const { value } = world.engine.stages(source, settings, world.files).resolve().value;
    for (const profile of value.profiles) {
      if (profile.namespace === undefined) places.set(profile, source.path);
    }
  }
  const found = attach([...places.keys()], path);
  const profiles = found.kind === "none" ? [] : found.kind === "found" ? [found.profile] : found.profiles;
  return profiles.map((one) => ({ name: one.name, path: places.get(one) ?? "", grants: grants(one) }));
}

function grants({ rules }: Profile): boolean {
  const own = rules.flatMap((rule) => (rule.kind === "userns" || rule.kind === "all" ? [rule] : []));
  return own.length > 0 && own.every(({ mode }) => mode === "implicit" || mode === "allow");
}

function mayAttach({ profiles }: SetFile, path: string): boolean {
  return profiles.some(({ attachment, name }) => attaches(attachment?.text ?? lastPart(name), path));
}

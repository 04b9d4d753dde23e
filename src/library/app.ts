/** Profiles of programs that need user namespaces and nothing else: what `armorer app` does, as functions. */
import {
  type AppInstalled,
  type AppPlan,
  type AppRemoved,
  type AppVerified,
  type AppWish,
  type AppWorld,
  type AppListing,
  loadApps,
  loadEngine,
  loadUnits,
} from "../app/index.ts";
import type { Outcome } from "../foundation/basics/index.ts";
import { type FileStorePort, type KernelPort, type ProcessesPort, memoryFiles } from "../foundation/ports/index.ts";
import type { AppAbi, AppCheck, AppListed, AppProblem, AppProfile } from "../app/index.ts";
import { featureSets } from "./feature-sets.ts";
import { heldKernel, heldProcesses, heldStore } from "./given-ports.ts";

export type {
  AppAbi,
  AppCheck,
  AppInstalled,
  AppListed,
  AppListing,
  AppPlan,
  AppProblem,
  AppProfile,
  AppRemoved,
  AppVerified,
  AppWish,
};

/** The system a program is installed on; nothing of this machine is touched but through these. */
export interface AppSystem {
  readonly files: FileStorePort;
  readonly kernel: KernelPort;
  /** The directory of profiles; by default `/etc/apparmor.d`. */
  readonly base?: string;
  /** Where a relative `base` begins; by default `/`. */
  readonly workingDirectory?: string;
  /** The system does not run: nothing is loaded, and what its kernel can do is not asked. */
  readonly isImage?: boolean;
  /** A program's path without links; by default the path, if there is something. */
  readonly realPath?: (path: string) => string | undefined;
}

/** A profile that was tried: it compiles, and attaches to this program. */
export interface AppText extends AppProfile {
  readonly text: string;
}

async function worldOf({
  base = "/etc/apparmor.d",
  files,
  isImage = false,
  kernel,
  realPath,
  workingDirectory = "/",
}: AppSystem): Promise<AppWorld> {
  const held = heldKernel(kernel);
  return {
    engine: await loadEngine(),
    files: heldStore(files),
    kernel: held,
    load: (units) => loadUnits(units, { kernel: held, how: "replace" }).flatMap(({ refusal }) => refusal ?? []),
    base,
    workingDirectory,
    isImage,
    realPath: realPath ?? ((path) => (files.kind(path) === undefined ? undefined : path)),
    newestFeatures: featureSets["kernel-7.2"],
  };
}

const nothing = { ok: false, error: { kind: "no-apparmor" } } as const;

/** No kernel at all. */
const noKernel: KernelPort = {
  directory: () => undefined,
  enabled: () => undefined,
  load: () => nothing,
  replace: () => nothing,
  remove: () => nothing,
  profiles: () => nothing,
  features: () => nothing,
  streams: () => nothing,
};

/**
 * The profile of a program, for whoever packs it: no system is asked.
 *
 * Errors: why no program can have this path, or no profile this name.
 *
 * @example
 * const profile = await appProfile({ path: "/opt/My App/my-app", name: "my-app" });
 * if (profile.ok) profile.value.text;
 */
export async function appProfile(wish: AppWish): Promise<Outcome<AppText, string>> {
  const abis = Object.fromEntries(
    (["3.0", "4.0", "5.0"] as const).map((abi) => [`/etc/apparmor.d/abi/${abi}`, featureSets[`abi-${abi}`]]),
  );
  const plan = await planApp(wish, { files: memoryFiles(abis), kernel: noKernel, isImage: true });
  const { profile, reasons, text } = plan;
  if (plan.decision === "install" && profile !== undefined && text !== undefined) {
    return { ok: true, value: { ...profile, text } };
  }
  return {
    ok: false,
    error: reasons.map((reason) => (typeof reason === "string" ? reason : JSON.stringify(reason))).join("; "),
  };
}

/**
 * What installing a program's profile comes to; nothing is changed.
 *
 * Errors: none; what stands in the way is in `reasons`, and the decision is `refused`.
 *
 * @example
 * const plan = await planApp({ path: "/opt/My App/my-app" }, { files: nodeFiles(), kernel: nodeKernel() });
 * plan.decision; // for example "install"
 */
export async function planApp(wish: AppWish, system: AppSystem): Promise<AppPlan> {
  return (await loadApps()).planApp(wish, await worldOf(system));
}

/**
 * Writes a program's profile and loads it: both, or neither.
 *
 * Errors: none; what stands in the way is in `reasons`.
 *
 * @example
 * (await installApp({ path: "/opt/My App/my-app" }, { files: nodeFiles(), kernel: nodeKernel() })).changed;
 */
export async function installApp(wish: AppWish, system: AppSystem): Promise<AppInstalled> {
  return (await loadApps()).installApp(wish, await worldOf(system));
}

/**
 * Unloads a program's profile and removes its file, if that is as it was written: both, or neither.
 *
 * Errors: none; what stands in the way is in `reasons`.
 *
 * @example
 * (await removeApp("/opt/My App/my-app", { files: nodeFiles(), kernel: nodeKernel() })).decision; // for example "remove"
 */
export async function removeApp(
  path: string,
  system: AppSystem,
  options: { readonly dryRun?: boolean } = {},
): Promise<AppRemoved> {
  return (await loadApps()).removeApp(path, await worldOf(system), options.dryRun === true);
}

/**
 * Whether a program really runs under its profile: what is written, what is loaded, what attaches, what its processes say.
 *
 * Errors: none; each of `checks` says what was seen.
 *
 * @example
 * const verified = await verifyApp("/opt/x", { files: nodeFiles(), kernel: nodeKernel(), processes: nodeProcesses() });
 * verified.verdict; // for example "confirmed"
 */
export async function verifyApp(
  path: string,
  system: AppSystem & { readonly processes: ProcessesPort },
): Promise<AppVerified> {
  return (await loadApps()).verifyApp(path, { ...(await worldOf(system)), processes: heldProcesses(system.processes) });
}

/**
 * Every program that has such a profile.
 *
 * Errors: why the directory cannot be listed.
 *
 * @example
 * const listed = await listApps({ files: nodeFiles(), kernel: nodeKernel() });
 * if (listed.ok) listed.value.apps;
 */
export async function listApps(system: AppSystem): Promise<Outcome<AppListing, AppProblem>> {
  return (await loadApps()).listApps(await worldOf(system));
}

/** Profiles of programs that need user namespaces: planned, installed, verified, removed. */
import type { Outcome } from "../foundation/basics/index.ts";
import type { FileRefusal, ProcessesPort, ProcessConfinement } from "../foundation/ports/index.ts";
import { decodeBytes, displayText, encodeBytes } from "../foundation/text/index.ts";
import { type AppPlan, type AppWish, planApp, seenPath } from "./app-plan.ts";
import { APP_MARK, type AppProfile, appPathProblem } from "./app-profile.ts";
import {
  type AppProblem,
  type AppWorld,
  type InstalledApp,
  installedApps,
  readAppKernel,
  readAppSet,
  runsUnder,
} from "./app-world.ts";
import type { PolicySet } from "./policy-set.ts";

export {
  type AppAbi,
  type AppProfile,
  appAbis,
  appNameOf,
  appNameProblem,
  appPathProblem,
  appProfileText,
} from "./app-profile.ts";
export type { AppProblem, AppWorld } from "./app-world.ts";
export { type AppPlan, type AppWish, planApp } from "./app-plan.ts";

/** A plan, and what became of it. */
export interface AppInstalled extends AppPlan {
  /** Whether anything is another than before. */
  readonly changed: boolean;
  /** Whether the kernel has the profile now; `undefined`: it was not asked, for it does not run. */
  readonly loaded: boolean | undefined;
}

function refusedPlan(plan: AppPlan, reasons: readonly AppProblem[]): AppInstalled {
  return { ...plan, decision: "refused", reasons, changed: false, loaded: false };
}

/** Installs a program's profile and loads it: both, or neither. */
export function installApp(wish: AppWish, world: AppWorld): AppInstalled {
  const plan = planApp(wish, world);
  const { file, profile, text } = plan;
  const isDone = plan.decision === "refused" || plan.decision === "not-needed";
  if (isDone || file === undefined || profile === undefined || text === undefined) {
    return { ...plan, changed: false, loaded: undefined };
  }
  const loadedNow = world.isImage ? undefined : isLoaded(profile.name, world);
  if (plan.decision === "as-before" && loadedNow !== false) return { ...plan, changed: false, loaded: loadedNow };
  if (plan.decision === "install" && loadedNow === true && world.files.kind(file) === undefined) {
    return refusedPlan(plan, [`a profile \`${profile.name}\` that no file has is loaded already; choose another name`]);
  }
  const old = world.files.read(file);
  if (plan.decision === "install") {
    const written = world.files.write(file, encodeBytes(text), { expected: old.ok ? old.value : "absent" });
    if (!written.ok) return refusedPlan(plan, [written.error]);
  }
  if (world.isImage) return { ...plan, changed: true, loaded: undefined };
  const refusals = world.load(plan.units);
  const canLoad = refusals.every(({ kind }) => kind === "no-apparmor");
  if (canLoad) return { ...plan, changed: true, loaded: refusals.length === 0 };
  if (plan.decision === "as-before") return refusedPlan(plan, refusals);
  const back = old.ok
    ? world.files.write(file, old.value, { expected: encodeBytes(text) })
    : world.files.remove(file, { expected: encodeBytes(text) });
  return refusedPlan(plan, [...refusals, ...(back.ok ? [] : [back.error])]);
}

function isLoaded(name: string, { kernel }: AppWorld): boolean | undefined {
  const list = kernel.profiles();
  if (list.ok) return list.value.some((one) => one.name === name);
  return list.error.kind === "no-apparmor" ? false : undefined;
}

export interface AppRemoved {
  readonly decision: "remove" | "nothing-there" | "refused";
  readonly path: string;
  readonly profile: AppProfile | undefined;
  readonly file: string | undefined;
  readonly changed: boolean;
  /** Whether the kernel had the profile; `undefined`: it was not asked. */
  readonly unloaded: boolean | undefined;
  readonly reasons: readonly AppProblem[];
}

interface Found {
  readonly path: string;
  readonly set: PolicySet;
  readonly app: InstalledApp | undefined;
}

function find(path: string, world: AppWorld): Outcome<Found, AppProblem> {
  const wrong = appPathProblem(path);
  if (wrong !== undefined) return { ok: false, error: wrong };
  const set = readAppSet(world, world.newestFeatures);
  if (!set.ok) return set;
  const seen = seenPath(path, world);
  const apps = installedApps(set.value);
  // The program may be gone by now, and a link with it.
  const app = apps.find((one) => one.profile.path === seen) ?? apps.find((one) => one.profile.path === path);
  // A file of ours that cannot be read as one is there all the same.
  const hidden = app === undefined ? set.value.skipped.find((one) => mayBeOurs(one, world)) : undefined;
  if (hidden !== undefined) {
    const why = `${hidden.path} may be the program's profile, and cannot be read: ${hidden.reason}`;
    return { ok: false, error: hidden.refusal ?? why };
  }
  return { ok: true, value: { path: app?.profile.path ?? seen, set: set.value, app } };
}

/** Removes exactly what was installed, from the directory and from the kernel: both, or neither. */
export function removeApp(path: string, world: AppWorld, isDryRun = false): AppRemoved {
  const found = find(path, world);
  const nothing = { profile: undefined, file: undefined, changed: false, unloaded: undefined };
  if (!found.ok) return { ...nothing, decision: "refused", path, reasons: [found.error] };
  const { app } = found.value;
  if (app === undefined) return { ...nothing, decision: "nothing-there", path: found.value.path, reasons: [] };
  const shown = { path: app.profile.path, profile: app.profile, file: app.file.path, unloaded: undefined };
  const refuse = (...reasons: readonly AppProblem[]): AppRemoved => {
    return { ...shown, decision: "refused", changed: false, reasons };
  };
  if (!app.isUnchanged) return refuse(`${app.file.path} was changed since it was written; remove it by hand`);
  if (isDryRun) return { ...shown, decision: "remove", changed: false, reasons: [] };
  // Whoever may not even see what is loaded may not unload it.
  const list = world.isImage ? undefined : world.kernel.profiles();
  if (list?.ok === false && !isAbsence(list.error)) return refuse(list.error);
  const status = world.files.status(app.file.path);
  if (!status.ok) return refuse(status.error);
  const gone = world.files.remove(app.file.path, { expected: app.file.bytes });
  if (!gone.ok) return refuse(gone.error);
  const unloaded = world.isImage ? undefined : world.kernel.remove(app.profile.name);
  // One that was loaded a moment ago is not taken for gone.
  const wasLoaded = list?.ok === true && list.value.some(({ name }) => name === app.profile.name);
  if (unloaded?.ok === false && (wasLoaded || !isAbsence(unloaded.error))) {
    const { mode, modifiedNs } = status.value;
    const back = world.files.write(app.file.path, app.file.bytes, { expected: "absent", mode, modifiedNs });
    return refuse(unloaded.error, ...(back.ok ? [] : [back.error]));
  }
  return { ...shown, decision: "remove", changed: true, unloaded: unloaded?.ok, reasons: [] };
}

function isAbsence(problem: AppProblem): boolean {
  if (typeof problem === "string" || !("kind" in problem)) return false;
  return problem.kind === "no-apparmor" || (problem.kind === "policy-rejected" && problem.errno === "ENOENT");
}

/** One thing that was looked at. `undefined`: it could not be seen. */
export interface AppCheck {
  readonly what: "file" | "kernel" | "loaded" | "attachment" | "program" | "process";
  readonly ok: boolean | undefined;
  readonly text: string;
}

export interface AppVerified {
  /** `unseen`: nothing is wrong, but no process was there to be looked at. */
  readonly verdict: "confirmed" | "unseen" | "wrong";
  readonly path: string;
  readonly profile: AppProfile | undefined;
  readonly checks: readonly AppCheck[];
}

export interface VerifyWorld extends AppWorld {
  readonly processes: ProcessesPort;
  /** The label of a process of the program that was started to be looked at; absent: none is started. */
  readonly start?: (path: string) => Promise<Outcome<Pick<ProcessConfinement, "pid" | "label" | "mode">, string>>;
}

/** Whether a program really runs under its profile: what is written, what is loaded, what attaches, what processes say. */
export async function verifyApp(path: string, world: VerifyWorld): Promise<AppVerified> {
  const found = find(path, world);
  if (!found.ok) {
    const text = typeof found.error === "string" ? found.error : `${world.base} cannot be read`;
    return { verdict: "wrong", path, profile: undefined, checks: [{ what: "file", ok: false, text }] };
  }
  const { app, path: seen } = found.value;
  if (app === undefined) {
    const text = `no file of ${world.base} that \`armorer app\` wrote is for ${displayText(seen)}`;
    const checks: readonly AppCheck[] = [{ what: "file", ok: false, text }, kernelCheck(world)];
    return { verdict: "wrong", path: seen, profile: undefined, checks };
  }
  const before = [
    fileCheck(app),
    kernelCheck(world),
    loadedCheck(app, world),
    attachmentCheck(app, found.value, world),
  ];
  const checks = [...before, programCheck(app, world), ...(await processChecks(app, world))];
  const isSeen = checks.some((one) => one.what === "process" && one.ok === true);
  const verdict = checks.some((one) => one.ok === false) ? "wrong" : isSeen ? "confirmed" : "unseen";
  return { verdict, path: seen, profile: app.profile, checks };
}

function fileCheck({ file, isUnchanged }: InstalledApp): AppCheck {
  if (file.state !== "enabled") {
    return { what: "file", ok: false, text: `${file.path} is switched off (${file.state})` };
  }
  return {
    what: "file",
    ok: true,
    text: `${file.path} is ${isUnchanged ? "as it was written" : "there, changed by hand"}`,
  };
}

function kernelCheck(world: AppWorld): AppCheck {
  const kernel = readAppKernel(world);
  const mediates = kernel.ok ? kernel.value.mediates : undefined;
  if (mediates === undefined) return { what: "kernel", ok: undefined, text: "what the kernel can do cannot be seen" };
  const does = mediates
    ? "asks profiles about user namespaces"
    : "asks no profile about user namespaces: none is needed";
  return { what: "kernel", ok: true, text: `the kernel ${does}` };
}

function loadedCheck({ profile }: InstalledApp, { isImage, kernel }: AppWorld): AppCheck {
  const list = kernel.profiles();
  if (isImage) return { what: "loaded", ok: undefined, text: "the system does not run" };
  if (!list.ok) {
    if (list.error.kind === "no-apparmor") return { what: "loaded", ok: false, text: "AppArmor is not running" };
    return { what: "loaded", ok: undefined, text: "which profiles are loaded cannot be seen without more privilege" };
  }
  const mode = list.value.find(({ name }) => name === profile.name)?.mode;
  if (mode === undefined) return { what: "loaded", ok: false, text: `\`${profile.name}\` is not loaded` };
  return { what: "loaded", ok: mode === "unconfined", text: `\`${profile.name}\` is loaded in mode ${mode}` };
}

function attachmentCheck({ file, profile }: InstalledApp, { set }: Found, world: AppWorld): AppCheck {
  const found = runsUnder(profile.path, set, [], world);
  const isOurs = found.length === 1 && found[0]?.path === file.path;
  const names = found.map(({ name }) => `\`${displayText(name)}\``).join(" and ");
  const text = names === "" ? "no profile attaches to the program" : `${names} attaches to the program`;
  return { what: "attachment", ok: isOurs, text: found.length > 1 ? `${text}: the kernel takes none of them` : text };
}

function programCheck({ profile: { path } }: InstalledApp, world: AppWorld): AppCheck {
  const real = world.realPath(path);
  if (real === path) return { what: "program", ok: true, text: `${displayText(path)} is there` };
  const text =
    real === undefined
      ? "is not there, or cannot be reached"
      : `leads to ${displayText(real)}, which is what the kernel sees`;
  return { what: "program", ok: real === undefined ? undefined : false, text: `${displayText(path)} ${text}` };
}

async function processChecks({ profile }: InstalledApp, world: VerifyWorld): Promise<readonly AppCheck[]> {
  const judge = (label: string, pid: number, how: string): AppCheck => {
    const text = `process ${pid}${how} runs under \`${displayText(label)}\``;
    if (label === profile.name) return { what: "process", ok: true, text };
    return { what: "process", ok: false, text: `${text}; one that was started earlier stays as it was` };
  };
  if (world.start !== undefined) {
    const started = await world.start(profile.path);
    if (!started.ok) return [{ what: "process", ok: false, text: started.error }];
    return [judge(started.value.label, started.value.pid, ", started to be looked at,")];
  }
  const { hidden, processes } = world.processes.confinement();
  const own = processes.filter(({ executable }) => executable === profile.path);
  if (own.length > 0) return own.map(({ label, pid }) => judge(label, pid, ""));
  const isHidden = hidden > 0 || processes.some((one) => one.executable === undefined && one.mode !== undefined);
  const more = isHidden ? " that can be seen without more privilege" : "";
  return [{ what: "process", ok: undefined, text: `no process of the program is running${more}` }];
}

/** A program that has a profile of ours. */
export interface AppListed {
  readonly path: string;
  readonly name: string;
  readonly file: string;
  readonly state: "enabled" | "disabled" | "force-complain";
  readonly isUnchanged: boolean;
  /** `undefined`: it cannot be seen. */
  readonly loaded: boolean | undefined;
  /** Whether the program is there. */
  readonly isThere: boolean;
}

export interface AppListing {
  readonly apps: readonly AppListed[];
  /** Files of ours that are no policy any more, and files that cannot be read (`refusal`), which may be ours. */
  readonly skipped: readonly { readonly path: string; readonly reason: string; readonly refusal?: FileRefusal }[];
}

/** All programs that have such a profile, and files of the directory that could not be read. */
export function listApps(world: AppWorld): Outcome<AppListing, AppProblem> {
  const set = readAppSet(world, world.newestFeatures);
  if (!set.ok) return set;
  const apps = installedApps(set.value).map(({ file, isUnchanged, profile: { name, path } }) => ({
    path,
    name,
    file: file.path,
    state: file.state,
    isUnchanged,
    loaded: world.isImage ? undefined : isLoaded(name, world),
    isThere: world.realPath(path) !== undefined,
  }));
  return {
    ok: true,
    value: {
      apps,
      skipped: set.value.skipped
        .filter((one) => mayBeOurs(one, world))
        .map(({ path, reason, refusal }) => ({ path, reason, ...(refusal !== undefined && { refusal }) })),
    },
  };
}

/** Whether a file that is no policy, or of which nobody knows, bears our mark: it must not go unmentioned. */
function mayBeOurs({ path, refusal }: PolicySet["skipped"][number], { files }: AppWorld): boolean {
  const bytes = files.read(path);
  if (!bytes.ok) return refusal !== undefined && refusal.errno !== "ENOENT";
  return decodeBytes(bytes.value).startsWith(`${APP_MARK}\n`);
}

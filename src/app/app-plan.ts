/** What installing a program's profile comes to: it is tried, compiled and compared with all other policy before anybody is shown it. */
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import { decodeBytes, displayText, encodeBytes } from "../foundation/text/index.ts";
import {
  type AppAbi,
  type AppProfile,
  appNameOf,
  appNameProblem,
  appPathProblem,
  appProfileText,
} from "./app-profile.ts";
import {
  type AppKernel,
  type AppProblem,
  type AppWorld,
  type Attached,
  type InstalledApp,
  appSettings,
  chooseAbi,
  installedApps,
  readAppKernel,
  readAppSet,
  runsUnder,
} from "./app-world.ts";
import type { CompiledUnit } from "./engine.ts";
import { newFileNames } from "./new-file-names.ts";
import type { PolicySet } from "./policy-set.ts";

/** What somebody wants of a program. */
export interface AppWish {
  /** The executable, as a path of the system it is for. */
  readonly path: string;
  /** What the profile and its file are called. */
  readonly name?: string | undefined;
  /** Otherwise chosen by what the system has. */
  readonly abi?: AppAbi | undefined;
}

export interface AppPlan {
  readonly decision: "install" | "as-before" | "not-needed" | "refused";
  /** Without links, as the kernel sees it. */
  readonly path: string;
  /** What is, or would be, installed; `undefined`: nothing. */
  readonly profile: AppProfile | undefined;
  /** The file's path. */
  readonly file: string | undefined;
  readonly text: string | undefined;
  readonly units: readonly CompiledUnit[];
  /** Why, a sentence each. */
  readonly reasons: readonly AppProblem[];
  /** What else somebody should know. */
  readonly notes: readonly string[];
}

interface Ground {
  readonly path: string;
  readonly kernel: AppKernel;
  readonly set: PolicySet;
  readonly before: InstalledApp | undefined;
  readonly notes: readonly string[];
}

const NOT_MEDIATED =
  "this kernel does not restrict user namespaces by profiles, so that the program may make them without one";

/** Decides what to do. Errors: none; what stands in the way is the reason of a refusal. */
export function planApp(wish: AppWish, world: AppWorld): AppPlan {
  const ground = groundOf(wish, world);
  const path = ground.ok ? ground.value.path : wish.path;
  const nothing = { path, profile: undefined, file: undefined, text: undefined, units: [], notes: [] };
  if (!ground.ok) return { ...nothing, decision: "refused", reasons: ground.error };
  const { before, kernel, notes } = ground.value;
  const now = runsUnder(path, othersOf(ground.value), [], world);
  if (now.length > 0) {
    const grants = now.length === 1 && now[0]?.grants === true;
    const reasons = now.map((one) => attachedText(path, one));
    return { ...nothing, notes, decision: grants ? "not-needed" : "refused", reasons };
  }
  if (kernel.mediates === false && wish.abi === undefined && before === undefined) {
    return { ...nothing, notes, decision: "not-needed", reasons: [NOT_MEDIATED] };
  }
  const profile = profileFor(wish, ground.value, world);
  if (!profile.ok) return { ...nothing, notes, decision: "refused", reasons: [profile.error] };
  const text = appProfileText(profile.value);
  const file = `${world.base}/${profile.value.name}`;
  const shown = { path, profile: profile.value, file, text, notes };
  const tried = tryText({ file, text }, ground.value, world);
  if (!tried.ok) return { ...shown, units: [], decision: "refused", reasons: tried.error };
  const isThere = before?.isUnchanged === true && decodeBytes(before.file.bytes) === text;
  return { ...shown, units: tried.value, decision: isThere ? "as-before" : "install", reasons: [] };
}

/** The path without links: what the kernel matches. */
export function seenPath(path: string, world: AppWorld): string {
  return world.realPath(path) ?? path;
}

function groundOf({ abi, name, path: asked }: AppWish, world: AppWorld): Outcome<Ground, readonly AppProblem[]> {
  const path = appPathProblem(asked) === undefined ? seenPath(asked, world) : asked;
  const wrong = appPathProblem(path) ?? (name === undefined ? undefined : appNameProblem(name));
  if (wrong !== undefined) return fail([wrong]);
  if (!world.isImage && world.files.kind(path) === "directory") return fail([`${displayText(path)} is a directory`]);
  const kernel = readAppKernel(world);
  if (!kernel.ok) return fail([kernel.error]);
  const set = readAppSet(world, world.newestFeatures);
  if (!set.ok) return fail([set.error]);
  // What is not there is not there for the system's own parser either: then the file is no policy.
  const unread = set.value.skipped.filter(({ isUnread, lacksInclude }) => isUnread && !lacksInclude);
  if (unread.length > 0 || set.value.hidden.length > 0) {
    const why = [...unread.map(({ path: at, reason, refusal }) => refusal ?? `${at}: ${reason}`), ...set.value.hidden];
    return fail(["what other profiles say cannot be read, and one may be about this program", ...why]);
  }
  const before = installedApps(set.value).find((one) => one.profile.path === path);
  const notes = [
    ...(path === asked ? [] : [`${displayText(asked)} is a link; the kernel sees ${displayText(path)}`]),
    ...(world.realPath(asked) === undefined ? [`${displayText(path)} is not there yet`] : []),
    ...(kernel.value.mediates === false && (abi !== undefined || before !== undefined) ? [NOT_MEDIATED] : []),
    ...set.value.skipped.map(
      ({ path: at, reason }) => `${displayText(at)} is no policy, and counts for nothing: ${reason}`,
    ),
  ];
  return ok({ path, kernel: kernel.value, set: set.value, before, notes });
}

function profileFor(wish: AppWish, { before, path, set }: Ground, world: AppWorld): Outcome<AppProfile, AppProblem> {
  if (before !== undefined && !before.isUnchanged) {
    return fail(`${before.file.path} was changed since it was written; remove it by hand, or keep it as it is`);
  }
  if (before !== undefined && wish.name !== undefined && wish.name !== before.profile.name) {
    return fail(`the program has a profile already, \`${before.profile.name}\`; remove that first`);
  }
  // What is installed keeps its ABI, or the same call would say something else the second time.
  const abi = wish.abi ?? before?.profile.abi;
  const chosen = abi === undefined ? chooseAbi(world) : ok(abi);
  if (!chosen.ok) return chosen;
  if (before !== undefined) return ok({ path, name: before.profile.name, abi: chosen.value });
  const names = newFileNames(world.base, world.files);
  if (names.unlisted !== undefined) return fail(names.unlisted);
  const wanted = wish.name ?? appNameOf(path);
  const name = names.nameFor(wanted);
  if (name === undefined) return fail(`no name is left for the profile of ${displayText(path)}`);
  if (wish.name !== undefined && name !== wish.name) {
    return fail(`${world.base}/${wish.name} is there already, or is named in disable/ or force-complain/`);
  }
  const namesake = set.files.find(({ profiles }) => profiles.some((one) => one.name === name));
  if (namesake !== undefined) return fail(`${namesake.path} has a profile \`${name}\` already; choose another name`);
  return ok({ path, name, abi: chosen.value });
}

interface Tried {
  readonly file: string;
  readonly text: string;
}

/** Compiles the text and asks the monitor who decides about the program, before and after. */
function tryText(
  { file, text }: Tried,
  ground: Ground,
  world: AppWorld,
): Outcome<readonly CompiledUnit[], readonly string[]> {
  const { before, kernel, path } = ground;
  if (before !== undefined && before.file.state !== "enabled") {
    return fail([
      `${file} is switched off by ${world.base}/${before.file.state === "disabled" ? "disable" : "force-complain"}`,
    ]);
  }
  const source = { path: file, bytes: encodeBytes(text) };
  const compiled = world.engine.compile(source, appSettings(world, kernel.features), world.files);
  const wrong = compiled.diagnostics.filter(({ severity }) => severity === "error");
  if (wrong.length > 0) return fail(wrong.map(({ message }) => `the profile cannot be compiled here: ${message}`));
  const after = runsUnder(path, othersOf(ground), [source], world);
  const isOurs = after.length === 1 && after[0]?.path === file;
  return isOurs ? ok(compiled.units) : fail([`the profile would not attach to ${displayText(path)}`]);
}

/** All policy but what is installed for the program. */
function othersOf({ before, set }: Ground): PolicySet {
  return { ...set, files: set.files.filter((one) => one !== before?.file) };
}

/** A program that is confined would leave its profile for one that confines nothing. */
function attachedText(path: string, { grants, name, path: file }: Attached): string {
  const under = `${displayText(path)} runs under \`${displayText(name)}\` of ${displayText(file)}`;
  return grants
    ? `${under}, which lets it make user namespaces`
    : `${under}, which a new profile would take it out of; add \`userns,\` there`;
}

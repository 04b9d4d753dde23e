/**
 * The effective policy set: what of a directory of profiles is in force, and how. It is made of four things: the flags in the headers of profiles,
 * `disable/` and `force-complain/`, whose entries go by the base name of a file (readPolicyMarks), and what `local/` adds. Every tool that reads or
 * changes the set does it here. A change is planned first, as the steps that lead to it; they are shown, or taken.
 *
 * A new text was tried: it compiles, and is the old policy but for the flags that were to change.
 */
import { type Outcome, fail, ok, withChildren } from "../foundation/basics/index.ts";
import type { FileRefusal, FilesPort, LinksPort } from "../foundation/ports/index.ts";
import {
  type FileId,
  applyEdits,
  decodeBytes,
  encodeBytes,
  lineStarts,
  positionAt,
  sourceFile,
} from "../foundation/text/index.ts";
import { type Change, plan } from "../language/edit/index.ts";
import { matches, parseGlob } from "../language/globs/index.ts";
import type { Policy, Profile, ProfileFlags, ProfileMode } from "../language/model/index.ts";
import { profileFileNames } from "../language/resolve/index.ts";
import { parse } from "../language/syntax/index.ts";
import { type PolicyState, isOfFamily, readPolicyMarks } from "../language/tables/index.ts";
import type { CheckedSource, PolicyEngine, PolicySettings, ProfileOutline, SourceStages } from "./engine.ts";
import { rememberedFiles } from "./caches/trace.ts";
import { flagWords } from "./flag-words.ts";
import type { InactiveProfile } from "./inactive-profiles.ts";
import type { PolicyStep } from "./policy-steps.ts";
import { saysTheSame } from "./says-the-same.ts";

export { type BrokenFile, restoreBroken } from "./last-good.ts";
export { type InactiveProfile, findInactive } from "./inactive-profiles.ts";
export { type AttachedFile, attachedFile } from "./attached-files.ts";
export { type StepsRefusal, type PolicyStep, takeSteps } from "./policy-steps.ts";

/** A profile of the set, as it would be loaded. */
export interface SetProfile {
  /** The whole name, as the kernel lists it. */
  readonly name: string;
  readonly attachment: { readonly text: string; readonly written: string } | undefined;
  /** Extended attributes decide, too, whether it attaches. */
  readonly hasConditions: boolean;
  /** As they are written in a header, in the order of the tables. */
  readonly flags: readonly string[];
  /** What its flags say. */
  readonly written: ProfileMode;
  /** What it is in when its file is loaded: `force-complain/` counts. */
  readonly mode: ProfileMode;
  readonly audit: boolean;
  /** Where it begins; a profile may be in a file that its file includes. */
  readonly path: string;
  readonly line: number;
}

/** Why a file is not in the set. */
interface Flaw {
  readonly reason: string;
  /** It, or what it includes, cannot be opened: nobody knows what it says. */
  readonly isUnread: boolean;
  /** What it includes is not there: then it is no policy for the system's own parser either. */
  readonly lacksInclude: boolean;
}

/** A file of the set. */
export interface SetFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly state: PolicyState;
  readonly outlines: readonly ProfileOutline[];
  /** With their children, each behind its parent. */
  readonly profiles: readonly SetProfile[];
  /** What is read of `local/`. */
  readonly local: readonly string[];
}

export interface PolicySet {
  readonly base: string;
  /** In byte order of their names. */
  readonly files: readonly SetFile[];
  /** What could not be read, or read as policy. */
  readonly skipped: readonly (Flaw & { readonly path: string; readonly refusal: FileRefusal | undefined })[];
  /** Marks that could not be listed, though they are there: what they switch off is not known. */
  readonly hidden: readonly FileRefusal[];
  /** By whom, and in what, it was read. Who goes on with it sees the files as they were. */
  readonly world: SetWorld;
}

export interface SetWorld {
  readonly engine: PolicyEngine;
  readonly settings: PolicySettings;
  readonly files: FilesPort;
}

/**
 * How much of each file is looked at. COST: the rules of Debian's 160 files, with all they include, are as much work as everything else, and who
 * changes one file needs to know what all are called, and only of that one whether its rules are right (`ruleFlaw`).
 */
export type SetDepth = "headers" | "rules";

/** Reads the set below `settings.base`. Errors: the directory cannot be listed. */
export function readPolicySet(
  { engine, files: given, settings }: SetWorld,
  depth: SetDepth = "rules",
): Outcome<PolicySet, FileRefusal> {
  const { base } = settings;
  // COST: an engine asks for what is included once for each file that includes it, which was a third of the whole.
  const files = rememberedFiles(given);
  const world = { engine, files, settings };
  const listing = files.list(base);
  if (!listing.ok) return listing;
  const marks = readPolicyMarks<FileRefusal>(base, files.list);
  const found: SetFile[] = [];
  const skipped: PolicySet["skipped"][number][] = [];
  for (const name of profileFileNames(listing.value)) {
    const path = `${base}/${name}`;
    const bytes = files.read(path);
    if (!bytes.ok) {
      skipped.push({ path, refusal: bytes.error, reason: bytes.error.errno, isUnread: true, lacksInclude: false });
      continue;
    }
    const read = readSetFile({ path, bytes: bytes.value, state: marks.stateOf(name) }, world, depth);
    if ("skipped" in read) skipped.push({ path, refusal: undefined, ...read.skipped });
    else found.push(read);
  }
  const hidden = marks.unlisted.flatMap(({ error }) => (error.errno === "ENOENT" ? [] : [error]));
  return ok({ base, files: found, skipped, hidden, world });
}

type Resolved = ReturnType<SourceStages["resolve"]>;

const resolutions = new WeakMap<SetWorld, WeakMap<SetFile, Resolved>>();

/** A file with its rules. COST: whether they are right is asked before anything of it is changed, and resolving is a tenth of changing a large one. */
function resolvedFile(file: SetFile, world: SetWorld): Resolved {
  const known = resolutions.get(world) ?? new WeakMap<SetFile, Resolved>();
  resolutions.set(world, known);
  const before = known.get(file);
  if (before !== undefined) return before;
  const resolved = world.engine.stages(file, world.settings, world.files).resolve();
  known.set(file, resolved);
  return resolved;
}

/** What is wrong with the rules of a file of which only the headers were looked at. */
export function ruleFlaw(file: SetFile, world: SetWorld): Flaw | undefined {
  return flawOf(resolvedFile(file, world).source);
}

function flawOf({ diagnostics }: CheckedSource): Flaw | undefined {
  const wrong = diagnostics.find(({ severity }) => severity === "error");
  if (wrong === undefined) return undefined;
  const isUnread = wrong.code.startsWith("resolve/include-");
  return { reason: wrong.message, isUnread, lacksInclude: wrong.facts["reason"] === "ENOENT" };
}

function readSetFile(
  { path, bytes, state }: Pick<SetFile, "path" | "bytes" | "state">,
  { engine, files, settings }: SetWorld,
  depth: SetDepth,
): SetFile | { readonly skipped: Flaw } {
  const stages = engine.stages({ path, bytes }, settings, files);
  const { source, value } = depth === "headers" ? stages.headers() : stages.resolve();
  const skipped = flawOf(source);
  if (skipped !== undefined) return { skipped };
  const starts = new Map<FileId, Uint32Array>();
  const placeOf = ({ origin: { span } }: Profile): Pick<SetProfile, "path" | "line"> => {
    const text = value.sources.get(span.file);
    if (text === undefined) return { path, line: 0 };
    const lines = starts.get(span.file) ?? lineStarts(text.text);
    starts.set(span.file, lines);
    return { path: text.path, line: positionAt(lines, span.start).line };
  };
  return {
    path,
    bytes,
    state,
    outlines: source.profiles,
    profiles: withChildren(value.value.profiles).map((profile) => ({
      name: wholeName(profile),
      attachment: profile.attachment && { text: profile.attachment.text, written: profile.attachment.written },
      hasConditions: profile.xattrs.length > 0,
      flags: flagWords(profile.flags),
      written: profile.flags.mode,
      mode: state === "force-complain" ? "complain" : profile.flags.mode,
      audit: profile.flags.audit,
      ...placeOf(profile),
    })),
    local: value.value.files.filter((one) => one.startsWith(`${settings.base}/local/`)),
  };
}

function wholeName({ name, namespace }: Profile): string {
  return namespace === undefined ? name : `:${namespace}://${name}`;
}

/** What a change is to come to. */
export type SetWish =
  /** Profiles that are meant to be in another mode than these two keep it unless `isForced`. */
  | { readonly kind: "mode"; readonly mode: "enforce" | "complain"; readonly isForced: boolean }
  | { readonly kind: "audit"; readonly isWanted: boolean }
  | { readonly kind: "disable" };

/** A file, and whole names of profiles in it, which mean their children, too; `undefined`: all of it. */
export interface SetRequest {
  readonly file: SetFile;
  readonly profiles: readonly string[] | undefined;
  readonly wish: SetWish;
  /** What links in `disable/` lead to; the file itself unless the tree is another system's. */
  readonly linkTarget: string;
}

export interface PlannedFileChange {
  readonly path: string;
  readonly steps: readonly PolicyStep[];
  /** Profiles whose flags change. */
  readonly changed: readonly string[];
  /** Profiles that stay in a mode that is like no other. */
  readonly kept: readonly { readonly profile: string; readonly mode: ProfileMode }[];
  /** Profiles that are written in a file that this one includes: it is not changed. */
  readonly elsewhere: readonly { readonly profile: string; readonly path: string }[];
  /** Profiles that were not asked for, and are switched on or off with the file. */
  readonly along: readonly string[];
}

const SPECIAL: ReadonlySet<ProfileMode> = new Set(["unconfined", "kill", "prompt", "default_allow"]);

/** Why a change cannot be made: in words, or what could not be looked at. */
export type SetProblem = string | FileRefusal;

/** Plans a change of one file; or why it cannot be made. Nothing is written. */
export function planSetChange(
  request: SetRequest,
  world: SetWorld,
  links: LinksPort,
): Outcome<PlannedFileChange, SetProblem> {
  const { file, profiles, wish } = request;
  const isMeant = (name: string): boolean => profiles === undefined || profiles.some((one) => isOfFamily(name, one));
  const marks = markSteps(request, world.settings.base, links);
  if (!marks.ok) return marks;
  const along = marks.value.length === 0 ? [] : file.outlines.map(outlineName).filter((name) => !isMeant(name));
  const nothing = { path: file.path, changed: [], kept: [], elsewhere: [], along };
  if (wish.kind === "disable") return ok({ ...nothing, steps: marks.value });
  const flags = planFlags(request, isMeant, world);
  return flags.ok ? ok({ ...nothing, ...flags.value, steps: [...flags.value.steps, ...marks.value] }) : flags;
}

function outlineName({ name, namespace }: ProfileOutline): string {
  return namespace === undefined ? name : `:${namespace}://${name}`;
}

/** What becomes of the file's entries beside it. */
function markSteps(
  { file, linkTarget, wish }: SetRequest,
  base: string,
  links: LinksPort,
): Outcome<PolicyStep[], SetProblem> {
  const name = file.path.slice(file.path.lastIndexOf("/") + 1);
  // What was listed a moment ago, and is not there any more, changes under our hands.
  const found = (directory: string, isListed: boolean): Outcome<PolicyStep[], SetProblem> => {
    const path = `${base}/${directory}/${name}`;
    const target = links.target(path);
    if (!target.ok) return target.error.errno === "ENOENT" && !isListed ? ok([]) : target;
    return ok(target.value === undefined ? [] : [{ kind: "unlink", path, target: target.value }]);
  };
  const disabled = found("disable", file.state === "disabled");
  if (!disabled.ok) return disabled;
  if (wish.kind === "disable") {
    if (file.state === "disabled") return ok([]);
    const link = { kind: "link", path: `${base}/disable/${name}`, target: linkTarget } as const;
    return ok([{ kind: "make-directory", path: `${base}/disable` }, ...disabled.value, link]);
  }
  if (wish.kind === "audit") return ok([]);
  if (file.state === "disabled" && disabled.value.length === 0)
    return fail(`${base}/disable/${name} switches it off, and is no symbolic link: remove it if it shall be in force`);
  if (wish.mode === "complain") return disabled;
  const complaining = found("force-complain", file.state === "force-complain");
  if (!complaining.ok) return complaining;
  if (file.state === "force-complain" && complaining.value.length === 0)
    return fail(`${base}/force-complain/${name} has it complain, and is no symbolic link: remove it if it shall not`);
  return ok([...complaining.value, ...disabled.value]);
}

/** The flags that a profile shall have; `undefined`: it has them. */
function wantedFlags(flags: ProfileFlags, wish: SetWish): ProfileFlags | undefined {
  if (wish.kind === "audit") return flags.audit === wish.isWanted ? undefined : { ...flags, audit: wish.isWanted };
  if (wish.kind !== "mode" || flags.mode === wish.mode) return undefined;
  return { ...flags, mode: wish.mode, modeWritten: wish.mode !== "enforce" };
}

function changeOf({ origin: { span } }: Profile, wish: SetWish): readonly Change[] {
  if (wish.kind === "mode") return [{ kind: "set-mode", profile: span, mode: wish.mode }];
  if (wish.kind !== "audit") return [];
  return [{ kind: wish.isWanted ? "set-flag" : "clear-flag", profile: span, flag: "audit" }];
}

type FlagPlan = Pick<PlannedFileChange, "steps" | "changed" | "kept" | "elsewhere">;

function planFlags(
  { file, wish }: SetRequest,
  isMeant: (name: string) => boolean,
  world: SetWorld,
): Outcome<FlagPlan, string> {
  const { value } = resolvedFile(file, world);
  const text = sourceFile(file.path, decodeBytes(file.bytes));
  const wanted = new Map<Profile, ProfileFlags>();
  const kept: FlagPlan["kept"][number][] = [];
  const elsewhere: FlagPlan["elsewhere"][number][] = [];
  for (const profile of withChildren(value.value.profiles)) {
    const flags = isMeant(wholeName(profile)) ? wantedFlags(profile.flags, wish) : undefined;
    if (flags === undefined) continue;
    const name = wholeName(profile);
    if (wish.kind === "mode" && !wish.isForced && SPECIAL.has(profile.flags.mode))
      kept.push({ profile: name, mode: profile.flags.mode });
    else if (profile.origin.span.file !== text.id)
      elsewhere.push({ profile: name, path: value.sources.get(profile.origin.span.file)?.path ?? file.path });
    else wanted.set(profile, flags);
  }
  const changed = [...wanted.keys()].map(wholeName);
  if (changed.length === 0) return ok({ steps: [], changed, kept, elsewhere });
  const { edits, problems } = plan(
    parse(text),
    [...wanted.keys()].flatMap((profile) => changeOf(profile, wish)),
  );
  if (problems.length > 0) return fail("its headers cannot be edited");
  const after = encodeBytes(applyEdits(text.text, edits));
  const wrong = unlike(withFlags(value.value, wanted), { path: file.path, bytes: after }, world);
  if (wrong !== undefined) return fail(wrong);
  return ok({ steps: [{ kind: "write", path: file.path, before: file.bytes, after }], changed, kept, elsewhere });
}

/**
 * A file's text, from wherever it is, as one of the set: each of its profiles, in whatever mode it was, complains. Errors: why it cannot be there, beside
 * all files but the one that it is to replace.
 */
export function complainingText(
  { path, text }: InactiveProfile,
  replaced: string,
  world: SetWorld,
): Outcome<string, string> {
  const file = readSetFile({ path, bytes: encodeBytes(text), state: "enabled" }, world, "rules");
  if ("skipped" in file) return fail(file.skipped.reason);
  const set = readPolicySet(world, "headers");
  const others = set.ok ? set.value.files.filter((other) => other.path !== replaced) : [];
  const taken = new Set(others.flatMap(({ profiles }) => profiles.map(({ name }) => name)));
  const twice = file.profiles.find(({ name }) => taken.has(name));
  if (twice !== undefined) return fail(`it holds ${twice.name}, which there is already`);
  const wish = { kind: "mode", mode: "complain", isForced: true } as const;
  const planned = planFlags({ file, profiles: undefined, wish, linkTarget: path }, () => true, world);
  if (!planned.ok) return planned;
  const { elsewhere, steps } = planned.value;
  const [other] = elsewhere;
  if (other !== undefined) return fail(`${other.profile} of it is in ${other.path}`);
  const [step] = steps;
  return ok(step?.kind === "write" ? decodeBytes(step.after) : text);
}

function withFlags(policy: Policy, wanted: ReadonlyMap<Profile, ProfileFlags>): Policy {
  const change = (profile: Profile): Profile => ({
    ...profile,
    flags: wanted.get(profile) ?? profile.flags,
    children: profile.children.map(change),
  });
  return { ...policy, profiles: policy.profiles.map(change) };
}

/** Why a new text is not the policy that is wanted; `undefined`: it is, and compiles. */
function unlike(
  wanted: Policy,
  source: { readonly path: string; readonly bytes: Uint8Array },
  { engine, files, settings }: SetWorld,
): string | undefined {
  const { source: checked, value } = engine.stages(source, settings, files).compile();
  const wrong = checked.diagnostics.find(({ severity }) => severity === "error");
  if (wrong !== undefined) return `it would not compile: ${wrong.message}`;
  return saysTheSame(wanted, value.value) ? undefined : "more than the flags would be different";
}

/** Whether the pattern that a profile attaches to holds a path. */
export function attaches(pattern: string, path: string): boolean {
  const glob = parseGlob(pattern, { nul: false });
  return glob.ok && matches(glob.value, encodeBytes(path));
}

/** What is superfluous, impossible or dangerous in policy, file by file; and texts without what can go. */
import { type Finding, type LintWorld, type Unit, findRemovable, lintFile } from "../analysis/lint/index.ts";
import { createCells, labelGraph } from "../analysis/reach/index.ts";
import { fail, ok, type Outcome } from "../foundation/basics/index.ts";
import { type Diagnostic, type FileReport, type FindSource, sortDiagnostics } from "../foundation/diagnostics/index.ts";
import { targetOf } from "../compiler/compile/index.ts";
import { applyEdits, sourceFile } from "../foundation/text/index.ts";
import type { FilesPort } from "../foundation/ports/index.ts";
import { parseFeatures, uniteFeatures } from "../language/features/index.ts";
import { isOfFamily } from "../language/tables/index.ts";
import { aliasedProfiles } from "../language/model/index.ts";
import type { LintConfig } from "./lint-config.ts";
import type { PolicySettings, PolicySource } from "./engine.ts";
import { type PolicyWorld, type WorldFile, openWorld } from "./meaning-world.ts";
import { differenceOf } from "./world-difference.ts";

export { LINT_CONFIG, type LintConfig, lintCodeOf, noConfig, readLintConfig } from "./lint-config.ts";
export { lintCodes } from "../analysis/lint/index.ts";
export { openWorld } from "./meaning-world.ts";
export { readUnit } from "./units.ts";

export interface LintOptions {
  /** The policy is all there is: what is missing in it is missing. */
  readonly isWhole: boolean;
  /** Features of the newest kernel known, as text. */
  readonly newest: string;
  readonly config: LintConfig;
  readonly units: readonly Unit[];
}

export interface LintedFile {
  readonly report: FileReport;
  readonly find: FindSource;
  /** How many findings comments and the configuration silenced. */
  readonly silenced: number;
  /** The text without what can be removed; `undefined` where there is nothing to remove, else why it cannot be. */
  readonly fixed: Outcome<string, string> | undefined;
}

export interface Linted {
  /** Looks at each file when it is asked for. */
  readonly files: Iterable<LintedFile>;
  /** What could not be looked at, with the reason, once all files have been. */
  readonly gaps: () => readonly string[];
  /** What was not wanted and not found, once all files have been looked at. */
  readonly unused: () => readonly LintConfig["allow"][number][];
}

export function lintFiles(world: PolicyWorld, options: LintOptions): Linted {
  const used = new Set<LintConfig["allow"][number]>();
  const gaps: string[] = [];
  const shared = sharedBy(world, options, (what) => gaps.push(what));
  return {
    files: eachFile(world, shared, { config: options.config, used }),
    gaps: () => [...new Set([...gaps, ...shared.graph.gaps()])],
    unused: () => options.config.allow.filter((one) => !used.has(one)),
  };
}

const QUEUE_WORDS = "create read write open delete setattr getattr label";
/** What the language and its ABIs know, and no kernel that is known looks at. */
const QUEUES = `ipc {posix_mqueue {${QUEUE_WORDS}\n}\nsysv_mqueue {${QUEUE_WORDS}\n}\n}\n`;

/** What the checks of all files of a policy share. */
function sharedBy(
  world: PolicyWorld,
  { isWhole, newest, units }: Omit<LintOptions, "config">,
  gap: LintWorld["gap"],
): LintWorld {
  const tree = uniteFeatures(parseFeatures(newest).tree, parseFeatures(QUEUES).tree);
  const profiles = world.files.flatMap(({ resolved }) => aliasedProfiles(resolved.value));
  return {
    cells: createCells(),
    graph: labelGraph(profiles, { enforced: true }),
    isWhole,
    newest: { kernelFeatures: tree, policyFeatures: tree, overrideFeatures: tree },
    units,
    gap,
  };
}

interface Wanted {
  readonly config: LintConfig;
  /** The exceptions that were made. */
  readonly used: Set<LintConfig["allow"][number]>;
}

function* eachFile(world: PolicyWorld, shared: LintWorld, wishes: Wanted): Generator<LintedFile> {
  for (const file of world.files) {
    const { findings, silenced } = lintFile(file.source, file.subjects, shared);
    const wanted = findings.flatMap((finding) => configured(finding, wishes));
    const sorted = sortDiagnostics(wanted);
    const fixed = fixedText(world, file, sorted);
    // What does not hold up as text is not offered.
    const diagnostics = fixed?.ok === false ? sorted.map((one) => ({ ...one, fixes: [] })) : sorted;
    yield {
      report: { file: file.source, ok: diagnostics.every(({ severity }) => severity !== "error"), diagnostics },
      find: (id) => file.resolved.sources.get(id) ?? sourceAnywhere(world, id),
      silenced: silenced + findings.length - wanted.length,
      fixed,
    };
  }
}

/** With the severity that the configuration gives it, unless it wants nothing of it. */
function configured(
  { diagnostic, profile }: Finding,
  { config: { allow, severity }, used }: Wanted,
): readonly Diagnostic[] {
  const allowed = allow.filter((one) => one.code === diagnostic.code && one.profile === profile);
  for (const one of allowed) used.add(one);
  const own = [...severity].find(([code]) => code === diagnostic.code)?.[1] ?? diagnostic.severity;
  return allowed.length > 0 || own === "off" ? [] : [{ ...diagnostic, severity: own }];
}

function sourceAnywhere(world: PolicyWorld, id: Parameters<FindSource>[0]): ReturnType<FindSource> {
  for (const { resolved } of world.files) {
    const source = resolved.sources.get(id);
    if (source !== undefined) return source;
  }
  return undefined;
}

/** All fixes of a file together, tried: the new text compiles to what the old one means; `undefined`: there are none. */
function fixedText(
  world: PolicyWorld,
  file: WorldFile,
  diagnostics: readonly Diagnostic[],
): Outcome<string, string> | undefined {
  const edits = diagnostics.flatMap(({ fixes }) => fixes.slice(0, 1).flatMap((fix) => fix.edits));
  if (edits.length === 0) return undefined;
  const text = applyEdits(
    file.source.text,
    edits.map(({ edit }) => edit),
  );
  const after = world.read(sourceFile(file.source.path, text));
  if (typeof after === "string") return fail(after);
  const difference = differenceOf(file, after);
  return difference === undefined ? ok(text) : fail(difference);
}

/** A file that is to be cleaned. */
export interface CleanRequest extends PolicySource {
  /** Whole names of profiles, which mean their children, too; `undefined`: all of the file. */
  readonly profiles: readonly string[] | undefined;
}

export interface CleanedFile {
  readonly path: string;
  readonly before: string;
  /** The same as `before` when nothing can go. */
  readonly after: string;
  /** How many rules are gone, by profile; those of which none are are left out. */
  readonly removed: ReadonlyMap<string, number>;
  /** Why the file stays as it is. */
  readonly problem: string | undefined;
  /** What could not be looked at. */
  readonly gaps: readonly string[];
}

/** What is found of rules that can go. A rule that can never match may be a slip: that is for lint to say. */
const SUPERFLUOUS: ReadonlySet<string> = new Set(["lint/rule-covered", "lint/rule-overruled"]);

/**
 * Looks for rules that can go: others of its profile, includes and all, say the same or take all of it back, and the text without them compiles to
 * the same policy. That is asked with all that a kernel with these features can enforce, and as the ABI of the profile has it: what only one of
 * the two would not miss stays. Comments and all else stay, too.
 *
 * Errors: files that cannot be read as policy, or would not mean the same, have a problem and no new text.
 */
export function cleanFiles(
  requests: readonly CleanRequest[],
  settings: PolicySettings,
  files: FilesPort,
): readonly CleanedFile[] {
  const asWritten = openWorld(requests, settings, files);
  // COST: nearly all of Debian's files have an ABI that leaves out nothing, and read twice they took half as long again.
  const enforced = asWritten.files.every(hasAllEnforced)
    ? asWritten
    : openWorld(requests, { ...settings, policyFeatures: { kind: "kernel" }, overrideAbi: true }, files);
  const problems = new Map([...enforced.skipped, ...asWritten.skipped].map(({ path, reason }) => [path, reason]));
  return requests.map((request): CleanedFile => {
    const { path } = request;
    const before = asWritten.files.find(({ source }) => source.path === path)?.source.text ?? "";
    const nothing = {
      path,
      before,
      after: before,
      removed: new Map<string, number>(),
      problem: problems.get(path),
      gaps: [],
    };
    if (nothing.problem !== undefined) return nothing;
    const gaps = new Set<string>();
    const looking = { newest: settings.kernelFeatures, gaps };
    const found =
      cleanedIn({ ...looking, world: enforced, other: asWritten }, request) ??
      (enforced === asWritten ? undefined : cleanedIn({ ...looking, world: asWritten, other: enforced }, request));
    return { ...nothing, ...found, gaps: [...gaps] };
  });
}

/**
 * Whether the policy as its ABI has it is the policy as the kernel could enforce it: what both are compiled for is the same. The text is read alike,
 * too, for an ABI of its own says which capabilities there are.
 */
function hasAllEnforced({ questions: { compile }, resolved: { value } }: WorldFile): boolean {
  if (value.abi?.source !== "file" || value.abi.features === undefined) return false;
  const { kernelFeatures } = compile;
  const whole = { kernelFeatures, policyFeatures: kernelFeatures, overrideFeatures: kernelFeatures };
  return JSON.stringify(targetOf(value, compile)) === JSON.stringify(targetOf(value, whole));
}

interface Looking {
  readonly world: PolicyWorld;
  readonly other: PolicyWorld;
  readonly newest: string;
  readonly gaps: Set<string>;
}

/** What goes by one reading of the policy, and changes nothing by the other. */
function cleanedIn(
  { world, other, newest, gaps }: Looking,
  { path, profiles }: CleanRequest,
): Pick<CleanedFile, "after" | "removed"> | undefined {
  const [file, twin] = [world, other].map(({ files }) => files.find(({ source }) => source.path === path));
  if (file === undefined || twin === undefined) return undefined;
  const shared = sharedBy(world, { isWhole: false, newest, units: [] }, (what) => gaps.add(what));
  const subjects = file.subjects.filter(({ profile }) => isWanted(profile.name, profiles));
  const found = findRemovable(file.source, subjects, shared).findings.filter(
    ({ diagnostic: { code, fixes } }) => SUPERFLUOUS.has(code) && fixes.length > 0,
  );
  const fixed = fixedText(
    world,
    file,
    found.map(({ diagnostic }) => diagnostic),
  );
  if (fixed?.ok !== true) return undefined;
  if (other !== world) {
    const again = other.read(sourceFile(path, fixed.value));
    if (typeof again === "string" || differenceOf(twin, again) !== undefined) return undefined;
  }
  const removed = new Map<string, number>();
  for (const { profile = "" } of found) removed.set(profile, (removed.get(profile) ?? 0) + 1);
  return { after: fixed.value, removed };
}

function isWanted(profile: string, wanted: readonly string[] | undefined): boolean {
  return wanted === undefined || wanted.some((name) => isOfFamily(profile, name));
}

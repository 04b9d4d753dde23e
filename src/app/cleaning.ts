/** Texts without the rules that can go. */
import { type LintWorld, findRemovable } from "../analysis/lint/index.ts";
import { targetOf } from "../compiler/compile/index.ts";
import { sourceFile } from "../foundation/text/index.ts";
import { isOfFamily } from "../language/tables/index.ts";
import type { PolicySource } from "./engine.ts";
import { fixedText, newestOptions } from "./fixed-text.ts";
import { type PolicyWorld, type WorldFile, openWorld } from "./meaning-world.ts";
import type { SetWorld } from "./policy-set.ts";
import { differenceOf } from "./world-difference.ts";

// COST: beside their own parts of the program all that reads policy would be there three times, and as slow in each as it is at first.
export { createEngine } from "./pipeline.ts";
export { readPolicySet, ruleFlaw } from "./policy-set.ts";

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
  { engine, files, settings }: SetWorld,
): readonly CleanedFile[] {
  const session = engine.session(files);
  const asWritten = openWorld(requests, settings, files, session);
  // COST: nearly all of Debian's files have an ABI that leaves out nothing, and read twice they took half as long again.
  const enforced = asWritten.files.every(hasAllEnforced)
    ? asWritten
    : openWorld(requests, { ...settings, policyFeatures: { kind: "kernel" }, overrideAbi: true }, files, session);
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
    };
    if (nothing.problem !== undefined) return nothing;
    const looking = { newest: newestOptions(settings.kernelFeatures) };
    const found =
      cleanedIn({ ...looking, world: enforced, other: asWritten }, request) ??
      (enforced === asWritten ? undefined : cleanedIn({ ...looking, world: asWritten, other: enforced }, request));
    return { ...nothing, ...found };
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
  readonly newest: LintWorld["newest"];
}

/** What goes by one reading of the policy, and changes nothing by the other. */
function cleanedIn(
  { world, other, newest }: Looking,
  { path, profiles }: CleanRequest,
): Pick<CleanedFile, "after" | "removed"> | undefined {
  const [file, twin] = [world, other].map(({ files }) => files.find(({ source }) => source.path === path));
  if (file === undefined || twin === undefined) return undefined;
  const subjects = file.subjects.filter(({ profile }) => isWanted(profile.name, profiles));
  const found = findRemovable(file.source, subjects, { newest }).findings.filter(
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

/**
 * Files of its own that a label puts where others look for theirs, without writing there: a hard link under a name that nothing has yet, or a
 * mount over a file or over a directory it is in.
 */
import { FilePermission, type Origin, type Profile, type Rule } from "../../language/model/index.ts";
import { capabilityNumber, MountFlag } from "../../language/tables/index.ts";
import { type Decision, decide, type Question } from "../monitor/index.ts";
import { examplePath } from "./attachments.ts";
import type { Meeting } from "./cells.ts";
import type { LabelFacts } from "./world.ts";

/** How a label gets content of its own to a path, and by which rules. */
export interface Written {
  readonly owner: boolean;
  readonly how: string;
  readonly origins: readonly Origin[];
}

const EVERY_FILE = "/{**,}";
/** Files that are tried. */
const MOST_SOURCES = 16;
/** Below these are no files that could be put elsewhere. */
const NO_FILES = /^\/(?:dev|proc|sys)\/|\/$/;

/** Patterns of paths that a label may give another content by its rules for links and mounts. */
export function substituting(profile: Profile): ReadonlySet<string> {
  return new Set(profile.rules.flatMap((rule) => (isAllowing(rule) ? textsOf(rule) : [])));
}

function isAllowing(rule: Rule): boolean {
  return rule.kind !== "rlimit" && rule.mode !== "deny";
}

function textsOf(rule: Rule): readonly string[] {
  if (rule.kind === "file") return (rule.permissions & FilePermission.l) === 0 ? [] : [rule.path.text];
  if (rule.kind === "link") return [rule.path?.text ?? EVERY_FILE];
  if (rule.kind !== "mount" || rule.verb !== "mount") return [];
  const at = rule.target?.text ?? EVERY_FILE;
  return [at, `${at}**`];
}

/** A file that a label may write. */
interface Source {
  readonly path: string;
  readonly owner: boolean;
}

/** Files that a label may write, one for each rule that allows it, in both halves. */
export function sourcesOf(parts: readonly LabelFacts[]): readonly Source[] {
  const rules = parts[0]?.profile.rules ?? [];
  const paths = rules.flatMap((rule) =>
    rule.kind === "file" && rule.mode !== "deny" && (rule.permissions & FilePermission.w) !== 0
      ? [examplePath(rule.path.text)]
      : [],
  );
  const files = [...new Set(paths)].filter((path) => !NO_FILES.test(path));
  const found = files.flatMap((path) => [false, true].map((owner) => ({ path, owner })));
  return found.filter((source) => mayWrite(parts, source)).slice(0, MOST_SOURCES);
}

function mayWrite(parts: readonly LabelFacts[], { path, owner }: Source): boolean {
  return askAll(parts, { kind: "file", path, letters: ["w"], owner }) !== undefined;
}

/** What each part says, if all of them allow it. */
function askAll(parts: readonly LabelFacts[], question: Question): readonly Decision[] | undefined {
  const decisions = parts.map(({ profile }) => decide(profile, question));
  return decisions.every(({ allowed }) => allowed) ? decisions : undefined;
}

interface Place {
  readonly meeting: Meeting;
  readonly sources: () => readonly Source[];
}

/** How a label gets content of its own to a path of the cell, if it does. `texts`: of each part what `substituting` gives. */
export function substitutedBy(
  parts: readonly LabelFacts[],
  texts: readonly ReadonlySet<string>[],
  { meeting, sources }: Place,
): Written | undefined {
  // COST: few profiles link or mount what they do not write
  if (!texts.every((own) => meeting.left.texts.some((text) => own.has(text)))) return undefined;
  const path = meeting.path();
  // neither leaves its filesystem gladly
  const nearest = sources().toSorted((one, other) => shared(other.path, path) - shared(one.path, path));
  return linkedBy(parts, path, nearest) ?? mountedBy(parts, path, nearest);
}

/** What the name would allow beyond the file refuses the link (kernel-abi 7.7). */
function linkedBy(parts: readonly LabelFacts[], path: string, sources: readonly Source[]): Written | undefined {
  for (const { path: target, owner } of sources) {
    const decisions = askAll(parts, { kind: "link", path, target, owner });
    if (decisions !== undefined) return { owner, how: `links ${target} to it`, origins: originsOf(decisions) };
  }
  return undefined;
}

/** A file over the file, or a directory over one that the file is in, in which there is a file of that name then (kernel-abi 8.10). */
function mountedBy(parts: readonly LabelFacts[], path: string, sources: readonly Source[]): Written | undefined {
  const capability = capabilityNumber("sys_admin");
  if (capability === undefined || askAll(parts, { kind: "capability", capability }) === undefined) return undefined;
  const over = (source: string, mountPoint: string): readonly Decision[] | undefined =>
    askAll(parts, { kind: "mount", mountPoint, source, fstype: undefined, flags: MountFlag.BIND });
  for (const { path: source, owner } of sources) {
    const whole = over(source, path);
    if (whole !== undefined) return { owner, how: `mounts ${source} over it`, origins: originsOf(whole) };
    const directory = source.slice(0, source.lastIndexOf("/") + 1);
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
      const mountPoint = path.slice(0, at + 1);
      const inside = { path: directory + path.slice(at + 1), owner };
      const decisions = mayWrite(parts, inside) ? over(directory, mountPoint) : undefined;
      if (decisions === undefined) continue;
      return { owner, how: `mounts ${directory} over ${mountPoint}`, origins: originsOf(decisions) };
    }
  }
  return undefined;
}

function originsOf(decisions: readonly Decision[]): Written["origins"] {
  return decisions.flatMap(({ allowedBy }) => allowedBy.slice(0, 1)).map(({ origin }) => origin);
}

/** Characters that two paths begin with. */
function shared(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return at;
}

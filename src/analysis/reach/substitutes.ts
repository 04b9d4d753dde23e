/**
 * Files of its own that a label puts where others look for theirs, without writing there: a hard link under a name that nothing has yet, or a
 * mount over a file or over a directory it is in.
 */
import { FilePermission, type Origin, type Profile, type Rule } from "../../language/model/index.ts";
import { capabilityNumber, MountFlag } from "../../language/tables/index.ts";
import { type Decision, decide, type Question } from "../monitor/index.ts";
import { examplePath } from "./attachments.ts";
import type { Cell, Meeting } from "./cells.ts";
import type { LabelFacts } from "./world.ts";

/** How a label gets content of its own to a path, and by which rules. */
export interface Written {
  readonly owner: boolean;
  readonly how: string;
  readonly origins: readonly Origin[];
  /** Of a single profile: all the rules each of which lets it write there; of substitutes none is listed. */
  readonly alike?: readonly Origin[];
}

const EVERY_FILE = "/{**,}";
/** Files that are tried. */
const MOST_SOURCES = 16;
/** Below these are no files that could be put elsewhere. */
const NO_FILES = /^\/(?:dev|proc|sys)\/|\/$/;

/** What a label may put in the place of files by its rules for links and mounts. */
interface Substitution {
  /** Patterns of the paths in whose place something may be put. */
  readonly texts: readonly string[];
  /** How content of its own gets to a path of the cell, if it does and that is wanted. */
  readonly at: (meeting: Meeting, isWanted: (meeting: Meeting) => boolean) => Written | undefined;
}

/** COST: a label is asked about many paths; what does not depend on the path is found out once. */
export function substitutionsOf(parts: readonly LabelFacts[]): Substitution {
  const links = parts.map(({ profile }) => textsOf(profile, linkTexts));
  const mounts = mayMount(parts) ? parts.map(({ profile }) => textsOf(profile, mountTexts)) : [];
  const mounters = parts.map(({ profile }) => withRules(profile, ["mount", "all"]));
  const linkers = parts.map(({ profile }) => withRules(profile, ["file", "link", "all"]));
  const sources = once(() => sourcesOf(linkers));
  const mountable = mountability(mounters);
  const texts = [...links, ...mounts].flatMap((own) => [...own]);
  if (texts.length === 0) return { texts, at: () => undefined };
  const known = new Map<number, readonly [isLink: boolean, isMount: boolean]>();
  const rulesAt = (cell: Cell): readonly [boolean, boolean] => {
    const found = known.get(cell.number) ?? ([isNamed(cell, links), isNamed(cell, mounts)] as const);
    known.set(cell.number, found);
    return found;
  };
  return {
    texts,
    at: (meeting, isWanted) => {
      const [isLink, isMount] = rulesAt(meeting.left);
      if ((!isLink && !isMount) || !isWanted(meeting)) return undefined;
      const path = meeting.path();
      // neither leaves its filesystem gladly
      const nearest = sources().toSorted((one, other) => shared(other.path, path) - shared(one.path, path));
      const linked = isLink ? linkedBy(linkers, path, nearest) : undefined;
      if (linked !== undefined || !isMount) return linked;
      return mountedBy(linkers, { path, cell: meeting.left.number }, { sources: nearest, mountable });
    },
  };
}

/** Whether each part has a rule of these in the cell. */
function isNamed(cell: Cell, each: readonly ReadonlySet<string>[]): boolean {
  return each.length > 0 && each.every((own) => cell.texts.some((text) => own.has(text)));
}

function withRules(profile: Profile, kinds: readonly Rule["kind"][]): Profile {
  return { ...profile, rules: profile.rules.filter(({ kind }) => kinds.includes(kind)) };
}

function textsOf({ rules }: Profile, texts: (rule: Rule) => readonly string[]): ReadonlySet<string> {
  return new Set(rules.flatMap((rule) => (rule.kind !== "rlimit" && rule.mode !== "deny" ? texts(rule) : [])));
}

function linkTexts(rule: Rule): readonly string[] {
  if (rule.kind === "file") return (rule.permissions & FilePermission.l) === 0 ? [] : [rule.path.text];
  return rule.kind === "link" ? [rule.path?.text ?? EVERY_FILE] : [];
}

function mountTexts(rule: Rule): readonly string[] {
  if (rule.kind !== "mount" || rule.verb !== "mount") return [];
  const at = rule.target?.text ?? EVERY_FILE;
  return [at, `${at}**`];
}

function mayMount(parts: readonly LabelFacts[]): boolean {
  const capability = capabilityNumber("sys_admin");
  const profiles = parts.map(({ profile }) => profile);
  return capability !== undefined && askAll(profiles, { kind: "capability", capability }) !== undefined;
}

/** `cell`: the mount point is in it, and the rules say the same to all that are. */
type Mountable = (source: string, mountPoint: string, cell?: number) => readonly Decision[] | undefined;

function mountability(mounters: readonly Profile[]): Mountable {
  const known = new Map<string, ReturnType<Mountable>>();
  return (source, mountPoint, cell) => {
    const key = `${source}\n${cell ?? mountPoint}`;
    if (!known.has(key)) {
      const decisions = askAll(mounters, {
        kind: "mount",
        mountPoint,
        source,
        fstype: undefined,
        flags: MountFlag.BIND,
      });
      known.set(key, decisions);
    }
    return known.get(key);
  };
}

function once<T>(compute: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => (known ??= { value: compute() }).value;
}

/** A file that a label may write. */
interface Source {
  readonly path: string;
  readonly owner: boolean;
}

/** Files that a label may write, one for each rule that allows it, in both halves. */
function sourcesOf(profiles: readonly Profile[]): readonly Source[] {
  const rules = profiles[0]?.rules ?? [];
  const paths = rules.flatMap((rule) =>
    rule.kind === "file" && rule.mode !== "deny" && (rule.permissions & FilePermission.w) !== 0
      ? [examplePath(rule.path.text)]
      : [],
  );
  const files = [...new Set(paths)].filter((path) => !NO_FILES.test(path));
  const found = files.flatMap((path) => [false, true].map((owner) => ({ path, owner })));
  return found.filter((source) => mayWrite(profiles, source)).slice(0, MOST_SOURCES);
}

function mayWrite(profiles: readonly Profile[], { path, owner }: Source): boolean {
  return askAll(profiles, { kind: "file", path, letters: ["w"], owner }) !== undefined;
}

/** What each part says, if all of them allow it. */
function askAll(profiles: readonly Profile[], question: Question): readonly Decision[] | undefined {
  const decisions = profiles.map((profile) => decide(profile, question));
  return decisions.every(({ allowed }) => allowed) ? decisions : undefined;
}

/** Whether rules for links speak of the path at all. COST: most rules with `l` are about files that are written, too. */
function mayBeLinked(parts: readonly Profile[], path: string): boolean {
  return [true, false].some((owner) => askAll(parts, { kind: "file", path, letters: ["l"], owner }) !== undefined);
}

/** What the name would allow beyond the file refuses the link (kernel-abi 7.7). */
function linkedBy(parts: readonly Profile[], path: string, sources: readonly Source[]): Written | undefined {
  for (const { path: target, owner } of mayBeLinked(parts, path) ? sources : []) {
    const decisions = askAll(parts, { kind: "link", path, target, owner });
    if (decisions !== undefined) return { owner, how: `links ${target} to it`, origins: originsOf(decisions) };
  }
  return undefined;
}

/** A file over the file, or a directory over one that the file is in, in which there is a file of that name then (kernel-abi 8.10). */
function mountedBy(
  parts: readonly Profile[],
  { path, cell }: { readonly path: string; readonly cell: number },
  { sources, mountable }: { readonly sources: readonly Source[]; readonly mountable: Mountable },
): Written | undefined {
  for (const { path: source, owner } of sources) {
    const whole = mountable(source, path, cell);
    if (whole !== undefined) return { owner, how: `mounts ${source} over it`, origins: originsOf(whole) };
    const directory = source.slice(0, source.lastIndexOf("/") + 1);
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
      const mountPoint = path.slice(0, at + 1);
      const decisions = mountable(directory, mountPoint);
      if (decisions === undefined || !mayWrite(parts, { path: directory + path.slice(at + 1), owner })) continue;
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

/**
 * Which installed file a profile attaches to. Patterns are taken apart into alternatives and these into parts of a path, so that only directories
 * are listed that a match can be in. A path with a link in it is none that a kernel sees.
 */
import type { FilesPort } from "../foundation/ports/index.ts";
import { compareBytes, decodeBytes, encodeBytes } from "../foundation/text/index.ts";
import { type GlobNode, hasByte, matches, parseGlob, slashes } from "../language/globs/index.ts";

interface SearchedFiles extends Pick<FilesPort, "kind" | "list"> {
  /** A path without links; `undefined`: it leads nowhere. */
  readonly realPath: (path: string) => string | undefined;
}

/** A pattern with `**` may mean all of a disk. */
const MOST_ENTRIES = 200_000;
const MOST_ALTERNATIVES = 4096;

export interface AttachedFile {
  /** The first in byte order of each alternative; `undefined`: there is none. */
  readonly path: string | undefined;
  /** Not all of the files that could match were looked at. */
  readonly isCut: boolean;
}

/** Looks for a file that a pattern holds. Errors: a text that is no pattern holds none. */
export function attachedFile(pattern: string, files: SearchedFiles): AttachedFile {
  const glob = parseGlob(slashes(pattern), { nul: false });
  if (!glob.ok) return { path: undefined, isCut: false };
  let left = MOST_ENTRIES;
  const isMatch = (path: string): boolean =>
    matches(glob.value, encodeBytes(path)) && files.kind(path) === "file" && files.realPath(path) === path;
  const list = (directory: string): readonly string[] => {
    const entries = left > 0 ? files.list(directory === "" ? "/" : directory) : undefined;
    if (entries?.ok !== true) return [];
    left -= entries.value.length + 1;
    return entries.value.map(({ name }) => name).toSorted(compareBytes);
  };
  const alternatives = alternativesOf(glob.value);
  for (const alternative of alternatives ?? []) {
    const [before, ...parts] = partsOf(alternative);
    const path = before?.length === 0 ? search("", parts, { isMatch, list }) : undefined;
    if (path !== undefined) return { path, isCut: false };
  }
  return { path: undefined, isCut: left <= 0 || alternatives === undefined };
}

/** What is left of a pattern without alternatives. */
type Step = Exclude<GlobNode, { readonly kind: "sequence" | "alternative" }>;

interface Search {
  readonly isMatch: (path: string) => boolean;
  readonly list: (directory: string) => readonly string[];
}

const SLASH = 47;

function search(directory: string, parts: readonly (readonly Step[])[], how: Search): string | undefined {
  const [part = [], ...rest] = parts;
  // No path that a kernel sees has two slashes side by side, or ends in one.
  if (part.length === 0) return undefined;
  if (part.some(mayBeSlash)) return searchBelow(directory, how);
  const names = part.every((step) => step.kind === "literal")
    ? [part.map(({ bytes }) => decodeBytes(bytes)).join("")]
    : how.list(directory).filter((name) => matches({ kind: "sequence", parts: part }, encodeBytes(name)));
  for (const name of names) {
    const path = `${directory}/${name}`;
    const found = rest.length > 0 ? search(path, rest, how) : how.isMatch(path) ? path : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function mayBeSlash(step: Step): boolean {
  return step.kind !== "literal" && hasByte(step.set, SLASH) !== step.negated;
}

function searchBelow(directory: string, how: Search): string | undefined {
  for (const name of how.list(directory)) {
    const path = `${directory}/${name}`;
    if (how.isMatch(path)) return path;
    const below = searchBelow(path, how);
    if (below !== undefined) return below;
  }
  return undefined;
}

/** The pattern once for each choice among its alternatives, in the order in which they are written; `undefined`: there are too many. */
function alternativesOf(node: GlobNode): readonly (readonly Step[])[] | undefined {
  switch (node.kind) {
    case "alternative": {
      const branches = node.branches.map(alternativesOf);
      const all = branches.flatMap((branch) => branch ?? []);
      return branches.includes(undefined) || all.length > MOST_ALTERNATIVES ? undefined : all;
    }
    case "sequence": {
      let heads: readonly (readonly Step[])[] = [[]];
      for (const run of runsOf(node.parts)) {
        const tails = "kind" in run ? alternativesOf(run) : [run];
        if (tails === undefined || heads.length * tails.length > MOST_ALTERNATIVES) return undefined;
        heads = heads.flatMap((head) => tails.map((tail) => [...head, ...tail]));
      }
      return heads;
    }
    case "literal":
    case "set":
    case "star":
      return [[node]];
  }
}

/** Neighbours that hold no alternatives are one. */
function runsOf(nodes: readonly GlobNode[]): readonly (GlobNode | readonly Step[])[] {
  const runs: (GlobNode | Step[])[] = [];
  for (const node of nodes) {
    const last = runs.at(-1);
    if (node.kind === "alternative" || node.kind === "sequence") runs.push(node);
    else if (last === undefined || "kind" in last) runs.push([node]);
    else last.push(node);
  }
  return runs;
}

/** Cut at its slashes; what may be a slash among other things stays inside a part. */
function partsOf(steps: readonly Step[]): readonly (readonly Step[])[] {
  const parts: Step[][] = [[]];
  for (const step of steps) {
    if (step.kind !== "literal") {
      parts.at(-1)?.push(step);
      continue;
    }
    for (let start = 0; start <= step.bytes.length;) {
      const slash = step.bytes.indexOf(SLASH, start);
      const end = slash === -1 ? step.bytes.length : slash;
      if (end > start) parts.at(-1)?.push({ kind: "literal", bytes: step.bytes.subarray(start, end) });
      if (slash !== -1) parts.push([]);
      start = end + 1;
    }
  }
  return parts;
}

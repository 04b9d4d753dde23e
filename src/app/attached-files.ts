/**
 * Which installed file a profile attaches to. Patterns are taken apart into alternatives and these into parts of a path, so that only directories
 * are listed that a match can be in. A path with a link in it is none that a kernel sees.
 */
import type { FilesPort } from "../foundation/ports/index.ts";
import { compareBytes, encodeBytes } from "../foundation/text/index.ts";
import { matches, parseGlob } from "../language/globs/index.ts";

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
  const glob = parseGlob(pattern, { nul: false });
  const alternatives = alternativesOf(pattern);
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
  for (const alternative of alternatives ?? [pattern]) {
    const path = search("", alternative.split("/").slice(1), { isMatch, list });
    if (path !== undefined) return { path, isCut: false };
  }
  return { path: undefined, isCut: left <= 0 || alternatives === undefined };
}

interface Search {
  readonly isMatch: (path: string) => boolean;
  readonly list: (directory: string) => readonly string[];
}

const SPECIAL = /[*?[\]{}\\^]/;

function search(directory: string, parts: readonly string[], how: Search): string | undefined {
  const [part = "", ...rest] = parts;
  if (part.includes("**")) return searchBelow(directory, how);
  const names = SPECIAL.test(part) ? how.list(directory).filter((name) => isPart(part, name)) : [part];
  for (const name of names) {
    const path = `${directory}/${name}`;
    const found = rest.length > 0 ? search(path, rest, how) : how.isMatch(path) ? path : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function isPart(part: string, name: string): boolean {
  const glob = parseGlob(part, { nul: false });
  return glob.ok && matches(glob.value, encodeBytes(name));
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

/** The pattern once for each combination of its `{a,b}`; `undefined`: there are too many. */
function alternativesOf(pattern: string): readonly string[] | undefined {
  const group = firstGroup(pattern);
  if (group === undefined) return [pattern];
  const found: string[] = [];
  for (const branch of group.branches) {
    const more = alternativesOf(pattern.slice(0, group.start) + branch + pattern.slice(group.end));
    if (more === undefined || found.length + more.length > MOST_ALTERNATIVES) return undefined;
    found.push(...more);
  }
  return found;
}

interface Group {
  readonly start: number;
  readonly end: number;
  readonly branches: readonly string[];
}

/** The first group in braces that holds no other. */
function firstGroup(pattern: string): Group | undefined {
  let start = -1;
  for (let at = 0; at < pattern.length; at += 1) {
    const letter = pattern[at];
    if (letter === "\\") at += 1;
    else if (letter === "[") at = Math.max(at, pattern.indexOf("]", at + 1));
    else if (letter === "{") start = at;
    else if (letter === "}" && start >= 0)
      return { start, end: at + 1, branches: branchesOf(pattern.slice(start + 1, at)) };
  }
  return undefined;
}

function branchesOf(text: string): readonly string[] {
  const branches = [""];
  // an escape, a class, or any other letter
  for (const [piece] of text.matchAll(/\\[^]|\[[^\]]*\]|[^]/g)) {
    if (piece === ",") branches.push("");
    else branches.push(`${branches.pop() ?? ""}${piece}`);
  }
  return branches;
}

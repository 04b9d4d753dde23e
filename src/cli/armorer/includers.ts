/** Who includes a file that is no policy by itself, by what is written in the files of the directory. */
import { skippedHere } from "../../app/index.ts";
import { decodeBytes, isInside, plainPath } from "../../foundation/text/index.ts";
import type { Invocation } from "./command.ts";

/** What is written behind `include`, or `#include`, at the start of a line. */
const INCLUDE = /^[ \t]*#?include[ \t]+(?:if[ \t]+exists[ \t]+)?<"?([^<>"\n]+)"?>/gm;

/** Where files are that profiles include in their bodies. */
const INCLUDED = ["abstractions", "local"];

/** Gives a profile of the base directory that includes a file below its `abstractions/` or `local/`, also by way of others; `undefined`: none is found. */
export type FindIncluder = (path: string) => string | undefined;

export function includersIn(base: string, { io }: Pick<Invocation, "io">): FindIncluder {
  const whole = (path: string): string => plainPath(path.startsWith("/") ? path : `${io.workingDirectory}/${path}`);
  const top = whole(base);
  const known = new Map<string, readonly string[]>();
  const includedBy = (path: string): readonly string[] => {
    const read = known.get(path) ?? readIncludes(path, top, io);
    known.set(path, read);
    return read;
  };
  const leadsTo = (from: string, meant: string, seen: Set<string>): boolean => {
    // No recursion: how long a chain of includes is, is up to whoever writes them.
    const open = [from];
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      if (seen.has(path)) continue;
      seen.add(path);
      const names = includedBy(path);
      if (names.some((name) => isInside(meant, name))) return true;
      open.push(...names);
    }
    return false;
  };
  let profiles: readonly string[] | undefined;
  return (path) => {
    const meant = whole(path);
    if (!INCLUDED.some((directory) => meant.startsWith(`${top}/${directory}/`))) return undefined;
    profiles ??= profilesIn(base, io);
    const seen = new Set<string>();
    return profiles.find((profile) => leadsTo(whole(profile), meant, seen));
  };
}

function profilesIn(base: string, { files }: Invocation["io"]): readonly string[] {
  const listed = files.list(base);
  const entries = (listed.ok ? listed.value : []).filter(({ kind }) => kind === "file");
  return entries.flatMap(({ name }) => (skippedHere(name) === undefined ? [`${base}/${name}`] : [])).toSorted();
}

function readIncludes(path: string, top: string, { files }: Invocation["io"]): readonly string[] {
  const read = files.read(path);
  if (!read.ok) return [];
  return [...decodeBytes(read.value).matchAll(INCLUDE)].map(([, name = ""]) => plainPath(`${top}/${name}`));
}

/** Who includes a file that is no policy by itself, by what is written in the files of the directory. */
import { skippedHere } from "../../app/index.ts";
import { decodeBytes, isInside, plainPath } from "../../foundation/text/index.ts";
import type { Invocation } from "./command.ts";

/** What is written behind `include`, or `#include`, at the start of a line. */
const INCLUDE = /^[ \t]*#?include[ \t]+(?:if[ \t]+exists[ \t]+)?<"?([^<>"\n]+)"?>/gm;

/** A profile of the base directory that includes the file, also by way of others; `undefined`: none is found. */
export function includerOf(path: string, base: string, { io }: Invocation): string | undefined {
  const whole = (one: string): string => plainPath(one.startsWith("/") ? one : `${io.workingDirectory}/${one}`);
  const top = whole(base);
  const meant = whole(path);
  const search = { io, top, seen: new Set<string>() };
  const listed = io.files.list(base);
  for (const { kind, name } of listed.ok ? listed.value : []) {
    if (kind !== "file" || skippedHere(name) !== undefined) continue;
    if (leadsTo(`${top}/${name}`, meant, search)) return `${base}/${name}`;
  }
  return undefined;
}

interface Search {
  readonly io: Invocation["io"];
  readonly top: string;
  /** What was looked at, and does not lead there. */
  readonly seen: Set<string>;
}

function leadsTo(from: string, meant: string, search: Search): boolean {
  if (search.seen.has(from)) return false;
  search.seen.add(from);
  const read = search.io.files.read(from);
  if (!read.ok) return false;
  const names = [...decodeBytes(read.value).matchAll(INCLUDE)].map(([, name = ""]) => `${search.top}/${name}`);
  return names.some((name) => isInside(meant, plainPath(name))) || names.some((name) => leadsTo(name, meant, search));
}

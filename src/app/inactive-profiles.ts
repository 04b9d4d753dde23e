/** Profiles that a system has and that are not in force (tools 11.1): the one for a program. */
import { type Outcome, ok } from "../foundation/basics/index.ts";
import type { FileRefusal, FilesPort } from "../foundation/ports/index.ts";
import { decodeBytes, sourceFile } from "../foundation/text/index.ts";
import { profileFileNames } from "../language/resolve/index.ts";
import { parse } from "../language/syntax/index.ts";

export interface InactiveProfile {
  readonly path: string;
  /** All of its file. */
  readonly text: string;
}

/** A file of the directory that has a profile whose name is the program's path, as it is written; of several the first by name. */
export function findInactive(
  program: string,
  directory: string,
  files: FilesPort,
): Outcome<InactiveProfile | undefined, FileRefusal> {
  const listing = files.list(directory);
  if (!listing.ok) return listing.error.errno === "ENOENT" ? ok(undefined) : listing;
  for (const name of profileFileNames(listing.value)) {
    const path = `${directory}/${name}`;
    const read = files.read(path);
    if (!read.ok) return read;
    const text = decodeBytes(read.value);
    // COST: few of a hundred files are about it, and to parse is dear.
    if (text.includes(program) && isFor(program, path, text)) return ok({ path, text });
  }
  return ok(undefined);
}

function isFor(program: string, path: string, text: string): boolean {
  const { diagnostics, items } = parse(sourceFile(path, text));
  if (diagnostics.some(({ severity }) => severity === "error")) return false;
  return items.some((item) => item.kind === "profile" && item.name.value === program);
}

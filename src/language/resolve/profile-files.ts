import type { FileEntry } from "../../foundation/ports/index.ts";
import { compareBytes } from "../../foundation/text/index.ts";
import { ignoredFileName } from "../tables/index.ts";

/** The names of the files of a directory that a boot reads, in byte order: regular files, not the names that package managers and editors leave. */
export function profileFileNames(entries: readonly FileEntry[]): readonly string[] {
  return entries
    .filter(({ kind, name }) => kind === "file" && ignoredFileName(name) === undefined)
    .map(({ name }) => name)
    .toSorted(compareBytes);
}

/** The operands: files and directories, in order. */
import type { FileEntry } from "../foundation/ports/index.ts";
import { skippedName } from "../app/index.ts";
import type { CliIo } from "./io.ts";

/** What one operand comes to. */
export type Input =
  | { readonly kind: "file"; readonly path: string; /** As the command line says it. */ readonly operand: string }
  | { readonly kind: "stdin" }
  | { readonly kind: "missing"; readonly path: string; readonly errno: string }
  /** A directory with entries that lead nowhere; it comes behind the others. */
  | { readonly kind: "broken-directory"; readonly path: string; readonly errno: string }
  | { readonly kind: "ignored"; readonly name: string };

/** Which names are passed over in a directory, and how. */
type Skips = typeof skippedName;

function entryInputs(directory: string, entry: FileEntry, skips: Skips): readonly Input[] {
  const skipped = skips(entry.name);
  if (skipped !== undefined) return skipped === "loudly" ? [{ kind: "ignored", name: entry.name }] : [];
  if (entry.kind === "directory") return [];
  return entry.kind === "dangling" ? [] : [{ kind: "file", path: `${directory}/${entry.name}`, operand: directory }];
}

interface Reading {
  readonly io: CliIo;
  readonly skips: Skips;
}

function directoryInputs(directory: string, entries: readonly FileEntry[], { io, skips }: Reading): readonly Input[] {
  const inputs = entries.flatMap((entry) => entryInputs(directory, entry, skips));
  const broken = entries.findLast((entry) => entry.kind === "dangling" && skips(entry.name) === undefined);
  if (broken === undefined) return inputs;
  const status = io.files.status(`${directory}/${broken.name}`);
  return [...inputs, { kind: "broken-directory", path: directory, errno: status.ok ? "ENOENT" : status.error.errno }];
}

/** Everything to work on; standard input when there is no operand. Files of a directory come in the order of their names. */
export function listInputs(operands: readonly string[], io: CliIo, skips: Skips = skippedName): readonly Input[] {
  if (operands.length === 0) return [{ kind: "stdin" }];
  return operands.flatMap((path): readonly Input[] => {
    const status = io.files.status(path);
    if (!status.ok) return [{ kind: "missing", path, errno: status.error.errno }];
    if (status.value.kind !== "directory") return [{ kind: "file", path, operand: path }];
    const listing = io.files.list(path);
    if (!listing.ok) return [{ kind: "missing", path, errno: listing.error.errno }];
    return directoryInputs(path, listing.value, { io, skips });
  });
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

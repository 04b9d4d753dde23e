/** The files of this machine: looking, reading (reading.ts) and writing (writing.ts), with refusals as values. */
import { join } from "node:path";
import { type Outcome, fail } from "../foundation/basics/index.ts";
import { compareBytes } from "../foundation/text/index.ts";
import type {
  FileEntry,
  FileRefusal,
  FileStatus,
  FileStorePort,
  OutputFile,
  WriteOptions,
} from "../foundation/ports/index.ts";
import { Troubled, attempt, systemError, unless } from "./errno.ts";
import { openLanding } from "./landing.ts";
import { readOwn, within } from "./own-files.ts";
import { MOST_ENTRIES, descriptorOf, readFile } from "./reading.ts";
import { type System, type SystemStatus, nodeSystem, retrying } from "./system.ts";
import {
  removeExpected,
  type Replacement,
  TEMPORARY,
  openReplacement,
  temporaryName,
  writeFile,
  writeWhole,
  makeDirectory,
} from "./writing.ts";

function kindOf(status: { isFile: () => boolean; isDirectory: () => boolean }): FileStatus["kind"] {
  return status.isFile() ? "file" : status.isDirectory() ? "directory" : "other";
}

/** As the call would refuse it: Node's own error costs more than all the rest where there is often nothing. */
function statusOf(system: System, path: string): SystemStatus {
  const status = system.stat(path);
  if (status === undefined) throw systemError("ENOENT");
  return status;
}

/** Nothing is only what the system says is nothing: whoever goes on to read what it will not show gets the reason. */
function kindAt(system: System, path: string): FileEntry["kind"] | undefined {
  const outcome = attempt(path, () => unless("ELOOP", undefined, () => system.stat(path)));
  if (!outcome.ok) return "other";
  return outcome.value === undefined ? undefined : kindOf(outcome.value);
}

/** What a link leads to. Errors: whatever hides that; a listing that leaves it open whether there is a file is none. */
function kindOfLink(system: System, path: string): FileEntry["kind"] {
  const status = unless("ELOOP", undefined, () => system.stat(path));
  return status === undefined ? "dangling" : kindOf(status);
}

function list(system: System, path: string): readonly FileEntry[] {
  const entries = system.readdir(path, MOST_ENTRIES);
  if (entries.length > MOST_ENTRIES) throw new Troubled("EFBIG", { kind: "too-many-entries", most: MOST_ENTRIES });
  return entries
    .map(({ name, kind }) => {
      if (kind === "file" || kind === "directory") return { name, kind };
      return { name, kind: kindOfLink(system, join(path, name)) };
    })
    .toSorted((a, b) => compareBytes(a.name, b.name));
}

/** COST: a cache is hundreds of small files; what `write` asks of the disk for each is half of what filling one costs. */
function writeExpendable(system: System, path: string, { bytes, mode }: { bytes: Uint8Array; mode: number }): void {
  const slash = path.lastIndexOf("/") + 1;
  const temporary = `${path.slice(0, slash)}${temporaryName(path.slice(slash))}`;
  const descriptor = system.open(temporary, TEMPORARY, mode);
  try {
    try {
      writeWhole(system, descriptor, bytes);
    } finally {
      system.close(descriptor);
    }
    system.rename(temporary, path);
  } catch (thrown) {
    attempt(temporary, () => {
      system.unlink(temporary);
    });
    throw thrown;
  }
}

/** A file, a link, or a directory with nothing in it. */
function removeOne(system: System, path: string): void {
  const landing = openLanding(system, path, true);
  try {
    if (landing.entry === undefined) throw systemError("ENOENT");
    if (landing.entry.isDirectory()) system.rmdir(landing.at(landing.name));
    else system.unlink(landing.at(landing.name));
  } finally {
    system.close(landing.directory);
  }
}

/**
 * The files of this machine.
 *
 * Errors: whatever Node throws becomes a `FileRefusal`.
 */
export function nodeFiles(given: System = nodeSystem): FileStorePort {
  const system = retrying(given);
  return {
    read: (path, options) => attempt(path, () => readFile(system, path, options)),
    list: (path) => attempt(path, () => list(system, path)),
    kind: (path) => kindAt(system, path),
    status: (path) =>
      attempt(path, () => {
        const status = statusOf(system, path);
        return {
          kind: kindOf(status),
          sizeBytes: Number(status.size),
          mode: Number(status.mode) & 0o7777,
          modifiedNs: status.mtimeNs,
        };
      }),
    readOwn: (path, range) => attempt(path, () => readOwn(system, path, range)),
    write: (path, bytes, options = {}) =>
      attempt(path, () => {
        if (options.expendable === true) writeExpendable(system, path, { bytes, mode: options.mode ?? 0o644 });
        else writeFile(system, path, bytes, options);
      }),
    output: (path, options = {}) => attempt(path, () => outputFile(path, openOutput(system, path, options))),
    within: (path, action) => attempt(path, () => within(system, path, action)),
    remove: (path, { expected } = {}) =>
      attempt(path, () => (expected === undefined ? removeOne(system, path) : removeExpected(system, path, expected))),
    makeDirectory: (path, mode) => attempt(path, () => makeDirectory(system, path, mode)),
  };
}

function doNothing(): void {}

/** The way to a result; what the user handed over as a descriptor is written to as it is. */
function openOutput(system: System, path: string, options: Pick<WriteOptions, "mode">): Replacement {
  const handed = descriptorOf(path);
  if (handed === undefined) return openReplacement(system, path, { ...options, isOutput: true });
  system.fstat(handed);
  return { write: (bytes) => writeWhole(system, handed, bytes), commit: doNothing, discard: doNothing };
}

/** With refusals as values; the first one counts for all that comes after it. */
function outputFile(path: string, replacement: Replacement): OutputFile {
  let failed: FileRefusal | undefined;
  const step = (action: () => void): Outcome<void, FileRefusal> => {
    if (failed !== undefined) return fail(failed);
    const outcome = attempt(path, action);
    if (!outcome.ok) {
      failed = outcome.error;
      replacement.discard();
    }
    return outcome;
  };
  return {
    write: (bytes) => step(() => replacement.write(bytes)),
    commit: () => step(() => replacement.commit()),
    discard: () => replacement.discard(),
  };
}

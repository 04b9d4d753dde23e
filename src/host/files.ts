/**
 * Files. A write goes to a temporary name beside the target, is forced to the disk unless it is expendable, and renamed over it, so that
 * no reader and no crash ever meets half of it. The temporary name begins with a dot, which every tool of AppArmor skips.
 */
import { basename, dirname, join, resolve } from "node:path";
import { compareBytes } from "../foundation/text/index.ts";
import type { FileEntry, FileStatus, FileStorePort, WriteOptions } from "../foundation/ports/index.ts";
import { attempt } from "./errno.ts";
import { readOwn, within } from "./own-files.ts";
import { readWhole } from "./reading.ts";
import {
  type System,
  type SystemStatus,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  nodeSystem,
} from "./system.ts";

function kindOf(status: { isFile: () => boolean; isDirectory: () => boolean }): FileStatus["kind"] {
  return status.isFile() ? "file" : status.isDirectory() ? "directory" : "other";
}

/** As the call would refuse it: Node's own error costs more than all the rest where there is often nothing. */
function statusOf(system: System, path: string): SystemStatus {
  const status = system.stat(path);
  if (status === undefined) throw Object.assign(new Error(`no such file: ${path}`), { code: "ENOENT" });
  return status;
}

function kindQuietly(system: System, path: string): FileEntry["kind"] | undefined {
  const outcome = attempt(path, () => system.stat(path));
  return outcome.ok && outcome.value !== undefined ? kindOf(outcome.value) : undefined;
}

function list(system: System, path: string): readonly FileEntry[] {
  return system
    .readdir(path)
    .map(({ name, kind }) => {
      if (kind === "file" || kind === "directory") return { name, kind };
      return { name, kind: kindQuietly(system, join(path, name)) ?? "dangling" } as const;
    })
    .toSorted((a, b) => compareBytes(a.name, b.name));
}

/** Where a write to `path` must land: links followed, also a link to a file that is not there yet. */
function landing(system: System, path: string): string {
  let at = resolve(path);
  for (let depth = 0; depth < 40; depth += 1) {
    const target = attempt(at, () => system.readlink(at));
    if (!target.ok) break;
    at = resolve(dirname(at), target.value);
  }
  const directory = attempt(at, () => system.realpath(dirname(at)));
  return directory.ok ? join(directory.value, basename(at)) : at;
}

function writeWhole(system: System, descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += system.write(descriptor, bytes, at);
}

/**
 * Sets a modification time that is not before `modifiedNs` and at most a few microseconds after it: Node takes seconds as a
 * float and cuts to microseconds, and a cache file that is older than its source by one nanosecond is no cache file.
 */
function stamp(system: System, descriptor: number, modifiedNs: bigint): void {
  for (let extraUs = 0n; extraUs < 16n; extraUs += 1n) {
    const seconds = Number(modifiedNs / 1000n + extraUs) / 1e6;
    system.futimes(descriptor, seconds, seconds);
    if (system.fstat(descriptor).mtimeNs >= modifiedNs) return;
  }
}

function syncDirectory(system: System, path: string): void {
  const descriptor = system.open(path, O_RDONLY | O_DIRECTORY);
  try {
    system.fsync(descriptor);
  } finally {
    system.close(descriptor);
  }
}

const TEMPORARY = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;

let writes = 0;

/** A name nobody else uses now; opening it fails if somebody does. */
function temporaryName(name: string): string {
  writes += 1;
  const unique = [process.pid, writes, process.hrtime.bigint() % 1_000_000_007n].map((part) => part.toString(36));
  return `.${name.slice(0, 100)}.${unique.join("-")}~`;
}

function write(system: System, path: string, bytes: Uint8Array, options: WriteOptions): void {
  const target = options.isFresh === true ? path : landing(system, path);
  const old = options.isFresh === true ? undefined : system.stat(target);
  if (old !== undefined && !old.isFile() && !old.isDirectory()) {
    writeInPlace(system, target, bytes);
    return;
  }
  const mode = old === undefined ? (options.mode ?? 0o644) : Number(old.mode) & 0o7777;
  const temporary = join(dirname(target), temporaryName(basename(target)));
  const descriptor = system.open(temporary, TEMPORARY, 0o600);
  try {
    try {
      writeWhole(system, descriptor, bytes);
      keepOwner(system, descriptor, old);
      system.fchmod(descriptor, mode);
      if (options.modifiedNs !== undefined) stamp(system, descriptor, options.modifiedNs);
      system.fsync(descriptor);
    } finally {
      system.close(descriptor);
    }
    system.rename(temporary, target);
  } catch (thrown) {
    attempt(temporary, () => {
      system.unlink(temporary);
    });
    throw thrown;
  }
  syncDirectory(system, dirname(target));
}

/** COST: a cache is hundreds of small files; what `write` asks of the disk for each is half of what filling one costs. */
function writeExpendable(system: System, path: string, { bytes, mode }: { bytes: Uint8Array; mode: number }): void {
  const temporary = join(dirname(path), temporaryName(basename(path)));
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

/** Devices and pipes are written to, never replaced. */
function writeInPlace(system: System, path: string, bytes: Uint8Array): void {
  const descriptor = system.open(path, O_RDWR);
  try {
    writeWhole(system, descriptor, bytes);
  } finally {
    system.close(descriptor);
  }
}

/** A file, a link, or a directory with nothing in it. */
function removeOne(system: System, path: string): void {
  if (system.lstat(path)?.isDirectory() === true) system.rmdir(path);
  else system.unlink(path);
}

function keepOwner(system: System, descriptor: number, old: SystemStatus | undefined): void {
  const fresh = system.fstat(descriptor);
  if (old === undefined || (old.uid === fresh.uid && old.gid === fresh.gid)) return;
  system.fchown(descriptor, Number(old.uid), Number(old.gid));
}

/**
 * The files of this machine.
 *
 * Errors: whatever Node throws becomes a `FileRefusal`.
 */
export function nodeFiles(system: System = nodeSystem): FileStorePort {
  return {
    read: (path) => attempt(path, () => readWhole(system, path)),
    list: (path) => attempt(path, () => list(system, path)),
    kind: (path) => kindQuietly(system, path),
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
    readOwn: (path) => attempt(path, () => readOwn(system, path)),
    write: (path, bytes, options = {}) =>
      attempt(path, () => {
        if (options.expendable === true) writeExpendable(system, path, { bytes, mode: options.mode ?? 0o644 });
        else write(system, path, bytes, options);
      }),
    within: (path, action) => attempt(path, () => within(system, path, action)),
    remove: (path) => attempt(path, () => removeOne(system, path)),
    makeDirectory: (path, mode) =>
      attempt(path, () => {
        system.mkdir(path, mode);
      }),
  };
}

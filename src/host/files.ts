/**
 * Files. A write goes to a temporary name beside the target, is forced to the disk unless it is expendable, and renamed over it, so that
 * no reader and no crash ever meets half of it. The temporary name begins with a dot, which every tool of AppArmor skips.
 */
import {
  chmodSync,
  chownSync,
  closeSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import { compareBytes, decodeBytes, encodeBytes } from "../foundation/text/index.ts";
import type { FileEntry, FileRefusal, FileStatus, FileStorePort, WriteOptions } from "../foundation/ports/index.ts";
import { errnoOf } from "./errno.ts";

/** A path as Node must be given it: bytes where the text holds bytes that are not UTF-8. */
export function nodePath(path: string): string | Buffer {
  return /[\ud800-\udfff]/.test(path) ? Buffer.from(encodeBytes(path)) : path;
}

/** What `action` gives, or the errno name of why not. */
export function attempt<T>(path: string, action: () => T): Outcome<T, FileRefusal> {
  try {
    return ok(action());
  } catch (thrown) {
    return fail({ path, errno: errnoOf(thrown) });
  }
}

function kindOf(status: { isFile: () => boolean; isDirectory: () => boolean }): FileStatus["kind"] {
  return status.isFile() ? "file" : status.isDirectory() ? "directory" : "other";
}

function kind(path: string): FileEntry["kind"] | undefined {
  const status = statSync(nodePath(path), { throwIfNoEntry: false });
  return status === undefined ? undefined : kindOf(status);
}

function kindQuietly(path: string): FileEntry["kind"] | undefined {
  const outcome = attempt(path, () => kind(path));
  return outcome.ok ? outcome.value : undefined;
}

function list(path: string): readonly FileEntry[] {
  return readdirSync(nodePath(path), { encoding: "buffer", withFileTypes: true })
    .map((entry) => {
      const name = decodeBytes(entry.name);
      if (entry.isFile()) return { name, kind: "file" } as const;
      if (entry.isDirectory()) return { name, kind: "directory" } as const;
      return { name, kind: kindQuietly(join(path, name)) ?? "dangling" } as const;
    })
    .toSorted((a, b) => compareBytes(a.name, b.name));
}

/** Where a write to `path` must land: links followed, also a link to a file that is not there yet. */
function landing(path: string): string {
  let at = resolve(path);
  for (let depth = 0; depth < 40; depth += 1) {
    const target = attempt(at, () => readlinkSync(nodePath(at), { encoding: "buffer" }));
    if (!target.ok) break;
    at = resolve(dirname(at), decodeBytes(target.value));
  }
  const directory = attempt(at, () => decodeBytes(realpathSync(nodePath(dirname(at)), { encoding: "buffer" })));
  return directory.ok ? join(directory.value, basename(at)) : at;
}

function writeWhole(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
}

/**
 * Sets a modification time that is not before `modifiedNs` and at most a few microseconds after it: Node takes seconds as a
 * float and cuts to microseconds, and a cache file that is older than its source by one nanosecond is no cache file.
 */
function stamp(path: string, modifiedNs: bigint): void {
  for (let extraUs = 0n; extraUs < 16n; extraUs += 1n) {
    const seconds = Number(modifiedNs / 1000n + extraUs) / 1e6;
    utimesSync(nodePath(path), seconds, seconds);
    if (statSync(nodePath(path), { bigint: true }).mtimeNs >= modifiedNs) return;
  }
}

function syncDirectory(path: string): void {
  const descriptor = openSync(nodePath(path), "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

let writes = 0;

/** A name nobody else uses now; opening it fails if somebody does. */
function temporaryName(name: string): string {
  writes += 1;
  const unique = [process.pid, writes, process.hrtime.bigint() % 1_000_000_007n].map((part) => part.toString(36));
  return `.${name.slice(0, 100)}.${unique.join("-")}~`;
}

function write(path: string, bytes: Uint8Array, options: WriteOptions): void {
  const target = landing(path);
  const old = statSync(nodePath(target), { throwIfNoEntry: false });
  if (old !== undefined && !old.isFile() && !old.isDirectory()) {
    writeInPlace(target, bytes);
    return;
  }
  const mode = old === undefined ? (options.mode ?? 0o644) : old.mode & 0o7777;
  const temporary = join(dirname(target), temporaryName(basename(target)));
  const descriptor = openSync(nodePath(temporary), "wx", 0o600);
  try {
    try {
      writeWhole(descriptor, bytes);
      keepOwner(temporary, old, fstatSync(descriptor));
      chmodSync(nodePath(temporary), mode);
      if (options.modifiedNs !== undefined) stamp(temporary, options.modifiedNs);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(nodePath(temporary), nodePath(target));
  } catch (thrown) {
    attempt(temporary, () => unlinkSync(nodePath(temporary)));
    throw thrown;
  }
  syncDirectory(dirname(target));
}

/** COST: a cache is hundreds of small files; what `write` asks of the disk for each is half of what filling one costs. */
function writeExpendable(path: string, bytes: Uint8Array, mode: number): void {
  const temporary = join(dirname(path), temporaryName(basename(path)));
  const descriptor = openSync(nodePath(temporary), "wx", mode);
  try {
    try {
      writeWhole(descriptor, bytes);
    } finally {
      closeSync(descriptor);
    }
    renameSync(nodePath(temporary), nodePath(path));
  } catch (thrown) {
    attempt(temporary, () => unlinkSync(nodePath(temporary)));
    throw thrown;
  }
}

/** Devices and pipes are written to, never replaced. */
function writeInPlace(path: string, bytes: Uint8Array): void {
  const descriptor = openSync(nodePath(path), "r+");
  try {
    writeWhole(descriptor, bytes);
  } finally {
    closeSync(descriptor);
  }
}

/** A file, a link, or a directory with nothing in it. */
function removeOne(path: string): void {
  if (lstatSync(nodePath(path)).isDirectory()) rmdirSync(nodePath(path));
  else unlinkSync(nodePath(path));
}

function keepOwner(
  path: string,
  old: { uid: number; gid: number } | undefined,
  fresh: { uid: number; gid: number },
): void {
  if (old === undefined || (old.uid === fresh.uid && old.gid === fresh.gid)) return;
  chownSync(nodePath(path), old.uid, old.gid);
}

/**
 * The files of this machine.
 *
 * Errors: whatever Node throws becomes a `FileRefusal`.
 */
export function nodeFiles(): FileStorePort {
  return {
    read: (path) => attempt(path, () => readFileSync(nodePath(path))),
    list: (path) => attempt(path, () => list(path)),
    kind: kindQuietly,
    status: (path) =>
      attempt(path, () => {
        const status = statSync(nodePath(path), { bigint: true });
        return {
          kind: kindOf(status),
          sizeBytes: Number(status.size),
          mode: Number(status.mode) & 0o7777,
          modifiedNs: status.mtimeNs,
        };
      }),
    write: (path, bytes, options = {}) =>
      attempt(path, () => {
        if (options.expendable === true) writeExpendable(path, bytes, options.mode ?? 0o644);
        else write(path, bytes, options);
      }),
    remove: (path) => attempt(path, () => removeOne(path)),
    makeDirectory: (path, mode) =>
      attempt(path, () => {
        mkdirSync(nodePath(path), { mode });
      }),
  };
}

/** Whether only the user who runs this (and root) can change what is in a directory. */
export function isOwnDirectory(path: string): boolean {
  const status = attempt(path, () => statSync(nodePath(path)));
  if (!status.ok || !status.value.isDirectory()) return false;
  return status.value.uid === process.geteuid?.() && (status.value.mode & 0o022) === 0;
}

/**
 * Files that decide about policy although nobody named them: caches. What is judged is what was opened, never a name that somebody
 * could have put something else behind; and a directory is used through its descriptor, so that it stays the one that was judged.
 */
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import { type ByteRange, type FileRefusal, type OwnFile, MOST_POLICY_BYTES } from "../foundation/ports/index.ts";
import { attempt } from "./errno.ts";
import { readOpen } from "./reading.ts";
import {
  type System,
  type SystemStatus,
  O_DIRECTORY,
  O_NOCTTY,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_RDONLY,
  nodeSystem,
  retrying,
} from "./system.ts";

/** Why a directory is not used. */
export type DirectoryRefusal =
  | ({ readonly kind: "refused" } & FileRefusal)
  /** Somebody else owns this part of its path, or may write there. */
  | { readonly kind: "others-may-write"; readonly path: string };

/** Whether nobody but this user and root can change it. A sticky directory is not enough: anybody may add to it. */
function isOwn(system: System, { mode, uid }: SystemStatus): boolean {
  return (uid === 0n || Number(uid) === system.geteuid()) && (mode & 0o022n) === 0n;
}

function refuse(errno: string): never {
  throw Object.assign(new Error(errno), { code: errno });
}

/** A file that is one of our own, by what was opened. A second name for it would be in a directory of somebody's we know nothing of. */
export function readOwn(system: System, path: string, range?: ByteRange): OwnFile {
  const descriptor = system.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  try {
    const status = system.fstat(descriptor);
    if (!status.isFile() || status.nlink !== 1n || !isOwn(system, status)) refuse("EPERM");
    const bytes =
      range === undefined
        ? readOpen(system, descriptor, MOST_POLICY_BYTES, status)
        : readRange(system, descriptor, range, Number(status.size));
    return { bytes, modifiedNs: status.mtimeNs };
  } finally {
    system.close(descriptor);
  }
}

function readRange(system: System, descriptor: number, { end, start }: ByteRange, sizeBytes: number): Uint8Array {
  const buffer = Buffer.allocUnsafeSlow(Math.max(0, Math.min(end, sizeBytes) - start));
  let length = 0;
  while (length < buffer.length) {
    const count = system.read(descriptor, buffer, length, start + length);
    if (count === 0) break;
    length += count;
  }
  return buffer.subarray(0, length);
}

/** Without /proc there is no way into a directory that is open. */
function pathThrough(system: System, descriptor: number): string {
  const through = `/proc/self/fd/${descriptor}`;
  if (!isSame(system.stat(through), system.fstat(descriptor))) refuse("ENOSYS");
  return through;
}

/** What `action` gives for a path that leads to this very directory. */
export function within<T>(system: System, path: string, action: (held: string) => T): T {
  const descriptor = system.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    return action(pathThrough(system, descriptor));
  } finally {
    system.close(descriptor);
  }
}

function isSame(a: SystemStatus | undefined, b: SystemStatus): boolean {
  return a?.dev === b.dev && a.ino === b.ino;
}

export interface DirectoryOptions {
  /** It was not named by anybody, so nobody but this user and root may be able to change it or any directory above it. */
  readonly mustBeOwn: boolean;
  /** What is above this directory was named by the user, and is not judged. */
  readonly from?: string | undefined;
}

/** The first part of an absolute path that others could change, from the top; a link among them is none of ours. */
function firstForeign(system: System, path: string, from: string | undefined): string | undefined {
  const parts = path.split("/").filter((part) => part !== "");
  const paths = ["/", ...parts.map((_, index) => `/${parts.slice(0, index + 1).join("/")}`)];
  // Where it does not lead through there, everything is judged.
  const start = from === undefined ? 0 : Math.max(paths.indexOf(system.realpath(from)), 0);
  return paths.slice(start).find((part) => {
    const status = system.lstat(part);
    // It was there when it was opened; that it is gone says nothing about who may write where.
    if (status === undefined) refuse("ENOENT");
    return !status.isDirectory() || !isOwn(system, status);
  });
}

/** Opens a directory; below what it gives, paths lead into that very directory for as long as this process lives. */
function open(system: System, path: string, options: DirectoryOptions): Outcome<string, DirectoryRefusal> {
  const descriptor = system.open(path, O_RDONLY | O_DIRECTORY);
  let isKept = false;
  try {
    const through = pathThrough(system, descriptor);
    const place = system.readlink(through);
    const { mustBeOwn, from } = options;
    const foreign = mustBeOwn ? firstForeign(system, place, from) : undefined;
    if (foreign !== undefined) return fail({ kind: "others-may-write", path: foreign });
    // Its name, which was judged, may lead elsewhere by now.
    const named = mustBeOwn ? system.lstat(place) : system.fstat(descriptor);
    if (named === undefined) refuse("ENOENT");
    if (!isSame(named, system.fstat(descriptor))) return fail({ kind: "others-may-write", path: place });
    isKept = true;
    return ok(through);
  } finally {
    if (!isKept) system.close(descriptor);
  }
}

/**
 * A directory for files that are read back and believed.
 *
 * Shape: a path in; out, a path that leads to the directory that was opened, whatever becomes of its name.
 */
export function openDirectory(
  path: string,
  options: DirectoryOptions,
  system: System = nodeSystem,
): Outcome<string, DirectoryRefusal> {
  const opened = attempt(path, () => open(retrying(system), path, options));
  return opened.ok ? opened.value : fail({ kind: "refused", ...opened.error });
}

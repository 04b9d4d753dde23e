import type { Outcome } from "../basics/index.ts";

/** The name of an errno, for example `ENOENT`. */
export type Errno = string;

export interface FileRefusal {
  readonly path: string;
  readonly errno: Errno;
}

/** An entry of a directory, symbolic links followed; `dangling` is a link to nothing. */
export interface FileEntry {
  readonly name: string;
  readonly kind: "file" | "directory" | "other" | "dangling";
}

/** What pure code asks of a file system. Synchronous: policy is read while it is parsed, and compilers have nothing else to do meanwhile. */
export interface FilesPort {
  readonly read: (path: string) => Outcome<Uint8Array, FileRefusal>;
  readonly list: (path: string) => Outcome<readonly FileEntry[], FileRefusal>;
  /** What `path` is, symbolic links followed; `undefined` when there is nothing or it cannot be looked at. */
  readonly kind: (path: string) => FileEntry["kind"] | undefined;
}

/** What is known of a file without reading it, symbolic links followed. */
export interface FileStatus {
  readonly kind: "file" | "directory" | "other";
  readonly sizeBytes: number;
  /** Permission bits. */
  readonly mode: number;
  /** Since 1970. */
  readonly modifiedNs: bigint;
}

export interface WriteOptions {
  /** Permission bits of a file that is new; an existing file keeps its own. Default 0o644. */
  readonly mode?: number;
  /** The modification time the file gets; default now. */
  readonly modifiedNs?: bigint;
  /** A cache's: nothing of what was there is kept, not its owner either. */
  readonly isFresh?: boolean;
  /** Whoever reads it can tell whether it is whole, so it is not forced to the disk; and whatever stood at `path` makes way for it. */
  readonly expendable?: boolean;
}

/** What a file holds, and since when. */
export interface OwnFile {
  readonly bytes: Uint8Array;
  /** Since 1970. */
  readonly modifiedNs: bigint;
}

/** Reading and writing. Every write is atomic: readers see the old bytes or the new ones, whole, also after a crash. */
export interface FileStorePort extends FilesPort {
  readonly status: (path: string) => Outcome<FileStatus, FileRefusal>;
  /**
   * A plain file that nobody but this user and root can have written, which is what a cache is made of; `EPERM` for any other. Judged
   * is what was opened; no link is followed and nothing waited for.
   */
  readonly readOwn: (path: string) => Outcome<OwnFile, FileRefusal>;
  /** Replaces the bytes of `path`, following symbolic links; mode and owner stay. */
  readonly write: (path: string, bytes: Uint8Array, options?: WriteOptions) => Outcome<void, FileRefusal>;
  /**
   * Runs `action` with a path that leads to this very directory, whatever becomes of its name meanwhile. When the last part of the path
   * is a link, it is refused; `path/.` follows it.
   */
  readonly within: <T>(path: string, action: (held: string) => T) => Outcome<T, FileRefusal>;
  /** Removes a file, a link (not what it points to) or an empty directory. */
  readonly remove: (path: string) => Outcome<void, FileRefusal>;
  /** Makes one directory; its parent must be there, and it must not be. */
  readonly makeDirectory: (path: string, mode: number) => Outcome<void, FileRefusal>;
}

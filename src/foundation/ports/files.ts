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

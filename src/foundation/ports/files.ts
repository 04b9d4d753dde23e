import type { Outcome } from "../basics/index.ts";

/** The name of an errno, for example `ENOENT`. */
export type Errno = string;

/** What is at a path and is not a plain file. */
export type SpecialKind = "directory" | "FIFO" | "socket" | "character device" | "block device" | "file of the kernel";

/** What is in the way where no errno says it; `troubleText` has the words. */
export type FileTrouble =
  | { readonly kind: "special"; readonly is: SpecialKind }
  | { readonly kind: "too-large"; readonly mostBytes: number }
  | { readonly kind: "too-many-entries"; readonly most: number }
  | { readonly kind: "too-deep"; readonly most: number }
  | { readonly kind: "grew" }
  /** It is not what whoever writes believes it to be; it was left alone, and what was to be written is in `kept`. */
  | { readonly kind: "changed"; readonly kept: string | undefined }
  /** Somebody else could have it lead wherever he likes. */
  | { readonly kind: "foreign-link"; readonly link: string }
  /** Its access rules or extended attributes would be lost. */
  | { readonly kind: "attributes"; readonly why: string }
  | { readonly kind: "privileged" }
  /** Without /proc a directory that others may change cannot be held on to. */
  | { readonly kind: "unheld-directory" }
  /** The repository names it, and does not have it: a partial clone, or a damaged one. */
  | { readonly kind: "not-in-repository" }
  /** Everything is written, but the disk does not vouch for it. */
  | { readonly kind: "unconfirmed" };

/** Why the world would not read, list or write something: what it is about, and what the system says. */
export interface FileRefusal {
  readonly path: string;
  /** Where there is trouble: the errno that is nearest to it. */
  readonly errno: Errno;
  readonly trouble?: FileTrouble;
}

/** An entry of a directory, symbolic links followed; `dangling` is a link to nothing. */
export interface FileEntry {
  readonly name: string;
  readonly kind: "file" | "directory" | "other" | "dangling";
}

export interface ReadOptions {
  /** The limit; without one it is that of a text. */
  readonly mostBytes?: number;
  /** The user named it, so that `/dev/stdin` and `/dev/fd/N` may be what he handed over, a pipe as well. */
  readonly isOperand?: boolean;
}

/** More than any text that somebody wrote. */
export const MOST_TEXT_BYTES = 64 * 1024 * 1024;

/** More than all compiled policy of any machine. */
export const MOST_POLICY_BYTES = 256 * 1024 * 1024;

/** What pure code asks of a file system. Synchronous: policy is read while it is parsed, and compilers have nothing else to do meanwhile. */
export interface FilesPort {
  /** Plain files only, and only as long as the limit allows. */
  readonly read: (path: string, options?: ReadOptions) => Outcome<Uint8Array, FileRefusal>;
  readonly list: (path: string) => Outcome<readonly FileEntry[], FileRefusal>;
  /** What `path` is, symbolic links followed; `undefined` when there is nothing, `other` also when it cannot be looked at. */
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
  /** What the file is believed to hold. If it holds anything else by now, nothing is written. */
  readonly expected?: Uint8Array | "absent";
  /** When it is not as expected: the bytes are kept in a file beside it, since nobody could make them again. */
  readonly keepBeside?: boolean;
  /** Permission bits of a file that is new; an existing file keeps its own. Default 0o644. */
  readonly mode?: number;
  /** The modification time the file gets; default now. */
  readonly modifiedNs?: bigint;
  /** A cache's: nothing of what was there is kept, not its owner either. */
  readonly isFresh?: boolean;
  /** Whoever reads it can tell whether it is whole, so it is not forced to the disk; and whatever stood at `path` makes way for it. */
  readonly expendable?: boolean;
}

/** A file on its way: nobody sees anything of it before `commit`. Pipes and devices are written to at once. */
export interface OutputFile {
  readonly write: (bytes: Uint8Array) => Outcome<void, FileRefusal>;
  /** Puts what was written in the place of the file. After a refused write, nothing is put there, and this is refused as that was. */
  readonly commit: () => Outcome<void, FileRefusal>;
  /** Leaves everything as it was; nothing after `commit`. */
  readonly discard: () => void;
}

/** Half open, from the start of a file. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
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
   * is what was opened; no link is followed and nothing waited for. With a range, only its bytes, fewer where the file ends before.
   */
  readonly readOwn: (path: string, range?: ByteRange) => Outcome<OwnFile, FileRefusal>;
  /**
   * Replaces the bytes of `path`; owner, mode, access lists and extended attributes stay, or it is refused. Symbolic links are
   * followed where nobody but this user and root could have made them.
   */
  readonly write: (path: string, bytes: Uint8Array, options?: WriteOptions) => Outcome<void, FileRefusal>;
  /** A file that the user wants a result in, of whatever kind; by default made with all rights that the umask leaves. */
  readonly output: (path: string, options?: Pick<WriteOptions, "mode">) => Outcome<OutputFile, FileRefusal>;
  /**
   * Runs `action` with a path that leads to this very directory, whatever becomes of its name meanwhile. When the last part of the path
   * is a link, it is refused; `path/.` follows it.
   */
  readonly within: <T>(path: string, action: (held: string) => T) => Outcome<T, FileRefusal>;
  /**
   * Removes a file, a link (not what it points to) or an empty directory. With `expected`, a plain file that still has these bytes and no
   * other, in the directory that was walked to: whoever renames and links there meanwhile has nothing of another place removed.
   */
  readonly remove: (path: string, options?: { readonly expected?: Uint8Array }) => Outcome<void, FileRefusal>;
  /** Makes one directory; its parent must be there, and it must not be. */
  readonly makeDirectory: (path: string, mode: number) => Outcome<void, FileRefusal>;
}

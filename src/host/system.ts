/**
 * The calls of the operating system that everything in this module goes through when it touches files, securityfs or /proc: one
 * narrow table, so that a test can make the k-th call fail, cut a write short, end the run there, or change the world between two
 * calls. Names are those of the calls. Each either gives its answer or throws Node's error with the errno's name as `code`.
 */
import {
  type BigIntStats,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  futimesSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { decodeBytes, encodeBytes } from "../foundation/text/index.ts";

/** What a call says of a file; times in nanoseconds. */
export type SystemStatus = BigIntStats;

/** An entry of a directory as the directory has it: a link is a link. */
export interface SystemEntry {
  readonly name: string;
  readonly kind: "file" | "directory" | "link" | "other";
}

/** Paths and names are the project's texts (a byte that is not UTF-8 is a lone surrogate). */
export interface System {
  readonly open: (path: string, flags: number, mode?: number) => number;
  readonly close: (descriptor: number) => void;
  /** How many bytes came, 0 at the end; without a position, from where the descriptor is. */
  readonly read: (descriptor: number, buffer: Uint8Array, start: number, position?: number) => number;
  /** How many of the bytes from `start` on were taken. */
  readonly write: (descriptor: number, bytes: Uint8Array, start: number) => number;
  readonly fstat: (descriptor: number) => SystemStatus;
  /** `undefined` where there is nothing. */
  readonly stat: (path: string) => SystemStatus | undefined;
  /** `undefined` where there is nothing. */
  readonly lstat: (path: string) => SystemStatus | undefined;
  readonly fsync: (descriptor: number) => void;
  readonly fchown: (descriptor: number, user: number, group: number) => void;
  readonly fchmod: (descriptor: number, mode: number) => void;
  /** Seconds since 1970. */
  readonly futimes: (descriptor: number, accessed: number, modified: number) => void;
  readonly rename: (from: string, to: string) => void;
  readonly unlink: (path: string) => void;
  readonly mkdir: (path: string, mode: number) => void;
  readonly rmdir: (path: string) => void;
  readonly readdir: (path: string) => readonly SystemEntry[];
  readonly readlink: (path: string) => string;
  readonly realpath: (path: string) => string;
  /** Whose rights this process has. */
  readonly geteuid: () => number;
}

/** Of `open`. */
export const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } =
  constants;

/** A path as Node must be given it: bytes where the text holds bytes that are not UTF-8. */
function nodePath(path: string): string | Buffer {
  return /[\ud800-\udfff]/.test(path) ? Buffer.from(encodeBytes(path)) : path;
}

const BYTES = { encoding: "buffer" } as const;
const QUIETLY = { bigint: true, throwIfNoEntry: false } as const;

/** The machine's own. */
export const nodeSystem: System = {
  open: (path, flags, mode) => openSync(nodePath(path), flags, mode),
  close: closeSync,
  read: (descriptor, buffer, start, position) =>
    readSync(descriptor, buffer, start, buffer.length - start, position ?? null),
  write: (descriptor, bytes, start) => writeSync(descriptor, bytes, start),
  fstat: (descriptor) => fstatSync(descriptor, { bigint: true }),
  stat: (path) => statSync(nodePath(path), QUIETLY),
  lstat: (path) => lstatSync(nodePath(path), QUIETLY),
  fsync: fsyncSync,
  fchown: fchownSync,
  fchmod: fchmodSync,
  futimes: futimesSync,
  rename: (from, to) => {
    renameSync(nodePath(from), nodePath(to));
  },
  unlink: (path) => {
    unlinkSync(nodePath(path));
  },
  mkdir: (path, mode) => {
    mkdirSync(nodePath(path), { mode });
  },
  rmdir: (path) => {
    rmdirSync(nodePath(path));
  },
  readdir: (path) =>
    readdirSync(nodePath(path), { encoding: "buffer", withFileTypes: true }).map((entry) => ({
      name: decodeBytes(entry.name),
      kind: entry.isFile() ? "file" : entry.isDirectory() ? "directory" : entry.isSymbolicLink() ? "link" : "other",
    })),
  readlink: (path) => decodeBytes(readlinkSync(nodePath(path), BYTES)),
  realpath: (path) => decodeBytes(realpathSync(nodePath(path), BYTES)),
  geteuid: () => process.geteuid?.() ?? -1,
};

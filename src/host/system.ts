/**
 * The calls of the operating system that everything in this module goes through when it touches files, securityfs or /proc: one
 * narrow table, so that a test can make the k-th call fail, cut a write short, end the run there, or change the world between two
 * calls. Names are those of the calls. Each either gives its answer or throws Node's error with the errno's name as `code`.
 */
import {
  type BigIntStats,
  type Dirent,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  futimesSync,
  linkSync,
  lstatSync,
  mkdirSync,
  opendirSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  rmdirSync,
  statfsSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { decodeBytes, encodeBytes } from "../foundation/text/index.ts";
import { childProcess } from "./child-process.ts";

/** What a call says of a file; times in nanoseconds. */
export type SystemStatus = BigIntStats;

/** An entry of a directory as the directory has it: a link is a link. */
export interface SystemEntry {
  readonly name: string;
  readonly kind: "file" | "directory" | "link" | "other";
}

export interface RunOptions {
  readonly descriptors: readonly number[];
  readonly environment: Readonly<Record<string, string>>;
}

export interface RunResult {
  /** `undefined` when a signal ended it. */
  readonly status: number | undefined;
  readonly errors: string;
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
  /** A second name; refused where the name is taken. */
  readonly link: (from: string, to: string) => void;
  /** Refused where the name is taken. */
  readonly symlink: (target: string, path: string) => void;
  readonly unlink: (path: string) => void;
  readonly mkdir: (path: string, mode: number) => void;
  readonly rmdir: (path: string) => void;
  /** All entries, or one more than `most`. */
  readonly readdir: (path: string, most: number) => readonly SystemEntry[];
  readonly readlink: (path: string) => string;
  readonly realpath: (path: string) => string;
  /** The kernel's number for the kind of file system that a path is on. */
  readonly filesystem: (path: string) => number;
  /** Runs a program to its end, without input, with these descriptors from 3 on. */
  readonly run: (program: string, argv: readonly string[], options: RunOptions) => RunResult;
  /** Where a path leads when it is below a directory that is another system's root (rooted.ts); any other path as it is. */
  readonly placed: (path: string, followsLast: boolean) => string;
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

/** Of `open`, too; Node has no name for it: the file is held on to, but not opened. */
export const O_PATH = 0o10000000;

const BYTES = { encoding: "buffer" } as const;
const QUIETLY = { bigint: true, throwIfNoEntry: false } as const;

function entryOf(entry: Dirent): SystemEntry {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Node's types do not know that an encoding was asked for
  const name = decodeBytes(entry.name as unknown as Uint8Array);
  if (entry.isFile()) return { name, kind: "file" };
  if (entry.isDirectory()) return { name, kind: "directory" };
  return { name, kind: entry.isSymbolicLink() ? "link" : "other" };
}

function listEntries(path: string, most: number): readonly SystemEntry[] {
  const entries: SystemEntry[] = [];
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Node takes it, its types do not know
  const directory = opendirSync(nodePath(path), { encoding: "buffer" as BufferEncoding, bufferSize: 512 });
  try {
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
      entries.push(entryOf(entry));
      if (entries.length > most) break;
    }
    return entries;
  } finally {
    directory.closeSync();
  }
}

function runProgram(program: string, argv: readonly string[], options: RunOptions): RunResult {
  const { status, stderr, error } = childProcess().spawnSync(program, argv, {
    stdio: ["ignore", "ignore", "pipe", ...options.descriptors],
    env: options.environment,
    cwd: "/",
  });
  if (error !== undefined) throw error;
  return { status: status ?? undefined, errors: decodeBytes(stderr) };
}

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
  link: (from, to) => {
    linkSync(nodePath(from), nodePath(to));
  },
  symlink: (target, path) => {
    symlinkSync(nodePath(target), nodePath(path));
  },
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
  readdir: listEntries,
  readlink: (path) => decodeBytes(readlinkSync(nodePath(path), BYTES)),
  realpath: (path) => decodeBytes(realpathSync(nodePath(path), BYTES)),
  filesystem: (path) => statfsSync(nodePath(path)).type,
  run: runProgram,
  placed: (path) => path,
  geteuid: () => process.geteuid?.() ?? -1,
};

/** How often a call that a signal broke off is made again before that counts as an answer. */
const MOST_TRIES = 100;

function again<Args extends readonly unknown[], Answer>(call: (...args: Args) => Answer): (...args: Args) => Answer {
  return (...args) => {
    for (let tries = 1; ; tries += 1) {
      try {
        return call(...args);
      } catch (thrown) {
        if (tries === MOST_TRIES || !(thrown instanceof Error && "code" in thrown && thrown.code === "EINTR"))
          throw thrown;
      }
    }
  };
}

/** What `close` was asked for is done nevertheless; asking again could close what somebody else has opened since. */
function closing(close: System["close"]): System["close"] {
  return (descriptor) => {
    try {
      close(descriptor);
    } catch (thrown) {
      if (!(thrown instanceof Error && "code" in thrown && thrown.code === "EINTR")) throw thrown;
    }
  };
}

/** The same, where nothing comes of it that a signal broke a call off. */
export function retrying(system: System): System {
  return {
    ...system,
    open: again(system.open),
    close: closing(system.close),
    read: again(system.read),
    write: again(system.write),
    fstat: again(system.fstat),
    stat: again(system.stat),
    lstat: again(system.lstat),
    fsync: again(system.fsync),
    fchown: again(system.fchown),
    fchmod: again(system.fchmod),
    futimes: again(system.futimes),
    rename: again(system.rename),
    link: again(system.link),
    symlink: again(system.symlink),
    unlink: again(system.unlink),
    mkdir: again(system.mkdir),
    rmdir: again(system.rmdir),
    readdir: again(system.readdir),
    readlink: again(system.readlink),
    realpath: again(system.realpath),
    filesystem: again(system.filesystem),
    run: again(system.run),
    placed: again(system.placed),
  };
}

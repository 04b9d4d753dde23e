/**
 * Whole files through the table of system calls. Only plain files are opened, none of them is waited for, and none is read beyond its
 * limit: whoever may write where policy is read could have put a pipe, a device or an endless file there.
 */
import type { Outcome } from "../foundation/basics/index.ts";
import {
  type FileRefusal,
  MOST_POLICY_BYTES,
  MOST_TEXT_BYTES,
  type ReadOptions,
  type SpecialKind,
} from "../foundation/ports/index.ts";
import { Troubled, attempt, errnoOf, systemError, unless } from "./errno.ts";
import { type System, type SystemStatus, O_NOCTTY, O_NONBLOCK, O_RDONLY, nodeSystem, retrying } from "./system.ts";

/** More than any directory has that somebody made for policy, or the kernel for it. */
export const MOST_ENTRIES = 1_000_000;

const CHUNK_BYTES = 64 * 1024;

/** What a status is of, when it is not a plain file. */
function specialKind(status: SystemStatus): SpecialKind | undefined {
  if (status.isFile()) return undefined;
  if (status.isDirectory()) return "directory";
  if (status.isFIFO()) return "FIFO";
  if (status.isSocket()) return "socket";
  return status.isBlockDevice() ? "block device" : "character device";
}

/** Refuses whatever is not a plain file. */
export function mustBePlain(status: SystemStatus): void {
  const is = specialKind(status);
  if (is !== undefined) throw new Troubled(is === "directory" ? "EISDIR" : "EINVAL", { kind: "special", is });
}

/** `/dev/stdin`, `/dev/fd/N` and the like: the number of the descriptor that such a name stands for. */
export function descriptorOf(path: string): number | undefined {
  const named = ["/dev/stdin", "/dev/stdout", "/dev/stderr"].indexOf(path);
  if (named >= 0) return named;
  const match = /^\/(?:dev|proc\/self)\/fd\/([0-9]{1,6})$/.exec(path);
  return match === null ? undefined : Number(match[1]);
}

/** Whether a text came through a descriptor (`stdin` is the name of standard input): by the same name, another may come the next time. */
export function isHandedOver(path: string): boolean {
  return path === "stdin" || descriptorOf(path) !== undefined;
}

/** Linux's `/dev/null`: character device 1, 3. */
const NULL_DEVICE = 0x103n;

/** The device that stands for an empty file: it is named where none is wanted, and links to it mask files. */
function isNullDevice(status: SystemStatus | undefined): boolean {
  return status?.rdev === NULL_DEVICE && status.isCharacterDevice();
}

/** Opens a plain file; what else is there is not even opened: with a device or a pipe that alone has consequences. */
function openPlain(system: System, path: string, status = system.stat(path)): number {
  if (status === undefined) throw systemError("ENOENT");
  mustBePlain(status);
  return system.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
}

/** The bytes of an open plain file, at most `mostBytes`. `status`: what was seen of it since it is open. */
export function readOpen(
  system: System,
  descriptor: number,
  mostBytes: number,
  status = system.fstat(descriptor),
): Uint8Array {
  mustBePlain(status);
  const sizeBytes = Number(status.size);
  if (sizeBytes > mostBytes) throw new Troubled("EFBIG", { kind: "too-large", mostBytes });
  if (sizeBytes === 0) return readSizeless(system, descriptor, mostBytes);
  // One byte more than there should be: if it comes, the file has grown.
  const buffer = Buffer.allocUnsafeSlow(sizeBytes + 1);
  let length = 0;
  do {
    const count = system.read(descriptor, buffer, length);
    if (count === 0) break;
    length += count;
  } while (length < sizeBytes);
  if (length > sizeBytes) throw new Troubled("EBUSY", { kind: "grew" });
  return buffer.subarray(0, length);
}

/** A file without a size is empty, or its file system does not know; but some of the kernel's take away what they give. */
function readSizeless(system: System, descriptor: number, mostBytes: number): Uint8Array {
  mustNotWait(system, descriptor);
  return readToEnd(system, descriptor, mostBytes);
}

/** Refuses an open plain file that gives what the kernel makes up, and that may have no end. */
function mustNotWait(system: System, descriptor: number): void {
  const type = unless("ENOENT", 0, () => system.filesystem(`/proc/self/fd/${descriptor}`));
  if (ENDLESS.has(type)) throw new Troubled("EINVAL", { kind: "special", is: "file of the kernel" });
}

/** Opens a plain file that may grow while it is read, to read it piece by piece. */
export function openGrowing(system: System, path: string): number {
  const status = system.stat(path);
  if (isNullDevice(status)) return system.open(path, O_RDONLY | O_NOCTTY);
  const descriptor = openPlain(system, path, status);
  try {
    const opened = system.fstat(descriptor);
    mustBePlain(opened);
    if (opened.size === 0n) mustNotWait(system, descriptor);
    return descriptor;
  } catch (thrown) {
    system.close(descriptor);
    throw thrown;
  }
}

/** procfs and tracefs, where reading waits, or takes messages away from whoever is meant to have them. */
const ENDLESS: ReadonlySet<number> = new Set([0x9fa0, 0x74726163]);

let scratch: Uint8Array | undefined;

/** The bytes that come until the end, whatever size the system gives: from pipes, and files of the kernel. */
function readToEnd(system: System, descriptor: number, mostBytes: number): Uint8Array {
  const parts: Uint8Array[] = [];
  const buffer = (scratch ??= new Uint8Array(CHUNK_BYTES));
  let length = 0;
  for (;;) {
    const count = system.read(descriptor, buffer, 0);
    if (count === 0) return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
    length += count;
    if (length > mostBytes) throw new Troubled("EFBIG", { kind: "too-large", mostBytes });
    parts.push(buffer.slice(0, count));
  }
}

const nap = new Int32Array(new SharedArrayBuffer(4));

/** A system whose reads wait, for descriptors that others set to non-blocking. */
function patient(system: System): System {
  return { ...system, read: (...call) => patiently(() => system.read(...call)) };
}

/** What a call gives that may have to wait: descriptors are shared, and somebody may have set this one to non-blocking. */
export function patiently<T>(call: () => T): T {
  for (;;) {
    try {
      return call();
    } catch (thrown) {
      if (errnoOf(thrown) !== "EAGAIN") throw thrown;
      Atomics.wait(nap, 0, 0, 2);
    }
  }
}

/** A file that somebody wrote. */
export function readFile(system: System, path: string, options: ReadOptions = {}): Uint8Array {
  const mostBytes = options.mostBytes ?? MOST_TEXT_BYTES;
  const handed = options.isOperand === true ? descriptorOf(path) : undefined;
  if (handed !== undefined && isStream(system, handed)) return readToEnd(patient(system), handed, mostBytes);
  const status = system.stat(path);
  if (isNullDevice(status)) return new Uint8Array(0);
  const descriptor = openPlain(system, path, status);
  try {
    return readOpen(system, descriptor, mostBytes);
  } finally {
    system.close(descriptor);
  }
}

/** All of standard input. */
export function readStandardInput(
  { mostBytes = MOST_TEXT_BYTES }: Pick<ReadOptions, "mostBytes"> = {},
  given: System = nodeSystem,
): Outcome<Uint8Array, FileRefusal> {
  return attempt("standard input", () => readToEnd(patient(retrying(given)), 0, mostBytes));
}

/** Whether an open descriptor is a pipe, a terminal or the like. */
function isStream(system: System, descriptor: number): boolean {
  try {
    const status = system.fstat(descriptor);
    return !status.isFile() && !status.isDirectory();
  } catch {
    return false;
  }
}

/** A file that the kernel makes up as it is read, of no size that could be known before. */
export function readKernelFile(system: System, path: string, mostBytes = MOST_POLICY_BYTES): Uint8Array {
  const descriptor = openPlain(system, path);
  try {
    mustBePlain(system.fstat(descriptor));
    return readToEnd(system, descriptor, mostBytes);
  } finally {
    system.close(descriptor);
  }
}

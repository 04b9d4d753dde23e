/**
 * Replacing files. What is written goes to a temporary name in the same directory, is forced to the disk, and takes the file's place in
 * one step, so that no reader and no crash ever meets half of it. The temporary name begins with a dot, which every tool of AppArmor
 * skips. Owner, mode and times are set on the open file, never by a name that somebody could have put something else behind.
 */
import { withoutTrailing } from "../foundation/text/index.ts";
import type { WriteOptions } from "../foundation/ports/index.ts";
import { copyAttributes } from "./access-lists.ts";
import { Troubled, attempt, errnoOf, systemError } from "./errno.ts";
import { type Landing, openLanding } from "./landing.ts";
import { descriptorOf, mustBePlain, patiently, readOpen } from "./reading.ts";
import {
  type System,
  type SystemStatus,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOCTTY,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  O_WRONLY,
} from "./system.ts";

/** A file on its way; every method throws what the system refuses. */
export interface Replacement {
  readonly write: (bytes: Uint8Array) => void;
  readonly commit: () => void;
  readonly discard: () => void;
}

interface ReplacementOptions extends WriteOptions {
  /** A result of the user's: pipes and devices are written to as they are, and a new file gets what the umask leaves. */
  readonly isOutput?: boolean;
}

export function writeWhole(system: System, descriptor: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    const start = done;
    const count = patiently(() => system.write(descriptor, bytes, start));
    if (count === 0) throw systemError("EIO");
    done += count;
  }
}

let writes = 0;

/** A name nobody else uses now; opening it fails if somebody does. */
export function temporaryName(name: string): string {
  writes += 1;
  const unique = [process.pid, writes, process.hrtime.bigint() % 1_000_000_007n].map((part) => part.toString(36));
  return `.${name.slice(0, 100)}.${unique.join("-")}~`;
}

export const TEMPORARY = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_NOCTTY;

/**
 * Sets a modification time that is not before `modifiedNs` and at most a few microseconds after it: Node takes seconds as a
 * float and cuts to microseconds, and a cache file that is older than its source by one nanosecond is not a cache file.
 */
function stamp(system: System, descriptor: number, modifiedNs: bigint): void {
  for (let extraUs = 0n; extraUs < 16n; extraUs += 1n) {
    const seconds = Number(modifiedNs / 1000n + extraUs) / 1e6;
    system.futimes(descriptor, seconds, seconds);
    if (system.fstat(descriptor).mtimeNs >= modifiedNs) return;
  }
}

/** Whether two looks at a name saw one file, with nothing done to it in between. */
function isUntouched(before: SystemStatus, after: SystemStatus | undefined): boolean {
  const fields = ["dev", "ino", "size", "mtimeNs", "ctimeNs"] as const;
  return after !== undefined && fields.every((field) => before[field] === after[field]);
}

/** What is in the place of the file now, held on to. */
interface Old {
  readonly descriptor: number;
  readonly status: SystemStatus;
}

/** Everything that one replacement holds. */
interface Work {
  readonly system: System;
  readonly landing: Landing;
  readonly options: ReplacementOptions;
  readonly old: Old | undefined;
}

function openOld(system: System, landing: Landing): Old | undefined {
  if (landing.entry === undefined) return undefined;
  const descriptor = system.open(landing.at(landing.name), O_PATH | O_NOFOLLOW);
  try {
    return { descriptor, status: system.fstat(descriptor) };
  } catch (thrown) {
    system.close(descriptor);
    throw thrown;
  }
}

/** In directories that everybody may write, as /tmp, a file that was put there by somebody else is not ours to fill. */
function refuseBait({ system, landing, options, old }: Work): void {
  if (old === undefined || (options.expected !== undefined && options.expected !== "absent")) return;
  const directory = system.fstat(landing.directory);
  const isShared = (directory.mode & 0o1000n) !== 0n && (directory.mode & 0o022n) !== 0n;
  const isKnown = Number(old.status.uid) === system.geteuid() || old.status.uid === directory.uid;
  if (isShared && !isKnown) throw systemError("EACCES");
}

/** Whether the directory is named by what holds it. */
function isHeld(landing: Landing): boolean {
  return landing.at(landing.name).startsWith("/proc/self/fd/");
}

/** Opens what `old` is, by what is held and not by name. */
function reopen({ system, landing }: Work, old: Old, flags: number): number {
  const path = landing.at(landing.name);
  const held = isHeld(landing) ? `/proc/self/fd/${old.descriptor}` : path;
  return system.open(held, held === path ? flags | O_NOFOLLOW : flags);
}

function changed(kept?: string): Troubled {
  return new Troubled("EBUSY", { kind: "changed", kept });
}

function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}

/** The last look before the file is replaced: it must still be what the bytes were made from. */
function mustBeAsExpected(work: Work): void {
  const { system, landing, options, old } = work;
  if (options.expected === undefined) {
    // Nobody has seen it, so that nobody can have meant to replace it, or knows what it has beside its bytes.
    const isNew = options.isFresh !== true && old === undefined;
    if (isNew && system.lstat(landing.at(landing.name)) !== undefined) throw changed();
    return;
  }
  if (options.expected === "absent") {
    if (old !== undefined) throw changed();
    return;
  }
  if (old === undefined) throw changed();
  const descriptor = reopen(work, old, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  try {
    if (system.fstat(descriptor).size !== BigInt(options.expected.length)) throw changed();
    if (!isEqual(readOpen(system, descriptor, options.expected.length), options.expected)) throw changed();
  } finally {
    system.close(descriptor);
  }
  if (!isUntouched(old.status, system.lstat(landing.at(landing.name)))) throw changed();
}

/** Gives the temporary file all that the old one has beside its bytes. */
function keepAttributes({ system, landing, options, old }: Work, temporary: string, descriptor: number): void {
  if (old === undefined) {
    if (options.isOutput !== true || options.mode !== undefined) system.fchmod(descriptor, options.mode ?? 0o644);
    return;
  }
  const { status } = old;
  const fresh = system.fstat(descriptor);
  if (status.uid !== fresh.uid || status.gid !== fresh.gid) {
    system.fchown(descriptor, Number(status.uid), Number(status.gid));
  }
  system.fchmod(descriptor, Number(status.mode & 0o7777n));
  const from = { descriptor: old.descriptor, path: landing.at(landing.name) };
  copyAttributes(system, from, { descriptor, path: landing.at(temporary) }, isHeld(landing));
  const kept = system.fstat(descriptor);
  if (kept.uid !== status.uid || kept.gid !== status.gid || kept.mode !== status.mode) {
    if (!isUntouched(status, system.fstat(old.descriptor))) throw changed();
    throw new Troubled("EPERM", { kind: "attributes", why: "they did not take" });
  }
}

/** Puts the temporary name in the place of the file; where there must be none, in a way that cannot overwrite one. */
function moveIn({ system, landing, options }: Work, temporary: string): void {
  const from = landing.at(temporary);
  const to = landing.at(landing.name);
  if (options.expected !== "absent") {
    system.rename(from, to);
    return;
  }
  try {
    system.link(from, to);
  } catch (thrown) {
    const errno = errnoOf(thrown);
    if (errno === "EEXIST") throw changed();
    // Some file systems have no second names.
    if (errno !== "EPERM" && errno !== "EOPNOTSUPP" && errno !== "ENOSYS") throw thrown;
    if (system.lstat(to) !== undefined) throw changed();
    system.rename(from, to);
    return;
  }
  system.unlink(from);
}

/** What a directory answers that cannot be forced to the disk at all. */
const NO_SYNC: ReadonlySet<string> = new Set(["EINVAL", "EACCES", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EROFS"]);

/** Forces the entries of a directory to the disk. What was done to them is done, whatever the disk says. */
export function forceDirectory(system: System, landing: Landing): void {
  const outcome = attempt("", () => {
    const descriptor = system.open(landing.at("."), O_RDONLY | O_DIRECTORY);
    try {
      system.fsync(descriptor);
    } finally {
      system.close(descriptor);
    }
  });
  if (outcome.ok || NO_SYNC.has(outcome.error.errno)) return;
  throw new Troubled(outcome.error.errno, { kind: "unconfirmed" });
}

/**
 * Leaves an output that has these very bytes where it is, as new as if it had been written; whether it did. COST: replacing a file that is there
 * starts a process for its attributes (`copyAttributes`), and whoever compiles a directory once more has a thousand of them.
 */
function isLeftAsItIs(work: Work, descriptor: number): boolean {
  const { system, options, old } = work;
  const fresh = system.fstat(descriptor);
  if (options.isOutput !== true || old === undefined || old.status.size !== fresh.size) return false;
  const [ours, theirs] = [descriptor, old.descriptor].map((each) => readAgain(system, each, Number(fresh.size)));
  if (ours === undefined || theirs === undefined || !isEqual(ours, theirs)) return false;
  const held = reopen(work, old, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  try {
    stamp(system, held, options.modifiedNs ?? fresh.mtimeNs);
    system.fsync(held);
  } catch (thrown) {
    // A file of somebody else's that anybody may read cannot be made newer; whether it can be replaced is another question.
    if (errnoOf(thrown) === "EPERM") return false;
    throw thrown;
  } finally {
    system.close(held);
  }
  return true;
}

/** What is in an open file; `undefined`: it cannot be opened by its descriptor. */
function readAgain(system: System, descriptor: number, size: number): Uint8Array | undefined {
  const opened = attempt("", () => system.open(`/proc/self/fd/${descriptor}`, O_RDONLY | O_NONBLOCK | O_NOCTTY));
  if (!opened.ok) return undefined;
  try {
    return readOpen(system, opened.value, size);
  } finally {
    system.close(opened.value);
  }
}

/** Takes the place of the file for the temporary one; whether it had to. */
function complete(work: Work, temporary: string, descriptor: number): boolean {
  const { system, landing, options } = work;
  if (isLeftAsItIs(work, descriptor)) return false;
  keepAttributes(work, temporary, descriptor);
  if (options.modifiedNs !== undefined) stamp(system, descriptor, options.modifiedNs);
  system.fsync(descriptor);
  const ours = system.fstat(descriptor);
  mustBeAsExpected(work);
  moveIn(work, temporary);
  // Whoever may write here may have exchanged the temporary file, too; what he put there is not what was asked for. Found out, not
  // prevented: he can put anything there at any time.
  if (system.lstat(landing.at(landing.name))?.ino !== ours.ino) throw changed();
  forceDirectory(system, landing);
  return true;
}

function closeAll(system: System, descriptors: readonly (number | undefined)[]): void {
  for (const descriptor of descriptors) {
    if (descriptor !== undefined) attempt("", () => system.close(descriptor));
  }
}

/** Pipes and devices. */
function writeInPlace(work: Work, old: Old): Replacement {
  const { system, landing } = work;
  const descriptor = reopen(work, old, O_WRONLY | O_NOCTTY);
  const release = once(() => closeAll(system, [descriptor, old.descriptor, landing.directory]));
  return { write: (bytes) => writeWhole(system, descriptor, bytes), commit: release, discard: release };
}

function once(action: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    action();
  };
}

function writeAside(work: Work): Replacement {
  const { system, landing, options, old } = work;
  const temporary = temporaryName(landing.name);
  const mode = options.isOutput === true && options.mode === undefined && old === undefined ? 0o666 : 0o600;
  const descriptor = system.open(landing.at(temporary), TEMPORARY, mode);
  let isMoved = false;
  const release = once(() => {
    if (!isMoved) attempt("", () => system.unlink(landing.at(temporary)));
    closeAll(system, [descriptor, old?.descriptor, landing.directory]);
  });
  return {
    write: (bytes) => writeWhole(system, descriptor, bytes),
    commit: () => {
      try {
        isMoved = complete(work, temporary, descriptor);
      } finally {
        release();
      }
    },
    discard: release,
  };
}

/**
 * Opens a way to replace what `path` leads to. One of `commit` and `discard` must follow.
 *
 * Errors: thrown, an errno's or our own; nothing is changed then.
 */
export function openReplacement(system: System, path: string, options: ReplacementOptions): Replacement {
  const handed = descriptorOf(path);
  if (handed !== undefined) mustBePlain(system.fstat(handed));
  const landing = openLanding(system, path, options.isFresh);
  let old: Old | undefined;
  try {
    old = options.isFresh === true ? undefined : openOld(system, landing);
    const work = { system, landing, options, old };
    refuseBait(work);
    if (old !== undefined && !old.status.isDirectory() && !old.status.isFile() && options.isOutput === true) {
      return writeInPlace(work, old);
    }
    if (old !== undefined) mustBePlain(old.status);
    if (old !== undefined && (old.status.mode & 0o6000n) !== 0n) {
      throw new Troubled("EPERM", { kind: "privileged" });
    }
    return writeAside(work);
  } catch (thrown) {
    closeAll(system, [old?.descriptor, landing.directory]);
    throw thrown;
  }
}

/** Removes a file that still is what it is believed to be, through the directory that was walked to. */
export function removeExpected(system: System, path: string, expected: Uint8Array): void {
  const landing = openLanding(system, path);
  let old: Old | undefined;
  try {
    old = openOld(system, landing);
    if (old === undefined) throw systemError("ENOENT");
    mustBePlain(old.status);
    const work = { system, landing, options: { expected }, old };
    mustBeAsExpected(work);
    system.unlink(landing.at(landing.name));
    forceDirectory(system, landing);
  } finally {
    closeAll(system, [old?.descriptor, landing.directory]);
  }
}

/** Makes a directory where the path leads by way of no link of another user. */
export function makeDirectory(system: System, path: string, mode: number): void {
  const plain = withoutTrailing(path, "/");
  if (plain === "") throw systemError("EEXIST");
  // A link at the end stands in the way, wherever it leads.
  const landing = openLanding(system, plain, true);
  try {
    system.mkdir(landing.at(landing.name), mode);
  } finally {
    closeAll(system, [landing.directory]);
  }
}

/** Keeps what could not be written in a file of its own, under a name that every tool passes over; its path, if that worked. */
function keepBeside(system: System, path: string, bytes: Uint8Array, options: WriteOptions): string | undefined {
  const kept = attempt(path, () => {
    const landing = openLanding(system, path);
    closeAll(system, [landing.directory]);
    const beside = `${withoutTrailing(path, "/")}.armorer-new~`;
    const replacement = openReplacement(system, beside, { expected: "absent", mode: options.mode ?? 0o644 });
    replaceWith(replacement, bytes);
    return beside;
  });
  return kept.ok ? kept.value : undefined;
}

function replaceWith(replacement: Replacement, bytes: Uint8Array): void {
  try {
    replacement.write(bytes);
    replacement.commit();
  } finally {
    replacement.discard();
  }
}

/** Replaces the bytes of a file. */
export function writeFile(system: System, path: string, bytes: Uint8Array, options: WriteOptions): void {
  try {
    replaceWith(openReplacement(system, path, options), bytes);
  } catch (thrown) {
    if (!(thrown instanceof Troubled) || thrown.trouble.kind !== "changed" || options.keepBeside !== true) throw thrown;
    throw changed(keepBeside(system, path, bytes, options));
  }
}

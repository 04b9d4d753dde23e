/**
 * Where a path leads, for writing. The way is walked directory by directory, each one opened relative to the one before, so that what
 * was looked at is what is used: the last directory stays open, and its entries are named through its descriptor
 * (`/proc/self/fd/N/NAME`). Whoever renames a directory on the way, or puts a link in its place, changes nothing any more.
 *
 * Symbolic links are followed where nobody but root and this user can have made them or put them there. Without /proc names are the
 * plain ones, and then every directory on the way must be one that nobody else may change.
 */
import { resolve } from "node:path";
import { Troubled, systemError } from "./errno.ts";
import { type System, type SystemStatus, O_DIRECTORY, O_NOFOLLOW, O_PATH } from "./system.ts";

const MOST_LINKS = 40;

export interface Landing {
  /** The directory's descriptor; it cannot be read through, only be named. */
  readonly directory: number;
  /** The last part, which is not a link. */
  readonly name: string;
  /** What is there. */
  readonly entry: SystemStatus | undefined;
  /** How the system must be asked for an entry of the directory. */
  readonly at: (name: string) => string;
  /** How a person calls an entry of the directory. */
  readonly shown: (name: string) => string;
}

/** Whether only root and this user can put entries into a directory, or at least take away none but their own. */
function isControlled(system: System, directory: SystemStatus): boolean {
  const me = system.geteuid();
  const owner = Number(directory.uid);
  if (owner !== 0 && owner !== me) return false;
  const isSticky = (directory.mode & 0o1000n) !== 0n;
  // A user's own group often has nobody else in it, and his directories its right to write; root's never need it.
  const others = me === 0 ? 0o022n : 0o002n;
  return isSticky || (directory.mode & others) === 0n;
}

interface Walk {
  readonly system: System;
  /** Names still to come, the next one last. */
  readonly names: string[];
  directory: number;
  /** The way up to here, ending in a slash. */
  shown: string;
  links: number;
  readonly isHeld: boolean;
}

function splitPath(path: string): string[] {
  return path
    .split("/")
    .filter((name) => name !== "" && name !== ".")
    .toReversed();
}

function at(walk: Walk, name: string): string {
  return walk.isHeld ? `/proc/self/fd/${walk.directory}/${name}` : `${walk.shown}${name}`;
}

/** Goes on below `path`, which is opened before the directory it was named by is let go. */
function enter(walk: Walk, path: string, shown: string): void {
  const last = walk.directory;
  walk.directory = walk.system.open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW);
  walk.shown = shown;
  // Whatever it says, it is closed: from here on only the next one is ours to close.
  walk.system.close(last);
  if (!walk.isHeld) mustBeOurs(walk);
}

function mustBeOurs(walk: Walk): void {
  if (isControlled(walk.system, walk.system.fstat(walk.directory))) return;
  throw new Troubled("EPERM", { kind: "unheld-directory" });
}

function follow(walk: Walk, name: string, link: SystemStatus): void {
  const { system } = walk;
  const owner = Number(link.uid);
  const isOurs = owner === 0 || owner === system.geteuid();
  if (!isOurs || !isControlled(system, system.fstat(walk.directory))) {
    throw new Troubled("ELOOP", { kind: "foreign-link", link: `${walk.shown}${name}` });
  }
  walk.links += 1;
  if (walk.links > MOST_LINKS) throw systemError("ELOOP");
  const target = system.readlink(at(walk, name));
  walk.names.push(...splitPath(target));
  if (target.startsWith("/")) enter(walk, "/", "/");
}

/** Whether the system names open files below /proc. */
function hasDescriptorNames(system: System, descriptor: number): boolean {
  const named = system.stat(`/proc/self/fd/${descriptor}`);
  const held = system.fstat(descriptor);
  return named !== undefined && named.ino === held.ino && named.dev === held.dev;
}

/** A directory that is held already, and the way on from it. */
const HELD = /^(\/proc\/self\/fd\/[0-9]+)\/(.*)$/s;

function startWalk(system: System, path: string): Walk {
  if (path === "") throw systemError("ENOENT");
  const [, held, rest] = HELD.exec(path) ?? [];
  if (held !== undefined && rest !== undefined) {
    const directory = system.open(held, O_PATH | O_DIRECTORY);
    return { system, directory, links: 0, names: splitPath(rest), shown: `${held}/`, isHeld: true };
  }
  const start = path.startsWith("/") ? "/" : ".";
  const directory = system.open(start, O_PATH | O_DIRECTORY);
  const common = { system, directory, links: 0 };
  if (hasDescriptorNames(system, directory)) {
    return { ...common, names: splitPath(path), shown: start === "/" ? "/" : "", isHeld: true };
  }
  const walk = { ...common, names: splitPath(resolve(path)), shown: "/", isHeld: false };
  if (start !== "/") enter(walk, "/", "/");
  return walk;
}

/** Walks to the directory that `path` is in. Whoever calls this closes it. A link at the end is followed unless it is to be replaced. */
export function openLanding(system: System, path: string, replacesLink = false): Landing {
  const walk = startWalk(system, system.placed(path, !replacesLink));
  try {
    for (;;) {
      const name = walk.names.pop();
      if (name === undefined) throw systemError("EISDIR");
      const entry = name === ".." ? undefined : system.lstat(at(walk, name));
      const isEnd = walk.names.length === 0 && name !== "..";
      if (entry?.isSymbolicLink() === true && !(isEnd && replacesLink)) follow(walk, name, entry);
      else if (!isEnd) enter(walk, at(walk, name), `${walk.shown}${name}/`);
      else return landingOf(walk, name, entry);
    }
  } catch (thrown) {
    system.close(walk.directory);
    throw thrown;
  }
}

function landingOf(walk: Walk, name: string, entry: SystemStatus | undefined): Landing {
  return {
    directory: walk.directory,
    name,
    entry,
    at: (other) => at(walk, other),
    shown: (other) => `${walk.shown}${other}`,
  };
}

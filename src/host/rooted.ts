/**
 * The files of a system that does not run: an image, a chroot. A link below its directory leads where it would lead that system, as
 * after chroot(2): one that is absolute begins at the directory again, and no `..` gets above it. Whoever made that system decides about none of
 * the files of this one.
 */
import { isInside, withoutTrailing } from "../foundation/text/index.ts";
import { systemError } from "./errno.ts";
import { type System, O_EXCL, O_NOFOLLOW } from "./system.ts";

/** As Linux has it (path_resolution(7)). */
const MOST_LINKS = 40;

/** The parts of a path, the first one last. */
function partsOf(path: string): string[] {
  return path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .toReversed();
}

/** Absolute, and without what says nothing; `..` stays, for what it leads out of may be a link. */
function absolute(path: string): string {
  const whole = path.startsWith("/") ? path : `${process.cwd()}/${path}`;
  return `/${partsOf(whole).toReversed().join("/")}`;
}

/** Where a path below `top` leads. Errors: throws what the calls of the system throw, and ELOOP. */
function resolveBelow(system: System, top: string, rest: string, followsLast: boolean): string {
  const parts = partsOf(rest);
  const at: string[] = [];
  let links = 0;
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    if (part === "..") {
      at.pop();
      continue;
    }
    const path = [top, ...at, part].join("/");
    const status = system.lstat(path);
    if (status === undefined) {
      const missing = [...at, part, ...parts.toReversed()].join("/");
      // What is switched off leads there, and what is unpacked has no devices; the system has them when it runs. Otherwise the call says itself
      // that there is nothing.
      return missing === "dev/null" ? "/dev/null" : `${top}/${missing}`;
    }
    if (!status.isSymbolicLink() || (parts.length === 0 && !followsLast)) {
      at.push(part);
      continue;
    }
    links += 1;
    if (links > MOST_LINKS) throw systemError("ELOOP");
    const target = system.readlink(path);
    if (target.startsWith("/")) at.length = 0;
    parts.push(...partsOf(target));
  }
  return [top, ...at].join("/");
}

/** The same system, with what is below `root` as that directory's own system sees it. */
export function rootedSystem(system: System, root: string): System {
  const named = absolute(root);
  let tops: readonly string[] | undefined;
  /** One look counts: what is done below a root is done below the same one, wherever a link to it leads meanwhile. */
  const topsNow = (): readonly string[] => {
    try {
      tops ??= [named, system.realpath(root)].map((top) => withoutTrailing(top, "/"));
      return tops;
    } catch {
      return [withoutTrailing(named, "/")];
    }
  };
  const placed = (path: string, followsLast: boolean): string => {
    const whole = absolute(path);
    const top = topsNow().find((one) => one !== "" && isInside(whole, one));
    if (top === undefined) return path;
    return resolveBelow(system, top, whole.slice(top.length), followsLast || /\/\.?$/.test(path));
  };
  const at = (path: string): string => placed(path, false);
  const through = (path: string): string => placed(path, true);
  return {
    ...system,
    placed,
    open: (path, flags, mode) => system.open(placed(path, (flags & (O_NOFOLLOW | O_EXCL)) === 0), flags, mode),
    stat: (path) => system.stat(through(path)),
    lstat: (path) => system.lstat(at(path)),
    rename: (from, to) => system.rename(at(from), at(to)),
    link: (from, to) => system.link(at(from), at(to)),
    symlink: (target, path) => system.symlink(target, at(path)),
    unlink: (path) => system.unlink(at(path)),
    mkdir: (path, mode) => system.mkdir(at(path), mode),
    rmdir: (path) => system.rmdir(at(path)),
    readdir: (path, most) => system.readdir(through(path), most),
    readlink: (path) => system.readlink(at(path)),
    realpath: (path) => system.realpath(through(path)),
    filesystem: (path) => system.filesystem(through(path)),
  };
}

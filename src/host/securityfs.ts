/** Finding AppArmor's directory in securityfs (confinement-api 1.1): the mount table, then `apparmor` below the mount point. */
import { join } from "node:path";
import { type Outcome, ok } from "../foundation/basics/index.ts";
import type { FileRefusal } from "../foundation/ports/index.ts";
import { decodeBytes } from "../foundation/text/index.ts";
import { attempt, unless } from "./errno.ts";
import { readKernelFile } from "./reading.ts";
import type { System } from "./system.ts";

/** Where this process sees the machine: `root` comes before every path, `directory` is taken as it is. */
export interface KernelPlace {
  /** Default `/`. */
  readonly root?: string;
  /** AppArmor's own directory, instead of the one the mount table names. */
  readonly directory?: string;
}

/** A path of the machine as seen under the root. */
export function under(place: KernelPlace, path: string): string {
  return place.root === undefined || place.root === "/" ? path : join(place.root, path);
}

/** A small file of the kernel's, or `undefined`. */
export function readSmall(system: System, path: string): string | undefined {
  try {
    return decodeBytes(readKernelFile(system, path));
  } catch {
    return undefined;
  }
}

/** Nothing when no securityfs is mounted or AppArmor has no directory there. What cannot be read says neither. */
export function findDirectory(system: System, place: KernelPlace): Outcome<string | undefined, FileRefusal> {
  const exists = (path: string): Outcome<boolean, FileRefusal> => attempt(path, () => system.stat(path) !== undefined);
  if (place.directory !== undefined) {
    const there = exists(place.directory);
    return there.ok ? ok(there.value ? place.directory : undefined) : there;
  }
  const table = under(place, "/proc/mounts");
  const mounts = attempt(table, () => unless("ENOENT", "", () => decodeBytes(readKernelFile(system, table))));
  if (!mounts.ok) return mounts;
  for (const line of mounts.value.split("\n")) {
    const [, mountPoint, type] = line.split(" ");
    if (type !== "securityfs" || mountPoint === undefined) continue;
    const directory = under(place, join(unescapeMount(mountPoint), "apparmor"));
    const there = exists(directory);
    if (!there.ok) return there;
    if (there.value) return ok(directory);
  }
  return ok(undefined);
}

/** The mount table writes blanks, tabs, line ends and backslashes as three octal digits. */
function unescapeMount(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** Finding AppArmor's directory in securityfs (confinement-api 1.1): the mount table, then `apparmor` below the mount point. */
import { join } from "node:path";
import { decodeBytes } from "../foundation/text/index.ts";
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

function exists(system: System, path: string): boolean {
  try {
    return system.stat(path) !== undefined;
  } catch {
    return false;
  }
}

/** `undefined` when no securityfs is mounted or AppArmor has no directory there. */
export function findDirectory(system: System, place: KernelPlace): string | undefined {
  if (place.directory !== undefined) return exists(system, place.directory) ? place.directory : undefined;
  for (const line of (readSmall(system, under(place, "/proc/mounts")) ?? "").split("\n")) {
    const [, mountPoint, type] = line.split(" ");
    if (type !== "securityfs" || mountPoint === undefined) continue;
    const directory = under(place, join(unescapeMount(mountPoint), "apparmor"));
    if (exists(system, directory)) return directory;
  }
  return undefined;
}

/** The mount table writes blanks, tabs, line ends and backslashes as three octal digits. */
function unescapeMount(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

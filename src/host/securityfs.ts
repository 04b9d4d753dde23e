/** Finding AppArmor's directory in securityfs (confinement-api 1.1): the mount table, then `apparmor` below the mount point. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Where this process sees the machine: `root` stands before every path, `directory` is taken as it is. */
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
export function readSmall(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** `undefined` when no securityfs is mounted or AppArmor has no directory there. */
export function findDirectory(place: KernelPlace): string | undefined {
  if (place.directory !== undefined) return existsSync(place.directory) ? place.directory : undefined;
  for (const line of (readSmall(under(place, "/proc/mounts")) ?? "").split("\n")) {
    const [, mountPoint, type] = line.split(" ");
    if (type !== "securityfs" || mountPoint === undefined) continue;
    const directory = under(place, join(unescapeMount(mountPoint), "apparmor"));
    if (existsSync(directory)) return directory;
  }
  return undefined;
}

/** The mount table writes blanks, tabs, line ends and backslashes as three octal digits. */
function unescapeMount(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

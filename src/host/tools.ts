/**
 * Programs of the system that are run to be asked something. The caller's PATH does not decide which program that is, nor do his
 * variables what it does: all of this runs as root, too.
 */
import { attempt } from "./errno.ts";
import { type System, nodeSystem } from "./system.ts";

/** Where systems keep their own programs. */
const DIRECTORIES = ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/run/current-system/sw/bin"];

/** The absolute path of a program; `undefined` when the system has none of that name. */
export function toolPath(name: string, system: System = nodeSystem): string | undefined {
  return DIRECTORIES.map((directory) => `${directory}/${name}`).find((path) => {
    const status = attempt(path, () => system.stat(path));
    return status.ok && status.value?.isFile() === true && (status.value.mode & 0o111n) !== 0n;
  });
}

/** All that such a program is given: where it finds others, no translation, and the time zone that times are understood in. */
export function toolEnvironment(timeZone: string | undefined): Record<string, string> {
  const plain = timeZone !== undefined && /^[A-Za-z0-9_+\-/:,.<>]{1,100}$/.test(timeZone);
  return { PATH: DIRECTORIES.join(":"), LC_ALL: "C.UTF-8", ...(plain && { TZ: timeZone }) };
}

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * argv that runs a command while `proc` is mounted in the root directory: in a mount name space of the command's own, so that nobody else
 * ever sees it, and that nothing is left when the command has ended, whatever ended it.
 */
export function withProc(root: string, argv: readonly string[]): readonly string[] {
  const script = 'mkdir -p "$0/proc" && mount -t proc proc "$0/proc" && exec "$@"';
  return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, root, ...argv];
}

/** The mount points below a directory, the innermost first. */
export function mountsBelow(directory: string): readonly string[] {
  const points = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    // The kernel writes blanks and the like as octal numbers.
    .map((point) => point.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8))));
  return points.filter((point) => point.startsWith(`${directory}/`)).toReversed();
}

/** Takes away what an earlier run left mounted below a directory: whoever copies or removes it would copy or remove the other system. */
export function detachMounts(directory: string): void {
  for (const point of mountsBelow(directory)) spawnSync("umount", ["--lazy", "--", point]);
}

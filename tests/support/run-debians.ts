/** Debian's parser as a program: argv in; status, output and errors out. */
import { spawnSync } from "node:child_process";

/** Its cache is written through `/proc`, which a bare tree does not have: it is mounted in a name space of the run's own. */
const SCRIPT =
  'mkdir -p "$1/proc"; mount -t proc proc "$1/proc" 2>/dev/null; root=$1; shift; exec timeout 20 chroot "$root" sh -c \'cd "$0" && exec apparmor_parser "$@"\' "$@"';

export interface Answer {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs it in a directory of the oracle's tree, named as the tree names it. Bytes of the output are Latin-1 letters here. */
export function runDebians(root: string, directory: string, argv: readonly string[], stdin: string): Answer {
  const words = ["--mount", "sh", "-c", SCRIPT, "sh", root, directory, ...argv];
  const { LC_ALL: _, ...environment } = process.env;
  const done = spawnSync("unshare", words, { input: stdin, env: { ...environment, LC_ALL: "C" }, maxBuffer: 1 << 28 });
  return { status: done.status ?? -1, out: done.stdout.toString("latin1"), err: done.stderr.toString() };
}

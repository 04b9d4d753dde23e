/** Debian's parser as a program: argv in; status, output and errors out. */
import { start } from "./oracle.ts";
import type { Answer } from "./run-ours.ts";

/** Runs it in a directory of the oracle's tree, named as the tree names it. Bytes of the output are Latin-1 letters here. */
export function runDebians(root: string, directory: string, argv: readonly string[], stdin: string): Answer {
  const { status, stdout, stderr } = start(root, { directory, argv, stdin, withProc: true });
  return { status, out: stdout.toString("latin1"), err: stderr };
}

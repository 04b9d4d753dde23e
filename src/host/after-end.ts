/**
 * What is done however this process ends, by a signal that cannot be caught, too: a shell of its own session waits at the end of
 * a pipe, which the kernel closes with this process.
 */
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import type { FileRefusal } from "../foundation/ports/index.ts";
import { childProcess } from "./child-process.ts";
import { toolEnvironment, toolPath } from "./tools.ts";

/** A line means that there is nothing to do any more. */
const WRITE = 'IFS= read -r line || printf %s "$1" >"$2"';
const REMOVE = 'IFS= read -r line || exec rm -f -- "$1"';

/** What is given back says that there is nothing to do. Errors: there is no shell. */
function afterEnd(script: string, ...words: readonly string[]): Outcome<() => void, FileRefusal> {
  const shell = toolPath("sh");
  if (shell === undefined) return fail({ path: "sh", errno: "ENOENT" });
  const child = childProcess().spawn(shell, ["-c", script, "sh", ...words], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    cwd: "/",
    env: toolEnvironment(undefined),
  });
  child.on("error", () => undefined);
  child.stdin.on("error", () => undefined);
  child.unref();
  return ok(() => void child.stdin.end("\n"));
}

/** Writes `text` to `path` once this process is gone, unless what is given back is called before. Errors: there is no shell. */
export function writeAfterEnd(path: string, text: string): Outcome<() => void, FileRefusal> {
  return afterEnd(WRITE, text, path);
}

/** Removes a file once this process is gone, unless what is given back is called before. Errors: there is no shell. */
export function removeAfterEnd(path: string): Outcome<() => void, FileRefusal> {
  return afterEnd(REMOVE, path);
}

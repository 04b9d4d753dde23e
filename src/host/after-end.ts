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
/** A file that is as it was made, and the profile that was loaded from it. As long as that is loaded the file says what it is. */
const TAKE_BACK = `IFS= read -r line && exit
[ -f "$1" ] && [ ! -L "$1" ] && [ "$(cat -- "$1" && echo .)" = "$2." ] || exit
left=
if [ -n "$3" ]; then
  printf '%s\\0' "$4" >"$3/.remove" || while IFS= read -r loaded; do
    case $loaded in "$4 ("*) left=1 ;; esac
  done <"$3/profiles" || left=1
fi 2>/dev/null
[ -z "$left" ] && rm -f -- "$1" && say=$5 || say=$6
printf '%s\\n' "$say" >&2`;
const REMOVE = 'IFS= read -r line || exec rm -f -- "$1"';

/** What is given back says that there is nothing to do. Errors: there is no shell. */
function afterEnd(
  script: string,
  words: readonly string[],
  stderr: "ignore" | "inherit" = "ignore",
): Outcome<() => void, FileRefusal> {
  const shell = toolPath("sh");
  if (shell === undefined) return fail({ path: "sh", errno: "ENOENT" });
  const child = childProcess().spawn(shell, ["-c", script, "sh", ...words], {
    stdio: ["pipe", "ignore", stderr],
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
  return afterEnd(WRITE, [text, path]);
}

/** Removes a file once this process is gone, unless what is given back is called before. Errors: there is no shell. */
export function removeAfterEnd(path: string): Outcome<() => void, FileRefusal> {
  return afterEnd(REMOVE, [path]);
}

/** A profile that is to go with this process. */
interface TakenBack {
  readonly path: string;
  /** What is in the file as long as nobody wants it. */
  readonly text: string;
  /** Under which name it is loaded, and the directory of AppArmor in securityfs. */
  readonly loaded: { readonly directory: string; readonly name: string } | undefined;
  /** What is said on standard error once it is gone, or could not be taken back. */
  readonly gone: string;
  readonly left: string;
}

/**
 * Unloads a profile and removes its file once this process is gone, where that is as it was made, unless what is given back is called before.
 * Errors: there is no shell.
 */
export function takeBackAfterEnd({ gone, left, loaded, path, text }: TakenBack): Outcome<() => void, FileRefusal> {
  return afterEnd(TAKE_BACK, [path, text, loaded?.directory ?? "", loaded?.name ?? "", gone, left], "inherit");
}

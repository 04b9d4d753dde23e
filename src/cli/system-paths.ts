/** Paths of another system, whose root is a directory here: as that system names them, or by what leads to them here (tools 2.4). */
import { isInside, plainPath, withoutTrailing } from "../foundation/text/index.ts";
import type { CliIo } from "./io.ts";

/** Whether a path of this machine is one of the system, whatever link leads to its root. */
export function isOfSystem(path: string, root: string, io: CliIo): boolean {
  return root === "" || isInside(io.realPath(path) ?? plainPath(path), root);
}

/** What leads here to an absolute path of the system; a path of this machine that is below that system's root stays, as a shell completes it. */
export function pathInSystem(path: string, root: string, io: CliIo): string {
  const own = withoutTrailing(root, "/");
  const whole = own.startsWith("/") ? own : plainPath(`${io.workingDirectory}/${own}`);
  const top = own === "" ? own : (io.realPath(whole) ?? whole);
  return !path.startsWith("/") || isOfSystem(path, top, io) ? path : `${own}${path}`;
}

/** The attribute files of tasks (confinement-api 1.1-1.3, kernel-abi 9.7). A task is a thread; attributes are its own. */
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import type { FileRefusal } from "../foundation/ports/index.ts";
import { decodeBytes, encodeBytes } from "../foundation/text/index.ts";
import { attempt, errnoOf } from "./errno.ts";
import { readKernelFile } from "./reading.ts";
import { type KernelPlace, under } from "./securityfs.ts";
import { type System, O_WRONLY, nodeSystem } from "./system.ts";

export type Attribute = "current" | "exec" | "prev";

/** The kernel cuts longer commands and then carries out what is left of them (confinement-api 1.3). */
const MAX_COMMAND = 4095;

/** AppArmor's own directory comes first: the plain one may be another module's. */
export function attributePaths(task: string, attribute: Attribute): readonly [own: string, shared: string] {
  return [`${task}/attr/apparmor/${attribute}`, `${task}/attr/${attribute}`];
}

/**
 * What an attribute of a task holds: `LABEL (MODE)`; nothing where none is set. `task` is a directory below `/proc`: `thread-self`, `PID`
 * or `PID/task/TID`. The shared directory counts only where AppArmor has none of its own.
 */
export function readAttribute(
  task: string,
  attribute: Attribute,
  place: KernelPlace = {},
  system: System = nodeSystem,
): Outcome<string | undefined, FileRefusal> {
  const [own, shared] = attributePaths(under(place, `/proc/${task}`), attribute);
  const read = (path: string): Outcome<string, FileRefusal> =>
    attempt(path, () => decodeBytes(readKernelFile(system, path)));
  const first = read(own);
  const result = !first.ok && first.error.errno === "ENOENT" ? read(shared) : first;
  return !result.ok && result.error.errno === "EINVAL" && attribute !== "current" ? ok(undefined) : result;
}

/**
 * Writes one command to an attribute of this thread: AppArmor's own directory, else the shared one. Bytes are not copied, so that whoever
 * has a secret among them can wipe it out.
 *
 * Errors: the kernel's errno; `EINVAL` also where there is no such interface.
 */
export function writeAttribute(
  attribute: "current" | "exec",
  command: string | Uint8Array,
  place: KernelPlace = {},
  system: System = nodeSystem,
): Outcome<void, FileRefusal> {
  const bytes = typeof command === "string" ? encodeBytes(command) : command;
  const paths = attributePaths(under(place, "/proc/thread-self"), attribute);
  if (bytes.length > MAX_COMMAND) return fail({ path: paths[0], errno: "ENAMETOOLONG" });
  for (const path of paths) {
    let descriptor: number;
    try {
      descriptor = system.open(path, O_WRONLY);
    } catch (thrown) {
      if (errnoOf(thrown) === "ENOENT") continue;
      return fail({ path, errno: errnoOf(thrown) });
    }
    try {
      return system.write(descriptor, bytes, 0) === bytes.length ? ok(undefined) : fail({ path, errno: "EPROTO" });
    } catch (thrown) {
      return fail({ path, errno: errnoOf(thrown) });
    } finally {
      system.close(descriptor);
    }
  }
  return fail({ path: paths[0], errno: "EINVAL" });
}

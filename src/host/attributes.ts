import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import type { FileRefusal } from "../foundation/ports/index.ts";
import { encodeBytes } from "../foundation/text/index.ts";
import { errnoOf } from "./errno.ts";
import { type KernelPlace, under } from "./securityfs.ts";
import { type System, O_WRONLY, nodeSystem } from "./system.ts";

/** The kernel cuts longer commands and then carries out what is left of them (confinement-api 1.3). */
const MAX_COMMAND = 4095;

/**
 * Writes one command to an attribute of this thread (kernel-abi 9.7): AppArmor's own directory, else the shared one.
 *
 * Errors: the kernel's errno; `EINVAL` also where there is no such interface.
 */
export function writeAttribute(
  attribute: "current" | "exec",
  command: string,
  place: KernelPlace = {},
  system: System = nodeSystem,
): Outcome<void, FileRefusal> {
  const bytes = encodeBytes(command);
  const paths = ["apparmor/", ""].map((part) => under(place, `/proc/thread-self/attr/${part}${attribute}`));
  if (bytes.length > MAX_COMMAND) return fail({ path: paths[0] ?? "", errno: "ENAMETOOLONG" });
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
  return fail({ path: paths[0] ?? "", errno: "EINVAL" });
}

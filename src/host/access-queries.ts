/** The kernel's query interface: one file, to which a question is written and from which its answer is read (confinement-api 5.1). */
import { join } from "node:path";
import { type Outcome, fail } from "../foundation/basics/index.ts";
import type { FileRefusal } from "../foundation/ports/index.ts";
import { attempt } from "./errno.ts";
import { type KernelPlace, findDirectory } from "./securityfs.ts";
import { type System, O_RDWR, nodeSystem, retrying } from "./system.ts";

/** More than any answer. */
const MOST_ANSWER = 64 * 1024;

/**
 * The kernel's answer to one query.
 *
 * Errors: the kernel's errno (`ENOENT`: no such label); `ENODEV` where AppArmor has no directory; `EPROTO` for a query that was not taken whole.
 */
export function askKernel(
  query: Uint8Array,
  place: KernelPlace = {},
  given: System = nodeSystem,
): Outcome<Uint8Array, FileRefusal> {
  const system = retrying(given);
  const directory = findDirectory(system, place);
  if (!directory.ok) return directory;
  if (directory.value === undefined) return fail({ path: ".access", errno: "ENODEV" });
  const path = join(directory.value, ".access");
  const opened = attempt(path, () => system.open(path, O_RDWR));
  if (!opened.ok) return opened.error.errno === "ENOENT" ? fail({ path, errno: "ENODEV" }) : opened;
  try {
    const written = attempt(path, () => system.write(opened.value, query, 0));
    if (!written.ok) return written;
    if (written.value !== query.length) return fail({ path, errno: "EPROTO" });
    return attempt(path, () => {
      // The answer belongs to this descriptor, and where the query ended is not where the answer begins.
      const answer = new Uint8Array(MOST_ANSWER);
      return answer.subarray(0, system.read(opened.value, answer, 0));
    });
  } finally {
    attempt(path, () => system.close(opened.value));
  }
}

/** The end of processes. */
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import { decodeBytes } from "../foundation/text/index.ts";
import { attempt } from "./errno.ts";
import { MOST_ENTRIES, readKernelFile } from "./reading.ts";
import { type System, nodeSystem } from "./system.ts";

/** Ends a process at once; the errno of a refusal. One that is gone is ended. */
export function endProcess(pid: number): Outcome<void, string> {
  const done = attempt(`/proc/${pid}`, () => process.kill(pid, "SIGKILL"));
  return done.ok || done.error.errno === "ESRCH" ? ok(undefined) : fail(done.error.errno);
}

/** Whether a process does nothing any more, and is there only because nobody has asked how it ended. A first thread may be over before others are. */
export function isOver(pid: number, system: System = nodeSystem): boolean {
  const known = attempt(`/proc/${pid}`, () => {
    const status = decodeBytes(readKernelFile(system, `/proc/${pid}/stat`));
    const isZombie = /^[ZX]/.test(status.slice(status.lastIndexOf(")") + 2));
    return isZombie && system.readdir(`/proc/${pid}/task`, MOST_ENTRIES).length < 2;
  });
  return known.ok && known.value;
}

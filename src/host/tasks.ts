/** The threads of processes: attributes are theirs, one by one (confinement-api 1.1). */
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import type { FileRefusal } from "../foundation/ports/index.ts";
import { attempt } from "./errno.ts";
import { MOST_ENTRIES } from "./reading.ts";
import { type KernelPlace, readSmall, under } from "./securityfs.ts";
import { type System, nodeSystem, retrying } from "./system.ts";

/** A thread by its numbers. */
export interface TaskId {
  readonly pid: number;
  readonly tid: number;
}

/** The thread that asks. */
export function currentTask(place: KernelPlace = {}, given: System = nodeSystem): Outcome<TaskId, FileRefusal> {
  const path = under(place, "/proc/thread-self");
  const link = attempt(path, () => retrying(given).readlink(path));
  if (!link.ok) return link;
  const [, pid, tid] = /^(\d+)\/task\/(\d+)$/.exec(link.value) ?? [];
  return pid === undefined || tid === undefined
    ? fail({ path, errno: "ENOENT" })
    : ok({ pid: Number(pid), tid: Number(tid) });
}

/** The threads of a process, by number, with the names that they gave themselves. */
export function listTasks(
  process: number | "self",
  place: KernelPlace = {},
  given: System = nodeSystem,
): Outcome<readonly { readonly tid: number; readonly name: string | undefined }[], FileRefusal> {
  const system = retrying(given);
  const path = under(place, `/proc/${process}/task`);
  const entries = attempt(path, () => system.readdir(path, MOST_ENTRIES));
  if (!entries.ok) return entries;
  const tids = entries.value.map(({ name }) => Number(name)).toSorted((a, b) => a - b);
  return ok(tids.map((tid) => ({ tid, name: readSmall(system, `${path}/${tid}/comm`)?.trimEnd() })));
}

/** Whether this thread has given up on new privileges; where `/proc` does not say so, not. */
export function hasNoNewPrivileges(place: KernelPlace = {}, given: System = nodeSystem): boolean {
  const status = readSmall(retrying(given), under(place, "/proc/thread-self/status"));
  return status !== undefined && /^NoNewPrivs:\s*1$/m.test(status);
}

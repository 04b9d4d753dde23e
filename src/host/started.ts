/**
 * The label that a program gets. It is decided by its exec, before its first instruction: the program is started, looked at, and ended
 * at once with everything it may have started by then.
 */
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import type { ProcessConfinement } from "../foundation/ports/index.ts";
import { childProcess } from "./child-process.ts";
import { attempt, errnoOf } from "./errno.ts";
import { confinementOf } from "./processes.ts";
import { type System, nodeSystem, retrying } from "./system.ts";
import { toolEnvironment } from "./tools.ts";

/**
 * Starts a program with arguments that should do no harm, and says how it is confined.
 *
 * Errors: the errno of a program that does not start; `ESRCH` where nothing can be read of it.
 */
export async function startedConfinement(
  path: string,
  args: readonly string[],
  given: System = nodeSystem,
): Promise<Outcome<ProcessConfinement, string>> {
  // A group of its own, so that nothing it starts is left.
  const child = childProcess().spawn(path, args, {
    stdio: "ignore",
    detached: true,
    cwd: "/",
    env: toolEnvironment(undefined),
  });
  const { pid } = child;
  const ended = new Promise<Outcome<never, string>>((resolve) => {
    child.on("error", (error) => resolve(fail(errnoOf(error))));
    child.on("exit", () => resolve(fail("ESRCH")));
  });
  // Without a number the exec was refused: it is over when a number is there.
  if (pid === undefined) return await ended;
  const found = confinementOf(pid, {}, retrying(given));
  attempt(path, () => process.kill(-pid, "SIGKILL"));
  await ended;
  return found === undefined || found === "unlabelled" ? fail("ESRCH") : ok(found);
}

import type { Outcome } from "../foundation/basics/index.ts";
import type { FileRefusal } from "../foundation/ports/index.ts";
import { attempt } from "./errno.ts";
import { type System, nodeSystem, retrying } from "./system.ts";

/** A path without links; why it leads nowhere. */
export function followPath(path: string, system: System = nodeSystem): Outcome<string, FileRefusal> {
  return attempt(path, () => retrying(system).realpath(path));
}

/** A path without links; `undefined`: it leads nowhere that can be reached. */
export function realPath(path: string, system: System = nodeSystem): string | undefined {
  const found = followPath(path, system);
  return found.ok ? found.value : undefined;
}

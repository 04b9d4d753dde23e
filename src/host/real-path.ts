import { attempt } from "./errno.ts";
import { type System, nodeSystem, retrying } from "./system.ts";

/** A path without links; `undefined`: it leads nowhere that can be reached. */
export function realPath(path: string, system: System = nodeSystem): string | undefined {
  const found = attempt(path, () => retrying(system).realpath(path));
  return found.ok ? found.value : undefined;
}

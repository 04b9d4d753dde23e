import type { LogsPort } from "../foundation/ports/index.ts";
import type { KernelPlace } from "./securityfs.ts";
import { type System, nodeSystem } from "./system.ts";

/**
 * The logs of this machine.
 *
 * Errors: a source that cannot be opened is a refusal; what is lost on the way is said in the stream.
 */
export function nodeLogs(place: KernelPlace = {}, system: System = nodeSystem): LogsPort {
  // Streams, timers and processes are read in when a log is: most commands read none.
  return {
    open: async (source, options) => (await import("./logs/logs.ts")).openLog({ place, system }, source, options),
  };
}

import type * as ChildProcess from "node:child_process";
import { createRequire } from "node:module";

/** Node's own module, when it is needed. COST: 5 ms to load, and every command reaches the modules that start programs. */
export function childProcess(): typeof ChildProcess {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `require` gives for this name
  return createRequire("/")("node:child_process") as typeof ChildProcess;
}

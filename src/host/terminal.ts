import { createRequire } from "node:module";
import type * as Tty from "node:tty";
import { type System, nodeSystem } from "./system.ts";

/** Linux's number for /dev/null, /dev/zero, /dev/full and their like. */
const MEMORY = 1n;

/** Whether a person may be looking at a file descriptor. */
export function isTerminal(descriptor: number, system: System = nodeSystem): boolean {
  try {
    const status = system.fstat(descriptor);
    if (!status.isCharacterDevice() || status.rdev >> 8n === MEMORY) return false;
  } catch {
    return false;
  }
  // COST: node:tty brings in sockets and streams, 5 ms; of a pipe, a file or /dev/null it is not asked.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `require` gives for this name
  const tty = createRequire("/")("node:tty") as typeof Tty;
  return tty.isatty(descriptor);
}

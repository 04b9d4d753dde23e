import { createRequire } from "node:module";
import type * as Tty from "node:tty";
import { type System, nodeSystem } from "./system.ts";

/** Whether a person may be looking at a file descriptor. */
export function isTerminal(descriptor: number, system: System = nodeSystem): boolean {
  try {
    if (!system.fstat(descriptor).isCharacterDevice()) return false;
  } catch {
    return false;
  }
  // COST: node:tty brings in sockets and streams, 5 ms; into a pipe or a file it is not asked.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `require` gives for this name
  const tty = createRequire("/")("node:tty") as typeof Tty;
  return tty.isatty(descriptor);
}

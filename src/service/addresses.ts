/** How many threads fit into the addresses that a process may have. Each reserves far more than it uses, and one that may not ends the process. */
import { readFileSync } from "node:fs";

/** Measured with Node 20: two threads that compile need between 1.5 and 1.8 GB, each further one 0.7 GB. */
const FIRST_BYTES = 1.1e9;
const THREAD_BYTES = 0.8e9;

/** Of so many threads those that fit, at least one. `limits`: what the kernel says of the process (`/proc/self/limits`). */
export function threadsThatFit(threads: number, limits = ownLimits()): number {
  const bytes = /^Max address space +([0-9]+) /m.exec(limits)?.[1];
  if (bytes === undefined) return threads;
  return Math.max(1, Math.min(threads, 1 + Math.floor((Number(bytes) - FIRST_BYTES) / THREAD_BYTES)));
}

function ownLimits(): string {
  try {
    return readFileSync("/proc/self/limits", "latin1");
  } catch {
    // Where nothing is said of limits, none is kept to.
    return "";
  }
}

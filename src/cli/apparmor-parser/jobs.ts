/** `--jobs`, `--max-jobs`, `--estimated-compile-size`: how many workers compile at once. */
import { availableParallelism } from "node:os";
import type { Settings } from "./settings.ts";

/** A number of jobs: digits, `auto`, `max`, or `xN` for N times the processors. */
function parseCount(text: string): number | undefined {
  const times = text.startsWith("x");
  const digits = times ? text.slice(1) : text;
  if (text === "auto") return availableParallelism();
  if (text === "max") return Number.POSITIVE_INFINITY;
  if (!/^-?[0-9]+$/.test(digits)) return undefined;
  return times ? Number(digits) * availableParallelism() : Number(digits);
}

type Complain = (text: string) => number;

export function takeJobs(settings: Settings, text: string, complain: Complain): number | undefined {
  const count = parseCount(text);
  if (count === undefined) return complain(`Invalid option -j=${text}`);
  settings.jobs = text === "auto" ? undefined : count;
  return undefined;
}

export function takeMaximumJobs(settings: Settings, text: string, complain: Complain): number | undefined {
  const count = parseCount(text);
  if (count === undefined) return complain(`Invalid option max-jobs=${text}`);
  settings.maximumJobs = count;
  return undefined;
}

const UNITS: Readonly<Record<string, number>> = { "": 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 };

export function takeSize(settings: Settings, text: string, complain: Complain): number | undefined {
  const match = /^([0-9]+)([KMG]B)?$/.exec(text);
  if (match === null) return complain(`--estimated-compile-size invalid size '${text}'`);
  settings.compileSizeBytes = Number(match[1]) * (UNITS[match[2] ?? ""] ?? 1);
  return undefined;
}

/** How many workers to start for so many files. No more than there are processors: more would only take memory. */
export function workerCount(settings: Settings, fileCount: number): number {
  const processors = availableParallelism();
  const wanted = settings.jobs ?? processors;
  const limit = settings.maximumJobs ?? processors * 8;
  return Math.max(0, Math.min(wanted, limit, processors, fileCount));
}

/** `--jobs`, `--max-jobs`, `--estimated-compile-size`: how many workers compile at once. */
import { availableParallelism } from "node:os";

/** What C's strtol has for "as many as there can be"; larger numbers are cut to it. */
const LONG_MAX = 2n ** 63n - 1n;

/** A number as strtol reads it: octal behind a zero, hexadecimal behind `0x`, blanks in front. */
function parseLong(text: string): bigint | undefined {
  const match = /^[ \t\n\v\f\r]*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/.exec(text);
  const digits = match?.[2];
  if (digits === undefined) return undefined;
  const size = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits);
  const value = match?.[1] === "-" ? -size : size;
  return value > LONG_MAX ? LONG_MAX : value;
}

/** A number of jobs: digits, `auto`, `max`, or `xN` for N times the processors. */
function parseCount(text: string): bigint | undefined {
  if (text === "auto") return BigInt(availableParallelism());
  if (text === "max") return LONG_MAX;
  if (!text.startsWith("x")) return parseLong(text);
  const times = parseLong(text.slice(1));
  return times === undefined ? undefined : times * BigInt(availableParallelism());
}

/** What the options say; `undefined` where they say nothing. */
interface JobSettings {
  jobs: bigint | undefined;
  maximumJobs: bigint | undefined;
  compileSizeBytes: number | undefined;
}

type Complain = (text: string) => number;

export function takeJobs(settings: JobSettings, text: string, complain: Complain): number | undefined {
  const count = parseCount(text);
  if (count === undefined) return complain(`Invalid option -j=${text}`);
  settings.jobs = count;
  if (text !== "auto" && count !== LONG_MAX) settings.maximumJobs = count;
  return undefined;
}

export function takeMaximumJobs(settings: JobSettings, text: string, complain: Complain): number | undefined {
  const count = parseCount(text);
  if (count === undefined) return complain(`Invalid option max-jobs=${text}`);
  settings.maximumJobs = count;
  return undefined;
}

const UNITS: Readonly<Record<string, number>> = { "": 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 };

export function takeSize(settings: JobSettings, text: string, complain: Complain): number | undefined {
  const match = /^(-?[0-9]+)([KMG]B)?$/.exec(text);
  if (match === null) return complain(`--estimated-compile-size invalid size '${text}'`);
  settings.compileSizeBytes = Number(match[1]) * (UNITS[match[2] ?? ""] ?? 1);
  return undefined;
}

/** How many jobs are meant, and what is to be said where there would be more than may be. */
export function limitJobs(settings: JobSettings): { readonly jobs: bigint; readonly warning: string | undefined } {
  const processors = BigInt(availableParallelism());
  const jobs = settings.jobs ?? processors;
  const limit = settings.maximumJobs ?? processors * 8n;
  if (limit < 0n || jobs <= limit) return { jobs, warning: undefined };
  return { jobs: limit, warning: `apparmor_parser: Capping number of jobs to ${limit} * # of cpus == '${jobs}'` };
}

/** How many workers to start for so many files. No more than there are processors: more would only take memory. */
export function workerCount(jobs: bigint, fileCount: number): number {
  const most = Math.min(availableParallelism(), fileCount);
  return jobs < BigInt(most) ? Math.max(0, Number(jobs)) : most;
}

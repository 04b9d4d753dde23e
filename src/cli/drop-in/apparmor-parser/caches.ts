/** Which cache directories a run uses, and whether an entry in them may be loaded. */
import {
  COMPILER_VERSION,
  type CacheEntry,
  type Observation,
  type PolicySettings,
  cacheDirectory,
  createCache,
  openCache,
  readEntry,
  replayer,
  writeEntry,
} from "../../../app/index.ts";
import { isAbsolute, join, resolve } from "node:path";
import { nodeDigest } from "../../../host/index.ts";
import { say } from "../../../foundation/text/index.ts";
import { errnoText, fileRefusalText } from "../../errno-texts.ts";
import type { CliIo } from "../../io.ts";
import { baseName } from "../../inputs.ts";
import { type Settings, warnWithoutFile } from "./settings.ts";

export interface RunCache {
  /** Where entries are looked for, in order. */
  readonly directories: readonly string[];
  /** Where they are written. */
  readonly writable: string | undefined;
  readonly isCurrent: (observations: readonly Observation[]) => boolean;
}

const NOTHING: Omit<RunCache, "isCurrent"> = { directories: [], writable: undefined };

/** Runs that print text, unload, or change what the text says never touch the cache (tools 3.4). */
function usesCache(settings: Settings): boolean {
  const { action } = settings;
  if (settings.skipCache || settings.binary || settings.complain) return false;
  if (action === "names" || action === "preprocess" || action === "remove") return false;
  return settings.readCache || settings.writeCache;
}

/** Opens or makes the directories; a number is the status to leave with. */
export function setUpCache(settings: Settings, features: string | undefined, io: CliIo): RunCache | number {
  const { isCurrent } = replayer(io.files, nodeDigest);
  const [primary, ...others] = settings.cache.locations;
  if (features === undefined || primary === undefined || !usesCache(settings)) return { ...NOTHING, isCurrent };
  const opened =
    settings.writeCache && settings.replaceBadCache
      ? createCache(io.files, primary, features)
      : openCache(io.files, primary, features);
  if (!opened.ok) {
    const text = errnoText(opened.error.errno);
    if (!["ENOENT", "EROFS"].includes(opened.error.errno)) {
      io.err(say`Failed setting up policy cache (${primary}): ${text}\n`);
      return 1;
    }
    if (settings.showCache) io.err(say`Cache write disabled: Cannot create cache '${primary}': ${text}\n`);
    return { ...NOTHING, isCurrent };
  }
  if (opened.value === undefined) {
    settings.writeCache = false;
    if (settings.showCache) {
      io.err(`Cache read/write disabled: Policy cache is invalid: ${errnoText("ENOENT")}\n`);
    }
    return { ...NOTHING, isCurrent };
  }
  if (settings.showCache) io.err(say`Cache: added primary location '${primary}'\n`);
  const overlays = others.flatMap((location) => {
    const directory = openCache(io.files, location, features);
    if (!directory.ok || directory.value === undefined) {
      const why = "does not contain valid cache directory for the specified feature set";
      warnWithoutFile(settings, io, "cache", `Cache: failed to add read only location '${location}', ${why}`);
      return [];
    }
    if (settings.showCache) warnWithoutFile(settings, io, "cache", `Cache: added readonly location '${location}'`);
    return [directory.value];
  });
  const [directory = "", ...readable] = [opened.value, ...overlays].map((path) => resolve(io.workingDirectory, path));
  return { directories: [directory, ...readable], writable: settings.writeCache ? directory : undefined, isCurrent };
}

/** ORACLE 5.0.2: what it prints when it knows no kernel; nothing is ever cached there. */
const NO_KERNEL = "733692a5.0";

/** The lines of `--print-cache-dir`; the status to leave with. */
export function printCacheDirectories(settings: Settings, features: string | undefined, io: CliIo): number {
  for (const location of settings.cache.locations) {
    const listing = io.files.list(location);
    if (!listing.ok && listing.error.errno === "EACCES") {
      io.err(`Unable to print the cache directory: ${errnoText("EACCES")}\n`);
      return 1;
    }
    io.out(
      say`${features === undefined ? `${location}/${NO_KERNEL}` : cacheDirectory(io.files, location, features)}\n`,
    );
  }
  return 0;
}

/** All that decides what files compile to, beside their names and the bytes of what they read. */
export function settingsKey(settings: PolicySettings, io: CliIo): string {
  return nodeDigest.sha256(JSON.stringify([COMPILER_VERSION, io.workingDirectory, settings]));
}

/** All that decides what a file compiles to, beside the bytes of the files it reads. */
export function cacheKey(path: string, ofSettings: string, io: CliIo): string {
  return `${ofSettings} ${isAbsolute(path) ? path : join(io.workingDirectory, path)}`;
}

/** What a lookup came to: an entry that may be loaded, one that another tool wrote and that must be judged by its age, or why there is none. */
export type Lookup =
  | { readonly kind: "current" | "foreign"; readonly entry: CacheEntry; readonly why?: undefined }
  | { readonly kind: "none"; /** Absent: nobody asks. */ readonly why: string | undefined };

const none = (why: string | undefined): Lookup => ({ kind: "none", why });

/** Looks for the entry of a profile file. */
export function findCached(cache: RunCache, path: string, key: string, io: CliIo): Lookup {
  const found = readEntry(io.files, cache.directories, baseName(path), nodeDigest);
  if (!found.ok) {
    const { path: where } = found.error;
    if (found.error.kind !== "unreadable") return none(`cache file '${where}' does not hold compiled policy`);
    const { errno } = found.error;
    return none(errno === "ENOENT" ? undefined : `Invalid or missing cache file '${where}' (${errnoText(errno)})`);
  }
  const entry = found.value;
  const { record } = entry;
  if (record === "foreign") return { kind: "foreign", entry };
  if (record === "damaged") return none(`cache file '${entry.path}' was changed since it was written`);
  if (record.key !== key) return none(`cache file '${entry.path}' was made with other options`);
  return cache.isCurrent(record.observations)
    ? { kind: "current", entry }
    : none(`file '${path}' or what it includes has changed since the cache file was written`);
}

/** When a file was last changed; of no file, at no time. */
export function modified(path: string, io: CliIo): bigint {
  const status = io.files.status(path);
  return status.ok ? status.value.modifiedNs : 0n;
}

/** Trees that are made with one time for everything, so that time says nothing there: OSTree has 0, Nix 1. */
const NO_TIME_NS = 2_000_000_000n;

/**
 * Why a blob without a record cannot be used for these files. Its time is all that speaks for it, so that must be exactly what
 * apparmor_parser gives what it writes: the time of the youngest file that went into it. A copy's time says when it was copied, and
 * ours never have that time (`keepCompiled`), so none is taken without its record.
 */
export function whyForeignIsStale(entry: CacheEntry, files: readonly string[], io: CliIo): string | undefined {
  const newer = files.find((file) => modified(file, io) > entry.modifiedNs);
  if (newer !== undefined) return `file '${newer}' is newer than cache file`;
  const isExact = entry.modifiedNs >= NO_TIME_NS && files.some((file) => modified(file, io) === entry.modifiedNs);
  return isExact ? undefined : `cache file '${entry.path}' does not have the time of its newest source`;
}

/**
 * Writes what was compiled; its time is that of the youngest file that went into it, as it was before that was read, and a little more:
 * other tools take it for current, and no blob of ours passes for one of apparmor_parser's.
 */
export function keepCompiled(
  cache: RunCache,
  path: string,
  compiled: {
    readonly key: string;
    readonly bytes: Uint8Array;
    /** When the youngest file that went into it had been changed. */
    readonly modifiedNs: bigint;
    readonly observations: readonly Observation[];
  },
  world: { readonly io: CliIo; readonly show: boolean },
): void {
  if (cache.writable === undefined) return;
  const { io, show } = world;
  const { key, bytes, modifiedNs, observations } = compiled;
  const record = { key, blob: nodeDigest.sha256(bytes), observations };
  const written = writeEntry(io.files, cache.writable, baseName(path), {
    bytes,
    record,
    modifiedNs: modifiedNs + 1000n,
  });
  if (!show) return;
  if (written.ok) io.err(say`Wrote cache: ${written.value}\n`);
  else
    io.err(
      say`Cache write disabled: Cannot create cache file name '${baseName(path)}': ${fileRefusalText(written.error)}\n`,
    );
}

/**
 * Results on disk, those of a run together (`packs.ts`): an entry holds what was computed and what was asked of the files for it, and counts
 * while those give the same answers. Of a result's bytes the tables of automata are left out that the cache of automata has: with them
 * all of a policy would be written twice.
 *
 * An entry's JSON is `{"seen": number of observations, "about": …, "tables": [{"name": …, "at": …, "size": …}]}`, its texts are the observations and
 * then the result's own, its bytes are those of the result without tables, `at` the place in it where the tables are to be.
 */
import { type DigestPort, type FileStorePort, MOST_POLICY_BYTES } from "../../foundation/ports/index.ts";
import { storedTables } from "./automaton-cache.ts";
import { packStore } from "./packs.ts";
import { type Observation, asRecord } from "./trace.ts";

/** Bytes of a result that are the tables of an automaton in the cache. */
export interface StoredTables {
  /** Of the entry in the cache of automata. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** A result and what is to be remembered with it. */
export interface StoredResult {
  readonly observations: readonly Observation[];
  /** Plain JSON. */
  readonly about: unknown;
  /** More of it: texts that many results have. */
  readonly texts: readonly string[];
  readonly bytes: Uint8Array;
}

/** A result that was found. */
export interface FoundResult extends Omit<StoredResult, "bytes"> {
  readonly sizeBytes: number;
  /** Reads them; `undefined` when they cannot be had any more. */
  readonly bytes: () => Uint8Array | undefined;
}

export interface ResultCache {
  /** `undefined` when there is none that can be trusted, or when what it was made of has changed. */
  readonly find: (
    name: string,
    isCurrent: (observations: readonly Observation[]) => boolean,
  ) => FoundResult | undefined;
  /** Takes the place of what was kept under this name before. `tables`: parts of the bytes, in order, which are not written again. */
  readonly keep: (name: string, result: StoredResult, tables?: readonly StoredTables[]) => void;
  /** Writes what was kept, and bounds what is on disk; that it cannot be written is not an error. For the end of a run. */
  readonly flush: () => void;
}

/** All of Debian's policy takes 2.6 MB, 1,500 large profiles take 20 MB. */
const MOST_BYTES = 64 * 2 ** 20;
/** COST: tables below this are written with their result: looking for an entry takes longer than reading them. */
const WORTH_AN_ENTRY = 2 ** 15;

/** A place in bytes where tables are to be put. */
interface Gap {
  readonly name: string;
  readonly at: number;
  /** Bytes of the tables. */
  readonly size: number;
}

/** The results in the folder `results` of a cache directory. */
export function resultCache(directory: string, files: FileStorePort, digest: DigestPort): ResultCache {
  const folder = `${directory}/results`;
  if (files.kind(folder) === undefined) files.makeDirectory(folder, 0o700);
  const entries = packStore(folder, files, digest);
  const tablesOf = storedTables(directory, files, digest);
  let hasGrown = false;
  return {
    find: (name, isCurrent) => {
      const entry = entries.find(name);
      const { about, seen, tables } = asRecord(entry?.about);
      if (entry === undefined || !isPlace(seen, 0, entry.texts.length)) return undefined;
      if (!isGaps(tables, entry.bytes.length)) return undefined;
      const observations = entry.texts.slice(0, seen);
      if (!isCurrent(observations)) return undefined;
      return {
        observations,
        about,
        texts: entry.texts.slice(seen),
        sizeBytes: sizeOf(entry.bytes, tables),
        bytes: () => filled(entry.bytes, tables, tablesOf),
      };
    },
    keep: (name, { about, bytes, observations, texts }, tables = []) => {
      const large = tables.filter(({ end, start }) => end - start >= WORTH_AN_ENTRY);
      const { gaps, rest } = withGaps(bytes, large);
      entries.keep(name, {
        about: { seen: observations.length, about, tables: gaps },
        texts: [...observations, ...texts],
        bytes: rest,
      });
      hasGrown = true;
    },
    flush: () => {
      if (hasGrown) entries.trim(MOST_BYTES);
      hasGrown = false;
    },
  };
}

function withGaps(
  bytes: Uint8Array,
  tables: readonly StoredTables[],
): { readonly rest: Uint8Array; readonly gaps: readonly Gap[] } {
  const rest = new Uint8Array(bytes.length - tables.reduce((sum, { end, start }) => sum + end - start, 0));
  const gaps: Gap[] = [];
  let [from, at] = [0, 0];
  for (const { end, name, start } of tables) {
    rest.set(bytes.subarray(from, start), at);
    at += start - from;
    gaps.push({ name, at, size: end - start });
    from = end;
  }
  rest.set(bytes.subarray(from), at);
  return { rest, gaps };
}

function sizeOf(rest: Uint8Array, gaps: readonly Gap[]): number {
  return gaps.reduce((sum, { size }) => sum + size, rest.length);
}

/** The inverse of `withGaps`; `undefined` where the tables cannot be had. */
function filled(
  rest: Uint8Array,
  gaps: readonly Gap[],
  tablesOf: (name: string) => Uint8Array | undefined,
): Uint8Array | undefined {
  if (gaps.length === 0) return rest;
  const bytes = new Uint8Array(sizeOf(rest, gaps));
  let [end, from] = [bytes.length, rest.length];
  // COST: from the last to the first, as a profile's automata are compiled, and so kept: then they are read ahead.
  for (const { at, name, size } of gaps.toReversed()) {
    const tables = tablesOf(name);
    if (tables?.length !== size) return undefined;
    const behind = rest.subarray(at, from);
    bytes.set(behind, end - behind.length);
    end -= behind.length + size;
    bytes.set(tables, end);
    from = at;
  }
  bytes.set(rest.subarray(0, from));
  return bytes;
}

/** Each behind the one before it, in so many bytes. */
function isGaps(value: unknown, length: number): value is readonly Gap[] {
  if (!Array.isArray(value)) return false;
  let from = 0;
  return value.every((item: unknown) => {
    const { at, name, size } = asRecord(item);
    if (typeof name !== "string" || !isPlace(at, from, length) || !isPlace(size, 0, MOST_POLICY_BYTES)) return false;
    from = at;
    return true;
  });
}

function isPlace(value: unknown, least: number, most: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && least <= value && value <= most;
}

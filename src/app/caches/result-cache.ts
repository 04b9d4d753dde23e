/** Results on disk, those of a run together (`packs.ts`): an entry holds what was computed and what was asked of the files for it, and counts while those give the same answers. */
import type { DigestPort, FileStorePort } from "../../foundation/ports/index.ts";
import { packStore } from "./packs.ts";
import { type Observation, asRecord, parseObservations } from "./trace.ts";

/** A result and what is to be remembered with it. */
export interface StoredResult {
  readonly observations: readonly Observation[];
  /** Plain JSON. */
  readonly about: unknown;
  readonly bytes: Uint8Array;
}

export interface ResultCache {
  /** `undefined` when there is none that can be trusted, or when what it was made of has changed. */
  readonly find: (
    name: string,
    isCurrent: (observations: readonly Observation[]) => boolean,
  ) => StoredResult | undefined;
  /** Takes the place of what was kept under this name before. */
  readonly keep: (name: string, result: StoredResult) => void;
  /** Writes what was kept, and bounds what is on disk; that it cannot be written is not an error. For the end of a run. */
  readonly flush: () => void;
}

/** All of Debian's policy takes 5 MB. */
const MOST_BYTES = 256 * 2 ** 20;

/** The results in the folder `results` of a cache directory. */
export function resultCache(directory: string, files: FileStorePort, digest: DigestPort): ResultCache {
  const folder = `${directory}/results`;
  if (files.kind(folder) === undefined) files.makeDirectory(folder, 0o700);
  const entries = packStore(folder, files, digest);
  let hasGrown = false;
  return {
    find: (name, isCurrent) => {
      const entry = entries.find(name);
      const { seen, about } = asRecord(entry?.about);
      const observations = parseObservations(seen);
      if (entry === undefined || observations === undefined || !isCurrent(observations)) return undefined;
      return { observations, about, bytes: entry.bytes };
    },
    keep: (name, { observations, about, bytes }) => {
      entries.keep(name, { about: { seen: observations, about }, bytes });
      hasGrown = true;
    },
    flush: () => {
      if (hasGrown) entries.trim(MOST_BYTES);
      hasGrown = false;
    },
  };
}

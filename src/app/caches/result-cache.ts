/** Results on disk: an entry holds what was computed and what was asked of the files for it, and counts while those give the same answers. */
import type { DigestPort, FileStorePort } from "../../foundation/ports/index.ts";
import { entryStore } from "./entries.ts";
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
  /** Whether it could be written; a cache that cannot be written is not an error. */
  readonly keep: (name: string, result: StoredResult) => boolean;
}

/** A cache in a directory that is there. */
export function resultCache(directory: string, files: FileStorePort, digest: DigestPort): ResultCache {
  const entries = entryStore(directory, files, digest);
  return {
    find: (name, isCurrent) => {
      const entry = entries.find(name);
      const { seen, about } = asRecord(entry?.about);
      const observations = parseObservations(seen);
      if (entry === undefined || observations === undefined || !isCurrent(observations)) return undefined;
      return { observations, about, bytes: entry.bytes };
    },
    keep: (name, { observations, about, bytes }) => entries.keep(name, { about: { seen: observations, about }, bytes }),
  };
}

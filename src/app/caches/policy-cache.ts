/**
 * The cache directories that apparmor_parser and libapparmor share (tools 3.4, confinement-api 8): `LOCATION/ID.N/`, in it
 * `.features` and one blob for each profile file. Beside each of our own blobs is a record of what went into it; a blob without
 * one was written by another tool and counts by its modification time, as it does for that tool.
 */
import { type Outcome, compareBy, fail, ok } from "../../foundation/basics/index.ts";
import { decodeBytes, encodeBytes } from "../../foundation/text/index.ts";
import type { DigestPort, FileRefusal, FileStorePort, FilesPort } from "../../foundation/ports/index.ts";
import { featureId } from "../../language/features/index.ts";
import { type Observation, asRecord, parseJson, parseTexts } from "./trace.ts";

/** What is kept beside a blob. */
export interface CacheRecord {
  /** Options, features and version it was compiled for. */
  readonly key: string;
  /** Digest of the blob it speaks of. */
  readonly blob: string;
  readonly observations: readonly Observation[];
}

/** Why an entry is not used. */
export type CacheMiss =
  | { readonly kind: "absent" }
  | { readonly kind: "unreadable"; readonly errno: string }
  | { readonly kind: "damaged" }
  | { readonly kind: "changed"; readonly path: string | undefined };

function candidates(files: FilesPort, location: string, id: string): readonly { path: string; number: number }[] {
  const listing = files.list(location);
  if (!listing.ok) return [];
  return listing.value
    .flatMap(({ name }) => {
      const number = name.startsWith(`${id}.`) ? name.slice(id.length + 1) : "";
      return /^[0-9]{1,9}$/.test(number) ? [{ path: `${location}/${name}`, number: Number(number) }] : [];
    })
    .toSorted(compareBy((candidate) => candidate.number));
}

function featuresOf(files: FilesPort, directory: string): string | undefined {
  const bytes = files.read(`${directory}/.features`);
  return bytes.ok ? decodeBytes(bytes.value) : undefined;
}

/**
 * The directory that belongs to these features, there or not: the first of `ID.0`, `ID.1`, … that holds the same features or
 * none at all, else the next free number.
 */
export function cacheDirectory(files: FilesPort, location: string, features: string): string {
  const id = featureId(features);
  const first = `${location}/${id}.0`;
  const known = candidates(files, location, id);
  if (!known.some((candidate) => candidate.number === 0)) return first;
  const ours = known.find((candidate) => (featuresOf(files, candidate.path) ?? features) === features);
  return ours?.path ?? `${location}/${id}.${(known.at(-1)?.number ?? 0) + 1}`;
}

/** The directory to read from; `undefined` when there is none with exactly these features. */
export function openCache(
  files: FilesPort,
  location: string,
  features: string,
): Outcome<string | undefined, FileRefusal> {
  const kind = files.list(location);
  if (!kind.ok) return kind.error.errno === "ENOENT" ? ok(undefined) : fail(kind.error);
  const directory = cacheDirectory(files, location, features);
  const stored = files.read(`${directory}/.features`);
  if (!stored.ok) return stored.error.errno === "ENOENT" ? ok(undefined) : fail(stored.error);
  return ok(directory);
}

/** The directory to write to, made where it is missing; what a directory without features holds is removed first. */
export function createCache(files: FileStorePort, location: string, features: string): Outcome<string, FileRefusal> {
  if (files.kind(location) === undefined) {
    const made = files.makeDirectory(location, 0o700);
    if (!made.ok && made.error.errno !== "EEXIST") return made;
  }
  const listed = files.list(location);
  if (!listed.ok) return listed;
  const directory = cacheDirectory(files, location, features);
  const made = files.makeDirectory(directory, 0o700);
  if (!made.ok && made.error.errno !== "EEXIST") return made;
  const stored = files.read(`${directory}/.features`);
  if (!stored.ok) {
    // Whose entries they are is not known only where nothing says it.
    if (stored.error.errno !== "ENOENT") return stored;
    emptyDirectory(files, directory);
    const written = files.write(`${directory}/.features`, encodeBytes(features), { mode: 0o644, isFresh: true });
    if (!written.ok) return written;
  }
  return ok(directory);
}

/** In the directory itself: anyone who may rename it could have the same names removed in another one. */
function emptyDirectory(files: FileStorePort, directory: string): void {
  files.within(directory, (held) => {
    const listing = files.list(held);
    if (!listing.ok) return;
    for (const entry of listing.value) if (entry.kind !== "directory") files.remove(`${held}/${entry.name}`);
  });
}

/** The record's file beside a blob. Its dot keeps it out of every loader's way. */
function recordPath(directory: string, name: string): string {
  return `${directory}/.${name}.armorer`;
}

function parseRecord(text: string): CacheRecord | undefined {
  const { format, key, blob, seen } = asRecord(parseJson(text));
  const observations = parseTexts(seen);
  if (format !== 2 || typeof key !== "string" || typeof blob !== "string") return undefined;
  return observations === undefined ? undefined : { key, blob, observations };
}

/** A blob as it is in a cache directory. */
export interface CacheEntry {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly modifiedNs: bigint;
  /** `foreign`: there is none; `damaged`: it cannot be read or speaks of other bytes. */
  readonly record: CacheRecord | "foreign" | "damaged";
}

const STREAM_START = [0x04, 0x08, 0x00, 0x76, 0x65, 0x72, 0x73, 0x69, 0x6f, 0x6e, 0x00, 0x02];

/** Only a record that is not there says that another tool wrote the blob. */
function readRecord(files: FileStorePort, path: string): CacheEntry["record"] {
  const recorded = files.readOwn(path);
  if (recorded.ok) return parseRecord(decodeBytes(recorded.value.bytes)) ?? "damaged";
  return recorded.error.errno === "ENOENT" ? "foreign" : "damaged";
}

/** The entry of a profile file in the first directory that has it. */
export function readEntry(
  files: FileStorePort,
  directories: readonly string[],
  name: string,
  digest: DigestPort,
): Outcome<CacheEntry, CacheMiss & { readonly path: string }> {
  // COST: of a single directory nothing is asked that reading does not answer; a warm run is hundreds of entries.
  const holder = directories.length === 1 ? undefined : directories.find((one) => files.status(`${one}/${name}`).ok);
  const directory = holder ?? directories[0] ?? "";
  const path = `${directory}/${name}`;
  const blob = files.readOwn(path);
  if (!blob.ok) return fail({ kind: "unreadable", errno: blob.error.errno, path });
  const { bytes, modifiedNs } = blob.value;
  if (!STREAM_START.every((byte, index) => bytes[index] === byte)) return fail({ kind: "damaged", path });
  const record = readRecord(files, recordPath(directory, name));
  const fits = typeof record === "string" || record.blob === digest.sha256(bytes);
  return ok({ path, bytes, modifiedNs, record: fits ? record : "damaged" });
}

/** Writes a blob and its record; the record first, so that no blob is ever judged by an older one. */
export function writeEntry(
  files: FileStorePort,
  directory: string,
  name: string,
  entry: { readonly bytes: Uint8Array; readonly record: CacheRecord; readonly modifiedNs: bigint },
): Outcome<string, FileRefusal> {
  const { key, blob, observations } = entry.record;
  const text = `${JSON.stringify({ format: 2, key, blob, seen: observations })}\n`;
  const recorded = files.write(recordPath(directory, name), encodeBytes(text), { mode: 0o600, isFresh: true });
  if (!recorded.ok) return recorded;
  const options = { mode: 0o600, isFresh: true, modifiedNs: entry.modifiedNs };
  const written = files.write(`${directory}/${name}`, entry.bytes, options);
  return written.ok ? ok(`${directory}/${name}`) : written;
}

/** Removes everything below a location, not the location. */
export function purgeCache(files: FileStorePort, location: string): Outcome<void, FileRefusal> {
  const purged = files.within(`${location}/.`, (held) => purgeHeld(files, held));
  if (purged.ok) return purged.value;
  return fail({ ...purged.error, path: location });
}

function purgeHeld(files: FileStorePort, held: string): Outcome<void, FileRefusal> {
  const listing = files.list(held);
  if (!listing.ok) return listing;
  let refused: Outcome<void, FileRefusal> = ok(undefined);
  for (const { name } of listing.value) {
    const path = `${held}/${name}`;
    // What is not a directory, or a link to one, is refused here and removed by itself.
    const emptied = files.within(path, (inner) => purgeHeld(files, inner));
    const removed = files.remove(path);
    if (removed.ok || !refused.ok) continue;
    // Somebody else may have removed it; that it is gone is seen, not concluded.
    if (removed.error.errno === "ENOENT" && files.kind(path) === undefined) continue;
    // A directory that is not empty is not a reason but a consequence.
    const inside = emptied.ok ? emptied.value : emptied;
    refused = removed.error.errno === "ENOTEMPTY" && !inside.ok ? inside : removed;
  }
  return refused;
}

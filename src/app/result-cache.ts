/**
 * Results on disk, one file each, named by what they were asked for. A file says of itself how long it is, what it holds and what
 * went into it; one that is damaged, cut short or of another version is as good as absent. Writers may meet: each writes a file
 * of its own and renames it, so the last one stays and no reader ever sees a mixture.
 *
 * Layout: a line `armorer-result 2 SHA256 JSON-BYTES`, the JSON `{"seen": [observation], "about": value}`, a newline, the result's
 * bytes. The digest is over the number of JSON bytes, a newline, and everything after the first line.
 */
import { decodeBytes, encodeBytes } from "../foundation/text/index.ts";
import type { DigestPort, FileStorePort } from "../foundation/ports/index.ts";
import { type Observation, asRecord, parseJson, parseObservations } from "./trace.ts";

const MAGIC = "armorer-result 2";

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
  /** Whether it could be written; a cache that cannot be written is no error. */
  readonly keep: (name: string, result: StoredResult) => boolean;
}

/** The bytes of a result's file. */
export function encodeResult(result: StoredResult, digest: DigestPort): Uint8Array {
  const json = encodeBytes(`${JSON.stringify({ seen: result.observations, about: result.about })}\n`);
  const sum = digest.sha256(`${json.length}\n`, json, result.bytes);
  const head = encodeBytes(`${MAGIC} ${sum} ${json.length}\n`);
  const bytes = new Uint8Array(head.length + json.length + result.bytes.length);
  bytes.set(head);
  bytes.set(json, head.length);
  bytes.set(result.bytes, head.length + json.length);
  return bytes;
}

/** The inverse of `encodeResult`; `undefined` for whatever it did not write. */
export function decodeResult(bytes: Uint8Array, digest: DigestPort): StoredResult | undefined {
  const end = bytes.subarray(0, 128).indexOf(10);
  const match = /^armorer-result 2 ([0-9a-f]{64}) ([0-9]{1,9})$/.exec(decodeBytes(bytes.subarray(0, Math.max(end, 0))));
  if (match === null) return undefined;
  const body = bytes.subarray(end + 1);
  const jsonLength = Number(match[2]);
  if (jsonLength > body.length || digest.sha256(`${match[2]}\n`, body) !== match[1]) return undefined;
  const { seen, about } = asRecord(parseJson(decodeBytes(body.subarray(0, jsonLength))));
  const observations = parseObservations(seen);
  return observations === undefined ? undefined : { observations, about, bytes: body.subarray(jsonLength) };
}

/** A cache in a directory that is there. */
export function resultCache(directory: string, files: FileStorePort, digest: DigestPort): ResultCache {
  return {
    find: (name, isCurrent) => {
      const bytes = files.read(`${directory}/${name}`);
      const result = bytes.ok ? decodeResult(bytes.value, digest) : undefined;
      return result !== undefined && isCurrent(result.observations) ? result : undefined;
    },
    keep: (name, result) => files.write(`${directory}/${name}`, encodeResult(result, digest), { mode: 0o600 }).ok,
  };
}

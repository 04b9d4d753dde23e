/**
 * Cache entries: files in a directory, named by what they were asked for. A file that is damaged, cut short, of another version, or
 * that is under another entry's name counts as absent. Several writers may run at once: each writes a file of its own and renames it, so
 * the last one stays and no reader ever sees a mixture.
 *
 * Layout: a line `armorer-cache 2 SHA256 JSON-BYTES`, the JSON, a newline, bytes. The digest is over the entry's name, the
 * number and everything after the first line.
 */
import { decodeBytes, encodeBytes } from "../../foundation/text/index.ts";
import type { DigestPort, FileStorePort } from "../../foundation/ports/index.ts";
import { parseJson } from "./trace.ts";

const HEAD = /^armorer-cache 2 ([0-9a-f]{64}) ([0-9]{1,9})$/;
/** More than any head has (90 bytes): in a damaged file the end of the line is not searched for any further. */
const LONGEST_HEAD = 128;

export interface Entry {
  /** Plain JSON. */
  readonly about: unknown;
  readonly bytes: Uint8Array;
}

interface EntryStore {
  /** `undefined` when there is none that can be trusted. */
  readonly find: (name: string) => Entry | undefined;
  /** Whether it could be written; a cache that cannot be written is not an error. */
  readonly keep: (name: string, entry: Entry) => boolean;
}

/** The bytes of an entry's file. */
export function encodeEntry(name: string, { about, bytes }: Entry, digest: DigestPort): Uint8Array {
  const json = encodeBytes(`${JSON.stringify(about)}\n`);
  const sum = digest.sha256(seed(name, json.length), json, bytes);
  const head = encodeBytes(`armorer-cache 2 ${sum} ${json.length}\n`);
  const file = new Uint8Array(head.length + json.length + bytes.length);
  file.set(head);
  file.set(json, head.length);
  file.set(bytes, head.length + json.length);
  return file;
}

function seed(name: string, jsonLength: number): Uint8Array {
  return encodeBytes(`${name}\n${jsonLength}\n`);
}

/** The inverse of `encodeEntry`; `undefined` for whatever it did not write under this name. */
export function decodeEntry(name: string, file: Uint8Array, digest: DigestPort): Entry | undefined {
  const end = file.subarray(0, LONGEST_HEAD).indexOf(10);
  const match = HEAD.exec(decodeBytes(file.subarray(0, Math.max(end, 0))));
  if (match === null) return undefined;
  const body = file.subarray(end + 1);
  const jsonLength = Number(match[2]);
  if (jsonLength > body.length || digest.sha256(seed(name, jsonLength), body) !== match[1]) return undefined;
  return { about: parseJson(decodeBytes(body.subarray(0, jsonLength))), bytes: body.subarray(jsonLength) };
}

/** The entries of a directory that is there. */
export function entryStore(directory: string, files: FileStorePort, digest: DigestPort): EntryStore {
  return {
    find: (name) => {
      const file = files.readOwn(`${directory}/${name}`);
      return file.ok ? decodeEntry(name, file.value.bytes, digest) : undefined;
    },
    keep: (name, entry) => {
      const file = encodeEntry(name, entry, digest);
      return files.write(`${directory}/${name}`, file, { mode: 0o600, expendable: true }).ok;
    },
  };
}

/**
 * Cache entries, named by what they were asked for. What is damaged, cut short, of another version, or under another entry's name
 * counts as absent. Where they are kept is up to `packs.ts`.
 *
 * Layout: a line `armorer-cache 2 SHA256 JSON-BYTES`, the JSON, a newline, bytes. The digest is over the entry's name, the
 * number and everything after the first line.
 */
import { decodeBytes, encodeBytes } from "../../foundation/text/index.ts";
import type { DigestPort } from "../../foundation/ports/index.ts";
import { parseJson } from "./trace.ts";

const HEAD = /^armorer-cache 2 ([0-9a-f]{64}) ([0-9]{1,9})$/;
/** More than any head has (90 bytes): in a damaged file the end of the line is not searched for any further. */
const LONGEST_HEAD = 128;

export interface Entry {
  /** Plain JSON. */
  readonly about: unknown;
  readonly bytes: Uint8Array;
}

/** The bytes of an entry's file. */
export function encodeEntry(name: string, { about, bytes }: Entry, digest: DigestPort): Uint8Array {
  const json = encodeBytes(`${JSON.stringify(about)}\n`);
  const body = LONGEST_HEAD + name.length;
  const file = new Uint8Array(body + json.length + bytes.length);
  file.set(json, body);
  file.set(bytes, body + json.length);
  /** All from a text on that is put before the body. */
  const behind = (text: Uint8Array): Uint8Array => {
    file.set(text, body - text.length);
    return file.subarray(body - text.length);
  };
  // COST: one text, digested at once, takes less than its parts. The head takes the place of what is digested with the body.
  const sum = digest.sha256(behind(seed(name, json.length)));
  return behind(encodeBytes(`armorer-cache 2 ${sum} ${json.length}\n`));
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

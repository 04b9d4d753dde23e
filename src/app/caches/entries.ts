/**
 * Cache entries, named by what they were asked for. What is damaged, cut short, of another version, or under another entry's name
 * counts as absent. Where they are kept is up to `packs.ts`.
 *
 * Layout: a line `armorer-cache 3 SHA256 JSON-BYTES`, the JSON `[about, [number of a text, ...]]`, a newline, bytes. The digest is over the
 * entry's name, the number and everything after the first line. The texts are in a table that entries share.
 */
import { decodeBytes, encodeBytes } from "../../foundation/text/index.ts";
import type { DigestPort } from "../../foundation/ports/index.ts";
import { parseJson } from "./trace.ts";

const HEAD = /^armorer-cache 3 ([0-9a-f]{64}) ([0-9]{1,9})$/;
/** More than any head has (90 bytes): in a damaged file the end of the line is not searched for any further. */
const LONGEST_HEAD = 128;

export interface Entry {
  /** Plain JSON. */
  readonly about: unknown;
  /** Texts that other entries have as well: each is written once. */
  readonly texts: readonly string[];
  readonly bytes: Uint8Array;
}

/** Texts by number, to which more are added. */
export class TextTable {
  readonly texts: string[] = [];
  readonly #numbers = new Map<string, number>();

  number(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.texts.length);
    return this.texts.push(text) - 1;
  }
}

/** The bytes of an entry; its texts are added to the table. */
export function encodeEntry(
  name: string,
  { about, bytes, texts }: Entry,
  table: TextTable,
  digest: DigestPort,
): Uint8Array {
  const numbers = texts.map((text) => table.number(text));
  const json = encodeBytes(`${JSON.stringify([about, numbers])}\n`);
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
  return behind(encodeBytes(`armorer-cache 3 ${sum} ${json.length}\n`));
}

function seed(name: string, jsonLength: number): Uint8Array {
  return encodeBytes(`${name}\n${jsonLength}\n`);
}

/** The inverse of `encodeEntry`; `undefined` for whatever it did not write under this name, and where the table has not all of its texts. */
export function decodeEntry(
  name: string,
  file: Uint8Array,
  table: () => readonly string[],
  digest: DigestPort,
): Entry | undefined {
  const end = file.subarray(0, LONGEST_HEAD).indexOf(10);
  const match = HEAD.exec(decodeBytes(file.subarray(0, Math.max(end, 0))));
  if (match === null) return undefined;
  const body = file.subarray(end + 1);
  const jsonLength = Number(match[2]);
  if (jsonLength > body.length || digest.sha256(seed(name, jsonLength), body) !== match[1]) return undefined;
  const json = parseJson(decodeBytes(body.subarray(0, jsonLength)));
  if (!Array.isArray(json)) return undefined;
  const [about, numbers]: readonly unknown[] = json;
  const texts = textsOf(numbers, table);
  return texts && { about, texts, bytes: body.subarray(jsonLength) };
}

function textsOf(numbers: unknown, table: () => readonly string[]): readonly string[] | undefined {
  if (!Array.isArray(numbers)) return undefined;
  if (numbers.length === 0) return [];
  const all = table();
  const texts = numbers.map((number) => (typeof number === "number" ? all[number] : undefined));
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

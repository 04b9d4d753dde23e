/**
 * `key=value` pairs of one record (audit-events 2.2). A quoted value ends at the next quote, a backslash is an ordinary
 * character; an unquoted value of an untrusted field may be hexadecimal. One pass, linear, no regular expression runs over
 * the whole line.
 */
import { decodeBytes, encodeBytes } from "../../foundation/text/index.ts";
import { UNTRUSTED } from "./names.ts";

export interface Field {
  readonly key: string;
  /** Where the value starts in the record, behind its quote. */
  readonly start: number;
  readonly raw: string;
  readonly quoted: boolean;
  /** The closing quote is missing: the record was cut inside this value. */
  readonly open: boolean;
}

/** A decoded value: what to show, and the bytes when they are no UTF-8. */
interface TextValue {
  readonly text: string;
  readonly bytes: string | undefined;
  /** Half a byte is missing at the end. */
  readonly cut: boolean;
}

const EQUALS = 0x3d;
const QUOTE = 0x22;

/** Blank, tab, carriage return, line feed. */
function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d && code !== 0x0b && code !== 0x0c);
}

function behindBlanks(record: string, at: number): number {
  let end = at;
  while (isBlank(record.charCodeAt(end))) end += 1;
  return end;
}

/**
 * Splits a record into its fields, in order, or those of some keys, and `execpath` (COST: of what nobody asks for, no text is cut out). Words without
 * `=` are passed over.
 */
export function splitFields(record: string, keys?: readonly string[]): Field[] {
  const fields: Field[] = [];
  let at = 0;
  while (at < record.length) {
    const start = behindBlanks(record, at);
    at = start;
    for (let code = record.charCodeAt(at); at < record.length && code !== EQUALS && !isBlank(code);) {
      at += 1;
      code = record.charCodeAt(at);
    }
    if (record.charCodeAt(at) !== EQUALS) continue;
    const key = keyAt(record, start, [at, keys]);
    // some writers have blanks there, and no key begins with a quote
    const quote = behindBlanks(record, at + 1);
    at =
      record.charCodeAt(quote) === QUOTE
        ? addQuoted(fields, record, key, quote + 1)
        : addBare(fields, record, key, at + 1);
  }
  return fields;
}

const EXEC_PATH = "execpath";

/** `undefined`: a key that nobody asks for. Where the value of `execpath` ends depends on its key. */
function keyAt(
  record: string,
  start: number,
  [end, keys]: readonly [end: number, keys: readonly string[] | undefined],
): string | undefined {
  if (keys === undefined) return record.slice(start, end);
  const isKey = (key: string): boolean => key.length === end - start && record.startsWith(key, start);
  return keys.find(isKey) ?? (isKey(EXEC_PATH) ? EXEC_PATH : undefined);
}

/** Each gives the end of the field, whose value starts at `start`. */
function addQuoted(fields: Field[], record: string, key: string | undefined, start: number): number {
  // `execpath` is printed without any escape and comes last: it reaches to the last quote.
  const close = key === EXEC_PATH ? record.lastIndexOf('"') : record.indexOf('"', start);
  const open = close < start;
  const end = open ? record.length : close;
  if (key !== undefined) fields.push({ key, start, raw: record.slice(start, end), quoted: true, open });
  return open ? end : end + 1;
}

function addBare(fields: Field[], record: string, key: string | undefined, start: number): number {
  let end = start;
  while (end < record.length && !isBlank(record.charCodeAt(end))) end += 1;
  if (key !== undefined) fields.push({ key, start, raw: record.slice(start, end), quoted: false, open: false });
  return end;
}

const HEX = /^[0-9A-F]+$/;

/** The text of a field. `last`: nothing follows it, so an odd number of digits means that the record was cut here. */
export function textValue(field: Field, last: boolean): TextValue {
  const plain = { ...rawValue(field.raw), cut: field.open };
  if (field.quoted || !UNTRUSTED.has(field.key) || !HEX.test(field.raw)) return plain;
  if (field.raw.length % 2 === 0) return hexValue(field.raw, false);
  return last && field.raw.length > 2 ? hexValue(field.raw.slice(0, -1), true) : plain;
}

function rawValue(raw: string): { text: string; bytes: string | undefined } {
  return hasStrayBytes(raw) ? bytesValue(encodeBytes(raw)) : { text: raw, bytes: undefined };
}

function hexValue(hex: string, cut: boolean): TextValue {
  return { ...bytesValue(hexBytes(hex)), cut };
}

/** Bytes as text when they are UTF-8, else one character per byte and the bytes beside it. */
function bytesValue(bytes: Uint8Array): { text: string; bytes: string | undefined } {
  const text = decodeBytes(bytes);
  if (!hasStrayBytes(text)) return { text, bytes: undefined };
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
  return { text: Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""), bytes: digits.join("") };
}

const STRAY = /[\ud800-\udfff]/u;

/** Whether a text of ours stands for bytes that are no UTF-8. */
function hasStrayBytes(text: string): boolean {
  return STRAY.test(text);
}

/** The bytes of hexadecimal digits; an odd last digit is dropped. */
export function hexBytes(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length >> 1);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

const ABSTRACT = /^@((?:[0-9A-F]{2})+)$/;

/**
 * A unix address. An abstract name with odd bytes is hexadecimal *inside* the quotes behind `@`; it is decoded only when the
 * result holds a byte that would have made the kernel encode it, since a plain name may look like digits (audit-events 2.7).
 */
export function addressValue(field: Field, last: boolean): { value: string | null; bytes: string | undefined } {
  if (!field.quoted && (field.raw === "none" || field.raw === "?")) return { value: null, bytes: undefined };
  const hex = ABSTRACT.exec(field.raw)?.[1];
  if (hex !== undefined) {
    const bytes = hexBytes(hex);
    if (bytes.some((byte) => byte < 0x21 || byte > 0x7e || byte === 0x22)) {
      const { text, bytes: digits } = bytesValue(bytes);
      return { value: `@${text}`, bytes: digits === undefined ? undefined : `40${digits}` };
    }
  }
  const { text, bytes } = textValue(field, last);
  return { value: text, bytes };
}

/**
 * The one encoding between bytes and text. Policy and logs are bytes; we hold them as strings. Valid UTF-8 decodes to its
 * characters; every byte that is not part of valid UTF-8 becomes the lone surrogate U+DC00 + byte ("surrogate escape", PEP
 * 383). So `encodeBytes(decodeBytes(b))` equals `b` for any bytes, and text a person typed looks as they typed it.
 */

/** Bytes in memory that nobody shares, which is what a `Blob` takes. (As a type for TypeScript before 5.7, too.) */
export type OwnBytes = ReturnType<Uint8Array["slice"]>;

const ESCAPE = 0xdc00;
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const utf8 = new TextEncoder();

/** Bytes to text; never fails. Cost: O(n). */
export function decodeBytes(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return decodeEscaping(bytes);
  }
}

function decodeEscaping(bytes: Uint8Array): string {
  const parts: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    if (length === 0) {
      parts.push(String.fromCharCode(ESCAPE + (bytes[at] ?? 0)));
      at += 1;
      continue;
    }
    let end = at + length;
    for (let next = sequenceLength(bytes, end); next > 0; next = sequenceLength(bytes, end)) end += next;
    parts.push(strict.decode(bytes.subarray(at, end)));
    at = end;
  }
  return parts.join("");
}

/** The length of the valid UTF-8 sequence at `at`, 0 where there is none (RFC 3629, table 3-7 of Unicode). */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at];
  if (lead === undefined) return 0;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const second = bytes[at + 1] ?? 0;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let i = 2; i < length; i += 1) {
    const byte = bytes[at + i] ?? 0;
    if (byte < 0x80 || byte > 0xbf) return 0;
  }
  return length;
}

// Plain ASCII, pairs of surrogates and all else that TextEncoder writes as it is; lone surrogates need our own way.
const LONE = /[\ud800-\udfff]/;

/** Text to bytes, the inverse of `decodeBytes`. A lone surrogate that stands for no byte becomes U+FFFD. */
export function encodeBytes(text: string): Uint8Array {
  if (!LONE.test(text)) return utf8.encode(text);
  const out: number[] = [];
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (code >= ESCAPE + 0x80 && code <= ESCAPE + 0xff) out.push(code - ESCAPE);
    else out.push(...utf8.encode(char));
  }
  return Uint8Array.from(out);
}

/** The spelling `decodeBytes` gives for the same bytes: two texts are the same bytes iff their canonical texts are equal. */
export function canonicalText(text: string): string {
  return LONE.test(text) ? decodeBytes(encodeBytes(text)) : text;
}

/** Orders texts by their bytes, as a C program sorts names. */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return left < 0x80 || right < 0x80 ? left - right : compareEncoded(a, b);
  }
  return a.length - b.length;
}

function compareEncoded(a: string, b: string): number {
  const left = encodeBytes(a);
  const right = encodeBytes(b);
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

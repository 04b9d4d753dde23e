/** Bytes of a log. */

/** Behind it are the names that auditd adds to a record. */
export const SEPARATOR = String.fromCharCode(0x1d);

/** Plain ASCII as text. */
export function asciiText(bytes: Uint8Array, start: number, end: number): string {
  return latin.decode(bytes.subarray(start, end));
}

const latin = new TextDecoder("latin1");

/** Bytes of their own. INVARIANT: not `slice`, which of a Node buffer gives another view of the same bytes. */
export function copiedBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

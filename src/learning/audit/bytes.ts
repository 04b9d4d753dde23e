/** Bytes of a log: what is done to each of them. COST: loops over typed arrays; on texts the same takes three times as long. */

export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Whether `part` is at `at`. */
export function isAt(bytes: Uint8Array, at: number, part: Uint8Array): boolean {
  const { length } = part;
  for (let index = 0; index < length; index += 1) if (bytes[at + index] !== part[index]) return false;
  return true;
}

/** Whether two ranges of bytes are the same, of which one has this length. */
export function isSame(
  bytes: Uint8Array,
  at: number,
  [other, start, length]: readonly [Uint8Array, number, number],
): boolean {
  for (let index = 0; index < length; index += 1) if (bytes[at + index] !== other[start + index]) return false;
  return true;
}

/** A number for bytes, to find equal ones by; four bytes a step. */
export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5 ^ (end - start);
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const word =
      (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  return hash ^ (hash >>> 16);
}

/** Plain ASCII as text. */
export function asciiText(bytes: Uint8Array, start: number, end: number): string {
  return latin.decode(bytes.subarray(start, end));
}

const latin = new TextDecoder("latin1");

/** Bytes of their own. INVARIANT: not `slice`, which of a Node buffer gives another view of the same bytes. */
export function copiedBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

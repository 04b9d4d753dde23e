/** Bytes as strings of one character each: how a target that reads bytes is given its input. */

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

/** The lower eight bits of each character. */
export function fromLatin1(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "latin1"));
}

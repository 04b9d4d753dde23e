import { readSync } from "node:fs";
import { decodeBytes } from "../../foundation/text/index.ts";
import type { CliIo } from "../io.ts";

/** A line of standard input, without its end; `undefined` when there is no more. */
export function askLine(io: CliIo, question: string): string | undefined {
  io.err(question);
  const bytes: number[] = [];
  const byte = new Uint8Array(1);
  for (;;) {
    let length: number;
    try {
      length = readSync(0, byte, 0, 1, null);
    } catch {
      return undefined;
    }
    if (length === 0) return bytes.length === 0 ? undefined : decodeBytes(Uint8Array.from(bytes)).trim();
    if (byte[0] === 10) return decodeBytes(Uint8Array.from(bytes)).trim();
    bytes.push(byte[0] ?? 0);
  }
}

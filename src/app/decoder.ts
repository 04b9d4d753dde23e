import type { DecodedStream } from "./decode.ts";
import type { Outcome } from "../foundation/basics/index.ts";

/** The decoder; like the compiler it is loaded when it is needed. */
export async function loadDecoder(): Promise<(bytes: Uint8Array) => Outcome<DecodedStream, string>> {
  return (await import("./decode.ts")).decodeStream;
}

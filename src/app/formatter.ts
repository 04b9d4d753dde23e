import type { FormatOptions, FormattedText } from "./format.ts";

/** The formatter, loaded when it is needed. */
export async function loadFormatter(): Promise<
  (path: string, bytes: Uint8Array, options: FormatOptions) => FormattedText
> {
  return (await import("./format.ts")).formatText;
}

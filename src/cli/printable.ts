import { encodeBytes } from "../foundation/text/index.ts";

// Control characters, the C1 set, deletions, directional overrides and stray bytes: what could steer a terminal or hide text.
const HOSTILE =
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]/gu;

/** The text with everything that could steer a terminal written as `\xHH` of its bytes. Tabs and line ends stay. */
export function printable(text: string): string {
  return text.replace(HOSTILE, (char) =>
    Array.from(encodeBytes(char), (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join(""),
  );
}

/** The same for something that must stay on its line, as a name. */
export function printableName(text: string): string {
  return printable(text).replaceAll("\n", "\\x0a").replaceAll("\t", "\\x09");
}

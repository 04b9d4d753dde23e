/** What somebody who wants to steer a terminal would put into a name. */
const text = (signs: string): Uint8Array => Buffer.from(signs);

/** One of each kind: a low control character, DEL, a high one as a character and as a stray byte, marks of direction, what cannot be seen, invalid UTF-8. */
export const hostileSigns: readonly Uint8Array[] = [
  text("\u001b[31m"),
  text("\u001b]0;title\u0007"),
  text("\u001b[2J"),
  text("\r"),
  text("\b\b"),
  text("\u007f"),
  text("\u009b31m"),
  text("\u202e"),
  text("\u2066"),
  text("\u200b"),
  text("\u2028"),
  text("\ufeff"),
  Uint8Array.of(0x9b),
  Uint8Array.of(0xff),
  Uint8Array.of(0xc0, 0x9b),
  Uint8Array.of(0xed, 0xa0, 0x80),
];

/** All of them in one name; fit for a file's. */
export const hostileName: Buffer = Buffer.concat([text("x"), ...hostileSigns, text("y")]);

/** First and last of what must not reach a terminal: controls, marks of direction, what has no width, ends of lines of other kinds. */
const DANGEROUS: readonly (readonly [number, number])[] = [
  [0x00, 0x08],
  [0x0b, 0x1f],
  [0x7f, 0x9f],
  [0x061c, 0x061c],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x2069],
  [0xfeff, 0xfeff],
];

// oxlint-disable-next-line no-control-regex -- our own controls
const OURS = /\u001b\[(?:0|1|3[1-6](?:;1)?)m|\r\u001b\[K/g;

/** What would steer a terminal that gets these bytes; our own colours, and the clearing of a line of progress, do no harm. */
export function dangers(shown: Uint8Array): string[] {
  let whole: string;
  try {
    whole = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(shown);
  } catch {
    return ["bytes that are no UTF-8"];
  }
  return Array.from(whole.replaceAll(OURS, ""))
    .map((character) => character.codePointAt(0) ?? 0)
    .filter((code) => DANGEROUS.some(([first, last]) => code >= first && code <= last))
    .map((code) => `U+${code.toString(16).toUpperCase().padStart(4, "0")}`);
}

/**
 * Text somebody else wrote, made fit for a terminal: nothing in it moves the cursor, changes colours, or makes letters run
 * the other way; every character that is not plainly visible is shown as an escape.
 */

// Controls, lone surrogates (stray bytes), marks of direction, invisible characters and separators of lines.
const UNSAFE =
  // oxlint-disable-next-line no-control-regex, no-misleading-character-class -- controls are what it looks for, and signs without a width
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu;

/** The same without what cuts a text into lines and columns. */
const UNSAFE_IN_LINES = new RegExp(UNSAFE.source.replace("\\u0000-\\u001f", "\\u0000-\\u0008\\u000b-\\u001f"), "gu");

/** COST: nearly all that is displayed is plain, which is seen faster than what is not is looked for. */
const PLAIN = /^[ -~]*$/;
const PLAIN_LINES = /^[\t\n -~]*$/;

/**
 * The text with everything unsafe escaped: stray bytes and controls as `\xNN`, the rest as `\u{…}`.
 *
 * @example
 * displayText("a\u001b[31m"); // "a\\x1b[31m"
 */
export function displayText(text: string): string {
  return PLAIN.test(text) ? text : text.replace(UNSAFE, escapeCharacter);
}

/** A text of several lines with everything unsafe escaped; line ends and tabs stay. */
export function displayLines(text: string): string {
  return PLAIN_LINES.test(text) ? text : text.replace(UNSAFE_IN_LINES, escapeCharacter);
}

/** A JSON document whose reader sees the same value, and in which nothing is unsafe for a terminal: JSON has escapes of its own. */
export function displayJson(document: string): string {
  if (PLAIN_LINES.test(document)) return document;
  return document.replace(UNSAFE_IN_LINES, (character) =>
    [...Array.from({ length: character.length }).keys()]
      .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`)
      .join(""),
  );
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}

/** First and last of the ranges that take two columns (Unicode 15, East Asian wide and full width, and emoji). */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x2329, 0x232a],
  [0x23e9, 0x23ec],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
];

const COMBINING = /^\p{M}$/u;

/**
 * How many columns of a terminal a text takes, once made fit for display.
 * Units: columns.
 */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x300) width += 1;
    else if (!COMBINING.test(character)) width += WIDE.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
  }
  return width;
}

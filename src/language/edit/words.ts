/** Values to words: quotes and escapes such that reading the word gives the value back (policy-language 1.3, 1.9). */
import { encodeBytes } from "../../foundation/text/index.ts";

/**
 * The pattern that matches exactly this text: glob characters lose their meaning.
 *
 * @example
 * literalPattern("/srv/a*b"); // "/srv/a\\*b"
 */
export function literalPattern(text: string): string {
  return text.replaceAll(/[*?[\]{}^\\]/g, "\\$&");
}

/**
 * Whether a pattern stands for one text only: no glob, no alternation, no class, no variable. Cost: O(n).
 */
export function isLiteral(pattern: string): boolean {
  return !/[*?[\]{}]/.test(pattern.replaceAll(/\\./gs, ""));
}

/** No kernel takes a longer name (a file's name has 255 bytes, and hats and children are parts of one). */
const MAX_NAME = 4096;

/**
 * Whether a profile, child or hat may be called so: the name means itself and nothing else. A name is read as a pattern (what starts
 * with `/` even attaches by it), as a namespace, a stack or a family, and is printed by every tool there is.
 */
export function isPlainName(name: string): boolean {
  if (name === "" || name.length > MAX_NAME || literalPattern(name) !== name) return false;
  return !/^[:&]|\/\/|\/$|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(name);
}

/** The text a literal pattern stands for; `undefined` for any other pattern. */
export function literalText(pattern: string): string | undefined {
  return isLiteral(pattern) ? pattern.replaceAll(/\\(.)/gs, "$1") : undefined;
}

// Blanks, quotes and what may end or start a token somewhere: a word that holds one of these is written in quotes.
const NEEDS_QUOTES = /[\s"#=()!]|^[+]|^$/;

/**
 * Writes a value as a word of the language: quoted when it must be, with control characters, stray bytes and characters that
 * could deceive a reader as octal escapes.
 *
 * @example
 * printWord("/a b"); // "\"/a b\""
 */
export function printWord(value: string): string {
  const text = escapeText(value);
  return NEEDS_QUOTES.test(text) || hasBareComma(value) ? `"${text}"` : text;
}

/** A comma is inside a word only when braces hold it and something follows; everything else is quoted. */
function hasBareComma(value: string): boolean {
  if (!value.includes(",")) return false;
  let depth = 0;
  for (let at = 0; at < value.length; at += 1) {
    const char = value[at];
    if (char === "\\") at += 1;
    else if (char === "{") depth += 1;
    else if (char === "}") depth -= 1;
    else if (char === "," && (depth <= 0 || /[\s"!,]|^$/.test(value.charAt(at + 1)))) return true;
  }
  return /\\,/.test(value);
}

// Control characters, stray bytes (lone surrogates), and characters that are invisible or turn the direction of text.
const ODD = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * INVARIANT: the text never ends in a backslash. One before a blank or a quote would take it into the word (the scanner's
 * longest match), so a last backslash is written in octal; reading it gives an escaped backslash back.
 */
function escapeText(value: string): string {
  const text = value.replaceAll(/\\["\\]|"/g, (part) => (part === "\\\\" ? part : '\\"')).replaceAll(ODD, octal);
  return text.replace(/\\{1,2}$/, "\\134");
}

function octal(text: string): string {
  return Array.from(encodeBytes(text), (byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}

/** Escape processing, done once on every word (policy-language 1.9). */
import { canonicalText } from "../../foundation/text/index.ts";

const CONTROL: Readonly<Record<string, string>> = {
  a: "\u0007",
  e: "\u001b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  '"': '"',
};

/**
 * The value of a word's text without its quotes. A backslash that is not an escape stays, and so does a glob character that was
 * written as a number, with a backslash before it. A NUL ends the value, as in C.
 *
 * @example
 * unescapeWord("/a\\040b\\x2a"); // "/a b\\*"
 */
export function unescapeWord(text: string): string {
  const nul = text.indexOf("\0");
  const whole = nul < 0 ? text : text.slice(0, nul);
  if (!whole.includes("\\")) return whole;
  let done = "";
  let parts: string[] = [];
  let at = 0;
  for (let slash = whole.indexOf("\\"); slash >= 0 && slash + 1 < whole.length; slash = whole.indexOf("\\", at)) {
    parts.push(whole.slice(at, slash));
    const [value, end] = escapeAt(whole, slash);
    parts.push(value);
    at = end;
    // COST: a word of a hundred million escapes would otherwise be as many strings at once.
    if (parts.length > 10_000) {
      done += parts.join("");
      parts = [];
    }
  }
  parts.push(whole.slice(at));
  return canonicalText(done + parts.join(""));
}

/** What the backslash at `at` and what follows it stand for, and where that ends. */
function escapeAt(text: string, at: number): readonly [string, number] {
  const next = text.charAt(at + 1);
  const control = CONTROL[next];
  if (control !== undefined) return [control, at + 2];
  if (next === "\\") return ["\\\\", at + 2];
  if (next >= "0" && next <= "7") return numeric(text, at, { start: at + 1, base: 8, digits: 3 });
  if (next === "d") return numeric(text, at, { start: at + 2, base: 10, digits: 3 });
  if (next === "x") return numeric(text, at, { start: at + 2, base: 16, digits: 2 });
  return ["\\", at + 1];
}

interface Digits {
  readonly start: number;
  readonly base: number;
  readonly digits: number;
}

/** As many digits as keep the value a byte. */
function numeric(text: string, at: number, { start, base, digits }: Digits): readonly [string, number] {
  let value = 0;
  let end = start;
  while (end < start + digits) {
    const digit = digitOf(text.charCodeAt(end));
    if (digit >= base || value * base + digit > 255) break;
    value = value * base + digit;
    end += 1;
  }
  if (end === start) return ["\\", at + 1];
  if (value === 0) return [text.slice(at, end), end];
  const byte = String.fromCharCode(value < 0x80 ? value : 0xdc00 + value);
  return ["*?[]{}^,\\".includes(byte) ? `\\${byte}` : byte, end];
}

function digitOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : 99;
}

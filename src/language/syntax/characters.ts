/**
 * Characters that look like others, or like nothing: word processors, web pages and other systems' editors leave them in a text, where they
 * are ordinary parts of words (policy-language 1.3). What they were meant to be is known.
 */

/** What one such character is called, and what it was meant to be. */
interface Stray {
  readonly code: "syntax/carriage-return" | "syntax/look-alike";
  readonly name: string;
  readonly plural: string;
  readonly meant: string;
}

const blank = (name: string): Stray => ({ code: "syntax/look-alike", name, plural: `${name}s`, meant: " " });
const nothing = (name: string, plural = `${name}s`): Stray => ({ code: "syntax/look-alike", name, plural, meant: "" });
const quotation = { code: "syntax/look-alike", name: "curly quote", plural: "curly quotes", meant: '"' } as const;
const carriageReturn: Stray = {
  code: "syntax/carriage-return",
  name: "carriage return",
  plural: "carriage returns",
  meant: "",
};

const strays: Readonly<Record<string, Stray>> = {
  "\r": carriageReturn,
  "\u00a0": blank("no-break space"),
  "\u202f": blank("narrow no-break space"),
  "\u2007": blank("figure space"),
  "\u2009": blank("thin space"),
  "\u2002": blank("en space"),
  "\u2003": blank("em space"),
  "\u3000": blank("ideographic space"),
  "\u200b": nothing("zero-width space"),
  "\u200c": nothing("zero-width non-joiner"),
  "\u200d": nothing("zero-width joiner"),
  "\u2060": nothing("word joiner"),
  "\u00ad": nothing("soft hyphen"),
  "\ufeff": nothing("byte order mark"),
  "\u201c": quotation,
  "\u201d": quotation,
  "\u201e": quotation,
  "\u201f": quotation,
  "\u2018": quotation,
  "\u2019": quotation,
};

const ANY = /[\r\u00a0\u00ad\u2002\u2003\u2007\u2009\u200b-\u200d\u2018\u2019\u201c-\u201f\u202f\u2060\u3000\ufeff]/;

/** Whether there is any. COST: one pass of one class; most texts have none. */
export function hasStrays(text: string): boolean {
  return ANY.test(text);
}

export interface FoundStray {
  readonly at: number;
  readonly stray: Stray;
}

/** Those between `start` and `end`, in order. */
export function straysIn(text: string, start: number, end: number): readonly FoundStray[] {
  const found: FoundStray[] = [];
  for (let at = start; at < end; at += 1) {
    const character = text.charAt(at);
    const stray = strays[character];
    // An old system's line end is a carriage return alone.
    if (stray === carriageReturn && text.charAt(at + 1) !== "\n") found.push({ at, stray: { ...stray, meant: "\n" } });
    else if (stray !== undefined) found.push({ at, stray });
  }
  return found;
}

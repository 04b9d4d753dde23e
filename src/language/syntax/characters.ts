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
  /** It is told from what it looks like at a glance, and a name may well hold it. */
  readonly isSeen?: true;
}

const blank = (name: string): Stray => ({ code: "syntax/look-alike", name, plural: `${name}s`, meant: " " });
const nothing = (name: string, plural = `${name}s`): Stray => ({ code: "syntax/look-alike", name, plural, meant: "" });
const sign = (name: string, plural: string, meant: string): Stray => ({
  code: "syntax/look-alike",
  name,
  plural,
  meant,
  isSeen: true,
});
const quotation = { code: "syntax/look-alike", name: "curly quote", plural: "curly quotes", meant: '"' } as const;
const carriageReturn: Stray = {
  code: "syntax/carriage-return",
  name: "carriage return",
  plural: "carriage returns",
  meant: "",
};

/** They turn the order in which a line is shown around. */
const turning = nothing("bidirectional control", "bidirectional controls");
const lineSeparator: Stray = { ...blank("line separator"), meant: "\n" };

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
  "\u000b": blank("vertical tab"),
  "\f": blank("form feed"),
  "\u0085": { ...blank("next-line character"), meant: "\n" },
  "\u2028": lineSeparator,
  "\u2029": lineSeparator,
  "\u2000": blank("en quad"),
  "\u2001": blank("em quad"),
  "\u2004": blank("three-per-em space"),
  "\u2005": blank("four-per-em space"),
  "\u2006": blank("six-per-em space"),
  "\u2008": blank("punctuation space"),
  "\u200a": blank("hair space"),
  "\u205f": blank("mathematical space"),
  "\u2061": nothing("invisible operator"),
  "\u2062": nothing("invisible operator"),
  "\u2063": nothing("invisible operator"),
  "\u2064": nothing("invisible operator"),
  "\u180e": nothing("Mongolian vowel separator"),
  "\u061c": turning,
  "\u200e": turning,
  "\u200f": turning,
  "\u202a": turning,
  "\u202b": turning,
  "\u202c": turning,
  "\u202d": turning,
  "\u202e": turning,
  "\u2066": turning,
  "\u2067": turning,
  "\u2068": turning,
  "\u2069": turning,
  "\u2010": sign("typographic hyphen", "typographic hyphens", "-"),
  "\u2011": sign("non-breaking hyphen", "non-breaking hyphens", "-"),
  "\u2012": sign("figure dash", "figure dashes", "-"),
  "\u2013": sign("en dash", "en dashes", "-"),
  "\u2014": sign("em dash", "em dashes", "-"),
  "\u2212": sign("minus sign", "minus signs", "-"),
  "\u2192": sign("arrow", "arrows", "->"),
  "\u27f6": sign("arrow", "arrows", "->"),
  "\u21d2": sign("arrow", "arrows", "->"),
  "\uff0c": sign("full-width comma", "full-width commas", ","),
  "\uff08": sign("full-width opening parenthesis", "full-width opening parentheses", "("),
  "\uff09": sign("full-width closing parenthesis", "full-width closing parentheses", ")"),
  "\uff1d": sign("full-width equals sign", "full-width equals signs", "="),
  "\uff5b": sign("full-width opening brace", "full-width opening braces", "{"),
  "\uff5d": sign("full-width closing brace", "full-width closing braces", "}"),
};

const ANY =
  /[\r\v\f\u0085\u00a0\u00ad\u061c\u180e\u2000-\u2006\u2007-\u2014\u2018\u2019\u201c-\u201f\u2028-\u202f\u205f-\u2064\u2066-\u2069\u2192\u21d2\u2212\u27f6\u3000\ufeff\uff08\uff09\uff0c\uff1d\uff5b\uff5d]/;

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

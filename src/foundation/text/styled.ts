/**
 * Text whose colours, and whose parts that somebody else named, are data: whoever prints it escapes what is in it and adds the
 * colours afterwards, so no escape sequence in a text can ever be one of ours.
 */
import { displayLines, displayText } from "./display.ts";

const CODES = {
  error: "31;1",
  warning: "33;1",
  info: "34;1",
  hint: "36;1",
  good: "32;1",
  frame: "34",
  bold: "1",
} as const;

/** What a piece of text is for the eye. */
export type Style = keyof typeof CODES;

export type Piece =
  | string
  | { readonly style: Style; readonly text: string }
  /** What somebody else chose and what must stay on one line: a path, a profile, a word of the command line. */
  | { readonly name: string }
  /** Takes away what is on the terminal's current line. */
  | { readonly control: "clear-line" };

export type StyledText = readonly Piece[];

interface StyledOptions {
  readonly colors: boolean;
  /** Everything unsafe is escaped. */
  readonly escapes: boolean;
}

/** The text as it is written. */
export function renderStyled(text: StyledText, { colors, escapes }: StyledOptions): string {
  return text
    .map((piece) => {
      if (typeof piece === "string") return escapes ? displayLines(piece) : piece;
      if ("name" in piece) return escapes ? displayText(piece.name) : piece.name;
      if ("control" in piece) return "\r\u001b[K";
      const shown = escapes ? displayLines(piece.text) : piece.text;
      return colors ? `\u001b[${CODES[piece.style]}m${shown}\u001b[0m` : shown;
    })
    .join("");
}

/**
 * A message in which every value is a name.
 *
 * @example
 * say`Cache hit: ${"/a"}\n`; // ["Cache hit: ", { name: "/a" }, "\n"]
 */
export function say(texts: TemplateStringsArray, ...names: readonly string[]): StyledText {
  return texts.flatMap((text, index): Piece[] => {
    const name = names[index];
    return name === undefined ? [text] : [text, { name }];
  });
}

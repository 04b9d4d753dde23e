/** Colours of what verbs print. What is printed is the same without them. */
import type { Piece, Style, StyledText } from "../../foundation/text/index.ts";

/** A text in a colour; without one as it is. */
export function paint(text: string, style: Style | undefined): Piece {
  return style === undefined ? text : { style, text };
}

/** Each line in the colour of the first pattern that is found in it. */
export function paintLines(text: string, styles: readonly (readonly [RegExp, Style])[]): StyledText {
  return text
    .split(/(?<=\n)/)
    .map((line) => paint(line, styles.find(([pattern]) => pattern.test(line))?.[1]))
    .filter((piece) => piece !== "");
}

/** The lines of a text diff. */
export function paintDiff(text: string): StyledText {
  return paintLines(text, [
    [/^(?:---|\+\+\+) /, "bold"],
    [/^\+/, "good"],
    [/^-/, "error"],
    [/^@@/, "hint"],
  ]);
}

/** A text in which the words that match are in colour. */
export function paintWords(text: string, styles: readonly (readonly [RegExp, Style])[]): StyledText {
  const pieces: Piece[] = [];
  const all = new RegExp(styles.map(([pattern]) => `(${pattern.source})`).join("|"), "gm");
  let end = 0;
  for (const match of text.matchAll(all)) {
    pieces.push(
      text.slice(end, match.index),
      paint(match[0], styles[match.slice(1).findIndex((group) => group !== undefined)]?.[1]),
    );
    end = match.index + match[0].length;
  }
  return [...pieces, text.slice(end)].filter((piece) => piece !== "");
}

/** Modes of profiles. */
export const MODE_STYLES: Readonly<Record<string, Style>> = {
  enforce: "good",
  kill: "good",
  complain: "warning",
  prompt: "warning",
  unconfined: "error",
};

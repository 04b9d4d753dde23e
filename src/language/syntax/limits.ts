/** How much the reader takes before it says no. Beyond them a text is reported, never a crash. */
export const limits = {
  /** Bodies, conditionals and parentheses open at once. The other parser's stack holds about 1,100 profiles or 3,300 blocks. */
  depth: 1000,
  /** Tokens that are not trivia: a tree of that many takes about half a gigabyte. */
  tokens: 2_000_000,
  /** Problems reported for one text. */
  diagnostics: 1000,
} as const;

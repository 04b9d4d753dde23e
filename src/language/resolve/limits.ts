/**
 * How much a policy may grow before it is refused: a few lines can include or multiply each other without end, and reading must stop
 * before memory or the stack does. All of them are far above what real policy needs; 5.0.2 has no limits but those of its own memory,
 * stack and descriptors (policy-language 3.1).
 */
export interface ResolveLimits {
  /** Includes inside includes. */
  readonly includeDepth: number;
  /** Bodies, blocks and branches inside each other. */
  readonly nesting: number;
  /** Statements and rules read, each time they are included. */
  readonly items: number;
  /** Files read because an include names them, and their characters, each time they are included. */
  readonly includedFiles: number;
  readonly includedCharacters: number;
  /** Values of one variable; characters that expanding variables makes in all. */
  readonly values: number;
  readonly characters: number;
}

export const defaultLimits: ResolveLimits = {
  includeDepth: 250,
  nesting: 300,
  items: 1_000_000,
  includedFiles: 50_000,
  includedCharacters: 64_000_000,
  values: 100_000,
  characters: 64_000_000,
};

/** What a target of the campaign is. One file per target in `targets/`, gathered in `targets/index.ts`. */
import type { Random } from "../../support/random.ts";

/** Makes another input of one. */
export type Mutator = (input: string, random: Random) => string;

export interface Target {
  readonly name: string;
  /**
   * Inputs to begin with. Text is as `decodeBytes` gives it; a target that reads bytes has one character for each, as
   * `encodeLatin1` takes them.
   */
  readonly seeds: () => readonly string[];
  /** Words that mean something there. */
  readonly words: readonly string[];
  /** Changes that know the structure, besides those that every target gets. */
  readonly mutators?: readonly Mutator[];
  /** Throws when the input breaks the law. Gives whether it got far: whether it was policy, say, and not refused at once. */
  readonly law: (input: string) => boolean;
  /** How many inputs a short run tries, about two seconds' worth. */
  readonly dose: number;
}

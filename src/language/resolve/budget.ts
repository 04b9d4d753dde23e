import { type Message, sentence } from "../../foundation/diagnostics/index.ts";
import type { SourceFile } from "../../foundation/text/index.ts";
import type { ResolveLimits } from "./limits.ts";

/** What was read: statements and rules, files that includes name, and their characters. */
export interface Spending {
  readonly items: number;
  readonly files: number;
  readonly characters: number;
}

/**
 * What a unit has read and may still read. A few lines can include each other so often that a file of theirs is read more often
 * than there are atoms, so everything counts each time it is included.
 */
export class Budget {
  #items = 0;
  #files = 0;
  #characters = 0;
  readonly #limits: ResolveLimits;

  constructor(limits: ResolveLimits) {
    this.#limits = limits;
  }

  /** A statement or a rule. */
  spendItem(): void {
    this.#items += 1;
  }

  /** A file that an include names. */
  spendFile({ text }: SourceFile): void {
    this.#files += 1;
    this.#characters += text.length;
  }

  get spent(): Spending {
    return { items: this.#items, files: this.#files, characters: this.#characters };
  }

  /** What was spent between two moments, at once. */
  spend({ characters, files, items }: Spending): void {
    this.#items += items;
    this.#files += files;
    this.#characters += characters;
  }

  /** Of what there was too much, as messages have it; `undefined` while there is some left of everything. */
  get exceeded(): Message | undefined {
    const { items, includedFiles, includedCharacters } = this.#limits;
    if (this.#items > items) return sentence`more than ${{ limit: items }} statements and rules`;
    if (this.#files > includedFiles)
      return sentence`more than ${{ limit: includedFiles }} files are included, each counted every time`;
    if (this.#characters > includedCharacters)
      return sentence`more than ${{ limit: includedCharacters }} characters are included, each counted every time`;
    return undefined;
  }
}

export function spentSince(before: Spending, { characters, files, items }: Spending): Spending {
  return {
    items: items - before.items,
    files: files - before.files,
    characters: characters - before.characters,
  };
}

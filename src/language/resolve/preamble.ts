/**
 * What the first include before profiles has come to, kept for other texts that begin alike. COST: each of Debian's files reads the same thirty
 * files of tunables, which was two thirds of what reading their headers took.
 *
 * INVARIANT: it was read without a word, and is used by texts that get by without a word, too: whoever has something to say reads it for himself,
 * for what is said names the includes on the way (resolve.ts).
 */
import type { SourceFile } from "../../foundation/text/index.ts";
import type { Alias } from "../model/index.ts";
import type { ResolveSession } from "./session.ts";
import type { VariableSnapshot } from "./variables.ts";

export interface Preamble {
  /** Names that count as included. */
  readonly seen: readonly string[];
  readonly sources: readonly SourceFile[];
  readonly aliases: readonly Alias[];
  readonly variables: VariableSnapshot;
}

/** By all that decides what the include comes to: where names are looked for, what was read before it, and the files it names. */
type Preambles = Map<string, Preamble>;

const kept = new WeakMap<object, Preambles>();

/** Those of a session, in whatever object it comes: callers put one of their own around it for each text. */
export function preamblesOf({ self }: ResolveSession): Preambles {
  const known = kept.get(self) ?? new Map<string, Preamble>();
  kept.set(self, known);
  return known;
}

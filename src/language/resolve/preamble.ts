/**
 * What the first include before profiles has come to, kept for other texts that begin alike. COST: each of Debian's files reads the same thirty
 * files of tunables, which was two thirds of what reading their headers took, and a third of all items that are read.
 *
 * INVARIANT: nothing was said while it was read. What is said later of its variables names the includes on the way, the first of which is in
 * another text then (`VariableTable.adopt`); and whoever listens hears the same questions as if it were read (`asked`).
 */
import type { SourceFile } from "../../foundation/text/index.ts";
import type { FeatureTree } from "../features/index.ts";
import type { Alias } from "../model/index.ts";
import type { Spending } from "./budget.ts";
import type { ResolveSession } from "./session.ts";
import type { VariableSnapshot } from "./variables.ts";

export interface Preamble {
  /** Names that count as included. */
  readonly seen: readonly string[];
  readonly sources: readonly SourceFile[];
  readonly aliases: readonly Alias[];
  readonly variables: VariableSnapshot;
  readonly asked: AskedPaths;
  readonly spent: Spending;
}

type Question = "source" | "kind" | "members";

/** What was asked of the files about which paths. */
type AskedPaths = Readonly<Record<Question, ReadonlySet<string>>>;

/** The session, which writes down what it is asked. */
export function withAsked(session: ResolveSession): {
  readonly session: ResolveSession;
  readonly asked: AskedPaths;
} {
  const asked = { source: new Set<string>(), kind: new Set<string>(), members: new Set<string>() };
  const noting = <T>(question: Question, answer: (path: string) => T): ((path: string) => T) => {
    return (path) => {
      asked[question].add(path);
      return answer(path);
    };
  };
  const noted = {
    ...session,
    source: noting("source", session.source),
    kind: noting("kind", session.kind),
    members: noting("members", session.members),
  };
  return { session: noted, asked };
}

/** Asks all of it again, for whoever listens. */
export function askAgain({ kind, members, source }: AskedPaths, session: ResolveSession): void {
  for (const path of source) session.source(path);
  for (const path of kind) session.kind(path);
  for (const path of members) session.members(path);
}

/** By all that decides what the include comes to: where names are looked for, what was read before it, and the files it names. */
type Preambles = Map<string, Preamble>;

const kept = new WeakMap<object, Map<FeatureTree | undefined, Preambles>>();

/**
 * Those of a session, in whatever object it comes: callers put one of their own around it for each text. An ABI is compared with the features of
 * policy that names none, so each of these has its own.
 */
export function preamblesOf({ self }: ResolveSession, policyFeatures: FeatureTree | undefined): Preambles {
  const all = kept.get(self) ?? new Map<FeatureTree | undefined, Preambles>();
  kept.set(self, all);
  const known = all.get(policyFeatures) ?? new Map<string, Preamble>();
  all.set(policyFeatures, known);
  return known;
}

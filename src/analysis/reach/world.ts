/** The labels of a policy: every profile with its way from the outside in, by the name the kernel gives it. */
import { compareText } from "../../foundation/basics/index.ts";
import type { Profile } from "../../language/model/index.ts";
import { type ProfilePath, attach } from "../monitor/index.ts";

/** What stands for no profile at all. */
export const UNCONFINED = "unconfined";
/** What stands for the policy itself: who writes it decides what all labels mean. */
export const POLICY = "policy";

export interface LabelFacts {
  readonly label: string;
  readonly profile: Profile;
  readonly path: ProfilePath;
  /** The top-level profiles of its namespace. */
  readonly around: readonly Profile[];
}

export interface World {
  /** Sorted by label. */
  readonly labels: ReadonlyMap<string, LabelFacts>;
  readonly profiles: readonly Profile[];
}

/** Two profiles of one name: the one read last counts, as it does for the kernel. */
export function createWorld(profiles: readonly Profile[]): World {
  const namespaces = new Map<string, Profile[]>();
  for (const profile of profiles) {
    const name = profile.namespace ?? "";
    namespaces.set(name, [...(namespaces.get(name) ?? []), profile]);
  }
  const found: [string, LabelFacts][] = [];
  const visit = (profile: Profile, above: ProfilePath, around: readonly Profile[]): void => {
    const path = [...above, profile];
    const label = labelIn(path[0]?.namespace, profile.name);
    found.push([label, { label, profile, path, around }]);
    for (const child of profile.children) visit(child, path, around);
  };
  for (const around of namespaces.values()) for (const profile of around) visit(profile, [], around);
  return { labels: new Map(found.toSorted(([a], [b]) => compareText(a, b))), profiles };
}

/** The label of a name that is used inside a namespace. */
export function labelIn(namespace: string | undefined, name: string): string {
  return namespace === undefined || name === UNCONFINED ? name : `:${namespace}:${name}`;
}

export function namespaceOf(facts: LabelFacts): string | undefined {
  return facts.path[0]?.namespace;
}

/**
 * The label that a word of a question means: itself, or for a path the profile that attaches to it.
 *
 * Errors: `undefined` when there is none, or several attach equally well.
 */
export function labelFor(world: World, word: string): string | undefined {
  if (word === UNCONFINED || word === POLICY || world.labels.has(word)) return word;
  if (!word.startsWith("/")) return undefined;
  const found = attach(
    world.profiles.filter(({ namespace }) => namespace === undefined),
    word,
  );
  return found.kind === "found" ? found.profile.name : undefined;
}

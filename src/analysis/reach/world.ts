/** The labels of a policy: every profile with its way from the outside in, by the name the kernel gives it; stacks of them. */
import { compareText } from "../../foundation/basics/index.ts";
import { isUnconfinedMode, type Profile } from "../../language/model/index.ts";
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
  const namespaces = new Map<string, Map<string, Profile>>();
  for (const profile of profiles) {
    const name = profile.namespace ?? "";
    const known = namespaces.get(name) ?? new Map<string, Profile>();
    known.set(profile.name, profile);
    namespaces.set(name, known);
  }
  const found: [string, LabelFacts][] = [];
  const visit = (profile: Profile, above: ProfilePath, around: readonly Profile[]): void => {
    const path = [...above, profile];
    const label = labelIn(path[0]?.namespace, profile.name);
    found.push([label, { label, profile, path, around }]);
    for (const child of profile.children) visit(child, path, around);
  };
  for (const named of namespaces.values()) {
    const around = [...named.values()];
    for (const profile of around) visit(profile, [], around);
  }
  return { labels: new Map(found.toSorted(([a], [b]) => compareText(a, b))), profiles };
}

/** The label of a name that is used inside a namespace. */
export function labelIn(namespace: string | undefined, name: string): string {
  return namespace === undefined || name === UNCONFINED ? name : `:${namespace}:${name}`;
}

export function namespaceOf(facts: LabelFacts): string | undefined {
  return facts.path[0]?.namespace;
}

/** Whether a profile restricts nothing: to a kernel both modes are one (kernel-abi 5). */
export function isOpen({ profile: { flags } }: LabelFacts): boolean {
  return isUnconfinedMode(flags.mode);
}

/** The label of a process that is confined by all of these at once; `unconfined` restricts nothing beside others. */
export function stackOf(labels: readonly string[]): string {
  const names = new Set(labels.flatMap(componentsOf).filter((name) => name !== UNCONFINED));
  return names.size === 0 ? UNCONFINED : [...names].toSorted(compareText).join(STACKED);
}

export function componentsOf(label: string): readonly string[] {
  return label.split(STACKED);
}

const STACKED = "//&";

/** The profiles of a label; `undefined` where one is no profile of the world. */
export function partsOf(world: World, label: string): readonly LabelFacts[] | undefined {
  const names = componentsOf(label);
  const parts = names.flatMap((name) => world.labels.get(name) ?? []);
  return parts.length === names.length ? parts : undefined;
}

/** How a profile names a label in its rules: without its own namespace; `undefined`: it has no name for it. */
export function nameFrom(facts: LabelFacts, world: World, label: string): string | undefined {
  const own = namespaceOf(facts);
  const names = componentsOf(label).map((name) => {
    if (name === UNCONFINED) return name;
    const target = world.labels.get(name);
    if (target === undefined) return undefined;
    const namespace = namespaceOf(target);
    if (namespace === own) return target.profile.name;
    if (own === undefined) return name;
    return namespace?.startsWith(`${own}//`) === true
      ? `:${namespace.slice(own.length + 2)}:${target.profile.name}`
      : undefined;
  });
  return names.includes(undefined) ? undefined : names.join(STACKED);
}

/**
 * The label that a word of a question means: itself, a stack of profiles, or for a path the profile that attaches to it.
 *
 * Errors: `undefined` when there is none, or several attach equally well.
 */
export function labelFor(world: World, word: string): string | undefined {
  if (word === UNCONFINED || word === POLICY || world.labels.has(word)) return word;
  if (word.includes(STACKED)) {
    const stack = stackOf([word]);
    return partsOf(world, stack) === undefined ? undefined : stack;
  }
  if (!word.startsWith("/")) return undefined;
  const found = attach(
    world.profiles.filter(({ namespace }) => namespace === undefined),
    word,
  );
  return found.kind === "found" ? found.profile.name : undefined;
}

/** `never reach LABEL`: whether a profile of the policy comes to a label, and by which steps. */
import { invariant } from "../foundation/basics/index.ts";
import { type LabelGraph, type Step, labelFor, labelGraph, reach } from "../analysis/reach/index.ts";
import { type Profile, aliasedProfiles } from "../language/model/index.ts";
import { type RulePlace, type WorldFile, placeOf } from "./meaning-world.ts";

type NeverReached =
  | { readonly kind: "passed" }
  | { readonly kind: "failed"; readonly message: string; readonly lines: readonly RulePlace[] }
  | { readonly kind: "undecided"; readonly message: string };

/** The whole policy, and what could not be read of it. */
export interface ReachedWorld {
  readonly files: readonly Pick<WorldFile, "resolved">[];
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

const graphs = new WeakMap<ReachedWorld, LabelGraph>();

/** Decides what the profile itself may become, and for `policy` what it may write; complain mode counts as enforced, as everywhere in tests. */
export function neverReach(
  world: ReachedWorld,
  profile: Pick<Profile, "name" | "namespace">,
  word: string,
): NeverReached {
  const graph = graphOf(world);
  const to = labelFor(graph.world, word);
  const from = [...graph.world.labels.values()].find((facts) => isSame(facts.profile, profile))?.label;
  invariant(from !== undefined, "a profile of the policy has a label");
  if (to === undefined) return { kind: "undecided", message: `there is no profile \`${word}\`` };
  const found = reach(graph, from, { others: false, to });
  const way = to === from ? [] : found.wayTo(to);
  if (way === undefined) {
    const [gap] = [...found.gaps, ...world.skipped.map(({ path, reason }) => `${path} was skipped: ${reason}`)];
    return gap === undefined ? { kind: "passed" } : { kind: "undecided", message: gap };
  }
  const steps = way.map(stepText);
  const sources = new Map(world.files.flatMap(({ resolved }) => [...resolved.sources]));
  const lines = way.flatMap(({ because }) => because.map((origin) => placeOf(origin, sources)));
  return { kind: "failed", message: steps.length === 0 ? `this is ${to} itself` : steps.join("; "), lines };
}

function graphOf(world: ReachedWorld): LabelGraph {
  const profiles = (): readonly Profile[] => world.files.flatMap(({ resolved }) => aliasedProfiles(resolved.value));
  const graph = graphs.get(world) ?? labelGraph(profiles(), { enforced: true });
  graphs.set(world, graph);
  return graph;
}

/** As `armorer reach` says it. */
function stepText({ from, to, kind, how, path }: Step): string {
  return `${kind}${path === undefined ? "" : ` ${path}`}: ${from} ${how} -> ${to}`;
}

/** Whether two are one profile, whatever their aliases: of two with one name the last counts, as it does for the kernel. */
function isSame(one: Profile, other: Pick<Profile, "name" | "namespace">): boolean {
  return one.name === other.name && one.namespace === other.namespace;
}

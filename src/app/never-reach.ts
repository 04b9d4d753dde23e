/** `never reach LABEL`: whether a profile of the policy comes to a label, and by which steps. */
import { invariant } from "../foundation/basics/index.ts";
import { type LabelGraph, labelFor, labelGraph, reach } from "../analysis/reach/index.ts";
import { type Profile, aliasedProfiles } from "../language/model/index.ts";
import { type PolicyWorld, type RulePlace, placeOf } from "./meaning-world.ts";

type NeverReached =
  | { readonly kind: "passed" }
  | { readonly kind: "failed"; readonly message: string; readonly lines: readonly RulePlace[] }
  | { readonly kind: "undecided"; readonly message: string };

const graphs = new WeakMap<PolicyWorld, LabelGraph>();

/** Decides what the profile itself may become, and for `policy` what it may write; each profile in its own mode. */
export function neverReach(world: PolicyWorld, profile: Profile, word: string): NeverReached {
  const graph = graphs.get(world) ?? labelGraph(world.files.flatMap(({ resolved }) => aliasedProfiles(resolved.value)));
  graphs.set(world, graph);
  const to = labelFor(graph.world, word);
  const from = [...graph.world.labels.values()].find((facts) => isSame(facts.profile, profile))?.label;
  invariant(from !== undefined, "a profile of the policy has a label");
  if (to === undefined) return { kind: "undecided", message: `there is no profile \`${word}\`` };
  const way = to === from ? [] : reach(graph, from, { writes: false }).wayTo(to);
  if (way === undefined) {
    const [gap] = graph.gaps();
    return gap === undefined ? { kind: "passed" } : { kind: "undecided", message: gap };
  }
  const steps = way.map(({ from: start, to: end, kind, how }) => `${start} ${how} (${kind}) and is ${end}`);
  const sources = new Map(world.files.flatMap(({ resolved }) => [...resolved.sources]));
  const lines = way.flatMap(({ because }) => because.map((origin) => placeOf(origin, sources)));
  return { kind: "failed", message: steps.length === 0 ? `this is ${to} itself` : steps.join("; "), lines };
}

/** Whether two are one profile, whatever their aliases: of two with one name the last counts, as it does for the kernel. */
function isSame(one: Profile, other: Profile): boolean {
  return one.name === other.name && one.namespace === other.namespace;
}

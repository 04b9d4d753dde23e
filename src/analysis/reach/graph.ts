/** The graph over the labels of a policy, computed as it is walked, and shortest ways through it. */
import type { Profile } from "../../language/model/index.ts";
import { type CellSession, createCells } from "./cells.ts";
import { type Plantable, plantable, plantsFrom } from "./plants.ts";
import { type Step, transitions } from "./step.ts";
import { transitionsFrom } from "./transitions.ts";
import { POLICY, UNCONFINED, type World, createWorld } from "./world.ts";

export interface LabelGraph {
  readonly world: World;
  /** The steps a label may take by itself. */
  readonly transitions: (label: string) => readonly Step[];
  /** What it may write that decides what others do. */
  readonly plants: (label: string) => readonly Step[];
  /** What could not be decided so far, and why: as long as there is any, "cannot be reached" is not proved. */
  readonly gaps: () => readonly string[];
}

interface GraphOptions {
  /** As if no profile were in complain mode. */
  readonly enforced?: boolean;
}

/**
 * The graph of these profiles, which are taken as all there are. Each label's steps are computed when they are first asked for.
 *
 * Errors: none; patterns that are too many at once are listed in `gaps`.
 *
 * @example
 * const graph = labelGraph(aliasedProfiles(policy));
 * reach(graph, "nginx").to("unconfined");
 */
export function labelGraph(profiles: readonly Profile[], { enforced = false }: GraphOptions = {}): LabelGraph {
  const world = createWorld(profiles);
  const cells: CellSession = createCells();
  const gaps: string[] = [];
  let targets: Plantable | string | undefined;
  const planted = (label: string): readonly Step[] => {
    const facts = world.labels.get(label);
    if (facts === undefined) return [];
    if (targets === undefined) {
      targets = plantable(world, cells);
      if (typeof targets === "string") gaps.push(targets);
    }
    if (typeof targets === "string") return [];
    const found = plantsFrom(facts, targets, cells);
    gaps.push(...found.gaps);
    return found.steps;
  };
  return {
    world,
    transitions: once((label) => {
      const found = transitionsFrom(world, label, { cells, enforced });
      gaps.push(...found.gaps);
      return found.steps;
    }),
    plants: once(planted),
    gaps: () => gaps,
  };
}

function once(compute: (label: string) => readonly Step[]): (label: string) => readonly Step[] {
  const known = new Map<string, readonly Step[]>();
  return (label) => {
    const steps = known.get(label) ?? compute(label);
    known.set(label, steps);
    return steps;
  };
}

interface ReachOptions {
  /** Also through what a label writes for others to run, not only through what it does itself. */
  readonly writes: boolean;
}

/** All that can be reached from a label, by shortest ways. */
interface Reached {
  readonly from: string;
  /** In order of discovery, without the start; every label once. */
  readonly labels: readonly string[];
  /** The steps of a shortest way; `undefined`: there is none. */
  readonly wayTo: (label: string) => readonly Step[] | undefined;
  /** What the labels on the way may write that matters to others, the start's own first. */
  readonly plants: readonly Step[];
}

/** Walks the graph breadth first. What `unconfined` may do is everything, and is not followed unless it is the start. */
export function reach(graph: LabelGraph, from: string, options: ReachOptions): Reached {
  const arrived = new Map<string, Step | undefined>([[from, undefined]]);
  const plants: Step[] = [];
  for (const [label] of arrived) {
    if (label === POLICY || (label === UNCONFINED && label !== from)) continue;
    const planted = graph.plants(label);
    plants.push(...planted);
    for (const step of [...graph.transitions(label), ...(options.writes ? planted : [])]) {
      if (!arrived.has(step.to)) arrived.set(step.to, step);
    }
  }
  const wayTo = (label: string): readonly Step[] | undefined => {
    if (!arrived.has(label)) return throughPlant(label) ?? throughAnything(label);
    const way: Step[] = [];
    for (let step = arrived.get(label); step !== undefined; step = arrived.get(step.from)) way.push(step);
    return way.toReversed();
  };
  // Writing policy is asked for as an end, whatever else is followed.
  const throughPlant = (label: string): readonly Step[] | undefined => {
    const last = label === POLICY ? plants.find(({ to }) => to === POLICY) : undefined;
    return last === undefined ? undefined : [...(wayTo(last.from) ?? []), last];
  };
  const throughAnything = (label: string): readonly Step[] | undefined => {
    const before = arrived.has(UNCONFINED) && from !== UNCONFINED ? wayTo(UNCONFINED) : undefined;
    if (before === undefined || !(graph.world.labels.has(label) || label === POLICY)) return undefined;
    const how = "is not restricted";
    return [...before, { from: UNCONFINED, to: label, kind: "anything", because: [], path: undefined, how }];
  };
  return { from, labels: [...arrived.keys()].slice(1), wayTo, plants };
}

/** Whether a step is one the label takes itself. */
export function isTransition({ kind }: Step): boolean {
  return transitions.has(kind);
}

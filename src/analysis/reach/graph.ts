/** The graph over the labels of a policy, computed as it is walked, and shortest ways through it. */
import type { Profile } from "../../language/model/index.ts";
import { keepsConfinement } from "../monitor/index.ts";
import { type CellSession, createCells } from "./cells.ts";
import { type Plantable, plantable, plantsByRule, plantsFrom } from "./plants.ts";
import type { Step } from "./step.ts";
import { type Found, changeStep, transitionsFrom } from "./transitions.ts";
import { POLICY, UNCONFINED, type World, componentsOf, createWorld, partsOf } from "./world.ts";

export interface LabelGraph {
  readonly world: World;
  /** The steps a label may take by itself. */
  readonly transitions: (label: string) => readonly Step[];
  /** What it may make others do: through files it writes, by tracing them. */
  readonly plants: (label: string) => readonly Step[];
  /** The same by files that a profile writes, start-up files and policy once for every rule that allows it. */
  readonly plantsByRule: (label: string) => readonly Step[];
  /** The change of profile to a label that `transitions` may leave out: a stack. */
  readonly change: (label: string, to: string) => Step | undefined;
  /** What could not be decided so far of these labels, or of all, and why: with any, "cannot be reached" is not proved. */
  readonly gaps: (labels?: Iterable<string>) => readonly string[];
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
  const gaps = new Map<string, readonly string[]>();
  const note = (label: string, { steps, gaps: more }: Found): readonly Step[] => {
    if (more.length > 0) gaps.set(label, [...(gaps.get(label) ?? []), ...more]);
    return steps;
  };
  let targets: Plantable | string | undefined;
  const planted = (label: string, plantsOf: typeof plantsFrom): readonly Step[] => {
    const parts = partsOf(world, label);
    if (parts === undefined) return [];
    targets ??= plantable(world, cells);
    return note(
      label,
      typeof targets === "string" ? { steps: [], gaps: [targets] } : plantsOf(label, parts, { world, targets, cells }),
    );
  };
  return {
    world,
    transitions: once((label) => note(label, transitionsFrom(world, label, { cells, enforced }))),
    plants: once((label) => planted(label, plantsFrom)),
    plantsByRule: once((label) =>
      planted(label, (_, [only, ...more], planting) =>
        only === undefined || more.length > 0 ? { steps: [], gaps: [] } : plantsByRule(label, only, planting),
      ),
    ),
    change: (label, to) => changeStep(world, label, to),
    gaps: (labels = gaps.keys()) => [...new Set([...labels].flatMap((label) => gaps.get(label) ?? []))],
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
  /** Also through others that a label makes do things, not only through what it does itself. */
  readonly others: boolean;
  /** What is asked for: nothing else is computed. Without it everything is. */
  readonly to?: string;
  /** The start has no_new_privs set: what it becomes by itself is itself, and perhaps more profiles beside it (kernel-abi 7.6). Others are free. */
  readonly noNewPrivileges?: boolean;
}

/** All that can be reached from a label, by shortest ways. */
interface Reached {
  readonly from: string;
  /** In order of discovery, without the start; every label once. */
  readonly labels: readonly string[];
  /** The steps of a shortest way; `undefined`: there is none. */
  readonly wayTo: (label: string) => readonly Step[] | undefined;
  /** What the labels on the way may make others do, the start's own first. */
  readonly plants: readonly Step[];
  /** What was not decided on the way, and why. */
  readonly gaps: readonly string[];
}

/** Labels that are followed: policy of a distribution has some hundreds; stacks of stacks can be more than anybody can count. */
const MOST_LABELS = 5_000;

/** A label that was reached, and how. */
interface Arrival {
  readonly label: string;
  /** With no_new_privs. */
  readonly isLocked: boolean;
  readonly last: { readonly step: Step; readonly before: Arrival } | undefined;
}

/** Walks the graph breadth first. What `unconfined` may do is everything, and is not followed unless it is the start. */
export function reach(graph: LabelGraph, from: string, options: ReachOptions): Reached {
  const { arrivals, plants } = walk(graph, from, options);
  const first = new Map<string, Arrival>();
  for (const one of arrivals.values()) if (!first.has(one.label)) first.set(one.label, one);
  const wayTo = (label: string): readonly Step[] | undefined => {
    const found = first.get(label);
    return found === undefined ? shorter(throughPlant(label), throughAnything(label)) : wayOf(found);
  };
  // Writing policy is asked for as an end, whatever else is followed.
  const throughPlant = (label: string): readonly Step[] | undefined => {
    const last = label === POLICY ? plants.find((step) => step.to === POLICY) : undefined;
    return last === undefined ? undefined : [...(wayTo(last.from) ?? []), last];
  };
  const throughAnything = (label: string): readonly Step[] | undefined => {
    const before = first.has(UNCONFINED) ? wayTo(UNCONFINED) : undefined;
    if (before === undefined || !(label === POLICY || partsOf(graph.world, label) !== undefined)) return undefined;
    const how = "is not restricted";
    return [...before, { from: UNCONFINED, to: label, kind: "anything", because: [], path: undefined, how }];
  };
  const isCut = arrivals.size > MOST_LABELS;
  const cut = isCut ? [`more than ${MOST_LABELS} labels are reached, which were not all followed`] : [];
  const gaps = [...graph.gaps(first.keys()), ...cut];
  return { from, labels: [...first.keys()].slice(1), wayTo, plants, gaps };
}

interface Walked {
  /** In order of discovery, the start first. */
  readonly arrivals: ReadonlyMap<string, Arrival>;
  readonly plants: readonly Step[];
}

function walk(graph: LabelGraph, from: string, { others, to, noNewPrivileges = false }: ReachOptions): Walked {
  const arrivals = new Map<string, Arrival>();
  const arrive = (one: Arrival): void => {
    const key = `${one.isLocked} ${one.label}`;
    if (!arrivals.has(key)) arrivals.set(key, one);
  };
  const plants: Step[] = [];
  const isPlantAsked = others || to === undefined || to === POLICY;
  const isDone = (): boolean =>
    arrivals.size > MOST_LABELS ||
    (to !== undefined && (arrivals.has(`true ${to}`) || arrivals.has(`false ${to}`))) ||
    (to === POLICY && plants.some((step) => step.to === POLICY));
  const followed = new Set<string>();
  // INVARIANT: a stack goes, and writes, only where each of its parts does; with one part followed, only other stacks are missed.
  const isFollowed = (label: string): boolean => {
    const parts = componentsOf(label);
    return parts.length > 1 && parts.some((part) => followed.has(part)) && componentsOf(to ?? "").length < 2;
  };
  const planted = new Set<string>();
  arrive({ label: from, isLocked: noNewPrivileges, last: undefined });
  for (const before of arrivals.values()) {
    const { label, isLocked } = before;
    if (label === POLICY || (label === UNCONFINED && label !== from) || (!isLocked && isFollowed(label))) continue;
    if (isDone()) break;
    if (!isLocked) followed.add(label);
    const made = isPlantAsked ? graph.plants(label) : [];
    if (!planted.has(label)) plants.push(...made);
    planted.add(label);
    for (const step of [...graph.transitions(label), ...stackStep(graph, label, to)])
      if (!isLocked || keepsConfinement(step.to, from)) arrive({ label: step.to, isLocked, last: { step, before } });
    for (const step of others ? made : []) arrive({ label: step.to, isLocked: false, last: { step, before } });
  }
  return { arrivals, plants };
}

function wayOf(arrival: Arrival): readonly Step[] {
  const way: Step[] = [];
  for (let { last } = arrival; last !== undefined; { last } = last.before) way.push(last.step);
  return way.toReversed();
}

function shorter(one: readonly Step[] | undefined, other: readonly Step[] | undefined): readonly Step[] | undefined {
  return one === undefined || (other !== undefined && other.length < one.length) ? other : one;
}

function stackStep(graph: LabelGraph, label: string, to: string | undefined): readonly Step[] {
  if (to === undefined || componentsOf(to).length < 2) return [];
  const step = graph.change(label, to);
  return step === undefined ? [] : [step];
}

/** Who can become what, for faces: answers with the texts of the rules. */
import {
  type DrawnStep,
  type LabelGraph,
  POLICY,
  type Relation,
  type Step,
  drawDot,
  drawSvg,
  labelFor,
  labelGraph,
  reach,
  relationsOf,
} from "../analysis/reach/index.ts";
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import type { FilesPort } from "../foundation/ports/index.ts";
import { type Origin, aliasedProfiles } from "../language/model/index.ts";
import { nearestWord } from "../language/tables/index.ts";
import type { PolicySettings, PolicySource } from "./engine.ts";
import { openRules, type RulePlace, placeOf } from "./meaning-world.ts";

/** A step with what is written where. */
export interface ShownStep {
  readonly from: string;
  readonly to: string;
  readonly kind: Step["kind"];
  readonly how: string;
  readonly effect?: string;
  readonly path?: string;
  readonly rules: readonly RulePlace[];
}

/** How two labels get on with each other, with what is written where. */
export interface ShownRelation {
  readonly from: string;
  readonly to: string;
  readonly kind: Relation["kind"];
  readonly verb: Relation["verb"];
  readonly agreed: Relation["agreed"];
  readonly signals: readonly string[];
  readonly rules: readonly RulePlace[];
}

export interface ReachQuestion {
  readonly from: string;
  readonly to: string | undefined;
  /** Also through others that are made to do things: by files that are written for them, by tracing. */
  readonly others: boolean;
  /** As if the process had set no_new_privs. */
  readonly noNewPrivileges: boolean;
}

/** What a label can become, or the way to one. */
export interface ReachAnswer {
  readonly from: string;
  readonly to: string | undefined;
  /** With a `to`: the way there, `undefined` when there is none. */
  readonly way: readonly ShownStep[] | undefined;
  /** Without a `to`: each label that is reached, with its way. */
  readonly reached: readonly { readonly label: string; readonly way: readonly ShownStep[] }[];
  /** Without a `to`: what the labels on the way may make others do. */
  readonly plants: readonly ShownStep[];
  /** Without a `to`: how the label gets on with others. */
  readonly relations: readonly ShownRelation[];
  /** What was not decided, and why: with any, "no way" is not proved. */
  readonly gaps: readonly string[];
}

export interface ReachPolicy {
  /** Texts that are left out, with the reason. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  /** The answer, or why there can be none. */
  readonly ask: (question: ReachQuestion) => Outcome<ReachAnswer, string>;
  readonly dot: (answer: ReachAnswer) => string;
  readonly svg: (answer: ReachAnswer) => string;
}

/** Reads policy once, for any number of questions; `enforced`: as if no profile were in complain mode. */
export function openReach(
  sources: readonly PolicySource[],
  settings: PolicySettings,
  { files, enforced }: { readonly files: FilesPort; readonly enforced: boolean },
): ReachPolicy {
  const world = openRules(sources, settings, files);
  const profiles = world.files.flatMap(({ resolved }) => aliasedProfiles(resolved.value));
  const texts = new Map(world.files.flatMap(({ resolved }) => [...resolved.sources]));
  const graph = labelGraph(profiles, { enforced });
  const written = (origins: readonly Origin[]): readonly RulePlace[] => origins.map((origin) => placeOf(origin, texts));
  const shown = ({ because, path, ...step }: Step): ShownStep => ({
    ...step,
    ...(path !== undefined && { path }),
    rules: written(because),
  });
  return {
    skipped: world.skipped,
    ask: (question) => {
      const from = labelFor(graph.world, question.from);
      if (from === undefined || from === POLICY) return fail(unknownLabel(graph, question.from));
      const to = question.to === undefined ? undefined : labelFor(graph.world, question.to);
      if (question.to !== undefined && to === undefined) return fail(unknownLabel(graph, question.to));
      return ok(answer(graph, { ...question, from, to }, { shown, written }));
    },
    dot: (found) => drawDot(found.from, drawn(found)),
    svg: (found) => drawSvg(found.from, drawn(found)),
  };
}

interface Showing {
  readonly shown: (step: Step) => ShownStep;
  readonly written: (origins: readonly Origin[]) => readonly RulePlace[];
}

function answer(
  graph: LabelGraph,
  { from, to, others, noNewPrivileges }: ReachQuestion,
  { shown, written }: Showing,
): ReachAnswer {
  const found = reach(graph, from, { others, noNewPrivileges, ...(to !== undefined && { to }) });
  const { gaps } = found;
  if (to !== undefined) {
    const way = to === from ? [] : found.wayTo(to)?.map(shown);
    // a way that is there does not get lost by what was not decided
    return { from, to, way, reached: [], plants: [], relations: [], gaps: way === undefined ? gaps : [] };
  }
  const reached = found.labels.map((label) => ({ label, way: (found.wayTo(label) ?? []).map(shown) }));
  const relations = relationsOf(graph.world, from).map(({ because, ...rest }) => ({
    ...rest,
    rules: written(because),
  }));
  return { from, to, way: undefined, reached, plants: found.plants.map(shown), relations, gaps };
}

function unknownLabel(graph: LabelGraph, word: string): string {
  const near = nearestWord(word, [...graph.world.labels.keys()]);
  const hint = near === undefined ? "" : `; did you mean \`${near}\`?`;
  return word.startsWith("/")
    ? `there is no profile \`${word}\`, and not exactly one attaches to it${hint}`
    : `there is no profile \`${word}\`${hint}`;
}

/** Each step of an answer once: the last steps of all ways are the tree; what others are made to do is drawn once for each kind and label. */
function drawn({ way, reached, plants }: ReachAnswer): readonly DrawnStep[] {
  const tree = reached.flatMap((one) => one.way.slice(-1));
  const arrows = new Map<string, ShownStep>();
  for (const step of [...tree, ...plants]) {
    const key = JSON.stringify([step.from, step.to, step.kind]);
    if (!arrows.has(key)) arrows.set(key, step);
  }
  return (way ?? [...arrows.values()]).map(({ rules, path, ...step }) => ({
    ...step,
    because: [],
    path,
    place: rules[0] === undefined ? "" : `${rules[0].path.split("/").at(-1) ?? ""}:${rules[0].line}`,
  }));
}

/**
 * Small worlds of profiles about few paths, and what the monitor says to every one of these paths: a graph must have each step that is taken for
 * some path, and each step must be taken for the path it names.
 */
import assert from "node:assert/strict";
import { type LabelGraph, type Step, labelGraph } from "../../src/analysis/reach/index.ts";
import { type ProfilePath, attach, decide, execDestination } from "../../src/analysis/monitor/index.ts";
import { resolveText } from "./policies.ts";
import { Random } from "./random.ts";

const PATTERNS = [
  "/bin/a",
  "/bin/b",
  "/bin/ab",
  "/bin/*",
  "/bin/a*",
  "/bin/{a,b}",
  "/bin/[ab]",
  "/bin/**",
  "/{bin,lib}/a",
  "/lib/**",
  "/**",
  "/lib/*b",
  "/{bin,lib}/?b",
];
const NAMES = ["one", "two", "three", "four", "five"];
const MODES = ["ix", "px", "Px", "cx", "ux", "Ux", "pix", "pux", "Pix", "cix", "CUx"];

/** Every path with up to two letters below two directories, and one level more. */
const PATHS: readonly string[] = ["bin", "lib"].flatMap((directory) =>
  ["a", "b", "ab", "ba", "bb", "aa", "c", "a/b", "x/a", "abc"].map((name) => `/${directory}/${name}`),
);

/** A policy text. */
export function randomWorld(seed: number): string {
  const random = new Random(seed);
  const mode = random.pick(MODES);
  return NAMES.map((name) => profileText(random, name, mode)).join("");
}

function profileText(random: Random, name: string, mode: string): string {
  const rules = Array.from({ length: 1 + random.below(5) }, () => ruleText(random, mode));
  const child = random.chance(0.4) ? `  profile kid ${random.pick(PATTERNS)} {\n    /bin/a rw,\n  }\n` : "";
  const hat = random.chance(0.2) ? "  hat cap {\n    /bin/** ux,\n  }\n" : "";
  const change = random.chance(0.3) ? `  change_profile -> ${random.pick([...NAMES, "t*", "unconfined"])},\n` : "";
  const attachment = random.chance(0.7) ? ` ${random.pick(PATTERNS)}` : "";
  return `profile ${name}${attachment} {\n${rules.map((rule) => `  ${rule},\n`).join("")}${change}${child}${hat}}\n`;
}

function ruleText(random: Random, common: string): string {
  const owner = random.chance(0.2) ? "owner " : "";
  const path = random.pick(PATTERNS);
  if (random.chance(0.15)) return `deny ${owner}${path} ${random.pick(["x", "w", "m", "wx"])}`;
  const priority = random.chance(0.1) ? `priority=${random.pick([-1, 1, 2])} ` : "";
  const letters = random.pick(["", "r", "w", "rw", "m", "rm"]);
  const mode = random.chance(0.6) ? (random.chance(0.8) ? common : random.pick(MODES)) : "";
  const target = mode !== "" && !mode.startsWith("u") && !mode.startsWith("U") && random.chance(0.2);
  const arrow = target ? ` -> ${mode.toLowerCase().startsWith("c") ? "kid" : random.pick(NAMES)}` : "";
  return `${priority}${owner}${path} ${letters}${mode === "" && letters === "" ? "r" : mode}${arrow}`;
}

interface ReachTally {
  execs: number;
  missed: number;
  plants: number;
}

/** Holds the graph of a text against every path. */
export function checkWorld(text: string): ReachTally {
  const { profiles } = resolveText(text).value;
  const graph = labelGraph(profiles);
  const tally: ReachTally = { execs: 0, missed: 0, plants: 0 };
  for (const facts of graph.world.labels.values()) {
    const steps = graph.transitions(facts.label);
    const to = (path: string, owner: boolean): string | undefined =>
      labelOf(facts.path, { world: profiles, path, owner });
    for (const path of PATHS) {
      for (const owner of [false, true]) {
        const label = to(path, owner);
        if (label === undefined || label === facts.label) continue;
        tally.execs += 1;
        if (!steps.some((step) => step.to === label)) tally.missed += 1;
      }
    }
    for (const { kind, path, to: label } of steps) {
      if (kind !== "exec" || path === undefined) continue;
      assert.ok(
        [false, true].some((owner) => to(path, owner) === label),
        `${facts.label} ${path} ${label}\n${text}`,
      );
    }
    tally.plants += checkPlants(graph, facts.label, text);
  }
  assert.deepEqual(graph.gaps(), []);
  return tally;
}

function labelOf(
  caller: ProfilePath,
  execution: Pick<Parameters<typeof execDestination>[0], "world" | "path" | "owner">,
): string | undefined {
  const destination = execDestination({ caller, ...execution });
  if (destination.kind === "profile") return destination.label;
  return destination.kind === "unconfined" ? "unconfined" : undefined;
}

/** What one may write and another runs in itself, maps, or has for its own program: each pair that is so for a path is in the graph, and each step is so. */
function checkPlants(graph: LabelGraph, label: string, text: string): number {
  const { labels, profiles: world } = graph.world;
  const own = labels.get(label);
  assert.ok(own !== undefined);
  const planted = graph.plants(label);
  let count = 0;
  for (const other of labels.values()) {
    if (other.label === label) continue;
    const uses = (path: string): boolean => runs(other.path, path, world) || isProgramOf(other.path, path, world);
    const found = PATHS.some((path) => writes(own.path, path) && uses(path));
    const step = planted.find(({ kind, to }) => kind === "program" && to === other.label);
    if (found) assert.ok(step !== undefined, `${label} writes what ${other.label} runs\n${text}`);
    if (found) count += 1;
    if (step !== undefined) assert.ok(isSo(step, { own, other, world }), `${JSON.stringify(step)}\n${text}`);
  }
  return count;
}

interface Planted {
  readonly own: { readonly path: ProfilePath };
  readonly other: { readonly path: ProfilePath };
  readonly world: ProfilePath;
}

function isSo({ path, effect }: Step, { own, other, world }: Planted): boolean {
  assert.ok(path !== undefined);
  const isUsed = effect === "is what it runs in" ? isProgramOf : runs;
  return writes(own.path, path) && isUsed(other.path, path, world);
}

function writes(profile: ProfilePath, path: string): boolean {
  return [false, true].some((owner) => decide(profile, { kind: "file", path, letters: ["w"], owner }).allowed);
}

function runs(profile: ProfilePath, path: string, world: ProfilePath): boolean {
  return [false, true].some((owner) => {
    const isInherited = execDestination({ caller: profile, world, path, owner }).kind === "inherit";
    return isInherited || decide(profile, { kind: "file", path, letters: ["m"], owner }).allowed;
  });
}

/** Who is not confined, or for a child its parent, gets there by starting it. */
function isProgramOf(profile: ProfilePath, path: string, world: ProfilePath): boolean {
  const name = profile.at(-1)?.name ?? "";
  if (profile.length === 1) {
    const found = attach(world, path);
    return found.kind === "found" && found.profile.name === name;
  }
  return [false, true].some((owner) => labelOf(profile.slice(0, -1), { world, path, owner }) === name);
}

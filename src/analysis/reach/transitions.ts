/**
 * Where a label may go by itself: programs it starts, profiles it changes to, hats, a new root. A stack goes where all its parts go
 * together. Each cell of its exec rules and of the attachments around is decided by the monitor, for a path of the cell.
 */
import { compareText } from "../../foundation/basics/index.ts";
import { FilePermission, type Origin, type Profile, type Rule } from "../../language/model/index.ts";
import { isOfFamily } from "../../language/tables/index.ts";
import { type Decision, type Destination, decide, execDestination } from "../monitor/index.ts";
import type { Cell, CellSession } from "./cells.ts";
import { refinementsOf } from "./refinements.ts";
import type { Step } from "./step.ts";
import { type LabelFacts, UNCONFINED, type World, labelIn, namespaceOf } from "./world.ts";

const EVERY_FILE = "/{**,}";

export interface Found {
  readonly steps: readonly Step[];
  /** What could not be decided, and why. */
  readonly gaps: readonly string[];
}

interface Asked {
  readonly cells: CellSession;
  /** As if no profile were in complain mode. */
  readonly enforced: boolean;
}

/** The parts of a label, `undefined` where one is no profile of the world. */
function partsOf(world: World, label: string): readonly LabelFacts[] | undefined {
  const names = label.split("//&").filter((name) => name !== UNCONFINED);
  const parts = names.map((name) => world.labels.get(name)).filter((facts) => facts !== undefined);
  return parts.length === names.length && parts.length > 0 ? parts : undefined;
}

/** All that `label` may become in one step. */
export function transitionsFrom(world: World, label: string, { cells, enforced }: Asked): Found {
  if (label === UNCONFINED) return { steps: fromUnconfined(world), gaps: [] };
  const parts = partsOf(world, label);
  const [first] = parts ?? [];
  if (parts === undefined || first === undefined) return { steps: [], gaps: [] };
  const execs = execSteps(label, parts, cells);
  const alone =
    parts.length === 1 ? [...modeSteps(first, enforced), ...hatSteps(first), ...pivotSteps(world, first)] : [];
  const steps = [...alone, ...execs.steps, ...changeSteps(world, label, parts)];
  return { steps: steps.filter(({ to }) => to !== label), gaps: execs.gaps };
}

function fromUnconfined(world: World): readonly Step[] {
  return [...world.labels.keys()].map((to) => ({
    from: UNCONFINED,
    to,
    kind: "anything",
    because: [],
    path: undefined,
    how: "is not restricted",
  }));
}

const OPEN_MODES: Readonly<Record<string, string>> = {
  unconfined: "its flag `unconfined` refuses nothing",
  complain: "its flag `complain` only logs what no rule allows",
  default_allow: "its flag `default_allow` allows what no rule denies",
};

function modeSteps({ label, profile }: LabelFacts, enforced: boolean): readonly Step[] {
  const { mode } = profile.flags;
  const how = enforced && mode === "complain" ? undefined : OPEN_MODES[mode];
  return how === undefined
    ? []
    : [{ from: label, to: UNCONFINED, kind: "mode", because: [profile.origin], path: undefined, how }];
}

/** Into its hats; from a hat to its siblings and back, for which the kernel wants the token that the hat was entered with. */
function hatSteps(facts: LabelFacts): readonly Step[] {
  const { label, profile, path } = facts;
  const parent = path.at(-2);
  const step = (to: Profile, how: string): Step => {
    return {
      from: label,
      to: labelIn(namespaceOf(facts), to.name),
      kind: "hat",
      because: [to.origin],
      path: undefined,
      how,
    };
  };
  const inward = profile.children.filter(({ hat }) => hat).map((hat) => step(hat, "enters the hat"));
  if (!profile.hat || parent === undefined) return inward;
  const siblings = parent.children.filter((child) => child.hat && child !== profile);
  return [
    step(parent, "leaves the hat, with its token"),
    ...siblings.map((hat) => step(hat, "changes the hat, with its token")),
  ];
}

function pivotSteps(world: World, facts: LabelFacts): readonly Step[] {
  return facts.profile.rules.flatMap((rule): readonly Step[] => {
    if (rule.kind !== "mount" || rule.transition === undefined || rule.mode === "deny") return [];
    const to = labelIn(namespaceOf(facts), rule.transition.text);
    if (!world.labels.has(to) && to !== UNCONFINED) return [];
    const how = "changes its root directory";
    return [{ from: facts.label, to, kind: "pivot_root", because: [rule.origin], path: undefined, how }];
  });
}

function changeSteps(world: World, label: string, parts: readonly LabelFacts[]): readonly Step[] {
  if (!parts.every(({ profile }) => profile.rules.some(({ kind }) => kind === "change_profile"))) return [];
  return [UNCONFINED, ...world.labels.keys()].flatMap((to): readonly Step[] => {
    for (const onExec of [false, true]) {
      const decisions = parts.map((part) => decide(part.path, { kind: "change_profile", target: to, onExec }));
      if (!decisions.every(({ allowed }) => allowed)) continue;
      const because = decisions.flatMap(({ allowedBy }) => allowedBy.slice(0, 1)).map(({ origin }) => origin);
      const how = onExec ? "changes with the next program" : "changes by itself";
      return [{ from: label, to, kind: "change_profile", because, path: undefined, how }];
    }
    return [];
  });
}

/** Rules that speak of x. */
function execRules(profile: Profile): readonly Rule[] {
  return profile.rules.filter(
    (rule) => rule.kind === "all" || (rule.kind === "file" && (rule.permissions & FilePermission.x) !== 0),
  );
}

function execTexts(profile: Profile): readonly string[] {
  return execRules(profile).map((rule) => (rule.kind === "file" ? rule.path.text : EVERY_FILE));
}

/** Whether attachments are looked at. */
function searches(rule: Rule): boolean {
  if (rule.kind !== "file" || rule.exec === undefined || rule.mode === "deny") return false;
  const target = rule.execTarget?.text;
  const isSearch = rule.exec.transition === "profile" || rule.exec.transition === "child";
  return target === undefined ? isSearch : target.startsWith("&");
}

function execSteps(label: string, parts: readonly LabelFacts[], cells: CellSession): Found {
  const own = new Set(parts.flatMap(({ profile }) => execTexts(profile)));
  if (own.size === 0) return { steps: [], gaps: [] };
  const around = parts.flatMap((facts) => attachable(facts));
  const attachments = new Set(around.map(({ text }) => text));
  const finer = around.length > 1 ? [...attachments].flatMap(refinementsOf) : [];
  const found = cells.cells([...own, ...attachments], finer);
  if (!found.ok)
    return { steps: [], gaps: [`what ${label} starts: its rules need more than ${found.error.limit} states`] };
  const steps = new Map<string, Step>();
  for (const cell of found.value.toSorted(byPath)) {
    if (!cell.texts.some((text) => own.has(text))) continue;
    for (const owner of [false, true]) {
      const step = execStep(label, parts, cell, owner);
      if (step !== undefined && !steps.has(step.to)) steps.set(step.to, step);
    }
  }
  return { steps: [...steps.values()], gaps: [] };
}

function byPath(a: Cell, b: Cell): number {
  return a.path.length - b.path.length || compareText(a.path, b.path);
}

interface Attachable {
  readonly text: string;
  readonly profile: Profile;
}

/** The profiles that a search of this one may find. */
function attachable({ profile, around }: LabelFacts): readonly Attachable[] {
  if (!profile.rules.some(searches)) return [];
  return [...around, ...profile.children].flatMap((one) =>
    one.attachment === undefined ? [] : [{ text: one.attachment.text, profile: one }],
  );
}

interface PartOutcome {
  readonly destination: Destination;
  readonly decision: Decision;
}

function execStep(label: string, parts: readonly LabelFacts[], cell: Cell, owner: boolean): Step | undefined {
  const outcomes = parts.map((facts) => partOutcome(facts, cell, owner));
  const labels: string[] = [];
  let secure = false;
  for (const [index, { destination }] of outcomes.entries()) {
    const facts = parts[index];
    if (facts === undefined || destination.kind === "refused") return undefined;
    if (destination.kind === "inherit") labels.push(facts.label);
    else {
      secure ||= destination.secure;
      if (destination.kind === "profile")
        labels.push(...destination.label.split("//&").map((name) => labelIn(namespaceOf(facts), name)));
    }
  }
  const to = [...new Set(labels)].toSorted(compareText).join("//&") || UNCONFINED;
  if (to === label) return undefined;
  const because: readonly Origin[] = outcomes.flatMap(({ decision }) =>
    decision.allowedBy.slice(0, 1).map(({ origin }) => origin),
  );
  const environment = secure ? "with a clean environment" : "with its environment";
  const how = `starts it${owner ? " where it is its own" : ""}, ${environment}`;
  return { from: label, to, kind: "exec", because, path: cell.path, how };
}

/**
 * One part of the label, one path. COST: the world is narrowed to the profiles that attach here and those that are named, and the
 * profile to the rules of the cell, which gives the same answer as all of it.
 */
function partOutcome(facts: LabelFacts, { path, texts }: Cell, owner: boolean): PartOutcome {
  const rules = execRules(facts.profile).filter((rule) => rule.kind !== "file" || texts.includes(rule.path.text));
  const narrowed = { ...facts.profile, rules };
  const decision = decide(narrowed, { kind: "exec", path, owner });
  const target = decision.exec?.choice.target ?? "";
  const named = new Set(target.split("//&").map((name) => name.replace(/^&/, "")));
  const isNamed = (profile: Profile): boolean => [...named].some((name) => isOfFamily(name, profile.name));
  const world = facts.around.filter(
    (one) =>
      one === facts.path[0] ||
      (one.attachment !== undefined && texts.includes(one.attachment.text)) ||
      (target !== "" && isNamed(one)),
  );
  return { decision, destination: execDestination({ caller: [narrowed], world, path, owner }) };
}

/**
 * Where a label may go by itself: programs it starts, profiles it changes to, hats, a new root. A stack goes where all its parts go
 * together. The cells of its exec rules are walked beside those of the attachments around, and each is decided by the monitor, for a path of
 * the cell.
 */
import { FilePermission, type Origin, type Profile, type Rule } from "../../language/model/index.ts";
import {
  type Decision,
  type Destination,
  decide,
  execDestination,
  type FileAttributes,
  labelComponents,
} from "../monitor/index.ts";
import { attributesAmong, type Attachments, createAttachments } from "./attachments.ts";
import type { CellSession, Meeting } from "./cells.ts";
import type { Step } from "./step.ts";
import { type LabelFacts, UNCONFINED, type World, labelIn, namespaceOf, nameFrom, partsOf, stackOf } from "./world.ts";

const EVERY_FILE = "/{**,}";

export interface Found {
  readonly steps: readonly Step[];
  /** What could not be decided, and why. */
  readonly gaps: readonly string[];
}

const nothing: Found = { steps: [], gaps: [] };

interface Asked {
  readonly cells: CellSession;
  /** As if no profile were in complain mode. */
  readonly enforced: boolean;
}

/** All that `label` may become in one step, stacks that only a pattern names left out: for those see `changeStep`. */
export function transitionsFrom(world: World, label: string, { cells, enforced }: Asked): Found {
  if (label === UNCONFINED) return { steps: fromUnconfined(world), gaps: [] };
  const parts = partsOf(world, label);
  if (parts === undefined) return nothing;
  const execs = execSteps(world, label, { parts, cells });
  const [first] = parts;
  const isAlone = parts.length === 1 && first !== undefined;
  const alone = isAlone ? [...modeSteps(first, enforced), ...hatSteps(first), ...pivotSteps(world, first)] : [];
  const steps = [...alone, ...execs.steps, ...changeSteps(world, label, parts)];
  const loose = isAlone ? [] : parts.filter(isLoose);
  const gaps = loose.map((part) => `where ${label} may go: ${part.label}, a part of it, refuses nothing`);
  return { steps: steps.filter(({ to }) => to !== label), gaps: [...execs.gaps, ...gaps] };
}

function isLoose({ profile }: LabelFacts): boolean {
  return OPEN_MODES[profile.flags.mode] !== undefined;
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
  default_allow: "its flag `default_allow` is `unconfined` to kernels, which ask none of its rules",
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
  if (!parts.every(({ profile }) => changeRules(profile).length > 0)) return [];
  const stacks = new Set(parts.flatMap((part) => namedStacks(world, label, part)));
  return [UNCONFINED, ...world.labels.keys(), ...stacks].flatMap((to) => changeStep(world, label, to) ?? []);
}

function changeRules(profile: Profile): readonly Extract<Rule, { readonly kind: "change_profile" }>[] {
  return profile.rules.filter((rule) => rule.kind === "change_profile");
}

/** Stacks that rules name outright. */
function namedStacks(world: World, label: string, part: LabelFacts): readonly string[] {
  return changeRules(part.profile).flatMap(({ target }) => {
    const text = target?.text ?? "";
    const isOnto = text.startsWith("&");
    if (!isOnto && !text.includes("//&")) return [];
    const named = labelComponents(text);
    const stack = stackOf([...(isOnto ? [label] : []), ...named.map((name) => labelIn(namespaceOf(part), name))]);
    return partsOf(world, stack) === undefined ? [] : [stack];
  });
}

/** The change of profile from a label to another, also to a stack of profiles, if all parts of the first allow it. */
export function changeStep(world: World, label: string, to: string): Step | undefined {
  const parts = partsOf(world, label);
  if (parts === undefined || to === label) return undefined;
  const changes = parts.map((part) => changeOf(world, label, { part, to }));
  const found = changes.filter((change) => change !== undefined);
  if (found.length < parts.length) return undefined;
  const how = found.some(({ isOnExec }) => isOnExec) ? "changes with the next program" : "changes by itself";
  const because = found.map(({ origin }) => origin);
  return { from: label, to, kind: "change_profile", because, path: undefined, how };
}

interface Change {
  readonly origin: Origin;
  readonly isOnExec: boolean;
}

function changeOf(
  world: World,
  label: string,
  { part, to }: { readonly part: LabelFacts; readonly to: string },
): Change | undefined {
  const whole = nameFrom(part, world, to);
  const own = new Set(labelComponents(label));
  const parts = labelComponents(to);
  const more = parts.filter((name) => !own.has(name));
  const rest = more.length > 0 && [...own].every((name) => parts.includes(name));
  const onto = rest ? nameFrom(part, world, more.join("//&")) : undefined;
  // COST: other rules have no say
  const narrowed = { ...part.profile, rules: changeRules(part.profile) };
  for (const isOnExec of canSkipCondition(narrowed) ? [false, true] : [false]) {
    for (const target of [whole, onto === undefined ? undefined : `&${onto}`]) {
      if (target === undefined) continue;
      const { allowed, allowedBy } = decide(narrowed, { kind: "change_profile", target, onExec: isOnExec });
      const [rule] = allowedBy;
      if (allowed && rule !== undefined) return { origin: rule.origin, isOnExec };
    }
  }
  return undefined;
}

/**
 * Whether a change that is only allowed as the *program* of a rule, because its name looks like a path, takes place with the next program: it
 * does with a program that no rule names, and without a condition a rule names all (compile-semantics 3.3).
 */
function canSkipCondition(profile: Profile): boolean {
  return changeRules(profile).every(({ mode, exec }) => mode === "deny" || exec !== undefined);
}

/** Rules that speak of x. */
function execRules(profile: Profile): readonly Rule[] {
  return profile.rules.filter(
    (rule) => rule.kind === "all" || (rule.kind === "file" && (rule.permissions & FilePermission.x) !== 0),
  );
}

function textOf(rule: Rule): string {
  return rule.kind === "file" ? rule.path.text : EVERY_FILE;
}

/** Whether attachments are looked at. */
function searches(rule: Rule): boolean {
  if (rule.kind !== "file" || rule.exec === undefined || rule.mode === "deny") return false;
  const target = rule.execTarget?.text;
  const isSearch = rule.exec.transition === "profile" || rule.exec.transition === "child";
  return target === undefined ? isSearch : target.startsWith("&");
}

interface Starter {
  readonly facts: LabelFacts;
  readonly rulesOf: ReadonlyMap<string, readonly Rule[]>;
  /** What it decides in a cell, for the owner of the file and for others. */
  readonly known: Map<string, Decision>;
}

function starterOf(facts: LabelFacts): Starter {
  const rulesOf = new Map<string, Rule[]>();
  for (const rule of execRules(facts.profile)) {
    const known = rulesOf.get(textOf(rule));
    if (known === undefined) rulesOf.set(textOf(rule), [rule]);
    else known.push(rule);
  }
  return { facts, rulesOf, known: new Map() };
}

function execSteps(
  world: World,
  label: string,
  { parts, cells }: { readonly parts: readonly LabelFacts[]; readonly cells: CellSession },
): Found {
  const starters = parts.map(starterOf);
  const own = cells.build(starters.flatMap(({ rulesOf }) => [...rulesOf.keys()]));
  const attachments = attachmentsAround(parts, cells);
  const met = !own.ok
    ? own
    : !attachments.ok
      ? attachments
      : cells.meetings(own.value, attachments.value.set, "beside");
  if (!attachments.ok || !met.ok) {
    const limit = !attachments.ok ? attachments.error.limit : met.ok ? 0 : met.error.limit;
    return { steps: [], gaps: [`what ${label} starts: its rules need more than ${limit} states`] };
  }
  const steps = new Map<string, Step>();
  const gaps = new Set<string>();
  const settled = new Set<string>();
  for (const meeting of met.value) {
    for (const owner of [false, true]) {
      const key = `${meeting.left.number} ${owner}`;
      if (settled.has(key)) continue;
      const found = execStep(label, starters, { world, meeting, owner, attachments: attachments.value });
      if (!found.isSearch) settled.add(key);
      for (const gap of found.gaps) gaps.add(gap);
      for (const step of found.steps) if (!steps.has(step.to)) steps.set(step.to, step);
    }
  }
  return { steps: [...steps.values()], gaps: [...gaps] };
}

type Made = ReturnType<typeof createAttachments>;

const around = new WeakMap<CellSession, Map<string, Made>>();

/** COST: most profiles, and most stacks, search among the same ones. */
function attachmentsAround(parts: readonly LabelFacts[], cells: CellSession): Made {
  const known = around.get(cells) ?? new Map<string, Made>();
  around.set(cells, known);
  const searching = parts.filter(({ profile }) => profile.rules.some(searches));
  const parents = searching.filter(({ profile }) => profile.children.length > 0);
  const key = JSON.stringify([
    [...new Set(searching.map((part) => namespaceOf(part) ?? ""))],
    parents.map(({ label }) => label),
  ]);
  const among = searching.flatMap((part) => [...part.around, ...part.profile.children]);
  const made = known.get(key) ?? createAttachments([...new Set(among)], cells);
  known.set(key, made);
  return made;
}

interface Execution {
  readonly world: World;
  readonly meeting: Meeting;
  readonly owner: boolean;
  readonly attachments: Attachments;
}

/** What is started in a cell; `isSearch`: it depends on what attaches there. */
interface FoundExec extends Found {
  readonly isSearch: boolean;
}

function execStep(label: string, starters: readonly Starter[], execution: Execution): FoundExec {
  const plain = { ...nothing, isSearch: false };
  const decisions = starters.map((starter) => decisionIn(starter, execution));
  if (!decisions.every(({ allowed }) => allowed)) return plain;
  const isSearch = decisions.some(({ allowedBy }) => allowedBy.some(searches));
  const { meeting, attachments } = execution;
  const attached = isSearch ? attachments.profilesOf(meeting.right.texts) : [];
  const found = attributesAmong(attached).map((attributes) =>
    startedStep(label, starters, decisions, { ...execution, attributes }),
  );
  const vague = isSearch && attachments.isVague(meeting.right.texts);
  const which = `which of the profiles that attach to paths such as ${meeting.path()} wins`;
  const gaps = [...(vague ? [`what ${label} starts: ${which}`] : []), ...found.flatMap((one) => one.gaps)];
  return { steps: found.flatMap(({ steps }) => steps), gaps, isSearch };
}

interface Started extends Execution {
  readonly attributes: FileAttributes;
}

function startedStep(
  label: string,
  starters: readonly Starter[],
  decisions: readonly Decision[],
  started: Started,
): Found {
  const destinations = decisions.map((decision, index) => destinationOf(starters[index], decision, started));
  const gaps = destinations.flatMap((one) => (one.kind === "gap" ? [`what ${label} starts: ${one.reason}`] : []));
  const labels = destinations.flatMap((destination, index) => labelsAt(destination, starters[index]));
  const to = labels.includes(undefined) ? label : stackOf(labels.filter((one) => one !== undefined));
  if (to === label) return { steps: [], gaps };
  const because = decisions.flatMap(({ allowedBy }) => allowedBy.slice(0, 1)).map(({ origin }) => origin);
  const isSecure = destinations.some((one) => "secure" in one && one.secure);
  const environment = isSecure ? "with a clean environment" : "with its environment";
  const where = `${started.owner ? " where it is its own" : ""}${started.attributes.size > 0 ? " where it has the attributes for it" : ""}`;
  const how = `starts it${where}, ${environment}`;
  return { steps: [{ from: label, to, kind: "exec", because, path: started.meeting.path(), how }], gaps };
}

type Reached =
  | Destination
  /** In another namespace than the one that starts it. */
  | { readonly kind: "elsewhere"; readonly label: string; readonly secure: boolean }
  | { readonly kind: "gap"; readonly reason: string };

/** The labels of a destination; `undefined` among them: it does not come to that. */
function labelsAt(destination: Reached, starter: Starter | undefined): readonly (string | undefined)[] {
  if (starter === undefined) return [undefined];
  switch (destination.kind) {
    case "refused":
    case "gap":
      return [undefined];
    case "inherit":
      return [starter.facts.label];
    case "unconfined":
      return [UNCONFINED];
    case "elsewhere":
      return [destination.label];
    case "profile":
      return labelComponents(destination.label).map((name) => labelIn(namespaceOf(starter.facts), name));
  }
}

/** COST: rules say the same to all paths of a cell, whatever attaches to them. */
function decisionIn({ facts, rulesOf, known }: Starter, { meeting, owner }: Execution): Decision {
  const key = `${meeting.left.number} ${owner}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const rules = meeting.left.texts.flatMap((text) => rulesOf.get(text) ?? []);
  const decision = decide({ ...facts.profile, rules }, { kind: "exec", path: meeting.path(), owner });
  known.set(key, decision);
  return decision;
}

function destinationOf(starter: Starter | undefined, decision: Decision, execution: Started): Reached {
  if (starter === undefined) return { kind: "refused", reason: "no-rule" };
  const { facts, rulesOf } = starter;
  const { meeting, owner, attachments, attributes } = execution;
  const target = decision.exec?.choice.target ?? "";
  const elsewhere = inOtherNamespace(facts, decision, execution.world);
  if (elsewhere !== undefined) return elsewhere;
  const rules = meeting.left.texts.flatMap((text) => rulesOf.get(text) ?? []);
  const attached = attachments.profilesOf(meeting.right.texts);
  return destinationAmong(facts, { rules, attached, target, path: meeting.path(), owner, attributes });
}

interface Start {
  /** The rules that match the program. */
  readonly rules: readonly Rule[];
  /** The profiles that attach to it. */
  readonly attached: readonly Profile[];
  /** The name that the rules give. */
  readonly target: string;
  readonly path: string;
  readonly owner: boolean;
  /** Those of the file. */
  readonly attributes: FileAttributes;
}

/**
 * COST: the world is narrowed to the profiles that attach here and those that are named, and the profile to the rules of the cell, which
 * gives the same answer as all of it.
 */
export function destinationAmong(
  facts: LabelFacts,
  { rules, attached, target, path, owner, attributes }: Start,
): Destination {
  const { placeOf, named } = neighboursOf(facts.around);
  const wanted = new Set(attached.filter((profile) => placeOf.has(profile)));
  for (const profile of [facts.path[0], ...named(target)]) if (profile !== undefined) wanted.add(profile);
  const world = [...wanted].toSorted((a, b) => (placeOf.get(a) ?? 0) - (placeOf.get(b) ?? 0));
  return execDestination({ caller: [{ ...facts.profile, rules }], world, path, owner, attributes });
}

/** A target with a namespace; the monitor knows the profiles of one namespace only, and takes others for missing. */
function inOtherNamespace(facts: LabelFacts, { exec }: Decision, world: World): Reached | undefined {
  const target = exec?.choice.target ?? "";
  const [whole, namespace, name] = /^:([^:]+):(?:\/\/)?(.*)$/.exec(target) ?? [];
  if (whole === undefined || exec === undefined) {
    const isMixed = /&:[^:]+:/.test(target);
    return isMixed ? { kind: "gap", reason: `\`-> ${target}\`, a stack in another namespace` } : undefined;
  }
  const own = namespaceOf(facts);
  const label = labelIn(own === undefined ? namespace : `${own}//${namespace}`, name ?? "");
  if (world.labels.has(label)) {
    return { kind: "elsewhere", label, secure: exec.choice.mode.safe };
  }
  const isUnconfined = name === "" || name === UNCONFINED || name?.includes("//&") === true;
  return isUnconfined ? { kind: "gap", reason: `\`-> ${target}\`, in another namespace` } : undefined;
}

interface Neighbours {
  readonly placeOf: ReadonlyMap<Profile, number>;
  /** The top-level profiles of the components of a target. */
  readonly named: (target: string) => readonly Profile[];
}

const neighbours = new WeakMap<readonly Profile[], Neighbours>();

function neighboursOf(profiles: readonly Profile[]): Neighbours {
  const known = neighbours.get(profiles);
  if (known !== undefined) return known;
  const byName = new Map(profiles.map((profile) => [profile.name, profile]));
  const named = (target: string): readonly Profile[] =>
    labelComponents(target).flatMap((name) => {
      const ends = [...name.matchAll(/\/\/|$/g)].map(({ index }) => name.slice(0, index));
      return ends.flatMap((start) => byName.get(start) ?? []);
    });
  const made = { placeOf: new Map(profiles.map((profile, place) => [profile, place])), named };
  neighbours.set(profiles, made);
  return made;
}

/**
 * What a label may make others do: it writes their programs and libraries, policy, what starts by itself, or traces them. One automaton
 * holds all such files of the policy; each label's write rules are walked beside it, and each pair of cells is decided by the monitor.
 */
import { type FileRule, FilePermission, type Origin, type Profile, type Rule } from "../../language/model/index.ts";
import { capabilityNumber } from "../../language/tables/index.ts";
import { attach, decide, execDestination } from "../monitor/index.ts";
import { attachmentText, attributesAmong, createAttachments } from "./attachments.ts";
import type { Cell, CellSession, Meeting, PatternSet } from "./cells.ts";
import { traceOf } from "./relations.ts";
import { type Seat, seats } from "./seats.ts";
import type { Step } from "./step.ts";
import { substitutionsOf, type Written } from "./substitutes.ts";
import { destinationAmong, type Found } from "./transitions.ts";
import { type LabelFacts, POLICY, UNCONFINED, type World, isOpen } from "./world.ts";

const { x: X, m: M, w: W, a: A } = FilePermission;

const EVERY_FILE = "/{**,}";

/** Why writing a file matters. */
interface Use {
  readonly to: string;
  readonly kind: "program" | "start-up" | "policy";
  readonly because: readonly Origin[];
  readonly effect: string;
  /** What a kernel asks of the writer besides. */
  readonly capability?: string;
}

interface NumberedUse extends Use {
  readonly number: number;
}

/** Why writing the files of a cell matters. */
interface CellUses {
  /** Each with a number of its own: equal for uses that come to the same. */
  readonly uses: readonly NumberedUse[];
  /** Equal for cells whose uses all come to the same. */
  readonly kind: number;
}

/** The files that decide what is done, by the patterns that name them: computed once for a policy. */
export interface Plantable {
  readonly set: PatternSet;
  readonly usesOf: (meeting: Meeting) => CellUses;
  readonly isVague: (cell: Cell) => boolean;
}

export function plantable(world: World, cells: CellSession): Plantable | string {
  const attached = new Map<string, LabelFacts[]>();
  const users = new Map<string, User[]>();
  let count = 0;
  for (const facts of world.labels.values()) {
    const attachment = attachmentText(facts.profile);
    if (attachment !== undefined) add(attached, attachment, facts);
    for (const rule of codeRules(facts)) add(users, rule.path.text, { facts, rule, number: (count += 1) });
  }
  const bySeat = new Map(seats.flatMap((seat) => seat.patterns.map((text) => [text, seat] as const)));
  const attachments = createAttachments(
    [...world.labels.values()].map(({ profile }) => profile),
    cells,
  );
  const built = attachments.ok
    ? cells.build([...attached.keys(), ...users.keys(), ...bySeat.keys()], attachments.value.finer)
    : attachments;
  if (!built.ok || !attachments.ok) return "the programs of this policy need too many states to be compared";
  const memo = new Map<number, CellUses>();
  const kinds = new Map<string, number>();
  const numbered = createNumbering();
  const codeUsesOf = rememberedCodeUses(numbered);
  return {
    set: built.value,
    isVague: ({ texts }) => attachments.value.isVague(texts.filter((text) => attached.has(text))),
    usesOf: ({ right, path }) => {
      const known = memo.get(right.number);
      if (known !== undefined) return known;
      const asked = new Map<LabelFacts, User[]>();
      for (const text of right.texts) for (const user of users.get(text) ?? []) add(asked, user.facts, user);
      const place = { path, attached: right.texts.flatMap((text) => attached.get(text) ?? []) };
      const list = [
        ...attachedUses(place.attached, path),
        ...right.texts.flatMap((text) => seatUses(bySeat.get(text))),
      ].map(numbered);
      for (const [facts, own] of asked) list.push(...codeUsesOf(facts, own, place));
      const key = list.map(({ number }) => number).join();
      const kind = kinds.get(key) ?? kinds.size;
      kinds.set(key, kind);
      const made = { uses: list, kind };
      memo.set(right.number, made);
      return made;
    },
  };
}

function add<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const known = lists.get(key);
  if (known === undefined) lists.set(key, [value]);
  else known.push(value);
}

interface User {
  readonly facts: LabelFacts;
  readonly rule: FileRule;
  readonly number: number;
}

/** Where code is taken from. */
interface Place {
  readonly path: () => string;
  /** What attaches there. */
  readonly attached: readonly LabelFacts[];
}

/** COST: the same rules meet in many cells, and say the same in all of them where it does not matter what attaches there. */
function rememberedCodeUses(
  numbered: (use: Use) => NumberedUse,
): (facts: LabelFacts, users: readonly User[], place: Place) => readonly NumberedUse[] {
  const known = new Map<string, readonly NumberedUse[]>();
  return (facts, users, place) => {
    let key = "";
    let isAround = false;
    for (const { number, rule } of users) {
      key += `${number},`;
      if (rule.exec?.fallback === "inherit") isAround = true;
    }
    if (isAround) key += place.attached.map(({ label }) => label).join("\n");
    const before = known.get(key);
    if (before !== undefined) return before;
    const uses = codeUses(facts, users, place).map(numbered);
    known.set(key, uses);
    return uses;
  };
}

/**
 * The rules that decide what a profile takes for code. One that allows everything, by its mode or by `all`, runs everything, as what
 * is unconfined does: that says nothing of a file, and only its own program counts.
 */
function codeRules(facts: LabelFacts): readonly FileRule[] {
  const { profile } = facts;
  if (isOpen(facts) || profile.rules.some(({ kind }) => kind === "all")) return [];
  return profile.rules.flatMap((rule) => (rule.kind === "file" && (rule.permissions & (X | M)) !== 0 ? [rule] : []));
}

/** Of the profiles that attach, among those that are searched together the one that wins. */
function attachedUses(attached: readonly LabelFacts[], path: () => string): readonly Use[] {
  const groups = new Map<unknown, LabelFacts[]>();
  for (const facts of attached) add(groups, facts.path.at(-2) ?? facts.around, facts);
  return [...groups.values()]
    .flatMap((group) => winnersOf(group, path))
    .flatMap((winner): readonly Use[] => {
      if (!isStarted(winner, path)) return [];
      const { label, profile } = winner;
      return [{ to: label, kind: "program", because: [profile.origin], effect: "is what it runs in" }];
    });
}

function startsChild(rule: Rule): boolean {
  return rule.kind === "file" && rule.exec?.transition === "child";
}

/** What is not confined starts a profile of its own by its program, and nobody but its parent a child. */
function isStarted({ profile, path: way }: LabelFacts, path: () => string): boolean {
  const parent = way.at(-2);
  if (parent === undefined) return true;
  if (!parent.rules.some(startsChild)) return false;
  const caller = way.slice(0, -1);
  return [false, true].some((owner) => {
    return attributesAmong([profile]).some((attributes) => {
      const to = execDestination({ caller, world: way.slice(0, 1), path: path(), owner, attributes });
      return to.kind === "profile" && to.label === profile.name;
    });
  });
}

/** More than one where attributes of the file decide. */
function winnersOf(group: readonly LabelFacts[], path: () => string): readonly LabelFacts[] {
  if (group.length === 1) return group;
  const profiles = group.map(({ profile }) => profile);
  const found = attributesAmong(profiles).map((attributes) => attach(profiles, path(), attributes));
  return group.filter(({ profile }) => found.some((one) => one.kind === "found" && one.profile === profile));
}

function seatUses(seat: Seat | undefined): readonly Use[] {
  if (seat === undefined) return [];
  const { name, kind, effect, capability } = seat;
  const to = kind === "policy" ? POLICY : UNCONFINED;
  return [{ to, kind, because: [], effect: `${name}: it ${effect}`, ...(capability !== undefined && { capability }) }];
}

/** COST: whoever writes everywhere meets the same uses again and again. */
function createNumbering(): (use: Use) => NumberedUse {
  const numbers = new Map<string, number>();
  return (use) => {
    const key = `${use.kind} ${use.to} ${use.kind === "program" ? "" : use.effect}`;
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    return { ...use, number };
  };
}

/**
 * What a profile runs in itself: programs it inherits, libraries it maps. COST: only the rules that match there are asked, which
 * decide the same as all of them.
 */
function codeUses(facts: LabelFacts, users: readonly User[], place: Place): readonly Use[] {
  const path = place.path();
  const rules = users.map(({ rule }) => rule);
  const profile = { ...facts.profile, rules };
  const attached = place.attached.map((one) => one.profile);
  const isHalved = rules.some((rule) => rule.owner !== "any");
  for (const owner of isHalved ? [false, true] : [false]) {
    const exec = decide(profile, { kind: "exec", path, owner });
    const { mode, target = "" } = exec.exec?.choice ?? {};
    // what falls back on its own profile does so where there is no other
    const mayInherit = exec.allowed && (mode?.transition === "inherit" || mode?.fallback === "inherit");
    const start = { rules, attached, target, path, owner, attributes: new Map() };
    if (mayInherit && destinationAmong(facts, start).kind === "inherit")
      return [codeUse(facts, exec.allowedBy[0]?.origin, "runs it")];
    const map = decide(profile, { kind: "file", path, letters: ["m"], owner });
    if (map.allowed) return [codeUse(facts, map.allowedBy[0]?.origin, "maps it as code")];
  }
  return [];
}

function codeUse({ label }: LabelFacts, origin: Origin | undefined, effect: string): Use {
  return { to: label, kind: "program", because: origin === undefined ? [] : [origin], effect };
}

interface Planting {
  readonly world: World;
  readonly targets: Plantable;
  readonly cells: CellSession;
}

/** What a single profile may make others do by files that it writes: all but programs of other profiles once for every rule that allows it. */
export function plantsByRule(label: string, only: LabelFacts, planting: Planting): Found {
  return isOpen(only) ? { steps: [], gaps: [] } : writtenFrom(label, [only], planting, true);
}

/** What this label may make others do, if all its parts allow it. */
export function plantsFrom(label: string, parts: readonly LabelFacts[], planting: Planting): Found {
  // what is not restricted is a step of its own
  const restricting = parts.filter((part) => !isOpen(part));
  if (restricting.length === 0) return { steps: [], gaps: [] };
  const written = writtenFrom(label, restricting, planting);
  return { steps: [...written.steps, ...traceSteps(label, restricting, planting.world)], gaps: written.gaps };
}

/** `isByRule`: what starts by itself, and policy, is said for every rule that allows it, not for the first one alone. */
function writtenFrom(
  label: string,
  parts: readonly LabelFacts[],
  { targets, cells }: Planting,
  isByRule = false,
): Found {
  const writers = parts.map(writerOf);
  const substitution = substitutionsOf(parts);
  const own = cells.build([...writers.flatMap(({ rulesOf }) => [...rulesOf.keys()]), ...substitution.texts]);
  const met = own.ok ? cells.meetings(own.value, targets.set, "both") : own;
  if (!met.ok) return { steps: [], gaps: [`what ${label} writes: its rules need more than ${met.error.limit} states`] };
  const steps: Step[] = [];
  const taken = createTaken();
  const gaps = new Set<string>();
  const known = new Map<number, Written | undefined>();
  const settled = new Set<number>();
  const isNews = (meeting: Meeting): boolean => taken(ANY_RULE).isNews(targets.usesOf(meeting), label);
  for (const meeting of met.value) {
    if (settled.has(meeting.right.number) && !isByRule) continue;
    // COST: what is written is the same in all of a cell.
    const cell = meeting.left.number;
    if (!known.has(cell)) known.set(cell, writtenBy(writers, meeting));
    const isDirect = known.get(cell) !== undefined;
    const written =
      known.get(cell) ?? (settled.has(meeting.right.number) ? undefined : substitution.at(meeting, isNews));
    if (written === undefined) continue;
    settled.add(meeting.right.number);
    if (targets.isVague(meeting.right)) gaps.add(`whose program ${label} writes at paths such as ${meeting.path()}`);
    const uses = targets.usesOf(meeting);
    const first = { origins: written.origins, news: taken(ANY_RULE).take(uses) };
    // a profile alone may have several rules for a file, each of which is enough
    const alike = isByRule && isDirect ? (written.alike ?? []) : [];
    const ways = [
      alike.length === 0 ? first : { ...first, news: first.news.filter(isProgram) },
      ...alike.map((origin) => {
        const news = taken(`${origin.span.file} ${origin.span.start}`).take(uses);
        return { origins: [origin], news: news.filter((use) => !isProgram(use)) };
      }),
    ];
    for (const { origins, news } of ways) {
      for (const use of news) {
        const { to, kind, effect, because, capability } = use;
        if (to === label || !hasCapability(parts, capability)) continue;
        const how = written.owner ? `${written.how} where it is its own` : written.how;
        const path = meeting.path();
        steps.push({ from: label, to, kind, because: [...origins, ...because], path, how, effect });
      }
    }
  }
  return { steps, gaps: [...gaps] };
}

const ANY_RULE = "";

/** COST: what one profile runs of the files that abstractions let everybody write would be said of every rule beside them. */
function isProgram({ kind }: Use): boolean {
  return kind === "program";
}

interface Taken {
  /** The uses that were not taken before. */
  readonly take: (cell: CellUses) => readonly NumberedUse[];
  readonly isNews: (cell: CellUses, label: string) => boolean;
}

/** Which uses were said already, by the rules that allow them. */
function createTaken(): (key: string) => Taken {
  const known = new Map<string, Taken>();
  return (key) => {
    const before = known.get(key) ?? takenOf();
    known.set(key, before);
    return before;
  };
}

function takenOf(): Taken {
  const numbers: boolean[] = [];
  // COST: whoever writes everywhere meets thousands of cells, and few kinds of them
  const sorts = new Set<number>();
  return {
    take: ({ uses, kind }) => {
      if (sorts.has(kind)) return [];
      sorts.add(kind);
      return uses.filter(({ number }) => {
        if (numbers[number] === true) return false;
        numbers[number] = true;
        return true;
      });
    },
    isNews: ({ uses, kind }, label) =>
      !sorts.has(kind) && uses.some(({ number, to }) => numbers[number] !== true && to !== label),
  };
}

function hasCapability(parts: readonly LabelFacts[], name: string | undefined): boolean {
  const capability = name === undefined ? undefined : capabilityNumber(name);
  return (
    capability === undefined || parts.every(({ path }) => decide(path, { kind: "capability", capability }).allowed)
  );
}

interface Writer {
  readonly profile: Profile;
  readonly rulesOf: ReadonlyMap<string, readonly Rule[]>;
}

function writerOf({ profile }: LabelFacts): Writer {
  const rulesOf = new Map<string, Rule[]>();
  for (const rule of profile.rules) {
    if (rule.kind === "all") add(rulesOf, EVERY_FILE, rule);
    else if (rule.kind === "file" && (rule.permissions & (W | A)) !== 0) add(rulesOf, rule.path.text, rule);
  }
  return { profile, rulesOf };
}

function writtenBy(writers: readonly Writer[], { left, path }: Meeting): Written | undefined {
  const narrowed = writers.map(({ profile, rulesOf }) => ({
    ...profile,
    rules: left.texts.flatMap((text) => rulesOf.get(text) ?? []),
  }));
  for (const [letter, how] of [
    ["w", "writes it"],
    ["a", "appends to it"],
  ] as const) {
    for (const owner of [false, true]) {
      const decisions = narrowed.map((profile) =>
        decide(profile, { kind: "file", path: path(), letters: [letter], owner }),
      );
      if (!decisions.every(({ allowed }) => allowed)) continue;
      const origins = decisions.flatMap(({ allowedBy }) => allowedBy.slice(0, 1)).map(({ origin }) => origin);
      const alike = decisions.flatMap(({ allowedBy }) => allowedBy).map(({ origin }) => origin);
      return { owner, how, origins, alike };
    }
  }
  return undefined;
}

/** Whoever traces another makes it do anything that other may do. */
function traceSteps(label: string, parts: readonly LabelFacts[], world: World): readonly Step[] {
  return [UNCONFINED, ...world.labels.keys()].flatMap((to): readonly Step[] => {
    if (to === label) return [];
    const because = traceOf(label, parts, world.labels.get(to));
    if (because === undefined) return [];
    const effect = "does what it is made to do";
    return [{ from: label, to, kind: "trace", because, path: undefined, how: "traces it", effect }];
  });
}

/**
 * What a label may write that decides what others do: their programs and libraries, policy, what starts by itself. One automaton holds
 * all such files of the policy; each profile's write rules are walked beside it, and each pair of cells is decided by the monitor.
 */
import { type FileRule, FilePermission, type Origin, type Profile, type Rule } from "../../language/model/index.ts";
import { decide } from "../monitor/index.ts";
import type { CellSession, Meeting, PatternSet } from "./cells.ts";
import { type Seat, seats } from "./seats.ts";
import type { Step } from "./step.ts";
import type { Found } from "./transitions.ts";
import { type LabelFacts, POLICY, UNCONFINED, type World } from "./world.ts";

const { x: X, m: M, w: W, a: A } = FilePermission;

/** Why writing a file matters. */
interface Use {
  readonly to: string;
  readonly kind: "program" | "start-up" | "policy";
  readonly because: readonly Origin[];
  readonly effect: string;
}

/** The files that decide what is done, by the patterns that name them: computed once for a policy. */
export interface Plantable {
  readonly set: PatternSet;
  readonly usesOf: (meeting: Meeting) => readonly Use[];
}

export function plantable(world: World, cells: CellSession): Plantable | string {
  const attached = new Map<string, LabelFacts[]>();
  const users = new Map<string, User[]>();
  for (const facts of world.labels.values()) {
    const attachment = facts.profile.attachment?.text;
    if (attachment !== undefined) attached.set(attachment, [...(attached.get(attachment) ?? []), facts]);
    for (const rule of codeRules(facts.profile)) {
      const known = users.get(rule.path.text);
      if (known === undefined) users.set(rule.path.text, [{ facts, rule }]);
      else known.push({ facts, rule });
    }
  }
  const bySeat = new Map(seats.flatMap((seat) => seat.patterns.map((text) => [text, seat] as const)));
  const built = cells.build([...attached.keys(), ...users.keys(), ...bySeat.keys()]);
  if (!built.ok) return `the programs of this policy need more than ${built.error.limit} states`;
  const memo = new Map<string, readonly Use[]>();
  return {
    set: built.value,
    usesOf: ({ right, path }) => {
      const key = right.join("\n");
      const known = memo.get(key);
      if (known !== undefined) return known;
      const uses = right.flatMap((text): readonly Use[] => [
        ...(attached.get(text) ?? []).map(attachedUse),
        ...seatUses(bySeat.get(text)),
      ]);
      const asked = new Map<LabelFacts, Rule[]>();
      for (const { facts, rule } of right.flatMap((text) => users.get(text) ?? [])) {
        asked.set(facts, [...(asked.get(facts) ?? []), rule]);
      }
      const all = [...uses, ...[...asked].flatMap(([facts, rules]) => codeUses(facts, rules, path))];
      memo.set(key, all);
      return all;
    },
  };
}

interface User {
  readonly facts: LabelFacts;
  readonly rule: FileRule;
}

/**
 * The rules that decide what a profile takes for code. One that allows everything, by its mode or by `all`, runs everything, as what
 * is unconfined does: that says nothing of a file, and only its own program counts.
 */
function codeRules(profile: Profile): readonly FileRule[] {
  if (profile.flags.mode === "unconfined" || profile.rules.some(({ kind }) => kind === "all")) return [];
  return profile.rules.flatMap((rule) => (rule.kind === "file" && (rule.permissions & (X | M)) !== 0 ? [rule] : []));
}

function attachedUse({ label, profile }: LabelFacts): Use {
  return { to: label, kind: "program", because: [profile.origin], effect: "is what it runs in" };
}

function seatUses(seat: Seat | undefined): readonly Use[] {
  if (seat === undefined) return [];
  const to = seat.kind === "policy" ? POLICY : UNCONFINED;
  return [{ to, kind: seat.kind, because: [], effect: `${seat.name}: it ${seat.effect}` }];
}

/**
 * What a profile runs in itself: programs it inherits, libraries it maps. COST: only the rules that match there are asked, which
 * decide the same as all of them.
 */
function codeUses(facts: LabelFacts, rules: readonly Rule[], path: string): readonly Use[] {
  const profile = { ...facts.profile, rules };
  for (const owner of [false, true]) {
    const exec = decide(profile, { kind: "exec", path, owner });
    const mode = exec.exec?.conflict === undefined ? exec.exec?.choice.mode : undefined;
    if (exec.allowed && mode !== undefined && (mode.transition === "inherit" || mode.fallback === "inherit")) {
      return [codeUse(facts, exec.allowedBy[0]?.origin, "runs it")];
    }
    const map = decide(profile, { kind: "file", path, letters: ["m"], owner });
    if (map.allowed) return [codeUse(facts, map.allowedBy[0]?.origin, "maps it as code")];
  }
  return [];
}

function codeUse({ label }: LabelFacts, origin: Origin | undefined, effect: string): Use {
  return { to: label, kind: "program", because: origin === undefined ? [] : [origin], effect };
}

/** What this label may write that matters to others; a stack is not looked at: each of its parts must allow it, too. */
export function plantsFrom(facts: LabelFacts, targets: Plantable, cells: CellSession): Found {
  const { label, profile } = facts;
  const isOpen = profile.flags.mode === "unconfined" || profile.rules.some(({ kind }) => kind === "all");
  const rules = profile.rules.filter(isWriteRule);
  if (isOpen || rules.length === 0) return { steps: [], gaps: [] };
  const own = cells.build(rules.map(({ path }) => path.text));
  const met = own.ok ? cells.meetings(own.value, targets.set) : own;
  if (!met.ok) return { steps: [], gaps: [`what ${label} writes: its rules need more than ${met.error.limit} states`] };
  const steps = new Map<string, Step>();
  const known = new Map<string, Written | undefined>();
  for (const meeting of met.value) {
    // COST: what is written is the same in all of a cell.
    const cell = meeting.left.join("\n");
    if (!known.has(cell)) known.set(cell, writtenBy(profile, rules, meeting));
    const written = known.get(cell);
    if (written === undefined) continue;
    for (const use of targets.usesOf(meeting)) {
      const key = `${use.kind} ${use.to} ${use.kind === "program" ? "" : use.effect}`;
      if (use.to === label || steps.has(key)) continue;
      const because = written.origin === undefined ? use.because : [written.origin, ...use.because];
      const how = written.owner ? "writes it where it is its own" : "writes it";
      const { to, kind, effect } = use;
      steps.set(key, { from: label, to, kind, because, path: meeting.path, how, effect });
    }
  }
  return { steps: [...steps.values()], gaps: [] };
}

function isWriteRule(rule: Rule): rule is FileRule {
  return rule.kind === "file" && (rule.permissions & (W | A)) !== 0;
}

interface Written {
  readonly owner: boolean;
  readonly origin: Origin | undefined;
}

function writtenBy(profile: Profile, rules: readonly FileRule[], { left, path }: Meeting): Written | undefined {
  const narrowed = { ...profile, rules: rules.filter((rule) => left.includes(rule.path.text)) };
  for (const owner of [false, true]) {
    const decision = decide(narrowed, { kind: "file", path, letters: ["w"], owner });
    if (decision.allowed) return { owner, origin: decision.allowedBy[0]?.origin };
  }
  return undefined;
}

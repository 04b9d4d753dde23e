/**
 * How two labels get on: signals, ptrace, unix sockets and D-Bus need a rule on either side. The monitor decides, for sockets and messages by
 * an example that rules of both sides agree about.
 */
import { type Origin, type Profile, type Rule, emptyProfile, nowhere } from "../../language/model/index.ts";
import { signals } from "../../language/tables/index.ts";
import { decide } from "../monitor/index.ts";
import { createCells } from "./cells.ts";
import { type Meet, type Speaker, createMeet, dbusAgreement, peerFits, peerOf, unixAgreement } from "./messages.ts";
import { type LabelFacts, UNCONFINED, type World, isOpen } from "./world.ts";

/** What one label may do to another, and whether both agree. */
export interface Relation {
  readonly kind: "signal" | "ptrace" | "unix" | "dbus";
  /** What the first does to the second. */
  readonly verb: "send" | "trace" | "read" | "connect";
  readonly from: string;
  readonly to: string;
  /** `both` agree; else the side that has its rule, while the other's is missing. */
  readonly agreed: "both" | "from" | "to";
  /** The rules, of the first and of the second. */
  readonly because: readonly Origin[];
  /** For signals: which, by name; empty for the other kinds. */
  readonly signals: readonly string[];
}

type Side = { readonly yes: boolean; readonly because: readonly Origin[]; readonly named: boolean };

/** All relations of a label, or those to some others, in both directions; half ones only where the rule that is there names the other side. */
export function relationsOf(
  world: World,
  label: string,
  others: readonly string[] = [UNCONFINED, ...world.labels.keys()],
): readonly Relation[] {
  const own = world.labels.get(label);
  if (own === undefined) return [];
  const meet = createMeet(createCells());
  return others.flatMap((other) => [
    ...between(world, label, other, meet),
    ...(other === label ? [] : between(world, other, label, meet)),
  ]);
}

/** What the first may do to the second. */
function between(world: World, from: string, to: string, meet: Meet): readonly Relation[] {
  const first = world.labels.get(from);
  const second = world.labels.get(to);
  return [
    ...signalRelation(from, to, first, second),
    ...(["trace", "read"] as const).flatMap((verb) =>
      relation({ kind: "ptrace", verb, from, to, signals: [] }, [
        ptraceSide(first, verb, to),
        ptraceSide(second, verb === "trace" ? "tracedby" : "readby", from),
      ]),
    ),
    ...messageRelation({ kind: "unix", verb: "connect", from, to, signals: [] }, { first, second, meet }),
    ...messageRelation({ kind: "dbus", verb: "send", from, to, signals: [] }, { first, second, meet }),
  ];
}

type Bare = Pick<Relation, "kind" | "verb" | "from" | "to" | "signals">;

function relation(bare: Bare, [first, second]: readonly [Side, Side]): readonly Relation[] {
  const agreed = first.yes && second.yes ? "both" : first.yes && first.named ? "from" : "to";
  if (agreed === "to" && !(second.yes && second.named)) return [];
  // Two sides that nothing restricts have no relation worth a line.
  const because = [...(first.yes ? first.because : []), ...(second.yes ? second.because : [])];
  return because.length === 0 ? [] : [{ ...bare, agreed, because }];
}

const UNRESTRICTED: Side = { yes: true, because: [], named: false };

function signalRelation(
  from: string,
  to: string,
  first: LabelFacts | undefined,
  second: LabelFacts | undefined,
): readonly Relation[] {
  if (!mentions(first, "signal") && !mentions(second, "signal")) return [];
  const sets = [first, second].flatMap((facts) => (facts === undefined ? [] : signalSets(facts)));
  const known = new Map<string, readonly [Side, Side]>();
  const sides = [...signals].map(([name, number]) => {
    // COST: rules say the same of all signals that the same rules name
    const key = sets.map((set) => (set.includes(number) ? "1" : "0")).join("");
    const own =
      known.get(key) ?? ([signalSide(first, "send", number, to), signalSide(second, "receive", number, from)] as const);
    known.set(key, own);
    return { name, sides: own };
  });
  const groups = [
    sides.filter(({ sides: [a, b] }) => a.yes && b.yes),
    sides.filter(({ sides: [a, b] }) => a.yes && !b.yes && a.named),
    sides.filter(({ sides: [a, b] }) => !a.yes && b.yes && b.named),
  ];
  return groups.flatMap((group) => {
    const [sample] = group;
    if (sample === undefined) return [];
    const names = group.length === sides.length ? [] : group.map(({ name }) => name);
    const merged = ([0, 1] as const).map((end) => ({
      ...sample.sides[end],
      because: [...new Set(group.flatMap((one) => one.sides[end].because))],
    }));
    const [sends = UNRESTRICTED, receives = UNRESTRICTED] = merged;
    return relation({ kind: "signal", verb: "send", from, to, signals: names }, [sends, receives]);
  });
}

function signalSets(facts: LabelFacts): readonly (readonly number[])[] {
  const { rules } = rulesAbout(facts, "signal");
  return rules.flatMap((rule) => (rule.kind === "signal" && rule.signals !== undefined ? [rule.signals] : []));
}

const narrowed = new WeakMap<Profile, Map<Rule["kind"], Profile>>();

/** COST: a profile is asked about each other one; rules of other kinds have no say. */
function rulesAbout({ profile }: LabelFacts, kind: Rule["kind"]): Profile {
  const known = narrowed.get(profile) ?? new Map<Rule["kind"], Profile>();
  narrowed.set(profile, known);
  const made = known.get(kind) ?? {
    ...profile,
    // a rule for the unix family is one for unix sockets, too
    rules: profile.rules.filter(
      (rule) => rule.kind === kind || rule.kind === "all" || (kind === "unix" && rule.kind === "network"),
    ),
  };
  known.set(kind, made);
  return made;
}

function mentions(facts: LabelFacts | undefined, kind: Rule["kind"]): boolean {
  return facts !== undefined && rulesAbout(facts, kind).rules.length > 0;
}

function signalSide(facts: LabelFacts | undefined, permission: "send" | "receive", signal: number, peer: string): Side {
  if (facts === undefined || isOpen(facts)) return UNRESTRICTED;
  const decision = decide(rulesAbout(facts, "signal"), { kind: "signal", permission, signal, peer });
  return decided(decision.allowed, decision.allowedBy);
}

function ptraceSide(
  facts: LabelFacts | undefined,
  permission: "trace" | "read" | "tracedby" | "readby",
  peer: string,
): Side {
  if (facts === undefined || isOpen(facts)) return UNRESTRICTED;
  const profile = rulesAbout(facts, "ptrace");
  // COST: each is asked about each other one, and few trace anybody
  const mayMatter = (rule: Rule): boolean => rule.kind !== "ptrace" || (rule.permissions?.includes(permission) ?? true);
  if (!profile.rules.some(mayMatter)) return decided(false, []);
  const decision = decide(profile, { kind: "ptrace", permission, peer });
  return decided(decision.allowed, decision.allowedBy);
}

/** The rules by which a label traces another, of both sides; `undefined`: it may not. */
export function traceOf(
  label: string,
  parts: readonly LabelFacts[],
  other: LabelFacts | undefined,
): readonly Origin[] | undefined {
  const because: Origin[] = [];
  for (const part of parts) {
    const side = ptraceSide(part, "trace", other?.label ?? UNCONFINED);
    if (!side.yes) return undefined;
    because.push(...side.because);
  }
  const traced = ptraceSide(other, "tracedby", label);
  return traced.yes ? [...because, ...traced.because] : undefined;
}

function decided(yes: boolean, rules: readonly Rule[]): Side {
  const named = rules.some((rule) => (rule.kind === "signal" || rule.kind === "ptrace") && rule.peer !== undefined);
  return { yes, because: rules.slice(0, 1).map((rule) => rule.origin), named };
}

interface Sides {
  readonly first: LabelFacts | undefined;
  readonly second: LabelFacts | undefined;
  readonly meet: Meet;
}

/** What a side that names the other is looked for, the likelier first. */
const WANTED = {
  unix: [
    { verb: "connect", gives: "connect", takes: "accept" },
    { verb: "send", gives: "send", takes: "receive" },
  ],
  dbus: [{ verb: "send", gives: "send", takes: "receive" }],
} as const;

function messageRelation(
  bare: Bare & { readonly kind: "unix" | "dbus" },
  { first, second, meet }: Sides,
): readonly Relation[] {
  const { kind, from, to } = bare;
  if (!mentions(first, kind) && !mentions(second, kind)) return [];
  const agreed = agreementOf(kind, [speaker(first, from, kind), speaker(second, to, kind)], meet);
  if (agreed !== undefined) {
    const because = agreed.rules.filter((rule) => rule !== anything).map(({ origin }) => origin);
    return because.length === 0 ? [] : [{ ...bare, verb: agreed.verb, agreed: "both", because }];
  }
  for (const { verb, gives, takes } of WANTED[kind]) {
    const halves = [
      messageSide(first, to, { kind, wanted: gives }),
      messageSide(second, from, { kind, wanted: takes }),
    ];
    const side = halves.findIndex(({ yes, named }) => yes && named);
    const half = halves[side];
    if (half !== undefined) return [{ ...bare, verb, agreed: side === 0 ? "from" : "to", because: half.because }];
  }
  return [];
}

function agreementOf(
  kind: "unix" | "dbus",
  [first, second]: readonly [Speaker, Speaker],
  meet: Meet,
): { readonly verb: Relation["verb"]; readonly rules: readonly [Rule, Rule] } | undefined {
  if (kind === "unix") return unixAgreement(first, second, meet);
  const rules = dbusAgreement(first, second, meet);
  return rules && { verb: "send", rules };
}

/** Stands for what restricts nothing. */
const anything: Rule = { kind: "all", mode: "allow", audit: false, priority: 0, origin: nowhere };

function speaker(facts: LabelFacts | undefined, label: string, kind: "unix" | "dbus"): Speaker {
  if (facts === undefined || isOpen(facts)) return { label, profile: { ...emptyProfile(label), rules: [anything] } };
  return { label, profile: rulesAbout(facts, kind) };
}

/** Whether a side has a rule that speaks of the other. */
function messageSide(
  facts: LabelFacts | undefined,
  peer: string,
  { kind, wanted }: { readonly kind: "unix" | "dbus"; readonly wanted: string },
): Side {
  if (facts === undefined || isOpen(facts)) return UNRESTRICTED;
  const allowing = rulesAbout(facts, kind).rules.filter(
    (rule) =>
      (rule.kind === "unix" || rule.kind === "dbus") &&
      rule.mode !== "deny" &&
      peerFits(rule, peer) &&
      (rule.permissions === undefined || rule.permissions.some((word) => word === wanted)),
  );
  const named = allowing.find((rule) => peerOf(rule) !== undefined);
  const [first] = named === undefined ? allowing : [named];
  return {
    yes: first !== undefined,
    because: first === undefined ? [] : [first.origin],
    named: named !== undefined,
  };
}

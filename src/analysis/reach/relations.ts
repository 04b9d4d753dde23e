/**
 * How two labels get on: signals, ptrace, unix sockets and D-Bus need a rule on either side. Signals and ptrace are decided by the monitor;
 * of sockets and messages it is said that some may pass: addresses and names are not compared.
 */
import type { Operand, Origin, Rule } from "../../language/model/index.ts";
import { signals } from "../../language/tables/index.ts";
import { decide, fit, subject } from "../monitor/index.ts";
import { type LabelFacts, UNCONFINED, type World } from "./world.ts";

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

/** The relations of a label with `others`, all by default, in both directions; half ones only where the rule that is there names the other side. */
export function relationsOf(
  world: World,
  label: string,
  others: Iterable<string> = [UNCONFINED, ...world.labels.keys()],
): readonly Relation[] {
  if (!world.labels.has(label)) return [];
  return [...others].flatMap((other) => [
    ...between(world, label, other),
    ...(other === label ? [] : between(world, other, label)),
  ]);
}

/** What the first may do to the second. */
function between(world: World, from: string, to: string): readonly Relation[] {
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
    ...relation({ kind: "unix", verb: "connect", from, to, signals: [] }, [
      messageSide(first, to, (rule) => rule.kind === "unix" && grants(rule.permissions, ["connect", "send"])),
      messageSide(second, from, (rule) => rule.kind === "unix" && grants(rule.permissions, ["accept", "receive"])),
    ]),
    ...relation({ kind: "dbus", verb: "send", from, to, signals: [] }, [
      messageSide(first, to, (rule) => rule.kind === "dbus" && grants(rule.permissions, ["send"])),
      messageSide(second, from, (rule) => rule.kind === "dbus" && grants(rule.permissions, ["receive"])),
    ]),
  ];
}

function grants(permissions: readonly string[] | undefined, wanted: readonly string[]): boolean {
  return permissions === undefined || wanted.some((word) => permissions.includes(word));
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

/** Whether a profile restricts nothing. */
function isOpen(facts: LabelFacts): boolean {
  return facts.profile.flags.mode === "unconfined";
}

function signalRelation(
  from: string,
  to: string,
  first: LabelFacts | undefined,
  second: LabelFacts | undefined,
): readonly Relation[] {
  if (!mentions(first, "signal") && !mentions(second, "signal")) return [];
  const sides: { name: string; sides: readonly [Side, Side] }[] = [...signals].map(([name, number]) => ({
    name,
    sides: [signalSide(first, "send", number, to), signalSide(second, "receive", number, from)],
  }));
  const groups = [
    sides.filter(({ sides: [a, b] }) => a.yes && b.yes),
    sides.filter(({ sides: [a, b] }) => a.yes && !b.yes && a.named),
    sides.filter(({ sides: [a, b] }) => !a.yes && b.yes && b.named),
  ];
  return groups.flatMap((group) => {
    const [sample] = group;
    if (sample === undefined) return [];
    const names = group.length === sides.length ? [] : group.map(({ name }) => name);
    return relation({ kind: "signal", verb: "send", from, to, signals: names }, sample.sides);
  });
}

function mentions(facts: LabelFacts | undefined, kind: Rule["kind"]): boolean {
  return facts !== undefined && facts.profile.rules.some((rule) => rule.kind === kind || rule.kind === "all");
}

function signalSide(facts: LabelFacts | undefined, permission: "send" | "receive", signal: number, peer: string): Side {
  if (facts === undefined || isOpen(facts)) return UNRESTRICTED;
  const decision = decide(facts.path, { kind: "signal", permission, signal, peer });
  return decided(decision.allowed, decision.allowedBy);
}

function ptraceSide(
  facts: LabelFacts | undefined,
  permission: "trace" | "read" | "tracedby" | "readby",
  peer: string,
): Side {
  if (facts === undefined || isOpen(facts)) return UNRESTRICTED;
  const decision = decide(facts.path, { kind: "ptrace", permission, peer });
  return decided(decision.allowed, decision.allowedBy);
}

function decided(yes: boolean, rules: readonly Rule[]): Side {
  const named = rules.some((rule) => (rule.kind === "signal" || rule.kind === "ptrace") && rule.peer !== undefined);
  return { yes, because: rules.slice(0, 1).map((rule) => rule.origin), named };
}

function messageSide(facts: LabelFacts | undefined, peer: string, isWanted: (rule: Rule) => boolean): Side {
  if (facts === undefined || isOpen(facts)) return UNRESTRICTED;
  const rules = facts.profile.rules.filter((rule) => isWanted(rule) && peerFits(peerOf(rule), peer));
  const denied = rules.some((rule) => rule.kind !== "rlimit" && rule.mode === "deny" && isBroad(rule));
  const allowing = rules.find((rule) => rule.kind !== "rlimit" && rule.mode !== "deny");
  const named = rules.some((rule) => peerOf(rule) !== undefined);
  const all = facts.profile.rules.find(({ kind }) => kind === "all");
  const because = allowing ?? all;
  return { yes: because !== undefined && !denied, because: because === undefined ? [] : [because.origin], named };
}

function peerOf(rule: Rule): Operand | undefined {
  return rule.kind === "unix" || rule.kind === "dbus" ? rule.peerLabel : undefined;
}

function peerFits(operand: Operand | undefined, label: string): boolean {
  return operand === undefined || fit(operand.text, "text", subject(label)) !== "no";
}

/** A deny rule that leaves nothing: it names no address, path, interface or name. */
function isBroad(rule: Rule): boolean {
  if (rule.kind === "unix") return rule.type === undefined && !rule.address && !rule.peerAddress;
  if (rule.kind !== "dbus") return false;
  const { bus, path, interface: face, member, name, peerName } = rule;
  return [bus, path, face, member, name, peerName].every((operand) => operand === undefined);
}

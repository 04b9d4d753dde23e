/**
 * Whether two sides agree about some message of D-Bus, or some connection of unix sockets: an example is made from a rule of each side and put
 * to both, so that deny rules have their say. Where they take a part of what two rules agree about, the one example decides.
 */
import type { Operand, Profile, Rule } from "../../language/model/index.ts";
import { decide, fit, labelSubject } from "../monitor/index.ts";
import type { CellSession } from "./cells.ts";

/** A side: its profile with the rules that matter, and its label. */
export interface Speaker {
  readonly profile: Profile;
  readonly label: string;
}

/** The rules of both sides that let something pass; `undefined`: nothing does. */
type Agreement = readonly [Rule, Rule] | undefined;

/** A text that both patterns match; without a pattern any. */
export type Meet = (one: string | undefined, other: string | undefined, sample: string) => string | undefined;

export function createMeet(cells: CellSession): Meet {
  const known = new Map<string, string | undefined>();
  const meet = (one: string, other: string): string | undefined => {
    const [left, right] = [cells.build([one]), cells.build([other])];
    const met = left.ok && right.ok ? cells.meetings(left.value, right.value, "both") : undefined;
    return met?.ok === true ? met.value[0]?.path() : undefined;
  };
  return (one, other, sample) => {
    const [first = other, second = one] = [one, other];
    if (first === undefined || second === undefined) return sample;
    const key = `${first}\n${second}`;
    if (!known.has(key)) known.set(key, meet(first, second));
    return known.get(key);
  };
}

/** The first sends, the second receives. */
export function dbusAgreement(first: Speaker, second: Speaker, meet: Meet): Agreement {
  return firstPair(
    first,
    second,
    ({ kind }) => kind === "dbus",
    (sends, receives) => {
      const both = (pick: (rule: Rule) => Operand | undefined, sample: string): string | undefined =>
        meet(pick(sends)?.text, pick(receives)?.text, sample);
      const bus = both((rule) => (rule.kind === "dbus" ? rule.bus : undefined), "session");
      const path = both((rule) => (rule.kind === "dbus" ? rule.path : undefined), "/a");
      const face = both((rule) => (rule.kind === "dbus" ? rule.interface : undefined), "a.b");
      const member = both((rule) => (rule.kind === "dbus" ? rule.member : undefined), "A");
      const [to, from] = [sends, receives].map((rule) => (rule.kind === "dbus" ? rule.peerName?.text : undefined));
      const [name, sender] = [meet(to, undefined, ":1.1"), meet(from, undefined, ":1.2")];
      if ([bus, path, face, member, name, sender].includes(undefined)) return false;
      const message = {
        kind: "dbus",
        bus: bus ?? "",
        path: path ?? "",
        interface: face ?? "",
        member: member ?? "",
      } as const;
      return (
        decide(first.profile, { ...message, permission: "send", name: name ?? "", label: second.label }).allowed &&
        decide(second.profile, { ...message, permission: "receive", name: sender ?? "", label: first.label }).allowed
      );
    },
  );
}

const CONNECTING = [["connect", "accept"]] as const;
const WAYS = [...CONNECTING, ["send", "receive"]] as const;
type Way = (typeof WAYS)[number];

/** What the first does, and the rules that let it. */
interface SocketAgreement {
  readonly verb: Way[0];
  readonly rules: readonly [Rule, Rule];
}

/** The first connects and the second accepts; else the first sends and the second receives. */
export function unixAgreement(first: Speaker, second: Speaker, meet: Meet): SocketAgreement | undefined {
  const rules = agreementOn(WAYS, { first, second, meet });
  if (rules === undefined) return undefined;
  // COST: most pairs agree about nothing, and are asked once
  const connecting = agreementOn(CONNECTING, { first, second, meet });
  return connecting === undefined ? { verb: "send", rules } : { verb: "connect", rules: connecting };
}

interface Pair {
  readonly first: Speaker;
  readonly second: Speaker;
  readonly meet: Meet;
}

function agreementOn(ways: readonly Way[], { first, second, meet }: Pair): Agreement {
  // COST: the same few connections are the example of most pairs of rules
  const known = new Map<string, boolean>();
  return firstPair(first, second, isOfSockets, (one, other) => {
    const [left, right] = [one, other].map((rule) => (rule.kind === "unix" ? rule : undefined));
    if (left?.type !== undefined && right?.type !== undefined && left.type !== right.type) return false;
    const type = left?.type ?? right?.type;
    const own = meetAddress(left?.address, right?.peerAddress, meet);
    const far = meetAddress(left?.peerAddress, right?.address, meet);
    if (own === "apart" || far === "apart") return false;
    const connection = { type, own: own.address, far: far.address };
    const key = JSON.stringify([type, own, far]);
    const passes = known.get(key) ?? isConnected({ first, second }, ways, connection);
    known.set(key, passes);
    return passes;
  });
}

interface Connection {
  readonly type: string | undefined;
  readonly own: string | null | undefined;
  readonly far: string | null | undefined;
}

/** Whether both sides let it pass in one of the ways. */
function isConnected(
  { first, second }: Omit<Pair, "meet">,
  ways: readonly Way[],
  { type, own, far }: Connection,
): boolean {
  const here = { kind: "unix", type, address: own, peerAddress: far, peerLabel: second.label } as const;
  const there = { kind: "unix", type, address: far, peerAddress: own, peerLabel: first.label } as const;
  return ways.some(
    ([gives, takes]) =>
      decide(first.profile, { ...here, permissions: [gives] }).allowed &&
      decide(second.profile, { ...there, permissions: [takes] }).allowed,
  );
}

function isOfSockets({ kind }: Rule): boolean {
  return kind === "unix" || kind === "network";
}

/** An address of the kernel's choice. */
const AUTO = "@[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]";

function meetAddress(
  one: Operand | undefined,
  other: Operand | undefined,
  meet: Meet,
): { readonly address: string | null | undefined } | "apart" {
  const texts = [one, other].flatMap((operand) => (operand === undefined ? [] : [operand.text]));
  const [first, second = first] = texts.map((text) => (text === "auto" ? AUTO : text));
  if (first === undefined || second === undefined) return { address: undefined };
  if (first === "none" || second === "none") return first === second ? { address: null } : "apart";
  const address = meet(first, second, "@a");
  return address === undefined ? "apart" : { address };
}

/** The first rules of both sides, of all pairs, that let something pass. */
function firstPair(
  first: Speaker,
  second: Speaker,
  isWanted: (rule: Rule) => boolean,
  passes: (one: Rule, other: Rule) => boolean,
): Agreement {
  const others = allowing(second.profile, first.label, isWanted);
  for (const one of allowing(first.profile, second.label, isWanted)) {
    for (const other of others) if (passes(one, other)) return [one, other];
  }
  return undefined;
}

/** Rules that may let something pass to or from a label. */
function allowing({ rules }: Profile, peer: string, isWanted: (rule: Rule) => boolean): readonly Rule[] {
  return rules.filter(
    (rule) =>
      rule.kind === "all" || (isWanted(rule) && rule.kind !== "rlimit" && rule.mode !== "deny" && peerFits(rule, peer)),
  );
}

export function peerFits(rule: Rule, label: string): boolean {
  const operand = peerOf(rule);
  return operand === undefined || fit(operand.text, "text", labelSubject(label)) !== "no";
}

export function peerOf(rule: Rule): Operand | undefined {
  return rule.kind === "unix" || rule.kind === "dbus" ? rule.peerLabel : undefined;
}

/**
 * What rules say, regardless of who wrote them: a draft on one side, what the resolver read on the other. Neither goes by the printed text, so that
 * a printer and a reader that agree on something else do not go unnoticed.
 */
import { compareText } from "../../foundation/basics/index.ts";
import type { FileRule, InetEnd, Operand, Rule } from "../model/index.ts";
import { capabilityNumber, rlimitByName, signalNumber } from "../tables/index.ts";
import type { DraftQualifiers, EndDraft, RuleDraft } from "./draft.ts";

/** Operands by how they are written, or beside it by what they come to. */
export type Depth = "written" | "expanded";

type Sayings = { readonly [K in RuleDraft["kind"]]: (rule: Extract<RuleDraft, { kind: K }>) => readonly unknown[] };
type Readings = {
  readonly [K in Rule["kind"]]: (rule: Extract<Rule, { kind: K }>, of: Reader) => readonly unknown[];
};
type Reader = (operand: Operand | undefined) => unknown;

const none = null;

function sorted<T extends number | string>(items: readonly T[] | undefined): readonly T[] | null {
  if (items === undefined || items.length === 0) return none;
  return [...new Set(items)].toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function qualified(rule: DraftQualifiers): readonly unknown[] {
  return [rule.mode ?? "implicit", rule.audit ?? false, rule.priority ?? 0];
}

function execOf(exec: FileRule["exec"]): unknown {
  return exec === undefined ? none : [exec.transition, exec.fallback, exec.safe];
}

function draftEnd(end: EndDraft | undefined): readonly unknown[] {
  return [end?.ip ?? none, end?.port?.first ?? none, end?.port?.last ?? none, end?.label ?? none];
}

const SAYINGS: Sayings = {
  file: (rule) => [
    [rule.path, rule.permissions, rule.owner ?? "any", execOf(rule.exec), rule.execSafety ?? none],
    [rule.execTarget ?? none, rule.linkTarget ?? none, rule.subset ?? false],
  ],
  link: (rule) => [rule.path, rule.target, rule.subset ?? false, rule.owner ?? "any"],
  change_profile: (rule) => [rule.exec ?? none, rule.target ?? none, rule.safety ?? none],
  capability: (rule) => [sorted(rule.names.map((name) => capabilityNumber(name) ?? -1))],
  network: (rule) => [
    [sorted(rule.permissions), rule.family ?? none, rule.type ?? none, rule.protocol ?? none, rule.interface ?? none],
    [draftEnd(rule.local), draftEnd(rule.peer)],
  ],
  unix: (rule) => [
    [sorted(rule.permissions), rule.type ?? none, rule.address ?? none],
    [rule.peerAddress ?? none, rule.peerLabel ?? none],
  ],
  mount: (rule) => [
    [rule.verb, rule.source ?? none, rule.target ?? none, sorted(rule.fstypes?.map((one) => JSON.stringify(one)))],
    [(rule.options ?? []).map(sorted), (rule.optionsIn ?? []).map(sorted)],
    [rule.oldRoot ?? none, rule.transition ?? none],
  ],
  signal: (rule) => [
    sorted(rule.permissions),
    sorted(rule.signals?.map((name) => signalNumber(name) ?? -1)),
    rule.peer ?? none,
  ],
  ptrace: (rule) => [sorted(rule.permissions), rule.peer ?? none],
  dbus: (rule) => [
    [sorted(rule.permissions), rule.bus ?? none, rule.path ?? none, rule.interface ?? none, rule.member ?? none],
    [rule.name ?? none, rule.peerName ?? none, rule.peerLabel ?? none],
  ],
  mqueue: (rule) => [sorted(rule.permissions), rule.type ?? none, rule.name ?? none, rule.label ?? none],
  io_uring: (rule) => [sorted(rule.permissions), rule.label ?? none],
  userns: () => [],
  rlimit: (rule) => [rlimitByName(rule.name)?.number, kernelLimit(rule)],
  all: () => [],
};

/** The value as the kernel takes it; nothing but seconds and microseconds has a unit here. */
function kernelLimit({ name, value }: Extract<RuleDraft, { kind: "rlimit" }>): string {
  if (value === "infinity") return String(2n ** 64n - 1n);
  return String(BigInt(value) + (rlimitByName(name)?.unit === "nice" ? 20n : 0n));
}

function inetEnd(end: InetEnd, of: Reader): readonly unknown[] {
  return [end.ip ?? none, end.port?.first ?? none, end.port?.last ?? none, of(end.label)];
}

function readAll(operands: readonly Operand[], of: Reader): readonly unknown[] | null {
  return operands.length === 0 ? none : operands.map((one) => JSON.stringify(of(one))).toSorted(compareText);
}

const READINGS: Readings = {
  file: (rule, of) => [
    [of(rule.path), rule.permissions, rule.owner, execOf(rule.exec), rule.execSafety ?? none],
    [of(rule.execTarget), of(rule.linkTarget), rule.subset],
  ],
  link: (rule, of) => [of(rule.path), of(rule.target), rule.subset, rule.owner],
  change_profile: (rule, of) => [of(rule.exec), of(rule.target), rule.safety ?? none],
  capability: (rule) => [sorted(rule.capabilities)],
  network: (rule, of) => [
    [sorted(rule.permissions), rule.family ?? none, rule.type ?? none, rule.protocol ?? none, of(rule.interface)],
    [inetEnd(rule.local, of), inetEnd(rule.peer, of)],
  ],
  unix: (rule, of) => [
    [sorted(rule.permissions), rule.type ?? none, of(rule.address)],
    [of(rule.peerAddress), of(rule.peerLabel)],
  ],
  mount: (rule, of) => [
    [rule.verb, of(rule.source), of(rule.target), readAll(rule.fstypes, of)],
    [rule.options.map(sorted), rule.optionsIn.map(sorted)],
    [of(rule.oldRoot), of(rule.transition)],
  ],
  signal: (rule, of) => [sorted(rule.permissions), sorted(rule.signals), of(rule.peer)],
  ptrace: (rule, of) => [sorted(rule.permissions), of(rule.peer)],
  dbus: (rule, of) => [
    [sorted(rule.permissions), of(rule.bus), of(rule.path), of(rule.interface), of(rule.member)],
    [of(rule.name), of(rule.peerName), of(rule.peerLabel)],
  ],
  mqueue: (rule, of) => [sorted(rule.permissions), rule.type ?? none, of(rule.name), of(rule.label)],
  io_uring: (rule, of) => [sorted(rule.permissions), of(rule.label)],
  userns: () => [],
  rlimit: (rule) => [rule.resource, String(rule.value)],
  all: () => [],
};

/** What a draft says: equal to `meaningOfRule(rule, "written")` of every rule that says the same. */
export function meaningOfDraft(draft: RuleDraft): string {
  return JSON.stringify([draft.kind, draft.kind === "rlimit" ? [] : qualified(draft), sayingOf(draft)]);
}

function sayingOf<K extends RuleDraft["kind"]>(draft: Extract<RuleDraft, { kind: K }>): readonly unknown[] {
  const say: (draft: Extract<RuleDraft, { kind: K }>) => readonly unknown[] = SAYINGS[draft.kind];
  return say(draft);
}

/** What a rule of the model says; where it came from is left out. */
export function meaningOfRule(rule: Rule, depth: Depth): string {
  const of: Reader =
    depth === "written"
      ? (operand) => operand?.written ?? none
      : (operand) => (operand === undefined ? none : [operand.written, operand.text]);
  return JSON.stringify([rule.kind, rule.kind === "rlimit" ? [] : qualified(rule), readingOf(rule, of)]);
}

function readingOf<K extends Rule["kind"]>(rule: Extract<Rule, { kind: K }>, of: Reader): readonly unknown[] {
  const read: (rule: Extract<Rule, { kind: K }>, of: Reader) => readonly unknown[] = READINGS[rule.kind];
  return read(rule, of);
}

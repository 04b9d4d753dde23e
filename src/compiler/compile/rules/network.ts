/**
 * A network rule covers every family and type that it does not exclude; where unix is among them it stands for unix rules, too
 * (compile-semantics 3.7, 3.8). The basic form, for each family:
 *
 *     C af af type type      the permissions; type is `..` when none is named, C is 0x0f (v9) or 0x0e (v8)
 */
import { type NetworkRule, type UnixRule, bareRules } from "../../../language/model/index.ts";
import { familyNumber, networkTypes, protocolWords, socketTypes } from "../../../language/tables/index.ts";
import { emitPolicydb, mergeKey, mergeRules, prefixOf, type RuleContext } from "../context.ts";
import { bytes, sequence, uint16 } from "../pattern.ts";
import { ALL_NETWORK, packedBits } from "../../compiled/index.ts";
import { emitInet } from "./inet.ts";
import { addToNetTable, ANY_TYPE, FAMILIES } from "./net-table.ts";
import { emitSkb } from "./skb.ts";
import { networkClass, typeOf, typePattern } from "./socket.ts";
import { emitUnix } from "./unix.ts";

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
/** Every type of a family in the old table: stream, dgram, raw, rdm, seqpacket, packet. */
const ALL_TYPES = 0x43e;

export function compileNetworkRules(rules: readonly NetworkRule[], context: RuleContext): void {
  for (const [key, rule] of mergeRules(rules, keyOf, (first) => first)) {
    const { hasConditions, origin } = rule;
    context.shared(`network ${key} ${hasConditions}`, origin, (shared) => compileNetworkRule(rule, shared));
  }
}

function keyOf(rule: NetworkRule): string {
  const { local, peer, permissions, family, type, protocol } = rule;
  const ends = [local.ip, local.port, local.label?.text, peer.ip, peer.port, peer.label?.text, rule.interface?.text];
  return JSON.stringify([mergeKey(rule), permissions, family, type, protocol, ends]);
}

function compileNetworkRule(rule: NetworkRule, context: RuleContext): void {
  const { network } = context.target;
  const families = familiesOf(rule);
  if (families.includes(AF_UNIX)) deriveUnix(rule, context);
  if (network === "none" || network === "table") {
    const message = "network rules are not enforced";
    context.report("compile/network-not-enforced", rule.origin, message);
    if (network === "table") fillTable(rule, families, context);
    return;
  }
  for (const family of families) {
    const inet = family === AF_INET || family === AF_INET6;
    if (inet && context.target.inet) emitInet(rule, family, context);
    else emitBasic(rule, family, context);
    emitSkb(rule, family, context);
  }
  if ((rule.hasConditions || rule.peer.label !== undefined) && !context.target.inet) reportDropped(rule, context);
}

function reportDropped(rule: NetworkRule, context: RuleContext): void {
  const at = rule.origin;
  if (rule.mode === "deny") {
    const message = "without support for addresses and ports this rule denies every socket of the family and type";
    context.report("compile/deny-network-widened", at, message);
    return;
  }
  const message = "addresses and ports are not supported: the rule allows every socket of the family and type";
  context.report("compile/network-conditions-dropped", at, message);
}

/** Whether a rule speaks of the internet by its conditions: all but a peer's label do. */
export function namesInet({ hasConditions, interface: face, local, peer }: NetworkRule): boolean {
  const own = [local.ip, local.port, local.label, face, peer.ip, peer.port];
  return hasConditions && own.some((condition) => condition !== undefined);
}

/** From `first` to `last`, up or down. */
function range(first: number, last: number): readonly number[] {
  const step = first <= last ? 1 : -1;
  return Array.from({ length: Math.abs(last - first) + 1 }, (_, index) => first + index * step);
}

/** ORACLE 5.0.2: many families come in the order of a hash table. Only dumps of patterns show it. */
const everyFamily = [...range(FAMILIES - 1, 29), ...range(12, 0), ...range(13, 28)];
const namedFamilies = [...range(FAMILIES - 1, 30), ...range(11, 1), 13, 0, 29, ...range(14, 28)];
const inetFamilies = [AF_INET6, AF_INET];

function familiesOf(rule: NetworkRule): readonly number[] {
  if (rule.family !== undefined) return [familyNumber(rule.family) ?? 0];
  if (rule.protocol !== undefined) {
    const families = protocolWords.get(rule.protocol)?.families ?? [];
    return families.map((name) => familyNumber(name) ?? 0).toReversed();
  }
  if (namesInet(rule)) return inetFamilies;
  // A rule for a type reaches the families that have a name; a bare rule reaches all numbers.
  return rule.type === undefined ? everyFamily : namedFamilies;
}

function emitBasic(rule: NetworkRule, family: number, context: RuleContext): void {
  const pattern = sequence(bytes(networkClass(context) ?? 0), uint16(family), typePattern(typeOf(rule)));
  emitPolicydb(context, prefixOf(rule), pattern, packedBits(rule.permissions, ALL_NETWORK));
}

function fillTable(rule: NetworkRule, families: readonly number[], context: RuleContext): void {
  const type = typeOf(rule);
  const everything = rule.family === undefined && type === undefined && !rule.hasConditions;
  const mask = type === undefined ? (everything ? ANY_TYPE : ALL_TYPES) : 1 << (socketTypes.get(type) ?? 0);
  addToNetTable(rule, families, mask, context);
}

/**
 * A network rule that covers AF_UNIX is a unix rule too, always with all permissions (compile-semantics D9); ORACLE 5.0.2: its deny
 * form is quiet only with `audit`. A family alone stands for its six types.
 */
function deriveUnix(rule: NetworkRule, context: RuleContext): void {
  if (context.target.unix === "none") {
    if (context.target.network === "none") return;
    const message = "the unix part of the network rule is downgraded to a network rule";
    if (rule.mode !== "deny") context.report("compile/unix-downgraded", rule.origin, message);
    return;
  }
  const named = typeOf(rule);
  const types = named === undefined ? (rule.family === undefined ? [undefined] : networkTypes) : [named];
  const prefix = prefixOf(rule);
  const derivedPrefix = { ...prefix, audited: (bits: number) => (rule.audit ? bits : 0) };
  for (const type of types) {
    const { mode, audit, priority, origin } = rule;
    const derived: UnixRule = { ...bareRules.unix, mode, audit, priority, origin, type };
    emitUnix(derived, derivedPrefix, context);
  }
}

/**
 * Sockets of the internet families with addresses and ports (compile-semantics 3.7). A socket is matched step by step: family,
 * type, protocol, then a part for the peer and one for the own side; states on the way say "continue".
 */
import type { GlobNode } from "../../../language/globs/index.ts";
import type { InetEnd, NetworkRule } from "../../../language/model/index.ts";
import { protocolWords } from "../../../language/tables/index.ts";
import { operandOr, type Prefix, prefixOf, type RuleContext } from "../context.ts";
import { alternative, anyByte, anyText, anyWord, byteRange, bytes, nul, sequence, word16 } from "../pattern.ts";
import { ALL_NETWORK, CONTINUE, packedPermission, packedWord } from "../words.ts";
import { ipBytes } from "./ip-address.ts";
import { networkClass, typePattern } from "./unix.ts";

const bits = (...names: readonly string[]): number =>
  names.reduce((word, name) => word | (packedPermission[name] ?? 0), 0);
const CREATE = bits("create");
const PEER = bits("send", "receive", "connect", "accept");
const PRIVILEGED = 1024;
const LAST_PORT = 0xffff;

export function emitInet(rule: NetworkRule, family: number, context: RuleContext): void {
  const permissions = packedWord(rule.permissions, ALL_NETWORK);
  const type = rule.protocol === undefined ? rule.type : protocolWords.get(rule.protocol)?.type;
  const start = sequence(bytes(networkClass(context) ?? 0), word16(family), typePattern(type));
  const prefix = prefixOf(rule);
  emitter(context, prefix, 0)(start, CONTINUE);
  if ((permissions & CREATE) !== 0) emitter(context, prefix, CREATE)(start, CONTINUE | CREATE);
  const emit = emitter(context, prefix, permissions);
  const socket = sequence(start, protocolPattern(rule));
  const locals = endPatterns(rule.local, (port) => localPort(port, permissions));
  if ((permissions & PEER) !== 0) emitPeers(rule, context, { socket, locals, emit, permissions });
  emitLocals(rule, context, { socket, locals, emit, permissions });
}

interface InetParts {
  readonly socket: GlobNode;
  readonly locals: readonly GlobNode[];
  readonly emit: (pattern: GlobNode, word: number) => void;
  readonly permissions: number;
}

/** Below the type the audit word is the full one, even where the permission is only "continue". */
function emitter(context: RuleContext, prefix: Prefix, permissions: number): InetParts["emit"] {
  const { priority, mode, origin, audited } = prefix;
  const shared = { table: "policydb", priority, mode, origin, audit: audited(permissions) } as const;
  return (pattern, word) => context.emit({ ...shared, pattern, permissions: word });
}

function emitPeers(rule: NetworkRule, context: RuleContext, parts: InetParts): void {
  const { socket, locals, emit, permissions } = parts;
  const label = operandOr(context, rule.peer.label, "plain", { missing: anyText, origin: rule.origin });
  const own = rule.local.label && context.operand(rule.local.label, "plain", rule.origin);
  if (label === undefined) return;
  for (const peer of endPatterns(rule.peer, peerPort)) {
    const addressed = sequence(socket, peer, nul);
    const labelled = sequence(addressed, label, nul);
    emit(addressed, CONTINUE);
    emit(labelled, CONTINUE);
    for (const local of locals) {
      const whole = sequence(labelled, bytes(1), local, nul);
      emit(whole, permissions);
      if (own !== undefined) emit(sequence(whole, own, nul), permissions);
    }
  }
}

function emitLocals(rule: NetworkRule, context: RuleContext, parts: InetParts): void {
  const { socket, locals, emit, permissions } = parts;
  const label = rule.local.label && context.operand(rule.local.label, "plain", rule.origin);
  if (rule.local.label !== undefined && label === undefined) return;
  for (const local of locals) {
    const addressed = sequence(socket, local, nul);
    const own = label === undefined ? addressed : sequence(addressed, label, nul);
    if (label !== undefined) emit(addressed, CONTINUE);
    emit(own, permissions);
    if ((permissions & bits("listen")) !== 0) emit(sequence(own, bytes(2), anyWord), permissions);
    if ((permissions & bits("setopt", "getopt")) !== 0) emit(sequence(own, bytes(4), anyWord, anyWord), permissions);
  }
}

/** ORACLE 5.0.2 writes a bit number for icmp (D5); here it is the protocol's number. */
function protocolPattern(rule: NetworkRule): GlobNode {
  if (rule.protocol !== "icmp") return anyWord;
  return word16(protocolWords.get(rule.protocol)?.number ?? 0);
}

type PortPattern = (port: InetEnd["port"]) => GlobNode;

/** Port and address; without an address all three kinds of it. */
function endPatterns(end: InetEnd, portPattern: PortPattern): GlobNode[] {
  const port = portPattern(end.port);
  return addressPatterns(end.ip).map((address) => sequence(port, address));
}

function addressPatterns(ip: string | undefined): GlobNode[] {
  if (ip === undefined) return [bytes(0), sequence(bytes(1), anyBytesOf(4)), sequence(bytes(2), anyBytesOf(16))];
  if (ip === "none") return [bytes(0)];
  const address = ipBytes(ip);
  if (address === undefined) return [];
  return [sequence(bytes(address.length === 4 ? 1 : 2), { kind: "literal", bytes: address })];
}

function anyBytesOf(count: number): GlobNode {
  return sequence(...Array.from({ length: count }, () => anyByte));
}

function peerPort(port: InetEnd["port"]): GlobNode {
  return port === undefined ? sequence(anyByte, anyWord) : sequence(bytes(2), portRange(port.first, port.last));
}

/** Ports below 1024 are privileged when they are to be bound. */
function localPort(port: InetEnd["port"], permissions: number): GlobNode {
  if (port === undefined) return sequence(anyByte, anyWord);
  const { first, last } = port;
  if ((permissions & bits("bind")) === 0 || first >= PRIVILEGED) return sequence(bytes(0), portRange(first, last));
  const low = sequence(bytes(1), portRange(first, Math.min(last, PRIVILEGED - 1)));
  if (last < PRIVILEGED) return low;
  return alternative([sequence(bytes(0), portRange(PRIVILEGED, last)), low]);
}

/** A range of ports as two bytes, split on the high one. Port 0 alone means any. */
function portRange(first: number, last: number): GlobNode {
  if (first === 0 && (last === 0 || last === LAST_PORT)) return anyWord;
  const [firstHigh, lastHigh] = [first >> 8, last >> 8];
  if (first === last) return word16(first);
  if (firstHigh === lastHigh) return sequence(bytes(firstHigh), byteRange(first & 0xff, last & 0xff));
  const branches = [sequence(bytes(firstHigh), byteRange(first & 0xff, 0xff))];
  if (lastHigh - firstHigh > 1) branches.push(sequence(byteRange(firstHigh + 1, lastHigh - 1), anyByte));
  branches.push(sequence(bytes(lastHigh), byteRange(0, last & 0xff)));
  return alternative(branches);
}

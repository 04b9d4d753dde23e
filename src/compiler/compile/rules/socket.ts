/**
 * The parts all socket patterns are made of (compile-semantics 3.7).
 *
 *     peer, local   port-type(1)  port(2, big-endian)  address
 *     port-type     peer: \x02;  local: \x01 for ports below 1024 that are to be bound, else \x00
 *     port          two bytes, or ranges of them; `...` for type and port when none is written
 *     address       \x00 none  |  \x01 and 4 bytes  |  \x02 and 16 bytes;  all three, as patterns of their own, when none is written
 */
import type { GlobNode } from "../../../language/globs/index.ts";
import type { InetEnd, NetworkRule } from "../../../language/model/index.ts";
import { protocolWords, socketTypes } from "../../../language/tables/index.ts";
import type { Prefix, RuleContext } from "../context.ts";
import { alternative, anyByte, anyUint16, byteRange, bytes, nul, sequence, uint16 } from "../pattern.ts";
import { CONTINUE, MediationClass, packedPermission } from "../../compiled/index.ts";
import { ipBytes } from "./ip-address.ts";

/** What the patterns of sockets are made of, apart from its permissions. */
export type SocketRule = Pick<
  NetworkRule,
  "mode" | "audit" | "priority" | "origin" | "permissions" | "type" | "protocol"
> &
  Pick<NetworkRule, "interface" | "local" | "peer">;

const PRIVILEGED = 1024;
const LAST_PORT = 0xffff;

/** The packed bits of network permissions by name. */
export function networkBits(...names: readonly string[]): number {
  return names.reduce((bits, name) => bits | (packedPermission[name] ?? 0), 0);
}

/** What is done with a peer. */
export const PEER = networkBits("send", "receive", "connect", "accept");

/** The class byte of socket rules; `undefined` where only the old table is. */
export function networkClass(context: Pick<RuleContext, "target">): number | undefined {
  const { network } = context.target;
  return network === "v9" ? MediationClass.networkV9 : network === "v8" ? MediationClass.networkV8 : undefined;
}

/** Type as two bytes. */
export function typePattern(type: string | undefined): GlobNode {
  return type === undefined ? anyUint16 : uint16(socketTypes.get(type) ?? 0);
}

/** The socket type a rule names, through its protocol if need be. */
export function typeOf(rule: Pick<NetworkRule, "type" | "protocol">): string | undefined {
  if (rule.protocol !== undefined) return protocolWords.get(rule.protocol)?.type;
  return rule.type;
}

/** Below the type all bits are audited, even where the permission is only "continue". */
export function emitter(
  context: RuleContext,
  prefix: Prefix,
  permissions: number,
): (pattern: GlobNode, bits: number) => void {
  const { priority, mode, origin, audited } = prefix;
  const shared = { table: "policydb", priority, mode, origin, audit: audited(permissions) } as const;
  return (pattern, bits) => context.emit({ ...shared, pattern, permissions: bits });
}

export interface PeerParts {
  /** All before the peer. */
  readonly socket: GlobNode;
  readonly peers: readonly GlobNode[];
  /** The peer's. */
  readonly label: GlobNode;
  readonly locals: readonly GlobNode[];
  readonly own: GlobNode | undefined;
  readonly permissions: number;
  readonly emit: ReturnType<typeof emitter>;
}

/** Peer, its label, the own side, its label. */
export function emitByAddress({ socket, peers, label, locals, own, permissions, emit }: PeerParts): void {
  const labelled = peers.map((peer) => {
    const addressed = sequence(socket, peer, nul);
    const whole = sequence(addressed, label, nul);
    emit(addressed, CONTINUE);
    emit(whole, CONTINUE);
    return whole;
  });
  for (const before of labelled) {
    for (const local of locals) {
      const whole = sequence(before, bytes(1), local, nul);
      emit(whole, permissions);
      if (own !== undefined) emit(sequence(whole, own, nul), permissions);
    }
  }
}

/** ORACLE 5.0.2 writes a bit number for icmp (compile-semantics D5); here it is the protocol's number. */
export function protocolPattern(rule: Pick<NetworkRule, "protocol">): GlobNode {
  if (rule.protocol !== "icmp") return anyUint16;
  return uint16(protocolWords.get(rule.protocol)?.number ?? 0);
}

type PortPattern = (port: InetEnd["port"]) => GlobNode;

/** Port and address; without an address all three kinds of it. */
export function endPatterns(end: InetEnd, portPattern: PortPattern): GlobNode[] {
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

export function peerPort(port: InetEnd["port"]): GlobNode {
  return port === undefined ? sequence(anyByte, anyUint16) : sequence(bytes(2), portRange(port.first, port.last));
}

/** Ports below 1024 are privileged when they are to be bound. */
export function localPort(port: InetEnd["port"], permissions: number): GlobNode {
  if (port === undefined) return sequence(anyByte, anyUint16);
  const { first, last } = port;
  if ((permissions & networkBits("bind")) === 0 || first >= PRIVILEGED)
    return sequence(bytes(0), portRange(first, last));
  const low = sequence(bytes(1), portRange(first, Math.min(last, PRIVILEGED - 1)));
  if (last < PRIVILEGED) return low;
  return alternative([sequence(bytes(0), portRange(PRIVILEGED, last)), low]);
}

/** A range of ports as two bytes, split on the high one. Port 0 alone means any. */
function portRange(first: number, last: number): GlobNode {
  if (first === 0 && (last === 0 || last === LAST_PORT)) return anyUint16;
  const [firstHigh, lastHigh] = [first >> 8, last >> 8];
  if (first === last) return uint16(first);
  if (firstHigh === lastHigh) return sequence(bytes(firstHigh), byteRange(first & 0xff, last & 0xff));
  const branches = [sequence(bytes(firstHigh), byteRange(first & 0xff, 0xff))];
  if (lastHigh - firstHigh > 1) branches.push(sequence(byteRange(firstHigh + 1, lastHigh - 1), anyByte));
  branches.push(sequence(bytes(lastHigh), byteRange(0, last & 0xff)));
  return alternative(branches);
}

/**
 * Sockets of the internet families with addresses and ports (compile-semantics 3.7). A socket is matched step by step: family, type,
 * protocol, then a part for the peer and one for the own side; states on the way say "continue".
 *
 *     C af af type type                                        continue; with create among the permissions also create
 *     C af af type type proto proto = P
 *     P peer \0                                                continue           \  only with permissions
 *     P peer \0 label \0                                       continue            } that speak of
 *     P peer \0 label \0 \x01 local \0 [own-label \0]          the permissions    /  a peer
 *     P local \0 [own-label \0] = Q                            the permissions
 *     Q \x02 backlog backlog                                   the permissions, with listen
 *     Q \x04 level level option option                         the permissions, with setopt or getopt
 *
 * C is 0x0f or 0x0e; peer and local are in socket.ts.
 */
import type { GlobNode } from "../../../language/globs/index.ts";
import type { NetworkRule } from "../../../language/model/index.ts";
import { operandOr, prefixOf, type RuleContext } from "../context.ts";
import { anyText, anyUint16, bytes, nul, sequence, uint16 } from "../pattern.ts";
import { ALL_NETWORK, CONTINUE, packedBits } from "../../compiled/index.ts";
import {
  emitByAddress,
  emitter,
  endPatterns,
  localPort,
  networkBits,
  networkClass,
  PEER,
  type PeerParts,
  peerPort,
  protocolPattern,
  typeOf,
  typePattern,
} from "./socket.ts";

const CREATE = networkBits("create");
export function emitInet(rule: NetworkRule, family: number, context: RuleContext): void {
  const permissions = packedBits(rule.permissions, ALL_NETWORK);
  const start = sequence(bytes(networkClass(context) ?? 0), uint16(family), typePattern(typeOf(rule)));
  const prefix = prefixOf(rule);
  emitter(context, prefix, 0)(start, CONTINUE);
  if ((permissions & CREATE) !== 0) emitter(context, prefix, CREATE)(start, CONTINUE | CREATE);
  const emit = emitter(context, prefix, permissions);
  const socket = sequence(start, protocolPattern(rule));
  const locals = endPatterns(rule.local, (port) => localPort(port, permissions));
  if ((permissions & PEER) !== 0) emitPeers(rule, context, { socket, locals, emit, permissions });
  emitLocals(rule, context, { socket, locals, emit, permissions });
}

type InetParts = Pick<PeerParts, "socket" | "locals" | "emit" | "permissions">;

function emitPeers(rule: NetworkRule, context: RuleContext, parts: InetParts): void {
  const label = operandOr(context, rule.peer.label, "plain", { missing: anyText, origin: rule.origin });
  const own = rule.local.label && context.operand(rule.local.label, "plain", rule.origin);
  if (label !== undefined) emitByAddress({ ...parts, peers: endPatterns(rule.peer, peerPort), label, own });
}

function emitLocals(rule: NetworkRule, context: RuleContext, parts: InetParts): void {
  const { socket, locals, emit, permissions } = parts;
  const label = rule.local.label && context.operand(rule.local.label, "plain", rule.origin);
  if (rule.local.label !== undefined && label === undefined) return;
  const own = locals.map((local) => {
    const addressed = sequence(socket, local, nul);
    const whole = label === undefined ? addressed : sequence(addressed, label, nul);
    if (label !== undefined) emit(addressed, CONTINUE);
    emit(whole, permissions);
    return whole;
  });
  const emitBehind = (...command: readonly GlobNode[]): void => {
    for (const whole of own) emit(sequence(whole, ...command), permissions);
  };
  if ((permissions & networkBits("listen")) !== 0) emitBehind(bytes(2), anyUint16);
  if ((permissions & networkBits("setopt", "getopt")) !== 0) emitBehind(bytes(4), anyUint16, anyUint16);
}

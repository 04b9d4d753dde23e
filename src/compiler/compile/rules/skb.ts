/**
 * Packets, by the peer, the interface and the own side (the class of `network_v9_skb`; compile-semantics 3.7). No kernel of Debian has it;
 * the form is what 5.0.2 writes: all families have addresses there; who sends may not know the interface yet, so its place may be empty and
 * the state after it carries a bit of its own.
 *
 *     \x1e af af type type                                                        continue
 *     \x1e af af type type proto proto = P
 *     P peer \0                                                                   continue
 *     P peer \0 I                                                                 continue, bit
 *     P peer \0 I label                                                           the permissions, when no label is written
 *     P peer \0 I label \0                                                        continue
 *     P peer \0 I label \0 \x01 local \0                                          continue
 *     P peer \0 I label \0 \x01 local \0 I                                        the permissions, bit; "continue" for them before an
 *     P peer \0 I label \0 \x01 local \0 I own-label \0                            own label, and then the permissions
 *
 * I is `interface \0`, or nothing but the NUL for who sends. Without `network_v9_skb/iface` there is no I (emitByAddress in socket.ts).
 */
import type { GlobNode } from "../../../language/globs/index.ts";
import { MediationClass } from "../../compiled/index.ts";
import { operandOr, prefixOf, type RuleContext } from "../context.ts";
import { alternative, anyText, bytes, nul, sequence, uint16 } from "../pattern.ts";
import { ALL_NETWORK, CONTINUE, INTERFACE, packedBits } from "../../compiled/index.ts";
import {
  emitByAddress,
  emitter,
  endPatterns,
  localPort,
  networkBits,
  PEER,
  type PeerParts,
  peerPort,
  protocolPattern,
  type SocketRule,
  typeOf,
  typePattern,
} from "./socket.ts";

const SEND = networkBits("send");

export function emitSkb(rule: SocketRule, family: number, context: RuleContext): void {
  if (!context.target.skb) return;
  const permissions = packedBits(rule.permissions, ALL_NETWORK);
  const prefix = prefixOf(rule);
  const start = sequence(bytes(MediationClass.skb), uint16(family), typePattern(typeOf(rule)));
  emitter(context, prefix, 0)(start, CONTINUE);
  if ((permissions & PEER) === 0) return;
  const label = operandOr(context, rule.peer.label, "plain", { missing: anyText, origin: rule.origin });
  const own = rule.local.label && context.operand(rule.local.label, "plain", rule.origin);
  const through = interfacePattern(rule, permissions, context);
  if (label === undefined || through === undefined) return;
  const peers = endPatterns(rule.peer, peerPort);
  const locals = endPatterns(rule.local, (port) => localPort(port, permissions));
  const emit = emitter(context, prefix, permissions);
  const parts = { socket: sequence(start, protocolPattern(rule)), peers, label, locals, own, permissions, emit };
  if (!context.target.skbInterface) emitByAddress(parts);
  else emitByInterface({ ...parts, through, anyLabel: rule.peer.label === undefined });
}

function interfacePattern(rule: SocketRule, permissions: number, context: RuleContext): GlobNode | undefined {
  const name = operandOr(context, rule.interface, "plain", { missing: anyText, origin: rule.origin });
  if (name === undefined || (permissions & SEND) === 0) return name && sequence(name, nul);
  return alternative([nul, sequence(name, nul)]);
}

interface InterfaceParts extends PeerParts {
  readonly through: GlobNode;
  readonly anyLabel: boolean;
}

function emitByInterface(parts: InterfaceParts): void {
  const { socket, peers, label, locals, own, permissions, emit, through, anyLabel } = parts;
  const passed = (permissions & SEND) === 0 ? 0 : INTERFACE;
  const labelled = peers.map((peer) => {
    const addressed = sequence(socket, peer, nul);
    const behind = sequence(addressed, through);
    const whole = sequence(behind, label, nul);
    emit(addressed, CONTINUE);
    emit(behind, CONTINUE | passed);
    if (anyLabel) emit(sequence(behind, label), permissions);
    emit(whole, CONTINUE);
    return whole;
  });
  for (const before of labelled) {
    for (const local of locals) {
      const there = sequence(before, bytes(1), local, nul);
      const whole = sequence(there, through);
      emit(there, CONTINUE);
      emit(whole, own === undefined ? permissions | passed : CONTINUE | passed);
      if (own !== undefined) emit(sequence(whole, own, nul), permissions);
    }
  }
}

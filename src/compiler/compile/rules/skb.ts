/**
 * Packets, by the peer, the interface and the own side (the class of `network_v9_skb`). No kernel of Debian has it; the form is
 * what 5.0.2 writes: all families have addresses there; who sends may not know the interface yet, so its place may be empty and the
 * state behind it carries a bit of its own.
 */
import type { GlobNode } from "../../../language/globs/index.ts";
import { operandOr, prefixOf, type RuleContext } from "../context.ts";
import { alternative, anyText, bytes, nul, sequence, word16 } from "../pattern.ts";
import { ALL_NETWORK, CONTINUE, INTERFACE, packedWord } from "../words.ts";
import {
  emitter,
  endPatterns,
  localPort,
  networkBits,
  PEER,
  peerPort,
  protocolPattern,
  type SocketRule,
  typeOf,
  typePattern,
} from "./socket.ts";

const CLASS = 0x1e;
const SEND = networkBits("send");

export function emitSkb(rule: SocketRule, family: number, context: RuleContext): void {
  if (!context.target.skb) return;
  const permissions = packedWord(rule.permissions, ALL_NETWORK);
  const prefix = prefixOf(rule);
  const start = sequence(bytes(CLASS), word16(family), typePattern(typeOf(rule)));
  emitter(context, prefix, 0)(start, CONTINUE);
  if ((permissions & PEER) === 0) return;
  const label = operandOr(context, rule.peer.label, "plain", { missing: anyText, origin: rule.origin });
  const own = rule.local.label && context.operand(rule.local.label, "plain", rule.origin);
  const through = interfacePattern(rule, permissions, context);
  if (label === undefined || through === undefined) return;
  const parts = { socket: sequence(start, protocolPattern(rule)), label, own, permissions };
  const emit = emitter(context, prefix, permissions);
  if (context.target.skbInterface) emitByInterface(rule, { ...parts, emit, through });
  else emitByAddress(rule, { ...parts, emit });
}

interface SkbParts {
  readonly socket: GlobNode;
  /** The peer's. */
  readonly label: GlobNode;
  readonly own: GlobNode | undefined;
  readonly permissions: number;
  readonly emit: ReturnType<typeof emitter>;
}

function interfacePattern(rule: SocketRule, permissions: number, context: RuleContext): GlobNode | undefined {
  const name = operandOr(context, rule.interface, "plain", { missing: anyText, origin: rule.origin });
  if (name === undefined || (permissions & SEND) === 0) return name && sequence(name, nul);
  return alternative([nul, sequence(name, nul)]);
}

function localPatterns(rule: SocketRule, permissions: number): GlobNode[] {
  return endPatterns(rule.local, (port) => localPort(port, permissions));
}

function emitByAddress(rule: SocketRule, { socket, label, own, permissions, emit }: SkbParts): void {
  for (const peer of endPatterns(rule.peer, peerPort)) {
    const addressed = sequence(socket, peer, nul);
    const labelled = sequence(addressed, label, nul);
    emit(addressed, CONTINUE);
    emit(labelled, CONTINUE);
    for (const local of localPatterns(rule, permissions)) {
      const whole = sequence(labelled, bytes(1), local, nul);
      emit(whole, permissions);
      if (own !== undefined) emit(sequence(whole, own, nul), permissions);
    }
  }
}

function emitByInterface(rule: SocketRule, parts: SkbParts & { readonly through: GlobNode }): void {
  const { socket, label, own, permissions, emit, through } = parts;
  const passed = (permissions & SEND) === 0 ? 0 : INTERFACE;
  for (const peer of endPatterns(rule.peer, peerPort)) {
    const addressed = sequence(socket, peer, nul);
    const behind = sequence(addressed, through);
    const labelled = sequence(behind, label, nul);
    emit(addressed, CONTINUE);
    emit(behind, CONTINUE | passed);
    if (rule.peer.label === undefined) emit(sequence(behind, label), permissions);
    emit(labelled, CONTINUE);
    for (const local of localPatterns(rule, permissions)) {
      const there = sequence(labelled, bytes(1), local, nul);
      const whole = sequence(there, through);
      emit(there, CONTINUE);
      emit(whole, own === undefined ? permissions | passed : CONTINUE | passed);
      if (own !== undefined) emit(sequence(whole, own, nul), permissions);
    }
  }
}

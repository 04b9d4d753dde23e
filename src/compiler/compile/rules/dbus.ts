/**
 * A dbus rule is matched by the bus daemon, which asks for owning a name, for each message on both sides, and for eavesdropping
 * (compile-semantics 3.13, kernel-abi 8.13). What is not written is any text:
 *
 *     \x20 bus                                                        eavesdrop
 *     \x20 bus \0 name                                                bind
 *     \x20 bus \0 name \0 label \0 path \0 interface \0 member        send, receive; name and label are the peer's
 */
import type { GlobNode } from "../../../language/globs/index.ts";
import { dbusBits, MediationClass } from "../../compiled/index.ts";
import type { DbusRule, Operand } from "../../../language/model/index.ts";
import {
  emitPolicydb,
  mergeKey,
  mergePermissions,
  type OperandKind,
  operandOr,
  prefixOf,
  type RuleContext,
} from "../context.ts";
import { anyText, bytes, nul, sequence } from "../pattern.ts";

const SEND_RECEIVE = 0x6;
const ALL = 0x66;

export function compileDbusRules(rules: readonly DbusRule[], context: RuleContext): void {
  if (!context.target.dbus) {
    const message = "dbus rules are not enforced";
    for (const rule of rules) context.report("compile/dbus-not-enforced", rule.origin, message);
    return;
  }
  for (const [key, rule] of mergePermissions(rules, keyOf)) {
    context.shared(`dbus ${key} ${String(rule.permissions)}`, rule.origin, (shared) => compileDbusRule(rule, shared));
  }
}

function compileDbusRule(rule: DbusRule, context: RuleContext): void {
  const part = (operand: Operand | undefined, kind: OperandKind = "plain"): GlobNode | undefined =>
    operandOr(context, operand, kind, { missing: anyText, origin: rule.origin });
  const bus = part(rule.bus);
  const name = part(rule.name ?? rule.peerName);
  const label = part(rule.peerLabel);
  const path = part(rule.path, "path");
  const face = part(rule.interface);
  const member = part(rule.member);
  if (!bus || !name || !label || !path || !face || !member) return;
  const permissions = permissionsOf(rule);
  const prefix = prefixOf(rule);
  const start = sequence(bytes(MediationClass.dbus), bus);
  const emit = (pattern: GlobNode, bits: number): void => {
    if (bits !== 0) emitPolicydb(context, prefix, pattern, bits);
  };
  emit(sequence(start, nul, name), permissions & dbusBits.bind);
  emit(sequence(start, nul, name, nul, label, nul, path, nul, face, nul, member), permissions & SEND_RECEIVE);
  emit(start, permissions & dbusBits.eavesdrop);
}

function permissionsOf(rule: DbusRule): number {
  if (rule.permissions !== undefined) return rule.permissions.reduce((bits, name) => bits | dbusBits[name], 0);
  const message = rule.path ?? rule.interface ?? rule.member ?? rule.peerName ?? rule.peerLabel;
  if (message !== undefined) return SEND_RECEIVE;
  return rule.name === undefined ? ALL : dbusBits.bind;
}

function keyOf(rule: DbusRule): string {
  return mergeKey(rule, rule.bus, rule.name, rule.peerName, rule.peerLabel, rule.path, rule.interface, rule.member);
}

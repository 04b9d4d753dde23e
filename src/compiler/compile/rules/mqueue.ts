/**
 * A message queue rule names a POSIX queue by its path or a System V queue by its key; creating one asks for create, read and write before
 * there is a label (compile-semantics 3.14). Without a written label it is any, but not empty:
 *
 *     \x11 name              the permissions, when no label is written
 *     \x11 name              what they hold of create, read and write, when they hold create
 *     \x11 name \0 label     the permissions
 *     \x12 key key key key   in place of `\x11 name` for System V; the key is big-endian, `....` without one
 */
import type { GlobNode } from "../../../language/globs/index.ts";
import type { MqueueRule } from "../../../language/model/index.ts";
import { MediationClass } from "../../compiled/index.ts";
import { emitPolicydb, mergeKey, mergePermissions, operandOr, prefixOf, type RuleContext } from "../context.ts";
import { anyByte, anyText, bytes, nul, sequence, someText } from "../pattern.ts";
import { ALL_MQUEUE, packedPermission, packedBits } from "../../compiled/index.ts";

const CREATE = packedPermission["create"] ?? 0;
/** Create, read, write: what the creation of a queue asks for. */
const CREATION = 0x16;

export function compileMqueueRules(rules: readonly MqueueRule[], context: RuleContext): void {
  for (const [key, rule] of mergePermissions(rules, keyOf)) {
    context.shared(`mqueue ${key} ${String(rule.permissions)}`, rule.origin, (shared) =>
      compileMqueueRule(rule, shared),
    );
  }
}

function compileMqueueRule(rule: MqueueRule, context: RuleContext): void {
  const { posixMqueue, sysvMqueue } = context.target;
  // A rule without type speaks of both classes as soon as the kernel knows one.
  const either = rule.type === undefined && (posixMqueue || sysvMqueue);
  const posix = either || (rule.type === "posix" && posixMqueue);
  const sysv = either || (rule.type === "sysv" && sysvMqueue);
  if (!posix && !sysv) {
    const type = rule.type === undefined ? "" : ` type=${rule.type}`;
    const message = `mqueue${type} rules are not enforced`;
    context.report("compile/mqueue-not-enforced", rule.origin, message);
    return;
  }
  if (posix) {
    const name = operandOr(context, rule.name, "plain", { missing: anyText, origin: rule.origin });
    if (name !== undefined) emitQueue(sequence(bytes(MediationClass.posixMqueue), name), rule, context);
  }
  if (sysv) emitQueue(sequence(bytes(MediationClass.sysvMqueue), keyPattern(rule)), rule, context);
}

/** Four bytes, high one first; any without a key. */
function keyPattern(rule: MqueueRule): GlobNode {
  const number = rule.name === undefined ? Number.NaN : Number(rule.name.text);
  if (!Number.isInteger(number)) return sequence(anyByte, anyByte, anyByte, anyByte);
  return bytes((number >>> 24) & 0xff, (number >>> 16) & 0xff, (number >>> 8) & 0xff, number & 0xff);
}

function emitQueue(queue: GlobNode, rule: MqueueRule, context: RuleContext): void {
  const permissions = packedBits(rule.permissions, ALL_MQUEUE);
  const label = operandOr(context, rule.label, "plain", { missing: someText, origin: rule.origin });
  if (label === undefined) return;
  const prefix = prefixOf(rule);
  if (rule.label === undefined) emitPolicydb(context, prefix, queue, permissions);
  if ((permissions & CREATE) !== 0) emitPolicydb(context, prefix, queue, permissions & CREATION);
  emitPolicydb(context, prefix, sequence(queue, nul, label), permissions);
}

function keyOf(rule: MqueueRule): string {
  return mergeKey(rule, rule.type, rule.name, rule.label);
}

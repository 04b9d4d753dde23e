/**
 * An io_uring rule's permissions sit on the class byte itself, so a marker of the rule's priority keeps the class mediated beside them; the
 * label of the credentials matters to override_creds alone (compile-semantics 3.15, kernel-abi 8.15).
 *
 *     \x16                   the permissions; and the marker
 *     \x16 label             the permissions, when override_creds is among them
 */
import type { IoUringRule } from "../../../language/model/index.ts";
import { ioUringBits, MediationClass } from "../../compiled/index.ts";
import { emitPolicydb, mergeKey, mergePermissions, operandOr, prefixOf, type RuleContext } from "../context.ts";
import { emitMarker } from "../markers.ts";
import { anyText, bytes, sequence } from "../pattern.ts";

const ALL = 0x18;

export function compileIoUringRules(rules: readonly IoUringRule[], context: RuleContext): void {
  if (!context.target.ioUring) {
    const message = "io_uring rules are not enforced";
    for (const rule of rules) context.report("compile/io-uring-not-enforced", rule.origin, message);
    return;
  }
  for (const rule of mergePermissions(rules, (one) => mergeKey(one, one.label)).values()) {
    const label = operandOr(context, rule.label, "plain", { missing: anyText, origin: rule.origin });
    if (label === undefined) continue;
    const prefix = prefixOf(rule);
    const permissions = rule.permissions?.reduce((bits, name) => bits | ioUringBits[name], 0) ?? ALL;
    emitPolicydb(context, prefix, bytes(MediationClass.ioUring), permissions);
    emitMarker(context, bytes(MediationClass.ioUring), rule.priority);
    if ((permissions & ioUringBits.override_creds) === 0) continue;
    emitPolicydb(context, prefix, sequence(bytes(MediationClass.ioUring), label), permissions);
  }
}

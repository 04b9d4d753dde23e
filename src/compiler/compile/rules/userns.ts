/**
 * A userns rule's permission sits on the class byte itself, so a marker of the rule's priority keeps the class mediated beside it
 * (compile-semantics 3.16, kernel-abi 8.14).
 *
 *     \x15                   create; and the marker
 */
import type { UsernsRule } from "../../../language/model/index.ts";
import { emitPolicydb, mergeKey, mergeRules, prefixOf, type RuleContext } from "../context.ts";
import { emitMarker } from "../markers.ts";
import { bytes } from "../pattern.ts";

const NAMESPACE_CLASS = 0x15;
const CREATE = 0x08;

const same = (first: UsernsRule): UsernsRule => first;

export function compileUsernsRules(rules: readonly UsernsRule[], context: RuleContext): void {
  if (!context.target.userns) {
    const message = "userns rules are not enforced";
    for (const rule of rules) context.report({ code: "compile/userns-not-enforced", message, at: rule.origin });
    return;
  }
  for (const rule of mergeRules(rules, (one) => mergeKey(one), same)) {
    emitPolicydb(context, prefixOf(rule), bytes(NAMESPACE_CLASS), CREATE);
    emitMarker(context, bytes(NAMESPACE_CLASS), rule.priority);
  }
}

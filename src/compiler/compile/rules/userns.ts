/**
 * A userns rule's permission sits on the class byte itself, so a marker of the rule's priority keeps the class mediated beside it
 * (compile-semantics 3.16, kernel-abi 8.14).
 *
 *     \x15                   create; and the marker
 */
import type { UsernsRule } from "../../../language/model/index.ts";
import { MediationClass, usernsBits } from "../../compiled/index.ts";
import { emitPolicydb, mergeKey, mergeRules, prefixOf, type RuleContext } from "../context.ts";
import { emitMarker } from "../markers.ts";
import { bytes } from "../pattern.ts";

const same = (first: UsernsRule): UsernsRule => first;

export function compileUsernsRules(rules: readonly UsernsRule[], context: RuleContext): void {
  if (!context.target.userns) {
    const message = "userns rules are not enforced";
    for (const rule of rules) context.report("compile/userns-not-enforced", rule.origin, message);
    return;
  }
  for (const [key, rule] of mergeRules(rules, (one) => mergeKey(one), same)) {
    context.shared(`userns ${key}`, rule.origin, (shared) => {
      emitPolicydb(shared, prefixOf(rule), bytes(MediationClass.userns), usernsBits.create);
      emitMarker(shared, bytes(MediationClass.userns), rule.priority);
    });
  }
}

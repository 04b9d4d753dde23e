/** Resource limits; the last rule for a limit wins (compile-semantics 3.17). */
import type { RlimitRule } from "../../../language/model/index.ts";
import type { RuleContext } from "../context.ts";

export function compileRlimitRules(rules: readonly RlimitRule[], context: RuleContext): void {
  for (const rule of rules) context.scalars.rlimits.set(rule.resource, rule.value);
}

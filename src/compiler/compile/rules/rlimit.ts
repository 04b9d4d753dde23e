/**
 * A limit that a profile sets is the most that `setrlimit` may ask for and what exec lowers limits to; the last rule for a limit wins; no
 * automaton (compile-semantics 3.17, kernel-abi 3.8).
 *
 *     rlimits    U32 mask of the limits set,  ARRAY 16 of U64: value by number, 0 where not set
 */
import type { RlimitRule } from "../../../language/model/index.ts";
import type { RuleContext } from "../context.ts";

export function compileRlimitRules(rules: readonly RlimitRule[], context: RuleContext): void {
  for (const rule of rules) context.scalars.rlimits.set(rule.resource, rule.value);
}

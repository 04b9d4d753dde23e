/**
 * Capability rules add to sets of 64 bits: `allow` to what is allowed (with `audit` also to what is logged), `deny` to what is denied and,
 * without `audit`, kept silent; no automaton (compile-semantics 3.6, kernel-abi 3.6).
 *
 *     caps      U32 allow & ~deny   U32 that & audit   U32 deny & quiet   U32 0      capabilities 0-31
 *     caps64    the same four                                                         capabilities 32-63
 */
import { capabilityName, capabilityNumber, splitFromSysAdmin } from "../../../language/tables/index.ts";
import type { CapabilityRule } from "../../../language/model/index.ts";
import type { RuleContext } from "../context.ts";

const ALL = (1n << 64n) - 1n;
const sysAdmin = capabilityNumber("sys_admin") ?? 0;

export function compileCapabilityRules(rules: readonly CapabilityRule[], context: RuleContext): void {
  const sets = context.scalars.capabilities;
  for (const rule of rules) {
    const numbers = rule.capabilities.map((number) => knownNumber(number, context));
    const set = numbers.length === 0 ? ALL : numbers.reduce((bits, number) => bits | (1n << BigInt(number)), 0n);
    if (rule.mode === "deny") {
      sets.deny |= set;
      if (!rule.audit) sets.quiet |= set;
    } else {
      sets.allow |= set;
      if (rule.audit) sets.audit |= set;
    }
    if (rule.priority !== 0 || rule.mode === "prompt") {
      const qualifier = rule.mode === "prompt" ? "prompt" : "priority";
      const message = `\`${qualifier}\` has no effect on capability rules`;
      context.report("compile/qualifier-ignored", rule.origin, message);
    }
  }
}

/** A capability that was split off sys_admin is sys_admin to kernels that do not list it in its place. */
function knownNumber(number: number, context: RuleContext): number {
  const name = capabilityName(number);
  if (name === undefined || !splitFromSysAdmin.includes(name)) return number;
  return context.target.kernelCapabilities?.[number] === name ? number : sysAdmin;
}

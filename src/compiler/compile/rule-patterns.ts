/** What each rule of a profile becomes, by itself: before rules are merged and automata are made, so that every pattern has its one rule. */
import { createReporter } from "../../foundation/diagnostics/index.ts";
import type { GlobNode } from "../../language/globs/index.ts";
import { applyAliases, type Policy, type Profile, type Rule } from "../../language/model/index.ts";
import { type AutomataSession, type Term } from "../automata/index.ts";
import type { ExecType } from "../compiled/index.ts";
import type { Emission } from "./context.ts";
import { expandRules } from "./expanded.ts";
import { withoutAll } from "./implied.ts";
import { type CompileOptions, createSettings } from "./policy.ts";
import { compileCodes } from "./codes.ts";
import { createContext } from "./profile.ts";
import type { Effect } from "./resolution.ts";
import { compileRules } from "./rules/index.ts";
import { createTermBuilder } from "./session.ts";
import { createStageClock } from "./timings.ts";

/** A pattern of an automaton, what it does there, and whose it is. */
export interface RulePattern extends Omit<Effect, "exec"> {
  /** `undefined`: what profiles with hats, children or changes of profile have without a rule. */
  readonly rule: Rule | undefined;
  readonly pattern: GlobNode;
  /** Of patterns whose permissions hold x. */
  readonly exec: ExecType | undefined;
}

/**
 * The patterns of the rules of a profile that are wanted; rules that are no patterns (capabilities, limits, the old table of sockets) have none.
 *
 * Errors: none; what is wrong with a rule is reported where the profile is compiled.
 */
export function rulePatterns(
  profile: Profile,
  policy: Policy,
  options: CompileOptions,
  isWanted: (rule: Rule) => boolean,
): readonly RulePattern[] {
  const clock = createStageClock(undefined);
  const settings = createSettings(policy, options, { clock, reporter: createReporter(compileCodes) });
  const { effects, isExact } = settings.encoding;
  const found: RulePattern[] = [];
  const note = (rule: Rule, { exec, table, pattern, priority, mode, permissions, audit }: Emission): void => {
    const type = exec === undefined ? undefined : effects.execTypes.get(exec);
    found.push({ table, pattern, priority, mode, permissions, audit, rule, exact: isExact(pattern), exec: type });
  };
  // COST: one context for all rules; only what they write is looked at
  const emissions: Emission[] = [];
  const context = createContext(profile, settings, emissions);
  for (const rule of profile.rules) {
    if (!isWanted(rule)) continue;
    emissions.length = 0;
    compileRules(applyAliases(withoutAll([rule]), settings.aliases), context);
    // marks that a class is mediated are nobody's
    for (const emission of emissions) if (emission.origin !== undefined) note(rule, emission);
  }
  for (const { path, bits } of expandRules(profile, settings.aliases, clock).accesses) {
    const operand = { text: path, written: path, span: profile.origin.span };
    const pattern = context.operand(operand, "path", profile.origin);
    if (pattern === undefined) continue;
    found.push({
      table: "file",
      rule: undefined,
      pattern,
      priority: 0,
      mode: "allow",
      permissions: bits,
      audit: 0,
      exact: isExact(pattern),
      exec: undefined,
    });
  }
  return found;
}

/** Turns patterns into terms of a session of the caller's own. */
export function patternTerms(automata: AutomataSession): (pattern: GlobNode, next: Term) => Term {
  return createTermBuilder(automata, { kept: new Map() });
}

/**
 * What rules come to that many profiles have in common: the same rule, of whatever file, emits the same patterns, so that it is compiled once in a
 * session. The patterns are then the same nodes as well, of which terms and spellings are known.
 *
 * COST: Debian's profiles have 5,500 patterns of the policydb automaton, of which 950 are made now; making them, their terms and their
 * spellings anew for each profile took a twentieth of a first run with an empty cache.
 */
import type { CompileTarget } from "../../language/features/index.ts";
import type { GlobNode } from "../../language/globs/index.ts";
import type { Emission, RuleContext } from "./context.ts";

/** What is known in a session. */
export interface SharedEmissions {
  /** By key, what was emitted for a target. */
  readonly of: (target: CompileTarget) => Map<string, readonly Emission[]>;
  /** Notes that a pattern will be asked for again. */
  readonly keep: (pattern: GlobNode) => void;
}

export function createSharedEmissions(keep: SharedEmissions["keep"]): SharedEmissions {
  const targets = new WeakMap<CompileTarget, Map<string, readonly Emission[]>>();
  return {
    keep,
    of: (target) => {
      const known = targets.get(target) ?? new Map<string, readonly Emission[]>();
      targets.set(target, known);
      return known;
    },
  };
}

/** `RuleContext.shared` of a context that has none yet. */
export function shareEmissions(
  context: Omit<RuleContext, "shared" | "operand">,
  operandWith: (report: RuleContext["report"]) => RuleContext["operand"],
  { keep, of }: SharedEmissions,
): RuleContext["shared"] {
  const known = of(context.target);
  return (key, origin, compile) => {
    const before = known.get(key);
    if (before !== undefined) {
      for (const emission of before) context.emit(emission.origin === undefined ? emission : { ...emission, origin });
      return;
    }
    const emissions: Emission[] = [];
    const watched = watch(context, operandWith, emissions);
    compile(watched.context);
    for (const emission of emissions) context.emit(emission);
    if (!watched.isPlain() || emissions.some(({ table }) => table !== "policydb")) return;
    known.set(key, emissions);
    for (const { pattern } of emissions) keep(pattern);
  };
}

/** A context that notes whether anything is done that counts for one profile alone: something said, or asked of the profile. */
function watch(
  context: Omit<RuleContext, "shared" | "operand">,
  operandWith: (report: RuleContext["report"]) => RuleContext["operand"],
  emissions: Emission[],
): { readonly context: RuleContext; readonly isPlain: () => boolean } {
  let isPlain = true;
  const own = <T>(value: T): T => {
    isPlain = false;
    return value;
  };
  const report: RuleContext["report"] = (...said) => own(context.report)(...said);
  const watching: RuleContext = {
    target: context.target,
    get profile() {
      return own(context.profile);
    },
    get execTypes() {
      return own(context.execTypes);
    },
    get scalars() {
      return own(context.scalars);
    },
    emit: (emission) => emissions.push(emission),
    report,
    operand: operandWith(report),
    shared: (_, __, compile) => compile(watching),
  };
  return { context: watching, isPlain: () => isPlain };
}

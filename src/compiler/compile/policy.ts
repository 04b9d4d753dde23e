/** A whole policy: which features count, which profiles in which order (compile-semantics 6.1, 1.1). */
import { type Checked, createReporter, type Diagnostic } from "../../foundation/diagnostics/index.ts";
import { builtInFeatures, type CompileTarget, compileTarget, type FeatureTree } from "../../language/features/index.ts";
import { type Policy, aliasTable } from "../../language/model/index.ts";
import type { CompiledAutomaton, CompiledProfile } from "../compiled/index.ts";
import { type ExpandedRules, expandRules } from "./expanded.ts";
import { familiesOf, type ProfileFamily } from "./families.ts";
import { checkMergedExec } from "./file-merge.ts";
import { compileProfile, createContext } from "./profile.ts";
import { compileCodes } from "./codes.ts";
import { type CompileSession, createCompileSession } from "./session.ts";
import type { Obtain, ProfileSettings, Settings, Targets } from "./settings.ts";
import { type CompileTimings, createStageClock } from "./timings.ts";
import type { Trace } from "./trace.ts";

export interface CompileOptions {
  readonly kernelFeatures: FeatureTree;
  /** For policies that name no ABI; without it the built-in set counts. */
  readonly policyFeatures?: FeatureTree | undefined;
  /** Counts whatever ABI the policy names. */
  readonly overrideFeatures?: FeatureTree | undefined;
  /** Shared work of earlier compilations; a new one when absent. */
  readonly session?: CompileSession | undefined;
  readonly forceComplain?: boolean | undefined;
  /** Replaces the namespace of every profile. */
  readonly namespace?: string | undefined;
  /** Default: on where the kernel knows it. Attachments never are. */
  readonly diffEncode?: boolean | undefined;
  /** Default: off. */
  readonly equivalenceClasses?: boolean | undefined;
  /** Tables of 32-bit state numbers when there are many states; default: on where the kernel knows them. */
  readonly state32?: boolean | undefined;
  /** States one automaton may have; default: what the tables can hold. */
  readonly maxStates?: number | undefined;
  /** `flag`: profiles with prompt rules for files get the prompt mode. `ignore` is what `table` is, as in 5.0.2. */
  readonly promptCompat?: "table" | "flag" | "ignore" | undefined;
  /** Look for `kill.signal` where upstream kernels list it (compile-semantics D12). Default: where 5.0.2 looks. */
  readonly upstreamKillSignal?: boolean | undefined;
  /** Hears of everything that is built, but not of automata that are taken from elsewhere. */
  readonly trace?: Trace | undefined;
  /** Milliseconds; without it timings are 0. */
  readonly now?: (() => number) | undefined;
}

/** A family and what it was compiled to. */
export interface CompiledFamily<A = CompiledAutomaton> extends ProfileFamily {
  /** The profile, then all below it, in stream order. Empty when one of them has an error: a family is never half written. */
  readonly profiles: readonly CompiledProfile<A>[];
}

export interface CompileResult<A = CompiledAutomaton> extends Checked<readonly CompiledFamily<A>[]> {
  readonly timings: CompileTimings;
  readonly work: CompileWork;
}

/** How much was done for the automata. */
export interface CompileWork {
  /** Automata the policy has. */
  readonly wanted: number;
  /** Those that were built, not taken from elsewhere. */
  readonly built: number;
  /** States that had to be computed for them. */
  readonly states: number;
}

/** A cell names its state in 16 bits (kernel-abi 6.2). */
const MOST_STATES_16 = 65534;
/** Cells have 32 bits then, but what BASE points with has only 24 (compile-semantics 8.3). */
const MOST_STATES_32 = 2 ** 24 - 2;

/**
 * Compiles a resolved policy for a kernel.
 *
 * Shape: families in order of namespace and name as written; in each, children follow their parents, as the kernel wants them.
 * Errors: diagnostics. A profile with an error leaves its whole family without compiled profiles.
 */
export function compilePolicy(policy: Policy, options: CompileOptions): CompileResult {
  return compilePolicyWith(({ build }) => build(), policy, options);
}

/** The same with automata from `obtain`, which may know them by their build keys. */
export function compilePolicyWith<A extends Targets>(
  obtain: Obtain<A>,
  policy: Policy,
  options: CompileOptions,
): CompileResult<A> {
  const clock = createStageClock(options.now);
  const reporter = createReporter(compileCodes);
  const plain = createSettings(policy, options, { clock, reporter });
  const work = { wanted: 0, built: 0 };
  const settings: ProfileSettings<A> = { ...plain, obtain: counting(obtain, work) };
  const expanded = (): number => plain.encoding.automata.statistics().expanded;
  const before = expanded();
  const families = familiesOf(policy, options.namespace).map((family) => {
    const reported = reporter.list.length;
    const profiles = compileFamily(family, settings);
    const isBroken = reporter.list.slice(reported).some(({ severity }) => severity === "error");
    return { ...family, profiles: isBroken ? [] : profiles };
  });
  return {
    value: families,
    diagnostics: reporter.list,
    timings: clock.timings(),
    work: { ...work, states: expanded() - before },
  };
}

function counting<A extends Targets>(obtain: Obtain<A>, work: { wanted: number; built: number }): Obtain<A> {
  return ({ buildKey, build }) => {
    work.wanted += 1;
    return obtain({
      buildKey,
      build: () => {
        work.built += 1;
        return build();
      },
    });
  };
}

/** A profile as it is before patterns are made of its rules. */
export interface PlannedProfile extends ExpandedRules, ProfileFamily {
  readonly children: readonly PlannedProfile[];
}

/** What a policy says before it is compiled. */
export interface PlannedPolicy {
  /** In the order of families. */
  readonly profiles: readonly PlannedProfile[];
  readonly target: CompileTarget;
  /** Rules that cannot be merged. */
  readonly diagnostics: readonly Diagnostic[];
}

/** The stages up to the merging of rules, of which only the errors are of interest here. */
export function planPolicy(policy: Policy, options: CompileOptions): PlannedPolicy {
  const clock = createStageClock(options.now);
  const reporter = createReporter(compileCodes);
  const settings = createSettings(policy, options, { clock, reporter });
  const plan = (family: ProfileFamily): PlannedProfile => {
    const expanded = expandRules(family.profile, settings.aliases, clock);
    checkMergedExec(expanded.rules, createContext(family.profile, settings, []));
    return { ...family, ...expanded, children: family.children.map(plan) };
  };
  const profiles = familiesOf(policy, options.namespace).map(plan);
  return { profiles, target: settings.target, diagnostics: reporter.list };
}

function compileFamily<A extends Targets>(
  { profile, namespace, children }: ProfileFamily,
  settings: ProfileSettings<A>,
): readonly CompiledProfile<A>[] {
  const compiled = compileProfile(profile, namespace, settings);
  const below = children.flatMap((child) => compileFamily(child, settings));
  return compiled === undefined ? below : [compiled, ...below];
}

export function createSettings(
  policy: Policy,
  options: CompileOptions,
  shared: Pick<Settings, "clock" | "reporter">,
): Settings {
  const session = options.session ?? createCompileSession();
  const target = session.target(options.kernelFeatures, policyFeaturesOf(policy, options));
  const wide = target.state32 && options.state32 !== false;
  const maxStates = options.maxStates ?? (wide ? MOST_STATES_32 : MOST_STATES_16);
  return {
    ...shared,
    target,
    session,
    encoding: session.encoding({ packed: target.permissionTable === undefined, maxStates }),
    aliases: aliasTable(policy.aliases),
    namespace: options.namespace,
    forceComplain: options.forceComplain === true,
    diffEncode: target.diffEncode && options.diffEncode !== false,
    equivalenceClasses: options.equivalenceClasses === true,
    upstreamKillSignal: options.upstreamKillSignal === true,
    promptFlag: options.promptCompat === "flag",
    trace: options.trace,
  };
}

/** What of two feature sets decides how a policy is compiled: where it is the same, and the policy is, so is what it is compiled to. */
export function targetOf(
  policy: Policy,
  options: Pick<CompileOptions, "kernelFeatures" | "policyFeatures" | "overrideFeatures">,
): CompileTarget {
  return compileTarget(options.kernelFeatures, policyFeaturesOf(policy, options));
}

/** The policy feature set (compile-semantics 6.1). */
function policyFeaturesOf(
  policy: Policy,
  options: Pick<CompileOptions, "kernelFeatures" | "policyFeatures" | "overrideFeatures">,
): FeatureTree {
  if (options.overrideFeatures !== undefined) return options.overrideFeatures;
  switch (policy.abi?.source) {
    case "file":
      return policy.abi.features ?? builtInFeatures;
    case "kernel":
      return options.kernelFeatures;
    case "default":
      return builtInFeatures;
    case undefined:
      return options.policyFeatures ?? builtInFeatures;
  }
}

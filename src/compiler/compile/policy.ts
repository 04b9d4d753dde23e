/** A whole policy: which features count, which profiles in which order (compile-semantics 6.1, 1.1). */
import type { Checked, Diagnostic } from "../../foundation/diagnostics/index.ts";
import { compareBytes } from "../../foundation/text/index.ts";
import { builtInFeatures, type CompileTarget, type FeatureTree } from "../../language/features/index.ts";
import type { Policy, Profile } from "../../language/model/index.ts";
import type { CompiledAutomaton, CompiledPolicy, CompiledProfile } from "../compiled/index.ts";
import { sortAliases } from "./aliases.ts";
import { type ExpandedRules, expandRules } from "./expanded.ts";
import { checkMergedExec } from "./file-merge.ts";
import { compileProfile, createContext } from "./profile.ts";
import { createReporter } from "./report.ts";
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
  /** Told of everything that is built; nothing is told of automata that are had from elsewhere. */
  readonly trace?: Trace | undefined;
  /** Milliseconds; without it timings are 0. */
  readonly now?: (() => number) | undefined;
}

export interface CompileResult<A = CompiledAutomaton> extends Checked<CompiledPolicy<A>> {
  readonly timings: CompileTimings;
  readonly work: CompileWork;
}

/** How much was done for the automata. */
export interface CompileWork {
  /** Automata the policy has. */
  readonly wanted: number;
  /** Those that were built, not had from elsewhere. */
  readonly built: number;
  /** States that had to be worked out for them. */
  readonly states: number;
}

const MOST_STATES_16 = 65534;
const MOST_STATES_32 = 2 ** 24 - 2;

/**
 * Compiles a resolved policy for a kernel.
 *
 * Shape: profiles in order of namespace and name as written, children behind their parents, as the kernel wants them.
 * Errors: diagnostics. A profile with an error is left out together with its parents and children, never half written.
 */
export function compilePolicy(policy: Policy, options: CompileOptions): CompileResult {
  return compilePolicyWith(({ build }) => build(), policy, options);
}

/** The same with automata from `obtain`, which may know them by their recipes. */
export function compilePolicyWith<A extends Targets>(
  obtain: Obtain<A>,
  policy: Policy,
  options: CompileOptions,
): CompileResult<A> {
  const clock = createStageClock(options.now);
  const reporter = createReporter();
  const plain = createSettings(policy, options, { clock, reporter });
  const work = { wanted: 0, built: 0 };
  const settings: ProfileSettings<A> = { ...plain, obtain: counting(obtain, work) };
  const expanded = (): number => plain.encoding.automata.statistics().expanded;
  const before = expanded();
  const profiles = sortProfiles(policy.profiles, options.namespace).flatMap((profile) => {
    const told = reporter.diagnostics.length;
    const family = compileFamily(profile, settings);
    const broken = reporter.diagnostics.slice(told).some(({ severity }) => severity === "error");
    return broken ? [] : family;
  });
  return {
    value: { profiles },
    diagnostics: reporter.diagnostics,
    timings: clock.timings(),
    work: { ...work, states: expanded() - before },
  };
}

function counting<A extends Targets>(obtain: Obtain<A>, work: { wanted: number; built: number }): Obtain<A> {
  return ({ recipe, build }) => {
    work.wanted += 1;
    return obtain({
      recipe,
      build: () => {
        work.built += 1;
        return build();
      },
    });
  };
}

/** A profile as it stands before patterns are made of its rules. */
export interface PlannedProfile extends ExpandedRules {
  readonly profile: Profile;
  readonly namespace: string | undefined;
  /** In order of namespace and name as written. */
  readonly children: readonly PlannedProfile[];
}

/** What a policy says before it is compiled. */
export interface PlannedPolicy {
  /** In order of namespace and name as written. */
  readonly profiles: readonly PlannedProfile[];
  readonly target: CompileTarget;
  /** Rules that cannot be merged. */
  readonly diagnostics: readonly Diagnostic[];
}

/** The stages up to the merging of rules, of which only the errors are of interest here. */
export function planPolicy(policy: Policy, options: CompileOptions): PlannedPolicy {
  const clock = createStageClock(options.now);
  const reporter = createReporter();
  const settings = createSettings(policy, options, { clock, reporter });
  const plan = (profile: Profile): PlannedProfile => {
    const expanded = expandRules(profile, settings.aliases, clock);
    checkMergedExec(expanded.rules, createContext(profile, settings, []));
    const children = sortProfiles(profile.children, options.namespace).map(plan);
    return { ...expanded, profile, namespace: options.namespace ?? profile.namespace, children };
  };
  const profiles = sortProfiles(policy.profiles, options.namespace).map(plan);
  return { profiles, target: settings.target, diagnostics: reporter.diagnostics };
}

function sortProfiles(profiles: readonly Profile[], namespace: string | undefined): readonly Profile[] {
  const namespaceOf = (profile: Profile): string => namespace ?? profile.namespace ?? "";
  return profiles.toSorted(
    (a, b) => compareBytes(namespaceOf(a), namespaceOf(b)) || compareBytes(a.written, b.written),
  );
}

/**
 * A profile, then its children in order of namespace and name as written. ORACLE 5.0.2: what a child writes as its namespace stands
 * with it; kernels then take the whole family there, or refuse it when the parent names another.
 */
function compileFamily<A extends Targets>(
  profile: Profile,
  settings: ProfileSettings<A>,
): readonly CompiledProfile<A>[] {
  const compiled = compileProfile(profile, settings.namespace ?? profile.namespace, settings);
  const children = sortProfiles(profile.children, settings.namespace);
  const below = children.flatMap((child) => compileFamily(child, settings));
  return compiled === undefined ? below : [compiled, ...below];
}

function createSettings(
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
    aliases: sortAliases(policy.aliases),
    namespace: options.namespace,
    forceComplain: options.forceComplain === true,
    diffEncode: target.diffEncode && options.diffEncode !== false,
    equivalenceClasses: options.equivalenceClasses === true,
    upstreamKillSignal: options.upstreamKillSignal === true,
    promptFlag: options.promptCompat === "flag",
    trace: options.trace,
  };
}

/** The policy feature set (compile-semantics 6.1). */
function policyFeaturesOf(policy: Policy, options: CompileOptions): FeatureTree {
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

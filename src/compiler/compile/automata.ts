/**
 * The automata of a profile. Each is asked for with its build key and a way to build it, so that the caller may give one that was
 * built before; terms, states and permissions are made only for those that are built.
 */
import { sentence } from "../../foundation/diagnostics/index.ts";
import type { Profile } from "../../language/model/index.ts";
import type { Dfa, Explosion } from "../automata/index.ts";
import {
  type CompiledAttachment,
  type CompiledAutomaton,
  type CompiledProfile,
  MOST_PACKED_NAMES,
} from "../compiled/index.ts";
import { type AttachmentPlan, attachmentLength, attachmentBuildKey, buildAttachment } from "./attachment.ts";
import { type LabelledEmission, reportConflicts } from "./conflicts.ts";
import type { Emission, RuleContext } from "./context.ts";
import type { Effects } from "./effects.ts";
import { factoredTerms } from "./factored.ts";
import { fitsTables } from "./limits.ts";
import { BARE_EXEC } from "./exec-types.ts";
import {
  type NumberedOutputs,
  numberOutputs,
  packPermissions,
  separateStart,
  tabulateFile,
  tabulatePolicydb,
  targetNames,
} from "./permissions.ts";
import type { EncodingSession } from "./session.ts";
import type { ProfileSettings, Settings, Targets } from "./settings.ts";
import { traceAttachment, traceAutomaton } from "./trace.ts";

/** The automaton of an attachment; `undefined` when it cannot be built. */
export function compileAttachment<A extends Targets>(
  plan: AttachmentPlan,
  profile: Profile,
  settings: ProfileSettings<A>,
): CompiledAttachment<A> | undefined {
  const { clock, encoding, equivalenceClasses } = settings;
  const automaton = clock.run("attachment", () =>
    settings.obtain({
      buildKey: () => attachmentBuildKey(plan, encoding, equivalenceClasses),
      build: () => {
        const built = buildAttachment(plan, encoding, equivalenceClasses);
        if (built.ok) {
          settings.trace?.automaton(traceAttachment(profile, plan, built.value.dfa));
          return built.value;
        }
        reportExplosion(built.error, [], profile, settings);
        return undefined;
      },
    }),
  );
  return automaton && { ...automaton, length: attachmentLength(plan) };
}

/** The two automata of a profile; exec targets are shared between their tables. */
export function compileAutomata<A extends Targets>(
  emissions: readonly Emission[],
  context: RuleContext,
  settings: ProfileSettings<A>,
): Pick<CompiledProfile<A>, "file" | "policydb"> | undefined {
  const { clock, encoding } = settings;
  const version = settings.target.permissionTable;
  const wanted: Readonly<Record<Emission["table"], LabelledEmission[]>> = { file: [], policydb: [] };
  clock.run("patterns", () => {
    for (const emission of emissions) {
      wanted[emission.table].push({ emission, pattern: emission.pattern, label: labelOf(emission, encoding) });
    }
  });
  const file = obtain("file", wanted.file, settings, () => buildFile(wanted.file, context, settings));
  const policydb = obtain("policydb", wanted.policydb, settings, () =>
    buildPolicydb(wanted.policydb, context, settings),
  );
  if (file === "failed" || policydb === "failed") return undefined;
  const names = version === undefined || file === undefined ? [] : file.transitions;
  return { file, policydb: policydb && { ...policydb, transitions: names } };
}

/** `undefined`: there are no patterns. */
function obtain<A extends Targets>(
  table: Emission["table"],
  patterns: readonly LabelledEmission[],
  settings: ProfileSettings<A>,
  build: () => CompiledAutomaton | undefined,
): A | undefined | "failed" {
  if (patterns.length === 0) return undefined;
  const { target, diffEncode, equivalenceClasses, encoding } = settings;
  const about = [table, String(target.permissionTable), diffEncode, equivalenceClasses];
  const buildKey = (): string => encoding.buildKey(about, patterns);
  return settings.obtain({ buildKey: () => settings.clock.run("patterns", buildKey), build }) ?? "failed";
}

function labelOf(emission: Emission, { effects, isExact }: EncodingSession): ReturnType<Effects["label"]> {
  const { table, pattern, priority, mode, permissions, audit } = emission;
  const exec = emission.exec ?? BARE_EXEC;
  return effects.label({ table, priority, mode, exact: isExact(pattern), permissions, audit, exec });
}

function buildFile(
  patterns: readonly LabelledEmission[],
  context: RuleContext,
  settings: Settings,
): CompiledAutomaton | undefined {
  const { clock, encoding } = settings;
  const dfa = buildDfa(patterns, context, settings);
  if (dfa === undefined) return undefined;
  const isConflicting = reportConflicts(dfa, patterns, encoding, context);
  tell(patterns, isConflicting ? undefined : dfa, context, settings);
  const version = settings.target.permissionTable;
  return clock.run("permissions", () => {
    const outputs = finish(dfa, settings);
    const names = targetNames(outputs, encoding.effects);
    const isTooLong = version === undefined && names.length > MOST_PACKED_NAMES;
    if (isTooLong) reportTooManyNames(names, patterns, context, settings);
    if (isTooLong || isConflicting) return undefined;
    const permissions =
      version === undefined
        ? packPermissions(outputs, encoding.effects, names)
        : tabulateFile(outputs, encoding.effects, { names, version });
    const emissions = patterns.map(({ emission }) => emission);
    if (!fitsTables(permissions, names, context, emissions)) return undefined;
    return { dfa: outputs.dfa, permissions, transitions: names, ...writing(settings) };
  });
}

function buildPolicydb(
  patterns: readonly LabelledEmission[],
  context: RuleContext,
  settings: Settings,
): CompiledAutomaton | undefined {
  const { clock, encoding, target } = settings;
  const dfa = buildDfa(patterns, context, settings);
  if (dfa === undefined) return undefined;
  tell(patterns, dfa, context, settings);
  return clock.run("permissions", () => {
    const outputs = finish(dfa, settings);
    const permissions =
      target.permissionTable === undefined ? packPermissions(outputs, encoding.effects, []) : tabulatePolicydb(outputs);
    if (!fitsTables(permissions, [], context, [])) return undefined;
    return { dfa: outputs.dfa, permissions, transitions: [], ...writing(settings) };
  });
}

function finish(dfa: Dfa, { target, encoding }: Settings): NumberedOutputs {
  return numberOutputs(target.permissionTable === undefined ? dfa : separateStart(dfa), encoding.effects);
}

/** `dfa`: `undefined` when its rules contradict each other. */
function tell(
  patterns: readonly LabelledEmission[],
  dfa: Dfa | undefined,
  { profile }: RuleContext,
  { encoding, trace }: Settings,
): void {
  if (trace === undefined) return;
  const emissions = patterns.map(({ emission }) => emission);
  trace.automaton(traceAutomaton(profile, emissions, dfa && numberOutputs(dfa, encoding.effects), encoding.effects));
}

function writing({
  diffEncode,
  equivalenceClasses,
}: Settings): Pick<CompiledAutomaton, "diffEncoded" | "equivalenceClasses"> {
  return { diffEncoded: diffEncode, equivalenceClasses };
}

function buildDfa(patterns: readonly LabelledEmission[], context: RuleContext, settings: Settings): Dfa | undefined {
  const { clock, encoding } = settings;
  const terms = clock.run("patterns", () => factoredTerms(patterns, encoding));
  const built = clock.run("automata", () => encoding.automata.build([...terms]));
  if (built.ok) return built.value;
  reportExplosion(built.error, patterns, context.profile, settings);
  return undefined;
}

/** Rules pointed at when an automaton grows too large: thousands may take part, and the first few show the kind. */
const MOST_NAMED_RULES = 10;

function reportExplosion(
  explosion: Explosion,
  patterns: readonly LabelledEmission[],
  profile: Profile,
  settings: Settings,
): void {
  const origins = explosion.labels.flatMap((label) =>
    patterns.filter((pattern) => pattern.label === label).map(({ emission }) => emission.origin),
  );
  const known = [...new Set(origins)].filter((origin) => origin !== undefined).slice(0, MOST_NAMED_RULES);
  settings.reporter.report(
    "compile/too-many-states",
    profile.origin,
    sentence`the rules of ${{ profile: profile.name }} multiply beyond what one automaton may be: ${{ limit: explosion.limit }} states, or the memory and work they take`,
    { also: known.map(({ span }) => ({ span, message: "this rule takes part in it" })) },
  );
}

/** Points at the rule whose target is the first too many, in the order of the rules. */
function reportTooManyNames(
  names: readonly string[],
  patterns: readonly LabelledEmission[],
  context: RuleContext,
  { encoding }: Settings,
): void {
  const wanted = new Set(names);
  const met = new Set<string>();
  const over = patterns.find(({ emission }) => {
    const name = emission.exec === undefined ? undefined : encoding.effects.execTypes.get(emission.exec).name;
    if (name !== undefined && wanted.has(name)) met.add(name);
    return met.size > MOST_PACKED_NAMES;
  });
  const message = sentence`${{ targets: names.length }} different exec targets, but this kernel's tables can hold only ${{ limit: MOST_PACKED_NAMES }}`;
  const place = over?.emission.origin;
  context.report("compile/too-many-targets", place ?? context.profile.origin, message, {
    label: place === undefined ? "" : `the target of this rule is number ${MOST_PACKED_NAMES + 1}`,
    also: place === undefined ? [] : [{ span: context.profile.origin.span, message: "in this profile" }],
  });
}

/** One profile, from the model to what the kernel reads, stage by stage (compile-semantics 1.1). */
import type { CompileTarget } from "../../language/features/index.ts";
import type { GlobProblem } from "../../language/globs/index.ts";
import type { Alias, Origin, Profile, Rule } from "../../language/model/index.ts";
import type { Dfa, Explosion } from "../automata/index.ts";
import type { CompiledAutomaton, CompiledProfile } from "../compiled/index.ts";
import { type AttachmentPlan, buildAttachment, planAttachment } from "./attachment.ts";
import type { CompileCode } from "./codes.ts";
import { type PlacedPattern, reportConflicts } from "./conflicts.ts";
import type { Emission, RuleContext } from "./context.ts";
import { BARE_EXEC } from "./exec-type.ts";
import { expandRules } from "./expanded.ts";
import { checkMergedExec } from "./file-merge.ts";
import type { ImpliedAccess } from "./implied.ts";
import { emitMarkers } from "./markers.ts";
import {
  numberOutputs,
  packPermissions,
  separateStart,
  tabulateFile,
  tabulatePolicydb,
  targetNames,
} from "./permissions.ts";
import type { Reporter } from "./report.ts";
import { compileRules } from "./rules/index.ts";
import { compileCapabilities, compileFlags, compileNetTable, compileRlimits, createScalars } from "./scalars.ts";
import type { CompileSession, EncodingSession } from "./session.ts";
import type { StageClock } from "./timings.ts";

/** What all profiles of a policy are compiled with. */
export interface ProfileSettings {
  readonly target: CompileTarget;
  readonly session: CompileSession;
  readonly encoding: EncodingSession;
  readonly clock: StageClock;
  readonly reporter: Reporter;
  readonly aliases: readonly Alias[];
  /** Imposed on every profile. */
  readonly namespace: string | undefined;
  readonly forceComplain: boolean;
  readonly diffEncode: boolean;
  readonly equivalenceClasses: boolean;
  readonly upstreamKillSignal: boolean;
  readonly promptFlag: boolean;
}

/** Names an exec table can hold in the old accept words (chapter 5). */
const MOST_PACKED_NAMES = 12;

/** The profile without its children. `undefined`: it cannot be written; the reason has been reported. */
export function compileProfile(
  profile: Profile,
  namespace: string | undefined,
  settings: ProfileSettings,
): CompiledProfile | undefined {
  const { clock, target } = settings;
  const emissions: Emission[] = [];
  const context = createContext(profile, settings, emissions);
  const { accesses, rules } = expandRules(profile, settings.aliases, clock);
  clock.run("merge", () => checkMergedExec(rules, context));
  warnAboutProfile(rules, context);
  const plan = clock.run("attachment", () => planAttachment(profile, settings.aliases, context));
  clock.run("patterns", () => emitAll(rules, accesses, context));
  const xmatch = plan && clock.run("attachment", () => compileAttachment(plan, profile, settings));
  const automata = compileAutomata(emissions, context, settings);
  if (automata === undefined || (plan !== undefined && xmatch === undefined)) return undefined;
  const complain = settings.forceComplain && target.abi === 5;
  const prompts = settings.promptFlag && emissions.some(({ table, mode }) => table === "file" && mode === "prompt");
  return {
    version: versionWord(settings),
    namespace,
    name: profile.name,
    rename: undefined,
    attach: undefined,
    xmatch,
    ...compileFlags(profile, context, { complain, prompts, upstreamKillSignal: settings.upstreamKillSignal }),
    capabilities: compileCapabilities(context.scalars),
    xattrs: plan === undefined || plan.names.length === 0 ? undefined : plan.names,
    rlimits: compileRlimits(context.scalars),
    secmark: undefined,
    netAllowedAf: compileNetTable(context.scalars),
    ...automata,
    data: undefined,
  };
}

/** What 5.0.2 does without a word. */
function warnAboutProfile(rules: readonly Rule[], context: RuleContext): void {
  const { profile, target } = context;
  if (!profile.attachmentWritten && profile.attachment !== undefined && profile.written.includes("//")) {
    const message = `the profile \`${profile.written}\` attaches to \`${profile.attachment.text}\` alone`;
    context.report({ code: "compile/attaches-to-last-part", message, at: profile.origin });
  }
  if (target.permissionTable !== undefined) return;
  const prompting = rules.find((rule) => rule.kind !== "rlimit" && rule.mode === "prompt");
  if (prompting === undefined) return;
  const message = "the kernel cannot ask: what prompt rules cover is denied";
  context.report({ code: "compile/prompt-not-supported", message, at: prompting.origin });
}

/** kernel-abi 2.2. */
function versionWord({ target, forceComplain }: ProfileSettings): number {
  if (target.abi === 5) return 5;
  return target.abi | (forceComplain ? 0x800 : 0) | 0x2000 | 0x200000;
}

export function createContext(profile: Profile, settings: ProfileSettings, emissions: Emission[]): RuleContext {
  const { report } = settings.reporter;
  return {
    target: settings.target,
    profile,
    execTypes: settings.encoding.effects.execTypes,
    scalars: createScalars(),
    emit: (emission) => emissions.push(emission),
    report,
    operand: (operand, kind, origin) => {
      const parsed = settings.session.operand(operand.text, kind);
      if (parsed.ok) return parsed.value;
      const at: Origin = { span: operand.span, includes: origin.includes };
      const message = `\`${operand.text}\` is not a pattern: ${parsed.error.reason}`;
      const code = kind === "name" ? "compile/invalid-name-pattern" : problemCodes[parsed.error.kind];
      report({ code, message, at });
      return undefined;
    },
  };
}

function emitAll(rules: readonly Rule[], accesses: readonly ImpliedAccess[], context: RuleContext): void {
  const nowhere = context.profile.origin;
  for (const { path, word } of accesses) {
    const pattern = context.operand({ text: path, written: path, span: nowhere.span }, "path", nowhere);
    if (pattern === undefined) continue;
    const shared = { table: "file", priority: 0, mode: "allow", audit: 0, origin: undefined } as const;
    context.emit({ ...shared, pattern, permissions: word });
  }
  compileRules(rules, context);
  emitMarkers(context, context.profile.flags.mode);
}

function compileAttachment(
  plan: AttachmentPlan,
  profile: Profile,
  settings: ProfileSettings,
): CompiledProfile["xmatch"] {
  const built = buildAttachment(plan, settings.encoding, settings.equivalenceClasses);
  if (built.ok) return built.value;
  reportExplosion(built.error, [], profile, settings);
  return undefined;
}

/** The two automata of a profile; exec targets are shared between their tables. */
function compileAutomata(
  emissions: readonly Emission[],
  context: RuleContext,
  settings: ProfileSettings,
): Pick<CompiledProfile, "file" | "policydb"> | undefined {
  const { clock, encoding, target } = settings;
  const place = (table: Emission["table"]): PlacedPattern[] =>
    emissions.filter((emission) => emission.table === table).map((emission) => placePattern(emission, encoding));
  const file = clock.run("patterns", () => place("file"));
  const policydb = clock.run("patterns", () => place("policydb"));
  const fileDfa = buildAutomaton(file, context, settings);
  const policydbDfa = buildAutomaton(policydb, context, settings);
  if (fileDfa === "failed" || policydbDfa === "failed") return undefined;
  if (fileDfa !== undefined) reportConflicts(fileDfa, file, encoding, context);
  return clock.run("permissions", () => {
    const version = target.permissionTable;
    const finish = (dfa: Dfa): ReturnType<typeof numberOutputs> =>
      numberOutputs(version === undefined ? dfa : separateStart(dfa), encoding.effects);
    const fileOutputs = fileDfa && finish(fileDfa);
    const names = fileOutputs === undefined ? [] : targetNames(fileOutputs, encoding.effects);
    if (version === undefined && names.length > MOST_PACKED_NAMES) {
      reportTooManyNames(names, context);
      return undefined;
    }
    const shared = { diffEncoded: settings.diffEncode, equivalenceClasses: settings.equivalenceClasses };
    const policydbOutputs = policydbDfa && finish(policydbDfa);
    return {
      file: fileOutputs && {
        dfa: fileOutputs.dfa,
        permissions:
          version === undefined
            ? packPermissions(fileOutputs, encoding.effects, names)
            : tabulateFile(fileOutputs, encoding.effects, { names, version }),
        transitions: names,
        ...shared,
      },
      policydb: policydbOutputs && {
        dfa: policydbOutputs.dfa,
        permissions:
          version === undefined
            ? packPermissions(policydbOutputs, encoding.effects, [])
            : tabulatePolicydb(policydbOutputs),
        transitions: version === undefined ? [] : names,
        ...shared,
      },
    } satisfies Record<"file" | "policydb", CompiledAutomaton | undefined>;
  });
}

function placePattern(emission: Emission, encoding: EncodingSession): PlacedPattern {
  const { table, pattern, priority, mode, permissions, audit } = emission;
  const exec = emission.exec ?? BARE_EXEC;
  const label = encoding.effects.label({
    table,
    priority,
    mode,
    exact: encoding.isExact(pattern),
    permissions,
    audit,
    exec,
  });
  return { emission, label, term: encoding.accepting(pattern, label) };
}

function buildAutomaton(
  patterns: readonly PlacedPattern[],
  context: RuleContext,
  settings: ProfileSettings,
): Dfa | undefined | "failed" {
  if (patterns.length === 0) return undefined;
  const terms = [...new Set(patterns.map(({ term }) => term))];
  const built = settings.clock.run("automata", () => settings.encoding.build(terms));
  if (built.ok) return built.value;
  reportExplosion(built.error, patterns, context.profile, settings);
  return "failed";
}

const MOST_NAMED_RULES = 10;

function reportExplosion(
  explosion: Explosion,
  patterns: readonly PlacedPattern[],
  profile: Profile,
  settings: ProfileSettings,
): void {
  const origins = explosion.labels.flatMap((label) =>
    patterns.filter((pattern) => pattern.label === label).map(({ emission }) => emission.origin),
  );
  const known = [...new Set(origins)].filter((origin) => origin !== undefined).slice(0, MOST_NAMED_RULES);
  settings.reporter.report({
    code: "compile/too-many-states",
    message: `the rules of \`${profile.name}\` multiply to more than ${explosion.limit} states`,
    at: profile.origin,
    also: known.map(({ span }) => ({ span, message: "this rule takes part in it" })),
  });
}

function reportTooManyNames(names: readonly string[], context: RuleContext): void {
  const message = `${names.length} different exec targets, but this kernel's tables hold ${MOST_PACKED_NAMES}`;
  context.report({ code: "compile/too-many-targets", message, at: context.profile.origin });
}

const problemCodes = {
  class: "compile/unclosed-class",
  brace: "compile/unbalanced-braces",
  depth: "compile/deep-braces",
  "trailing-escape": "compile/trailing-backslash",
  syntax: "compile/invalid-pattern",
} as const satisfies Readonly<Record<GlobProblem["kind"], CompileCode>>;

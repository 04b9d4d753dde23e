/** One profile, from the model to what the kernel reads, stage by stage (compile-semantics 1.1). */
import { type Message, sentence } from "../../foundation/diagnostics/index.ts";
import { type GlobProblem, slashes } from "../../language/globs/index.ts";
import type { Origin, Profile, Rule } from "../../language/model/index.ts";
import { type CompiledProfile, FORCE_COMPLAIN, VERSION_MARKS } from "../compiled/index.ts";
import { planAttachment } from "./attachment.ts";
import { compileAttachment, compileAutomata } from "./automata.ts";
import type { CompileCode } from "./codes.ts";
import type { Emission, RuleContext } from "./context.ts";
import { expandRules } from "./expanded.ts";
import { checkMergedExec } from "./file-merge.ts";
import type { ImpliedAccess } from "./implied.ts";
import { fitsTexts } from "./limits.ts";
import { emitMarkers } from "./markers.ts";
import { compileRules } from "./rules/index.ts";
import { shareEmissions } from "./shared.ts";
import { compileCapabilities, compileFlags, compileNetTable, compileRlimits, createScalars } from "./scalars.ts";
import type { ProfileSettings, Settings, Targets } from "./settings.ts";

/** The profile without its children. `undefined`: it cannot be written; the reason has been reported. */
export function compileProfile<A extends Targets>(
  profile: Profile,
  namespace: string | undefined,
  settings: ProfileSettings<A>,
): CompiledProfile<A> | undefined {
  const { clock, target } = settings;
  const emissions: Emission[] = [];
  const context = createContext(profile, settings, emissions);
  const { accesses, rules } = expandRules(profile, settings.aliases, clock);
  // Before patterns are made: such conflicts are decided for paths as they are written.
  clock.run("merge", () => checkMergedExec(rules, context));
  warnAboutProfile(rules, context);
  const plan = clock.run("attachment", () => planAttachment(profile, settings.aliases, context));
  clock.run("patterns", () => emitAll(rules, accesses, context));
  const xmatch = plan && compileAttachment(plan, profile, settings);
  const automata = compileAutomata(emissions, context, settings);
  // from ABI 6 on the version word says it, and the mode stays as written (kernel-abi 2.2)
  const complain = settings.forceComplain && target.abi === 5;
  const prompts = settings.promptFlag && emissions.some(({ table, mode }) => table === "file" && mode === "prompt");
  const flags = compileFlags(profile, context, {
    complain,
    prompts,
    upstreamKillSignal: settings.upstreamKillSignal,
  });
  const xattrs = plan === undefined || plan.names.length === 0 ? undefined : plan.names;
  const isWritable = fitsTexts({ ...flags, namespace, name: profile.name, xattrs }, context);
  if (!isWritable || automata === undefined || (plan !== undefined && xmatch === undefined)) return undefined;
  return {
    version: versionField(settings),
    namespace,
    name: profile.name,
    rename: undefined,
    attach: undefined,
    xmatch,
    ...flags,
    capabilities: compileCapabilities(context.scalars),
    xattrs,
    rlimits: compileRlimits(context.scalars),
    secmark: undefined,
    netAllowedAf: compileNetTable(context.scalars),
    ...automata,
    data: undefined,
  };
}

/** What 5.0.2 does silently (compile-semantics D18): an author who does not learn of it has other policy than was meant. */
function warnAboutProfile(rules: readonly Rule[], context: RuleContext): void {
  const { profile, target } = context;
  if (!profile.attachmentWritten && profile.attachment !== undefined && profile.written.includes("//")) {
    const message = `the profile \`${profile.written}\` attaches to \`${profile.attachment.text}\` alone`;
    context.report("compile/attaches-to-last-part", profile.origin, message);
  }
  if (target.permissionTable !== undefined) return;
  const prompting = rules.find((rule) => rule.kind !== "rlimit" && rule.mode === "prompt");
  if (prompting === undefined) return;
  const message = "the kernel cannot ask: what prompt rules cover is denied";
  context.report("compile/prompt-not-supported", prompting.origin, message);
}

/** The version word (kernel-abi 2.2). ABI 5 has the number alone: its kernels know none of the other bits. */
function versionField({ target, forceComplain }: Settings): number {
  if (target.abi === 5) return 5;
  return target.abi | (forceComplain ? FORCE_COMPLAIN : 0) | VERSION_MARKS;
}

export function createContext(profile: Profile, settings: Settings, emissions: Emission[]): RuleContext {
  const { report } = settings.reporter;
  const { session, trace } = settings;
  const own = {
    target: settings.target,
    profile,
    execTypes: settings.encoding.effects.execTypes,
    scalars: createScalars(),
    emit: (emission: Emission): unknown => emissions.push(emission),
    report,
  };
  const operandWith = (reporting: RuleContext["report"]): RuleContext["operand"] => operandsOf(settings, reporting);
  const context: RuleContext = {
    ...own,
    operand: operandWith(report),
    shared:
      trace === undefined
        ? shareEmissions(own, operandWith, session.emissions)
        : // It hears of every operand.
          (_, __, compile) => compile(context),
  };
  return context;
}

function operandsOf({ session, trace }: Settings, report: RuleContext["report"]): RuleContext["operand"] {
  return (operand, kind, origin) => {
    const parsed = session.operand(operand.text, kind);
    if (parsed.ok) {
      trace?.operand(parsed.value, kind === "path" ? slashes(operand.text) : operand.text, kind);
      return parsed.value;
    }
    const at: Origin = { span: operand.span, includes: origin.includes };
    const message = reasoned(operand.text, parsed.error.reason);
    const code = kind === "name" ? "compile/invalid-name-pattern" : problemCodes[parsed.error.kind];
    report(code, at, message);
    return undefined;
  };
}

/** The reason is a fact too: the drop-in parser has a line of its own around it. */
function reasoned(pattern: string, reason: string): Message {
  const said = sentence`${{ pattern }} is not a pattern: ${reason}`;
  return { ...said, facts: { ...said.facts, reason } };
}

function emitAll(rules: readonly Rule[], accesses: readonly ImpliedAccess[], context: RuleContext): void {
  const nowhere = context.profile.origin;
  for (const { path, bits } of accesses) {
    const pattern = context.operand({ text: path, written: path, span: nowhere.span }, "path", nowhere);
    if (pattern === undefined) continue;
    const shared = { table: "file", priority: 0, mode: "allow", audit: 0, origin: undefined } as const;
    context.emit({ ...shared, pattern, permissions: bits });
  }
  compileRules(rules, context);
  emitMarkers(context, context.profile.flags.mode);
}

const problemCodes = {
  class: "compile/unclosed-class",
  brace: "compile/unbalanced-braces",
  depth: "compile/deep-braces",
  "trailing-escape": "compile/trailing-backslash",
  syntax: "compile/invalid-pattern",
} as const satisfies Readonly<Record<GlobProblem["kind"], CompileCode>>;

/**
 * The pipeline behind `PolicyEngine`: resolve, compile, encode. What files have in common (parsed includes, patterns, automata) is
 * kept for as long as the engine lives; what each file asked of the disk is noted even when the answer was at hand already.
 */
import {
  type CompiledFamily,
  type CompileOptions,
  type CompileSession,
  type CompileWork,
  type Obtain,
  type Trace,
  compileCodes,
  compilePolicy,
  compilePolicyWith,
  createCompileSession,
  familiesOf,
  planPolicy,
  type ProfileFamily,
  rulePatterns,
} from "../compiler/compile/index.ts";
import type { CompiledAutomaton } from "../compiler/compiled/index.ts";
import { encodeAutomaton, type EncodedAutomaton, encodePolicyWith } from "../compiler/policydb/index.ts";
import { decodeBytes, sourceFile } from "../foundation/text/index.ts";
import type { CodeInfo, Diagnostic } from "../foundation/diagnostics/index.ts";
import type { FilesPort } from "../foundation/ports/index.ts";
import { type FeatureTree, parseFeatures } from "../language/features/index.ts";
import type { Policy } from "../language/model/index.ts";
import {
  type ResolveOptions,
  type ResolvedPolicy,
  type ResolveSession,
  createResolveSession,
  resolvePolicy,
  readPolicy,
  resolveCodes,
} from "../language/resolve/index.ts";
import { syntaxCodes } from "../language/syntax/index.ts";
import type { AutomatonCache } from "./caches/automaton-cache.ts";
import type { StoredTables } from "./caches/result-cache.ts";
import { internalCodes, survivingEngine } from "./bug.ts";
import type {
  CheckedSource,
  CompiledSource,
  OwnUnit,
  PolicyEngine,
  PolicySettings,
  PolicySource,
  ProfileOutline,
  SourceStages,
} from "./engine.ts";
import { readImpliesMmap } from "./read-implies-mmap.ts";

/**
 * A compile session that holds more is given up for a new one: what it is worth to later profiles grows slowly from here, and
 * two threads with all they hold are to stay below 512 MiB however many profiles there are.
 */
const MOST_SESSION_BYTES = 32 * 2 ** 20;
/** Where nothing is written two threads are to stay below 300 MiB: over 1,500 profiles they took 360 with the other bound, and a few hundredths less CPU. */
const MOST_VERIFYING_BYTES = 16 * 2 ** 20;

type Automaton = CompiledAutomaton | EncodedAutomaton;

function obtainFrom(cache: AutomatonCache | undefined): Obtain<Automaton> {
  if (cache === undefined) return ({ build }) => build();
  return ({ buildKey, build }) =>
    cache.recall(buildKey(), () => {
      const built = build();
      return built && encodeAutomaton(built, false);
    });
}

interface Memory {
  readonly compile: () => CompileSession;
  /** Gives up a session that holds more than so many bytes. */
  readonly bound: (mostBytes: number) => void;
  readonly obtain: Obtain<Automaton>;
  readonly automata: AutomatonCache | undefined;
  readonly resolve: (files: FilesPort) => ResolveSession;
  readonly forgetFiles: () => void;
  /** Of the files of the policy that was resolved last. */
  readonly gists: () => ((path: string) => string | undefined) | undefined;
  readonly noteResolved: (resolved: ResolvedPolicy) => void;
  readonly features: (text: string) => FeatureTree;
}

function createMemory(automata: AutomatonCache | undefined): Memory {
  const trees = new Map<string, FeatureTree>();
  let session: ResolveSession | undefined;
  let sessionFiles: FilesPort | undefined;
  let isCurrent = true;
  let isSpliced = false;
  let compileSession = createCompileSession();
  const bound = (mostBytes: number): void => {
    if (compileSession.bytes() > mostBytes) compileSession = createCompileSession();
  };
  return {
    obtain: obtainFrom(automata),
    automata,
    compile: () => {
      bound(MOST_SESSION_BYTES);
      return compileSession;
    },
    bound,
    resolve: (files) => {
      if (session === undefined || !isCurrent) {
        session = session?.renew(files) ?? createResolveSession(files);
        sessionFiles = files;
      }
      isCurrent = true;
      // Files that the session itself asks have heard all that it knows.
      return files === sessionFiles ? session : tell(files, session);
    },
    forgetFiles: () => {
      isCurrent = false;
    },
    gists: () => (isSpliced ? undefined : session?.gist),
    noteResolved: (resolved) => {
      ({ isSpliced } = resolved);
    },
    features: (text) => {
      const known = trees.get(text);
      if (known !== undefined) return known;
      const { tree } = parseFeatures(text);
      trees.set(text, tree);
      return tree;
    },
  };
}

/** The session, which remembers, and beside it the files of this one run, which are to hear every question: once, however often it is asked. */
function tell(files: FilesPort, session: ResolveSession): ResolveSession {
  const [heardRead, heardKind, heardList] = [once(files.read), once(files.kind), once(files.list)];
  return {
    ...session,
    source: (path) => {
      heardRead(path);
      return session.source(path);
    },
    kind: (path) => {
      heardKind(path);
      return session.kind(path);
    },
    members: (path) => {
      heardList(path);
      return session.members(path);
    },
  };
}

function once(ask: (path: string) => unknown): (path: string) => void {
  const asked = new Set<string>();
  return (path) => {
    if (asked.has(path)) return;
    asked.add(path);
    ask(path);
  };
}

/** An engine that knows nothing but the automata of a cache. A bug in armorer costs the file it is found in, and what was remembered. */
export function createEngine(automata?: AutomatonCache): PolicyEngine {
  return survivingEngine(() => openEngine(automata));
}

function openEngine(automata: AutomatonCache | undefined): PolicyEngine {
  const memory = createMemory(automata);
  return {
    check: (source, settings, files) =>
      describeResolved(source, resolve(source, settings, { files, memory }), settings),
    outline: (source, settings, files) =>
      describeResolved(source, beforeExpansion(resolve(source, settings, { files, memory }, "names")), settings),
    verify: (source, settings, files) => {
      memory.bound(MOST_VERIFYING_BYTES);
      return compileResolved(source, settings, { files, memory }).checked;
    },
    compile: (source, settings, files) => compile(source, settings, { files, memory }),
    gists: memory.gists,
    session: memory.resolve,
    forgetFiles: memory.forgetFiles,
    stages: (source, settings, files) => stagesOf(source, settings, { files, memory }),
  };
}

/** What is said of the values of variables, which apparmor_parser looks at after names and texts are printed. */
const EXPANSION: ReadonlySet<string> = new Set([
  "resolve/variable-boolean",
  "resolve/variable-comma",
  "resolve/variable-name",
  "resolve/variable-recursive",
  "resolve/variable-too-large",
  "resolve/variable-undefined",
  "resolve/variable-value-lost",
  "resolve/variable-value-undefined",
]);

function beforeExpansion(resolved: ResolvedPolicy): ResolvedPolicy {
  return { ...resolved, diagnostics: resolved.diagnostics.filter(({ code }) => !EXPANSION.has(code)) };
}

interface World {
  readonly files: FilesPort;
  readonly memory: Memory;
}

function resolveOptions(settings: PolicySettings, { files, memory }: World): ResolveOptions {
  const { policyFeatures } = settings;
  return {
    files,
    search: [...settings.includePath, settings.base],
    cwd: settings.workingDirectory,
    session: memory.resolve(files),
    kernelFeatures: memory.features(settings.kernelFeatures),
    policyFeatures: policyFeatures.kind === "text" ? memory.features(policyFeatures.text) : undefined,
    namespace: settings.namespace,
  };
}

function resolve(
  source: PolicySource,
  settings: PolicySettings,
  world: World,
  only?: NonNullable<ResolveOptions["only"]>,
): ResolvedPolicy {
  const main = sourceFile(source.path, decodeBytes(source.bytes));
  const options = resolveOptions(settings, world);
  const resolved = resolvePolicy({ source: main }, only === undefined ? options : { ...options, only });
  world.memory.noteResolved(resolved);
  return resolved;
}

function compile(source: PolicySource, settings: PolicySettings, world: World): CompiledSource<OwnUnit> {
  const { checked, families, work } = compileResolved(source, settings, world);
  const units = checked.ok ? families.map((family) => unitOf(family, world.memory.automata)) : [];
  return { ...checked, units, work };
}

interface CompiledPolicyFile {
  readonly checked: CheckedSource;
  readonly resolved: ResolvedPolicy;
  readonly families: readonly CompiledFamily<Automaton>[];
  readonly work: CompileWork;
}

function compileResolved(
  source: PolicySource,
  settings: PolicySettings,
  world: World,
  trace?: Trace,
): CompiledPolicyFile {
  const resolved = resolve(source, settings, world);
  const { memory } = world;
  const options = compileOptions(settings, memory);
  const policy = ruled(resolved, settings);
  // Automata that were built before would tell nothing, so with a trace all are built.
  const compiled =
    trace === undefined
      ? compilePolicyWith(memory.obtain, policy, options)
      : compilePolicy(policy, { ...options, trace });
  const checked = describe(source, resolved, compiled.value, withoutEchoes(resolved.diagnostics, compiled.diagnostics));
  return { checked, resolved, families: compiled.value, work: compiled.work };
}

/** The policy as it is to be compiled. */
function ruled(resolved: ResolvedPolicy, settings: PolicySettings): Policy {
  return settings.readImpliesExec ? readImpliesMmap(resolved.value) : resolved.value;
}

function compileOptions(settings: PolicySettings, memory: Memory): CompileOptions {
  const policyFeatures = chosenFeatures(settings, memory);
  return {
    kernelFeatures: memory.features(settings.kernelFeatures),
    policyFeatures,
    overrideFeatures: settings.overrideAbi ? policyFeatures : undefined,
    session: memory.compile(),
    forceComplain: settings.forceComplain,
    namespace: settings.namespace,
    ...settings.encoding,
  };
}

/** The stages one by one, with what each makes. */
function stagesOf(source: PolicySource, settings: PolicySettings, world: World): SourceStages {
  return {
    read: () => {
      const main = sourceFile(source.path, decodeBytes(source.bytes));
      const value = readPolicy({ source: main }, resolveOptions(settings, world));
      return { source: describeResolved(source, value, settings), value };
    },
    headers: () => {
      const value = resolve(source, settings, world, "headers");
      return { source: describeResolved(source, value, settings), value };
    },
    resolve: () => {
      const value = resolve(source, settings, world);
      return { source: describeResolved(source, value, settings), value };
    },
    plan: () => {
      const resolved = resolve(source, settings, world);
      const value = planPolicy(ruled(resolved, settings), compileOptions(settings, world.memory));
      const more = withoutEchoes(resolved.diagnostics, value.diagnostics);
      return { source: describe(source, resolved, value.profiles, more), value };
    },
    compile: (trace) => {
      const { checked, resolved } = compileResolved(source, settings, world, trace);
      return { source: checked, value: resolved };
    },
    variant: (policy) =>
      compilePolicy(policy, compileOptions(settings, world.memory)).value.flatMap(({ profiles }) => profiles),
    patterns: (profile, policy) => rulePatterns(profile, policy, compileOptions(settings, world.memory), () => true),
  };
}

const UNENFORCED: ReadonlySet<string> = new Set(["rule-not-enforced", "rule-downgraded"]);

/** What the compiler says of a place that is known to be wrong is a consequence; it is not reported. */
function withoutEchoes(known: readonly Diagnostic[], more: readonly Diagnostic[]): readonly Diagnostic[] {
  const wrong = known
    .filter(({ code, severity }) => severity === "error" || code === "resolve/exec-target-variable")
    .map(({ at }) => at.span);
  if (wrong.length === 0) return more;
  // A reference that was not expanded stays as it is written, which is no pattern.
  const isUnexpanded = known.some(({ code }) => EXPANSION.has(code));
  // What is enforced is up to an ABI that nobody has read.
  const isAbiUnread = known.some(({ code, severity }) => code.startsWith("resolve/abi-") && severity === "error");
  return more.filter(
    ({ at: { span }, facts, code }) =>
      !(isAbiUnread && UNENFORCED.has(compileClasses[code]?.class ?? "")) &&
      !(isUnexpanded && String(facts["pattern"] ?? "").includes("@{")) &&
      !wrong.some(({ file, start, end }) => file === span.file && start < span.end && span.start < end),
  );
}

function chosenFeatures(settings: PolicySettings, memory: Memory): FeatureTree | undefined {
  const { policyFeatures } = settings;
  if (policyFeatures.kind === "default") return undefined;
  return memory.features(policyFeatures.kind === "kernel" ? settings.kernelFeatures : policyFeatures.text);
}

function outlineOf({ profile, namespace, children }: ProfileFamily, parent?: ProfileFamily): ProfileOutline {
  const above = parent === undefined ? "" : `${parent.profile.name}//`;
  return {
    namespace,
    name: profile.name.startsWith(above) ? profile.name.slice(above.length) : profile.name,
    written: profile.written,
    hat: profile.hat,
    attachment: profile.xattrs.length === 0 ? profile.attachment?.text : undefined,
    span: profile.origin.span,
    children: children.map((child) => outlineOf(child, { profile, namespace, children })),
  };
}

/** Each family is a stream of its own: one write to the kernel, all or nothing. */
function unitOf(family: CompiledFamily<Automaton>, automata: AutomatonCache | undefined): OwnUnit {
  const tables: StoredTables[] = [];
  const bytes = encodePolicyWith((written, start) => {
    const name = automata?.nameOf(written);
    if (name !== undefined) tables.push({ name, start, end: start + written.length });
  }, family);
  return { outline: outlineOf(family), bytes, tables };
}

export { conflictsBetween } from "./conflicts.ts";

/** Every code the pipeline may give. */
export const codes: Readonly<Record<string, CodeInfo>> = {
  ...syntaxCodes,
  ...resolveCodes,
  ...compileCodes,
  ...internalCodes,
};

const compileClasses: Readonly<Record<string, { readonly class?: string | undefined }>> = compileCodes;
const resolveClasses: Readonly<Record<string, { readonly class?: string | undefined }>> = resolveCodes;

function warningClasses(diagnostics: readonly Diagnostic[]): Record<string, string> {
  const classes: Record<string, string> = {};
  for (const { code } of diagnostics) {
    const named = resolveClasses[code]?.class ?? compileClasses[code]?.class;
    if (named !== undefined) classes[code] = named;
  }
  return classes;
}

/** A source that nothing but reading is done with. */
function describeResolved(source: PolicySource, resolved: ResolvedPolicy, settings: PolicySettings): CheckedSource {
  return describe(source, resolved, familiesOf(resolved.value, settings.namespace), []);
}

function describe(
  source: PolicySource,
  resolved: ResolvedPolicy,
  families: readonly ProfileFamily[],
  more: readonly Diagnostic[],
): CheckedSource {
  const diagnostics = [...resolved.diagnostics, ...more];
  const spans = diagnostics.flatMap(({ at, also }) => [at.span.file, ...also.map((label) => label.span.file)]);
  const wanted = new Set(spans);
  return {
    path: source.path,
    ok: !diagnostics.some(({ severity }) => severity === "error"),
    profiles: families.map((family) => outlineOf(family)),
    diagnostics,
    warningClasses: warningClasses(diagnostics),
    texts: [...resolved.sources.values()].filter((text) => wanted.has(text.id)),
    files: resolved.value.files,
  };
}

/** The big parts, each loaded when it is first needed: a command that asks for a version or a status must not pay for them. */
import type { CodeInfo } from "../foundation/diagnostics/index.ts";
import type { AutomatonCache } from "./caches/automaton-cache.ts";
import type { FilesPort } from "../foundation/ports/index.ts";
import type { Learner, PolicyEngine, PolicySettings } from "./engine.ts";
import type { FormatOptions, FormattedText } from "./format.ts";

/** The decoder of compiled policy. */
export async function loadDecoder(): Promise<typeof import("./decode.ts").decodeStream> {
  return (await import("./decode.ts")).decodeStream;
}

/** Who is in a stream. */
export async function loadStreamReader(): Promise<typeof import("./decode.ts").profilesOfStream> {
  return (await import("./decode.ts")).profilesOfStream;
}

/** The comparison of two policies. */
export async function loadComparer(): Promise<typeof import("./comparing.ts").comparePolicies> {
  return (await import("./comparing.ts")).comparePolicies;
}

/** Questions to policy. */
export async function loadMeaning(): Promise<typeof import("./meaning.ts")> {
  return import("./meaning.ts");
}

/** The formatter of profile texts. */
export async function loadFormatter(): Promise<
  (path: string, bytes: Uint8Array, options: FormatOptions) => FormattedText
> {
  return (await import("./format.ts")).formatText;
}

/** Learning, and the compiler that tries what is learned. */
export async function loadLearner(): Promise<Learner> {
  const [{ needKey, openLearning, writeLearned }, engine, compare] = await Promise.all([
    import("./learning.ts"),
    loadEngine(),
    loadComparer(),
  ]);
  return {
    open: (request, settings, files) =>
      openLearning({ request, settings, files, engine, compare: (sides) => compare(sides, engine, () => undefined) }),
    keyOf: needKey,
    write: writeLearned,
  };
}

/** The rules that single events ask for. */
export async function loadEventRules(): Promise<typeof import("./learning.ts").ruleOfEvent> {
  return (await import("./learning.ts")).ruleOfEvent;
}

/** Bringing rules of other files into a policy. */
export async function loadMerger(): Promise<
  (
    request: import("./merging.ts").MergeRequest,
    settings: PolicySettings,
    files: FilesPort,
  ) => import("./merging.ts").Merging
> {
  const [{ openMerging }, engine] = await Promise.all([import("./merging.ts"), loadEngine()]);
  return (request, settings, files) => openMerging(request, settings, files, engine);
}

/** The first profile of a program. */
export async function loadNewProfiles(): Promise<typeof import("./new-profile.ts").newProgramText> {
  return (await import("./new-profile.ts")).newProgramText;
}

/** What a program needs to start. */
export async function loadStartRules(): Promise<typeof import("./new-profile.ts").rulesToStart> {
  return (await import("./new-profile.ts")).rulesToStart;
}

/** Profiles from templates. */
export async function loadEasyprof(): Promise<typeof import("./easyprof.ts")> {
  return import("./easyprof.ts");
}

/** The includes of browsers' profiles. */
export async function loadBrowsers(): Promise<typeof import("./browsers.ts")> {
  return import("./browsers.ts");
}

/** What of a directory of profiles is in force, and changes of that. */
export async function loadPolicySet(): Promise<typeof import("./policy-set.ts")> {
  return import("./policy-set.ts");
}

/** Who can become what. */
export async function loadReach(): Promise<typeof import("./reach.ts")> {
  return import("./reach.ts");
}

/** What is superfluous or dangerous. */
export async function loadLinter(): Promise<typeof import("./lint.ts")> {
  return import("./lint.ts");
}

/** Taking out what is superfluous. */
export async function loadCleaner(): Promise<typeof import("./cleaning.ts")> {
  return import("./cleaning.ts");
}

/** Texts for older releases. */
export async function loadPorter(): Promise<typeof import("./port.ts")> {
  return import("./port.ts");
}

/** Profiles of programs that need user namespaces. */
export async function loadApps(): Promise<typeof import("./apps.ts")> {
  return import("./apps.ts");
}

/** Profiles for those who ship them. */
export async function loadPackaging(): Promise<typeof import("./packaging.ts")> {
  return import("./packaging.ts");
}

/** What every diagnostic code means. */
export async function loadCodes(): Promise<Readonly<Record<string, CodeInfo>>> {
  return (await import("./pipeline.ts")).codes;
}

/** What does not go together between files. */
export async function loadConflicts(): Promise<typeof import("./conflicts.ts").conflictsBetween> {
  return (await import("./pipeline.ts")).conflictsBetween;
}

/** What a text says but for comments and the like. */
export async function loadGists(): Promise<typeof import("./gist.ts").gistOfBytes> {
  return (await import("./gist.ts")).gistOfBytes;
}

/**
 * The pipeline itself. `automata` are used and added to; without them only
 * the engine's own memory is.
 */
export async function loadEngine(automata?: AutomatonCache): Promise<PolicyEngine> {
  return (await import("./pipeline.ts")).createEngine(automata);
}

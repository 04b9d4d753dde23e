import {
  type LoadTarget,
  type LoadedUnit,
  fullNames,
  loadStreamReader,
  loadUnits,
  resultCache,
  submit,
} from "../../app/index.ts";
import { frameDiagnostics } from "../../foundation/diagnostics/index.ts";
import { type FileId, type SourceFile, displayText, sourceFile } from "../../foundation/text/index.ts";
import { nodeDigest } from "../../host/index.ts";
import { cacheDirectoryOf, cacheOptions } from "./cache-directory.ts";
import { runCached } from "../../service/index.ts";
import { type Command, EXIT, type Invocation, printJson, usageError } from "./command.ts";
import { compilePool } from "../../service/index.ts";
import { markedFiles, tellMarked } from "./marked-files.ts";
import { kernelRefusalText } from "../without-apparmor.ts";
import { paint } from "./paint.ts";
import { missingIncludes, whereIncludesAre } from "./where-includes-are.ts";
import {
  type Inputs,
  jobCount,
  policyOptions,
  policySettings,
  readInputs,
  tellWhereFilesAre,
} from "./policy-options.ts";
import { tellerOf, tellWithheld } from "./told-once.ts";

interface Loaded {
  readonly path: string;
  readonly profiles: readonly string[];
  readonly ok: boolean;
  readonly message: string;
}

function outcomeOf(path: string, { outline, refusal }: LoadedUnit, { foresee, kernel }: Target): Loaded {
  const profiles = fullNames(outline);
  if (foresee !== undefined) return { path, profiles, ...foresee(profiles) };
  if (refusal === undefined) return { path, profiles, ok: true, message: "loaded" };
  const there = refusal.kind === "policy-rejected" && refusal.errno === "EEXIST";
  return { path, profiles, ok: false, message: there ? "is loaded already" : kernelRefusalText(refusal, kernel) };
}

/** Where it is not known what is loaded, or in which namespace. */
const EITHER = "would be loaded, new or in place of what is loaded";

/** Where policy goes, or would go. */
interface Target extends LoadTarget {
  /** What would become of profiles of these names, where nothing is loaded. */
  readonly foresee: ((profiles: readonly string[]) => Pick<Loaded, "ok" | "message">) | undefined;
}

function targetOf(call: Invocation): Target {
  const kernel = call.io.kernelAt(call.root === undefined ? {} : { root: call.root });
  const how = call.has("add") ? "add" : "replace";
  if (!call.has("dry-run")) return { kernel, how, foresee: undefined };
  const listed = kernel.profiles();
  if (!listed.ok)
    call.io.err(`armorer load: what is loaded cannot be listed: ${kernelRefusalText(listed.error, kernel)}\n`);
  const loaded = listed.ok ? new Set(listed.value.map(({ name }) => name)) : undefined;
  const foresee = (profiles: readonly string[]): Pick<Loaded, "ok" | "message"> => {
    if (loaded === undefined) return { ok: true, message: EITHER };
    const isThere = profiles.some((name) => loaded.has(name));
    if (isThere && how === "add") return { ok: false, message: "is loaded already" };
    return { ok: true, message: isThere ? "would be replaced" : "would be loaded" };
  };
  return { kernel: undefined, how, foresee };
}

/** What is loaded of the texts: of a directory without what `disable/` switches off; what `force-complain/` names complains, however it was found. */
function effective(
  texts: Inputs["texts"],
  call: Invocation,
): { readonly texts: Inputs["texts"]; readonly complaining: ReadonlySet<string> } {
  const { complaining, disabled } = markedFiles(
    texts.map(({ path }) => path),
    call,
  );
  const named = new Set(call.operands);
  const isLeftOut = (path: string): boolean => disabled.has(path) && !named.has(path);
  const off = [...disabled];
  tellMarked("armorer load: switched off by `disable/` and not loaded", off.filter(isLeftOut), call);
  const isKept = (path: string): boolean => !isLeftOut(path);
  tellMarked("armorer load: switched off by `disable/`, and loaded all the same", off.filter(isKept), call);
  tellMarked("armorer load: in complain mode because of `force-complain/`", complaining, call);
  return { texts: texts.filter(({ path }) => isKept(path)), complaining };
}

async function loadTexts(all: Inputs["texts"], call: Invocation): Promise<Loaded[] | string> {
  const { io } = call;
  const { complaining, texts } = effective(all, call);
  const policy = policySettings(call);
  if (!policy.ok) return policy.error;
  const settings = { ...policy.value, forceComplain: call.has("complain") };
  const target = targetOf(call);
  const results: Loaded[] = [];
  const cache = cacheDirectoryOf(call);
  const known = cache === undefined ? undefined : resultCache(cache, io.files, nodeDigest);
  const pool = compilePool(jobCount(call), cache, call.io.files, call.root);
  const teller = tellerOf(texts.map(({ path }) => path));
  const missing: string[] = [];
  let index = 0;
  try {
    const shared = { goal: "compile" as const, observe: cache !== undefined };
    const requests = texts.map((text) => {
      const own = complaining.has(text.path) ? { ...settings, forceComplain: true } : settings;
      return { ...text, ...shared, policy: own };
    });
    for await (const { source } of runCached(pool, requests, known, io)) {
      const path = texts[index]?.path ?? "";
      index += 1;
      const sources = new Map(source.texts.map((text) => [text.id, text]));
      const find = (file: FileId): SourceFile | undefined => sources.get(file);
      const file = source.texts.find((text) => text.path === path) ?? sourceFile(path, "");
      io.err(frameDiagnostics([{ file, ok: source.ok, diagnostics: teller.tell(source.diagnostics) }], { find }));
      missing.push(...missingIncludes(source.diagnostics, find));
      if (!source.ok) {
        const first = source.diagnostics.find(({ severity }) => severity === "error");
        const message = `cannot be compiled${first === undefined ? "" : `: ${first.message}`}`;
        results.push({ path, profiles: [], ok: false, message });
      }
      if (source.ok && source.units.length === 0)
        results.push({ path, profiles: [], ok: true, message: "there is no profile in it" });
      const loaded = loadUnits(source.units, target);
      results.push(...loaded.map((unit) => outcomeOf(path, unit, target)));
    }
  } finally {
    await pool.close();
  }
  tellWithheld(teller, call);
  const where =
    missing.length === 0
      ? undefined
      : whereIncludesAre(
          missing,
          texts.map(({ path }) => path),
          call,
        );
  if (where !== undefined) io.err(`armorer load: ${where}\n`);
  return results;
}

async function loadBlobs(texts: Inputs["texts"], call: Invocation): Promise<Loaded[]> {
  const target = targetOf(call);
  if (target.foresee !== undefined) {
    const profilesOf = await loadStreamReader();
    return texts.map(({ path, bytes }) => {
      const read = profilesOf(bytes);
      if (!read.ok) return { path, profiles: [], ok: false, message: read.error };
      return { path, profiles: read.value.map(({ name }) => name), ok: true, message: EITHER };
    });
  }
  return texts.map(({ path, bytes }) => {
    const done = submit(bytes, target);
    return {
      path,
      profiles: [],
      ok: done.ok,
      message: done.ok ? "loaded" : kernelRefusalText(done.error, target.kernel),
    };
  });
}

async function run(call: Invocation): Promise<number> {
  if (call.operands.length === 0) return usageError(call.io, "load", "name a file, or `-` for standard input");
  const { texts, refusals } = readInputs(call);
  for (const refusal of refusals) call.io.err(`armorer load: ${displayText(refusal)}\n`);
  tellWhereFilesAre(call);
  if (texts.length === 0) return EXIT.bad;
  const results = call.has("binary") ? await loadBlobs(texts, call) : await loadTexts(texts, call);
  if (typeof results === "string") return usageError(call.io, "load", displayText(results));
  if (call.json) printJson(call.io, "armorer/load/1", { results, refusals });
  else {
    for (const { path, profiles, ok, message } of results) {
      const what = profiles.length > 0 ? profiles.join(", ") : path;
      const line = [
        `${displayText(what)}${what === "" ? "" : ": "}`,
        paint(displayText(message), ok ? "good" : "error"),
        "\n",
      ];
      if (ok) call.io.out(line);
      else call.io.err(line);
    }
  }
  return refusals.length === 0 && results.every((result) => result.ok) ? EXIT.fine : EXIT.bad;
}

export const command: Command = {
  name: "load",
  summary: "compile profiles and load them into the kernel",
  isSlow: true,
  paths: "all",
  usage: "[OPTION]... FILE|DIR...",
  examples: [
    ["armorer load /etc/apparmor.d/usr.bin.man", "compile a file and replace its profiles in the kernel"],
    ["armorer load --dry-run /etc/apparmor.d", "what would be loaded, what replaced, and what is left out"],
    ["armorer load --complain /etc/apparmor.d", "load everything, but only log what would be refused"],
  ],
  options: [
    ...policyOptions,
    ...cacheOptions,
    { key: "add", long: "add", short: "a", about: "refuse profiles that are already loaded instead of replacing them" },
    { key: "complain", long: "complain", short: "C", about: "load everything in complain mode" },
    { key: "binary", long: "binary", short: "B", about: "the files are already compiled" },
    { key: "dry-run", long: "dry-run", about: "say what would be loaded, and load nothing" },
  ],
  conflicts: [
    ["cache", "no-cache"],
    // What is compiled already is what it is.
    ...[...policyOptions, ...cacheOptions].map(({ key }) => [key, "binary"] as const),
    ["complain", "binary"],
  ],
  details:
    "A profile and its children are loaded in one step or not at all: if the kernel refuses them, what was loaded before\n" +
    "stays in force. A file that cannot be compiled or is refused never stops the others. Of a DIR, files that `disable/`\n" +
    "switches off are not loaded; those that `force-complain/` names are loaded in complain mode.",
  run,
};

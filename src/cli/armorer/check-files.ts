/** Goes through the files of a call and hands over what is to be said of each as it is known; what files have against each other comes last. */
import {
  type CheckedSource,
  createTeller,
  loadCodes,
  loadConflicts,
  type OutlinedFile,
  type PolicySettings,
  type ResultCache,
  resultCache,
  type Withheld,
} from "../../app/index.ts";
import {
  type Diagnostic,
  type FileReport,
  type FindSource,
  makeDiagnostic,
  sentence,
  sortDiagnostics,
} from "../../foundation/diagnostics/index.ts";
import { decodeBytes, type SourceFile, sourceFile } from "../../foundation/text/index.ts";
import { nodeClock, nodeDigest } from "../../host/index.ts";
import { type CompilePool, compilePool, runCached } from "../../service/index.ts";
import { cacheDirectoryOf } from "./cache-directory.ts";
import type { Invocation } from "./command.ts";
import { markedFiles } from "./marked-files.ts";
import { type FindIncluder, type Includer, includersIn } from "./includers.ts";
import type { Inputs, Unreadable } from "./policy-options.ts";
import { isMeantCode } from "./value-types.ts";
import { startProgress } from "./progress.ts";

/** Takes a report with the texts that it points into. */
export type Show = (report: FileReport, find: FindSource) => void;

export interface CheckCount {
  readonly files: number;
  readonly bad: number;
  readonly errors: number;
  readonly warnings: number;
  readonly hints: number;
  readonly withheld: Withheld;
  /** Those that `disable/` switches off. */
  readonly disabled: readonly string[];
  /** Those that have rules and no profile. */
  readonly fragments: readonly string[];
  /** Those that were checked as a profile includes them, with its path. */
  readonly within: readonly (readonly [path: string, by: string])[];
  /** How many of the files have a profile, or were checked with one. */
  readonly withProfiles: number;
  /** How many of the files are known from an earlier check, and have not changed, nor what they include. */
  readonly cached: number;
}

/** A path as everybody else would say it: absolute, without `.`, `..` and doubled slashes. */
function absolute(path: string, { io }: Invocation): string {
  const whole = path.startsWith("/") ? path : `${io.workingDirectory}/${path}`;
  const parts: string[] = [];
  for (const part of whole.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** Errors always count; a warning or hint that was switched off by code is not reported. */
function isWanted(diagnostic: Diagnostic, call: Invocation): boolean {
  return diagnostic.severity === "error" || !call.values("allow").some((word) => isMeantCode(word, diagnostic.code));
}

/** A file that cannot be read is one that cannot be used: it is in every report. */
async function unreadableReport({ path, reason }: Unreadable): Promise<FileReport> {
  const file = sourceFile(path, "");
  const at = { span: { file: file.id, start: 0, end: 0 }, includes: [] };
  const message = sentence`the policy file ${{ path }} cannot be read: ${reason}`;
  return {
    file,
    ok: false,
    diagnostics: [makeDiagnostic(await loadCodes(), "resolve/file-not-found", at, message)],
  };
}

class Collector {
  readonly #call: Invocation;
  readonly #show: Show;
  readonly #teller: ReturnType<typeof createTeller>;
  readonly #bad = new Set<string>();
  readonly #count = { files: 0, errors: 0, warnings: 0, hints: 0 };

  constructor(inputs: Inputs, call: Invocation, show: Show) {
    const own = new Set(inputs.texts.map(({ path }) => absolute(path, call)));
    const isOwn = (path: string): boolean => own.has(absolute(path, call)) || /(?:^|\/)local\//.test(path);
    this.#call = call;
    this.#show = show;
    this.#teller = createTeller({
      all: call.has("all"),
      isOwn,
      repeatsErrors: call.json || call.has("sarif") || call.has("fix"),
    });
  }

  /** A file that was checked. */
  add(report: FileReport, texts: readonly SourceFile[]): void {
    this.#count.files += 1;
    this.say(report, texts);
  }

  /** More of a file that was added, or all of it. */
  say({ diagnostics, file, ok }: FileReport, texts: readonly SourceFile[]): void {
    const call = this.#call;
    const shown = this.#teller.tell(sortDiagnostics(diagnostics.filter((one) => isWanted(one, call))));
    const isStrict = call.has("strict") && shown.some(({ severity }) => severity === "warning");
    for (const { severity } of shown)
      this.#count[severity === "error" ? "errors" : severity === "warning" ? "warnings" : "hints"] += 1;
    if (!ok || isStrict) this.#bad.add(file.path);
    this.#show({ file, ok: ok && !isStrict, diagnostics: shown }, (id) => texts.find((one) => one.id === id));
  }

  count(more: Omit<CheckCount, "files" | "errors" | "warnings" | "hints" | "bad" | "withheld">): CheckCount {
    return { ...this.#count, bad: this.#bad.size, withheld: this.#teller.withheld(), ...more };
  }
}

/** Checks every file; `show` hears of each, and of a file with conflicts once more. */
export async function checkFiles(
  inputs: Inputs,
  policyOf: (path: string) => PolicySettings,
  { call, jobs, show }: { readonly call: Invocation; readonly jobs: number; readonly show: Show },
): Promise<CheckCount> {
  const pool = compilePool(jobs, undefined, call.io.files, call.root);
  const cache = cacheOf(inputs, call);
  const progress = startProgress(call.io, inputs.texts.length, nodeClock.monotonicMs);
  const collector = new Collector(inputs, call, (report, find) => {
    if (report.diagnostics.length > 0) progress.clear();
    show(report, find);
  });
  const { disabled } = markedFiles(
    inputs.texts.map(({ path }) => path),
    call,
    (path) => policyOf(path).base,
  );
  const loaded: (OutlinedFile & { readonly input: number })[] = [];
  const fragments: string[] = [];
  const within: (readonly [string, string])[] = [];
  let [cached, withProfiles] = [0, 0];
  try {
    const includerOf = findIncluders(policyOf, pool, call);
    const texts: { readonly text: Inputs["texts"][number]; readonly by: Includer | undefined }[] = [];
    for (const text of inputs.texts) texts.push({ text, by: await includerOf(text.path) });
    const requests = texts.map(({ by, text }) => ({
      ...(by ?? text),
      policy: policyOf(text.path),
      goal: "verify" as const,
      observe: cache !== undefined,
    }));
    let input = 0;
    for await (const { cached: isKnown, source } of runCached(pool, requests, cache, call.io)) {
      const { by, text } = texts[input] ?? {};
      if (text === undefined) continue;
      input += 1;
      if (isKnown) cached += 1;
      progress.step(text.path);
      if (by !== undefined) {
        within.push([text.path, by.path]);
        withProfiles += 1;
        collector.add(partOf(text, source, call), source.texts);
        continue;
      }
      const own = source.texts.find((file) => file.path === text.path) ?? textOf(text);
      collector.add({ file: own, ok: source.ok, diagnostics: source.diagnostics }, source.texts);
      if (!disabled.has(text.path))
        loaded.push({ input: input - 1, path: absolute(text.path, call), profiles: source.profiles });
      if (source.profiles.length === 0 && source.diagnostics.some(isOutside)) fragments.push(text.path);
      if (source.profiles.length > 0) withProfiles += 1;
    }
    await sayConflicts(loaded, inputs, collector);
    for (const one of inputs.unreadable) collector.add(await unreadableReport(one), []);
  } finally {
    progress.clear();
    await pool.close();
  }
  return collector.count({ disabled: [...disabled], fragments, within, withProfiles, cached });
}

/** Fewer files are checked sooner than looked for, and nothing is written for them. */
const WORTH_A_CACHE = 12;

function cacheOf({ texts }: Inputs, call: Invocation): ResultCache | undefined {
  if (texts.length < WORTH_A_CACHE && call.value("cache") === undefined) return undefined;
  const directory = cacheDirectoryOf(call);
  return directory === undefined ? undefined : resultCache(directory, call.io.files, nodeDigest);
}

/** Gives the profile to check a file with that is there to be included; copies that nobody wrote yet are included by none. */
function findIncluders(
  policyOf: (path: string) => PolicySettings,
  pool: Pick<CompilePool, "run">,
  call: Invocation,
): FindIncluder {
  const finders = new Map<string, FindIncluder>();
  return async (path) => {
    if (call.has("diff") || path === "stdin") return undefined;
    const policy = policyOf(path);
    const find = finders.get(policy.base) ?? includersIn(policy, pool, call);
    finders.set(policy.base, find);
    return find(path);
  };
}

/** What of a profile's report is about a file that it includes. */
function partOf(text: Inputs["texts"][number], source: CheckedSource, call: Invocation): FileReport {
  const place = absolute(text.path, call);
  const isOfText = (path: string): boolean => absolute(path, call) === place;
  const file = source.texts.find(({ path }) => isOfText(path)) ?? textOf(text);
  const diagnostics = source.diagnostics.filter(({ at }) => isOfText(at.span.file));
  // As it was named, whatever name the include led to.
  return {
    file: { ...file, path: text.path },
    ok: diagnostics.every(({ severity }) => severity !== "error"),
    diagnostics,
  };
}

/** Whether it is said of a rule that it is in no profile. */
function isOutside({ code, facts }: Diagnostic): boolean {
  return code === "syntax/misplaced" && facts["found"] !== undefined;
}

function textOf({ bytes, path }: Inputs["texts"][number]): SourceFile {
  return sourceFile(path, decodeBytes(bytes));
}

async function sayConflicts(
  loaded: readonly (OutlinedFile & { readonly input: number })[],
  inputs: Inputs,
  collector: Collector,
): Promise<void> {
  const between = await loadConflicts();
  for (const { file, diagnostic } of between(loaded)) {
    const text = inputs.texts[loaded[file]?.input ?? -1];
    if (text === undefined) continue;
    const places = new Set<string>([diagnostic.at, ...diagnostic.also].map(({ span }) => span.file));
    const texts = inputs.texts.filter(({ path }) => places.has(path)).map(textOf);
    collector.say({ file: textOf(text), ok: true, diagnostics: [diagnostic] }, texts);
  }
}

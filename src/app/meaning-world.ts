/** Policy to be asked: every file resolved and compiled, every profile in all its forms, and what could not be read. */
import { withChildren } from "../foundation/basics/index.ts";
import {
  decodeBytes,
  type FileId,
  lineStarts,
  positionAt,
  type SourceFile,
  sourceFile,
} from "../foundation/text/index.ts";
import type { Diagnostic } from "../foundation/diagnostics/index.ts";
import type { FilesPort } from "../foundation/ports/index.ts";
import {
  compilePolicy,
  type CompileOptions,
  compilePolicyWith,
  createCompileSession,
} from "../compiler/compile/index.ts";
import { type FeatureTree, parseFeatures } from "../language/features/index.ts";
import type { Origin, Rule } from "../language/model/index.ts";
import {
  createResolveSession,
  type ResolvedPolicy,
  resolvePolicy,
  type ResolveOptions,
  type ResolveSession,
} from "../language/resolve/index.ts";
import type { Subject } from "../analysis/explain/index.ts";
import { createQuestionMemory, preambleOf, type QuestionMemory, type QuestionWorld } from "../analysis/sets/index.ts";
import type { PolicySettings, PolicySource } from "./engine.ts";

export interface WorldFile {
  readonly source: SourceFile;
  readonly resolved: ResolvedPolicy;
  readonly subjects: readonly Subject[];
  /** How rules are asked in the company of this file. */
  readonly questions: QuestionWorld;
}

export interface PolicyWorld {
  readonly files: readonly WorldFile[];
  /** What has no answer, with the reason. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  /** One more file as the others were read. */
  readonly read: (source: SourceFile) => WorldFile | string;
}

/**
 * Reads policy for questions; `session`: what was read of the same files before. Errors: files that are wrong are skipped, with the first thing that
 * is wrong in them.
 */
export function openWorld(
  sources: readonly PolicySource[],
  settings: PolicySettings,
  files: FilesPort,
  session = createResolveSession(files),
): PolicyWorld {
  const { read } = policyReader(settings, files, session);
  const found: WorldFile[] = [];
  const skipped: { path: string; reason: string }[] = [];
  for (const { path, bytes } of sources) {
    const file = read(sourceFile(path, decodeBytes(bytes)));
    if (typeof file === "string") skipped.push({ path, reason: file });
    else found.push(file);
  }
  return { files: found, skipped, read };
}

/** How policy is resolved for questions. */
function resolveOptionsOf(settings: PolicySettings, files: FilesPort, session: ResolveSession): ResolveOptions {
  const kernelFeatures = parseFeatures(settings.kernelFeatures).tree;
  return {
    files,
    search: [...settings.includePath, settings.base],
    cwd: settings.workingDirectory,
    session,
    kernelFeatures,
    policyFeatures: chosenFeatures(settings, kernelFeatures),
    namespace: settings.namespace,
  };
}

/** Policy that is asked by its rules alone. */
export interface RulesWorld extends Pick<PolicyWorld, "skipped"> {
  readonly files: readonly (Omit<WorldFile, "subjects"> & {
    readonly subjects: readonly Omit<Subject, "compiled">[];
  })[];
}

/**
 * Reads policy for questions that need no automata of it: every file is checked as compiling would check it, but that its automata are not
 * too large.
 *
 * COST: automata are two thirds of compiling.
 */
export function openRules(sources: readonly PolicySource[], settings: PolicySettings, files: FilesPort): RulesWorld {
  const { resolve, compile, memory } = optionsOf(settings, files, createResolveSession(files));
  const found: RulesWorld["files"][number][] = [];
  const skipped: { path: string; reason: string }[] = [];
  for (const { path, bytes } of sources) {
    const source = sourceFile(path, decodeBytes(bytes));
    const resolved = resolvePolicy({ source }, resolve);
    const checked = [
      ...resolved.diagnostics,
      ...compilePolicyWith(() => noAutomaton, resolved.value, compile).diagnostics,
    ];
    const wrong = checked.find(({ severity }) => severity === "error");
    const subjects = withChildren(resolved.value.profiles).map((profile) => {
      return { profile, policy: resolved.value, options: compile };
    });
    const questions = { preamble: preambleOf(source), resolve, compile, memory };
    if (wrong !== undefined) skipped.push({ path, reason: errorText(wrong, path, resolved.sources) });
    else found.push({ source, resolved, subjects, questions });
  }
  return { files: found, skipped };
}

const noAutomaton = { transitions: [] };

interface ReadOptions {
  readonly resolve: ResolveOptions;
  readonly compile: CompileOptions;
  readonly memory: QuestionMemory;
}

/** Who reads policy, file by file. */
export interface PolicyReader {
  readonly read: PolicyWorld["read"];
  /** Without compiling it. */
  readonly resolve: (source: SourceFile) => ResolvedPolicy;
}

/** Reads file after file; what they have in common is read once. */
export function policyReader(
  settings: PolicySettings,
  files: FilesPort,
  session = createResolveSession(files),
): PolicyReader {
  const options = optionsOf(settings, files, session);
  return {
    read: (source) => readFile(source, options),
    resolve: (source) => resolvePolicy({ source }, options.resolve),
  };
}

function optionsOf(settings: PolicySettings, files: FilesPort, session: ResolveSession): ReadOptions {
  const resolve = resolveOptionsOf(settings, files, session);
  const kernelFeatures = resolve.kernelFeatures ?? parseFeatures("").tree;
  const { policyFeatures } = resolve;
  const compile: CompileOptions = {
    kernelFeatures,
    policyFeatures,
    overrideFeatures: settings.overrideAbi ? policyFeatures : undefined,
    session: createCompileSession(),
    namespace: settings.namespace,
    ...settings.encoding,
  };
  return { resolve, compile, memory: createQuestionMemory() };
}

function chosenFeatures({ policyFeatures }: PolicySettings, kernel: FeatureTree): FeatureTree | undefined {
  switch (policyFeatures.kind) {
    case "default":
      return undefined;
    case "kernel":
      return kernel;
    case "text":
      return parseFeatures(policyFeatures.text).tree;
  }
}

function readFile(source: SourceFile, { resolve, compile, memory }: ReadOptions): WorldFile | string {
  const resolved = resolvePolicy({ source }, resolve);
  const wrong = resolved.diagnostics.find(({ severity }) => severity === "error");
  if (wrong !== undefined) return errorText(wrong, source.path, resolved.sources);
  const { value, diagnostics } = compilePolicy(resolved.value, compile);
  const bad = diagnostics.find(({ severity }) => severity === "error");
  if (bad !== undefined) return errorText(bad, source.path, resolved.sources);
  const profiles = withChildren(resolved.value.profiles);
  const compiled = value.flatMap((family) => family.profiles);
  const subjects = profiles.flatMap((profile): readonly Subject[] => {
    const named = compiled.filter(({ name }) => name === profile.name);
    const own = named.find(({ namespace }) => namespace === profile.namespace) ?? named[0];
    return own === undefined ? [] : [{ profile, policy: resolved.value, options: compile, compiled: own }];
  });
  return { source, resolved, subjects, questions: { preamble: preambleOf(source), resolve, compile, memory } };
}

/** All profiles, in the order of their files. */
export function profilesOf({ files }: PolicyWorld): readonly Subject["profile"][] {
  return files.flatMap(({ subjects }) => subjects.map(({ profile }) => profile));
}

/** A rule as people find it. */
export interface RulePlace {
  readonly path: string;
  readonly line: number;
  readonly text: string;
  /** The include lines it came through, outermost first. */
  readonly includes: readonly { readonly path: string; readonly line: number }[];
}

type Sources = ReadonlyMap<FileId, SourceFile>;

const starts = new WeakMap<SourceFile, Uint32Array>();

/** COST: many rules are of one file, whose lines are counted once. */
function lineOf(source: SourceFile, offset: number): number {
  const known = starts.get(source) ?? lineStarts(source.text);
  starts.set(source, known);
  return positionAt(known, offset).line;
}

/** What is wrong, and in which line of the file, or of which other. */
export function errorText({ at: { span }, message }: Diagnostic, path: string, sources: Sources): string {
  const source = sources.get(span.file);
  if (source === undefined) return message;
  const line = lineOf(source, span.start);
  return `${message} (${source.path === path ? `line ${line}` : `${source.path}:${line}`})`;
}

/** What is written at an origin, on one line; of a profile only its head. */
export function placeOf({ span, includes }: Origin, sources: Sources): RulePlace {
  const source = sources.get(span.file);
  return {
    path: source?.path ?? String(span.file),
    line: source === undefined ? 0 : lineOf(source, span.start),
    text: source?.text.slice(span.start, span.end).replaceAll(/\s+/g, " ") ?? "",
    includes: includes.flatMap(({ file, start }) => {
      const through = sources.get(file);
      return through === undefined ? [] : [{ path: through.path, line: lineOf(through, start) }];
    }),
  };
}

export function placeOfRule({ origin }: Rule, { resolved }: Pick<WorldFile, "resolved">): RulePlace {
  const place = placeOf(origin, resolved.sources);
  return place.text.endsWith(",") ? place : { ...place, text: `${place.text},` };
}

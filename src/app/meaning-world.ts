/** Policy to be asked: every file resolved and compiled, every profile in all its forms, and what could not be read. */
import { withChildren } from "../foundation/basics/index.ts";
import { decodeBytes, type SourceFile, sourceFile } from "../foundation/text/index.ts";
import type { FilesPort } from "../foundation/ports/index.ts";
import { compilePolicy, type CompileOptions, createCompileSession } from "../compiler/compile/index.ts";
import { type FeatureTree, parseFeatures } from "../language/features/index.ts";
import type { Rule } from "../language/model/index.ts";
import {
  createResolveSession,
  type ResolvedPolicy,
  resolvePolicy,
  type ResolveOptions,
} from "../language/resolve/index.ts";
import type { Subject } from "../analysis/explain/index.ts";
import { preambleOf, type QuestionWorld } from "../analysis/sets/index.ts";
import { lineStarts, positionAt } from "../foundation/text/index.ts";
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

/** Reads policy for questions. Errors: files that are wrong are skipped, with the first thing that is wrong in them. */
export function openWorld(sources: readonly PolicySource[], settings: PolicySettings, files: FilesPort): PolicyWorld {
  const read = worldReader(settings, files);
  const found: WorldFile[] = [];
  const skipped: { path: string; reason: string }[] = [];
  for (const { path, bytes } of sources) {
    const file = read(sourceFile(path, decodeBytes(bytes)));
    if (typeof file === "string") skipped.push({ path, reason: file });
    else found.push(file);
  }
  return { files: found, skipped, read };
}

function worldReader(settings: PolicySettings, files: FilesPort): PolicyWorld["read"] {
  const kernelFeatures = parseFeatures(settings.kernelFeatures).tree;
  const policyFeatures = chosenFeatures(settings, kernelFeatures);
  const resolve: ResolveOptions = {
    files,
    search: [...settings.includePath, settings.base],
    cwd: settings.workingDirectory,
    session: createResolveSession(files),
    kernelFeatures,
    policyFeatures,
    namespace: settings.namespace,
  };
  const compile: CompileOptions = {
    kernelFeatures,
    policyFeatures,
    overrideFeatures: settings.overrideAbi ? policyFeatures : undefined,
    session: createCompileSession(),
    namespace: settings.namespace,
    ...settings.encoding,
  };
  return (source) => readFile(source, resolve, compile);
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

function readFile(source: SourceFile, resolve: ResolveOptions, compile: CompileOptions): WorldFile | string {
  const resolved = resolvePolicy({ source }, resolve);
  const wrong = resolved.diagnostics.find(({ severity }) => severity === "error");
  if (wrong !== undefined) return wrong.message;
  const { value, diagnostics } = compilePolicy(resolved.value, compile);
  const bad = diagnostics.find(({ severity }) => severity === "error");
  if (bad !== undefined) return bad.message;
  const profiles = withChildren(resolved.value.profiles);
  const compiled = value.flatMap((family) => family.profiles);
  const subjects = profiles.flatMap((profile): readonly Subject[] => {
    const named = compiled.filter(({ name }) => name === profile.name);
    const own = named.find(({ namespace }) => namespace === profile.namespace) ?? named[0];
    return own === undefined ? [] : [{ profile, policy: resolved.value, options: compile, compiled: own }];
  });
  return { source, resolved, subjects, questions: { preamble: preambleOf(source), resolve, compile } };
}

function lineOf({ text }: SourceFile, offset: number): number {
  return positionAt(lineStarts(text), offset).line;
}

/** A rule as people find it. */
export interface RulePlace {
  readonly path: string;
  readonly line: number;
  readonly text: string;
  /** The include lines it came through, outermost first. */
  readonly includes: readonly { readonly path: string; readonly line: number }[];
}

export function placeOfRule({ origin }: Rule, { resolved }: Pick<WorldFile, "resolved">): RulePlace {
  const source = resolved.sources.get(origin.span.file);
  const text = source?.text.slice(origin.span.start, origin.span.end).replaceAll(/\s+/g, " ") ?? "";
  return {
    path: source?.path ?? String(origin.span.file),
    line: source === undefined ? 0 : lineOf(source, origin.span.start),
    text: text.endsWith(",") ? text : `${text},`,
    includes: origin.includes.flatMap(({ file, start }) => {
      const through = resolved.sources.get(file);
      return through === undefined ? [] : [{ path: through.path, line: lineOf(through, start) }];
    }),
  };
}

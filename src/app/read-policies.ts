/** Policy texts to the profiles they mean, for questions about all of them at once. What cannot be read is listed, never left out in silence. */
import { withChildren } from "../foundation/basics/index.ts";
import type { Diagnostic } from "../foundation/diagnostics/index.ts";
import type { FilesPort } from "../foundation/ports/index.ts";
import {
  type FileId,
  type SourceFile,
  type Span,
  decodeBytes,
  lineStarts,
  positionAt,
  sourceFile,
} from "../foundation/text/index.ts";
import { type FeatureTree, parseFeatures } from "../language/features/index.ts";
import { type Policy, type Profile, aliasedProfiles } from "../language/model/index.ts";
import { type ResolveOptions, createResolveSession, resolvePolicy } from "../language/resolve/index.ts";
import type { PolicySettings, PolicySource } from "./engine.ts";

/** One policy text, resolved. */
export interface ReadSource {
  readonly path: string;
  readonly policy: Policy;
  readonly diagnostics: readonly Diagnostic[];
  readonly ok: boolean;
}

export interface ReadPolicies {
  readonly sources: readonly ReadSource[];
  /** Under all their aliases; of the texts that have no error. */
  readonly profiles: readonly Profile[];
  /** Every text that was read, with the includes. */
  readonly texts: ReadonlyMap<FileId, SourceFile>;
  /** Why a text is left out, one sentence each. */
  readonly leftOut: readonly string[];
  readonly options: ResolveOptions;
}

export function readPolicies(
  sources: readonly PolicySource[],
  settings: PolicySettings,
  files: FilesPort,
): ReadPolicies {
  const options = resolveOptions(settings, files);
  const texts = new Map<FileId, SourceFile>();
  const read = sources.map(({ path, bytes }): ReadSource => {
    const resolved = resolvePolicy({ source: sourceFile(path, decodeBytes(bytes)) }, options);
    for (const [id, text] of resolved.sources) texts.set(id, text);
    const ok = !resolved.diagnostics.some(({ severity }) => severity === "error");
    return { path, policy: resolved.value, diagnostics: resolved.diagnostics, ok };
  });
  return {
    sources: read,
    profiles: read.filter(({ ok }) => ok).flatMap(({ policy }) => aliasedProfiles(policy)),
    texts,
    leftOut: read.filter(({ ok }) => !ok).map(leftOutText),
    options,
  };
}

function leftOutText({ path, diagnostics }: ReadSource): string {
  const reason = diagnostics.find(({ severity }) => severity === "error")?.message ?? "it has an error";
  return `${path} is left out: ${reason}`;
}

function resolveOptions(settings: PolicySettings, files: FilesPort): ResolveOptions {
  const { policyFeatures } = settings;
  return {
    files,
    search: [...settings.includePath, settings.base],
    cwd: settings.workingDirectory,
    session: createResolveSession(files),
    kernelFeatures: parsedTree(settings.kernelFeatures),
    policyFeatures: policyFeatures.kind === "text" ? parsedTree(policyFeatures.text) : undefined,
    namespace: settings.namespace,
  };
}

function parsedTree(text: string): FeatureTree {
  return parseFeatures(text).tree;
}

/** A place as people say it, with the text there on one line. */
export interface WrittenPlace {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

const MOST_SHOWN = 200;

/** Finds texts by span; lines of a file are counted once. */
export function placesIn(texts: ReadonlyMap<FileId, SourceFile>): (span: Span) => WrittenPlace | undefined {
  const starts = new Map<FileId, Uint32Array>();
  return ({ file, start, end }) => {
    const text = texts.get(file);
    if (text === undefined) return undefined;
    const known = starts.get(file) ?? lineStarts(text.text);
    starts.set(file, known);
    const written = text.text.slice(start, end).replaceAll(/\s+/g, " ").trim();
    const short = written.length > MOST_SHOWN ? `${written.slice(0, MOST_SHOWN - 1)}…` : written;
    return { file: text.path, line: positionAt(known, start).line, text: short };
  };
}

/** How many profiles, children included. */
export function countProfiles(profiles: readonly Profile[]): number {
  return withChildren(profiles).length;
}

/** The whole way from policy text to a stream, for tests: read, resolve, compile, encode. */
import type { Diagnostic } from "../../src/foundation/diagnostics/index.ts";
import { fail } from "../../src/foundation/basics/index.ts";
import type { FilesPort } from "../../src/foundation/ports/index.ts";
import { sourceFile } from "../../src/foundation/text/index.ts";
import { nodeFiles } from "../../src/host/index.ts";
import { type CompiledFamily, compilePolicy, type CompileOptions } from "../../src/compiler/compile/index.ts";
import type { CompiledPolicy } from "../../src/compiler/compiled/index.ts";
import { encodePolicy } from "../../src/compiler/policydb/index.ts";
import type { FeatureTree } from "../../src/language/features/index.ts";
import type { Policy } from "../../src/language/model/index.ts";
import { resolvePolicy, type ResolveSession } from "../../src/language/resolve/index.ts";

export interface PipelineOptions extends CompileOptions {
  readonly resolveSession?: ResolveSession;
  readonly files?: FilesPort;
  readonly search?: readonly string[];
}

export interface PipelineResult {
  readonly model: Policy;
  readonly policy: CompiledPolicy;
  readonly diagnostics: readonly Diagnostic[];
  readonly errors: readonly Diagnostic[];
  /** Made when asked for. */
  readonly stream: () => Uint8Array;
}

/** All families as one stream. */
export function policyOf(families: readonly CompiledFamily[]): CompiledPolicy {
  return { profiles: families.flatMap(({ profiles }) => profiles) };
}

/** Nothing can be read. */
export const noFiles: FilesPort = {
  read: (path) => fail({ path, errno: "ENOENT" }),
  list: (path) => fail({ path, errno: "ENOENT" }),
  kind: () => undefined,
};

/** The files below a directory, by the names they have inside it. */
export function filesBelow(root: string): FilesPort {
  return {
    read: (path) => nodeFiles().read(`${root}${path}`),
    list: (path) => nodeFiles().list(`${root}${path}`),
    kind: (path) => nodeFiles().kind(`${root}${path}`),
  };
}

/** Compiles a text that includes nothing, or only what `files` has. */
export function compileText(text: string, options: PipelineOptions): PipelineResult {
  return compileInput({ source: sourceFile("profile", text) }, options);
}

/** Compiles a file of `files`. */
export function compileFile(path: string, options: PipelineOptions): PipelineResult {
  return compileInput({ path }, options);
}

function compileInput(input: Parameters<typeof resolvePolicy>[0], options: PipelineOptions): PipelineResult {
  const policyFeatures: FeatureTree | undefined = options.policyFeatures;
  const resolved = resolvePolicy(input, {
    files: options.files ?? noFiles,
    search: options.search ?? [],
    kernelFeatures: options.kernelFeatures,
    policyFeatures,
    ...(options.resolveSession && { session: options.resolveSession }),
  });
  const compiled = compilePolicy(resolved.value, options);
  const diagnostics = [...resolved.diagnostics, ...compiled.diagnostics];
  return {
    model: resolved.value,
    policy: policyOf(compiled.value),
    diagnostics,
    errors: diagnostics.filter(({ severity }) => severity === "error"),
    stream: () => encodePolicy(policyOf(compiled.value)),
  };
}

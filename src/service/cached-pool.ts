/** A compile pool behind a cache: what was compiled before, with the same text, options and version, is not compiled again. */
import {
  COMPILER_VERSION,
  type CompiledSource,
  type ResultCache,
  type StoredResult,
  noWork,
  replayer,
} from "../app/index.ts";
import type { FilesPort } from "../foundation/ports/index.ts";
import { isHandedOver, nodeDigest } from "../host/index.ts";
import type { CompilePool, CompileRequest, CompileResult } from "./compile-pool.ts";

export interface CachedResult extends CompileResult {
  readonly cached: boolean;
}

type Description = Omit<CompiledSource, "units" | "work"> & { readonly unitBytes: readonly number[] };

/** The name of a request's result: everything that decides about it but the files it reads. */
function resultName(request: CompileRequest, workingDirectory: string): string {
  const settings = JSON.stringify([COMPILER_VERSION, request.path, workingDirectory, request.policy]);
  return nodeDigest.sha256(settings, isHandedOver(request.path) ? request.bytes : "");
}

// INVARIANT: what the digest of the entry covers was written by `describe` of this very version, which the name says.
function isDescription(value: unknown): value is Description {
  return typeof value === "object" && value !== null && "unitBytes" in value && "profiles" in value && "texts" in value;
}

function describe(source: CompiledSource): Description {
  const { units, work: _, ...rest } = source;
  // Only texts that something is said about are needed again.
  const spans = source.diagnostics.flatMap(({ at, also }) => [at.span.file, ...also.map((label) => label.span.file)]);
  const wanted = new Set(spans);
  const texts = source.texts.filter((text) => wanted.has(text.id));
  return { ...rest, texts, unitBytes: units.map((unit) => unit.bytes.length) };
}

function restore({ about, bytes, observations }: StoredResult): CachedResult | undefined {
  if (!isDescription(about)) return undefined;
  const { unitBytes, ...source } = about;
  let at = 0;
  const units = unitBytes.map((length, index) => {
    const outline = source.profiles[index];
    const unit = bytes.subarray(at, at + length);
    at += length;
    return outline === undefined ? undefined : { outline, bytes: unit };
  });
  const whole = units.filter((unit) => unit !== undefined);
  if (whole.length !== unitBytes.length || at !== bytes.length) return undefined;
  return {
    source: { ...source, units: whole, work: noWork },
    observations,
    modifiedNs: undefined,
    printed: undefined,
    dumped: "",
    milliseconds: 0,
    cached: true,
  };
}

/** Results in the order of the requests. Only what compiles without error is kept. */
export async function* runCached(
  pool: CompilePool,
  requests: readonly CompileRequest[],
  cache: ResultCache | undefined,
  world: { readonly files: FilesPort; readonly workingDirectory: string },
): AsyncGenerator<CachedResult> {
  const isCurrent = replayer(world.files, nodeDigest);
  const known = requests.map((request) => {
    const stored = cache?.find(resultName(request, world.workingDirectory), isCurrent);
    return stored === undefined ? undefined : restore(stored);
  });
  const missing = pool.run(requests.filter((_, index) => known[index] === undefined))[Symbol.asyncIterator]();
  for (const [index, request] of requests.entries()) {
    const hit = known[index];
    known[index] = undefined;
    if (hit !== undefined) {
      yield hit;
      continue;
    }
    const next = await missing.next();
    if (next.done === true) return;
    const result = next.value;
    if (result.source.ok && cache !== undefined) keep(cache, resultName(request, world.workingDirectory), result);
    yield { ...result, cached: false };
  }
}

function keep(cache: ResultCache, name: string, { source, observations }: CompileResult): void {
  const bytes = Buffer.concat(source.units.map((unit) => unit.bytes));
  cache.keep(name, { observations, about: describe(source), bytes });
}

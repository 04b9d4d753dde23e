/** A compile pool behind a cache: what was compiled before, with the same text, options and version, is not compiled again. */
import {
  COMPILER_VERSION,
  type CompiledSource,
  type ProfileOutline,
  type Replay,
  type ResultCache,
  type StoredResult,
  loadGists,
  noWork,
  replayer,
} from "../app/index.ts";
import type { FilesPort } from "../foundation/ports/index.ts";
import { isHandedOver, nodeDigest } from "../host/index.ts";
import type { CompilePool, CompileRequest, CompileResult } from "./compile-pool.ts";

interface CachedResult extends CompileResult {
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

/** Bytes of compiled policy that wait for their turn in memory; what is beyond is read again when its turn comes. */
const MOST_HELD = 32 * 2 ** 20;

type GistOf = Awaited<ReturnType<typeof loadGists>>;

/** Whether anything that is said of a source, or of its profiles, is said of a place in one of these files. */
function namesPlaceIn({ diagnostics, path, profiles }: CompiledSource, files: ReadonlySet<string>): boolean {
  const isIn = (outline: ProfileOutline): boolean => files.has(outline.span.file) || outline.children.some(isIn);
  return (
    files.has(path) ||
    profiles.some(isIn) ||
    diagnostics.some(({ also, at }) => [at, ...also].some(({ span }) => files.has(span.file)))
  );
}

/** Looks results up in a cache. */
class Shelf {
  readonly #cache: ResultCache;
  readonly #workingDirectory: string;
  readonly #replay: Replay;
  #gistOf: GistOf | undefined;
  #held = 0;

  constructor(cache: ResultCache, { files, workingDirectory }: World) {
    this.#cache = cache;
    this.#workingDirectory = workingDirectory;
    this.#replay = replayer(files, nodeDigest);
  }

  /** The result of a request; `"there"` for one that is not kept in memory: `take` reads it. */
  async find(request: CompileRequest): Promise<CachedResult | "there" | undefined> {
    const found = this.#current(request) ?? (await this.#sameInSubstance(request));
    if (found === undefined) return undefined;
    this.#held += found.source.units.reduce((sum, { bytes }) => sum + bytes.length, 0);
    return this.#held > MOST_HELD ? "there" : found;
  }

  /** A result that was found to be there, unless somebody has removed it since. */
  take(request: CompileRequest): CachedResult | undefined {
    // `find` has judged it in this run.
    return this.#restore(request, () => true);
  }

  keep(request: CompileRequest, { source, observations }: CompileResult): void {
    const bytes = Buffer.concat(source.units.map((unit) => unit.bytes));
    this.#cache.keep(resultName(request, this.#workingDirectory), { observations, about: describe(source), bytes });
  }

  #restore(request: CompileRequest, isCurrent: Replay["isCurrent"]): CachedResult | undefined {
    const stored = this.#cache.find(resultName(request, this.#workingDirectory), isCurrent);
    return stored && restore(stored);
  }

  /** There is a result, but a stale one: only then is it worth asking whether texts differ in comments alone. */
  #wasThere = false;

  #current(request: CompileRequest): CachedResult | undefined {
    this.#wasThere = false;
    return this.#restore(request, (observations) => {
      this.#wasThere = true;
      return this.#replay.isCurrent(observations);
    });
  }

  /** COST: reads in the parser for this check alone; when the answer is no, it is needed anyway. */
  async #sameInSubstance(request: CompileRequest): Promise<CachedResult | undefined> {
    if (!this.#wasThere) return undefined;
    const gistOf = (this.#gistOf ??= await loadGists());
    let changed: ReadonlySet<string> | undefined;
    const found = this.#restore(request, (observations) => {
      changed = this.#replay.changesOnly(observations, gistOf);
      return changed !== undefined;
    });
    return found !== undefined && changed !== undefined && !namesPlaceIn(found.source, changed) ? found : undefined;
  }
}

interface World {
  readonly files: FilesPort;
  readonly workingDirectory: string;
}

/** Results in the order of the requests. Only what compiles without error is kept. */
export async function* runCached(
  pool: CompilePool,
  requests: readonly CompileRequest[],
  cache: ResultCache | undefined,
  world: World,
): AsyncGenerator<CachedResult> {
  const shelf = cache && new Shelf(cache, world);
  const known: (CachedResult | "there" | undefined)[] = [];
  for (const request of requests) known.push(await shelf?.find(request));
  const missing = pool.run(requests.filter((_, index) => known[index] === undefined))[Symbol.asyncIterator]();
  for (const [index, request] of requests.entries()) {
    const place = known[index];
    known[index] = undefined;
    const hit = place === "there" ? shelf?.take(request) : place;
    if (hit !== undefined) {
      yield hit;
      continue;
    }
    const next = await (place === "there" ? pool.run([request])[Symbol.asyncIterator]() : missing).next();
    if (next.done === true) return;
    const result = next.value;
    if (result.source.ok) shelf?.keep(request, result);
    yield { ...result, cached: false };
  }
}

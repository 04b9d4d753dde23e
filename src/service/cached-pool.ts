/** A compile pool behind a cache: what was compiled before, with the same text, options and version, is not compiled again. */
import {
  COMPILER_VERSION,
  type CompiledSource,
  type CompiledUnit,
  type ProfileOutline,
  type Replay,
  type ResultCache,
  type FoundResult,
  type StoredTables,
  loadGists,
  noWork,
  replayer,
} from "../app/index.ts";
import { ok } from "../foundation/basics/index.ts";
import type { FilesPort } from "../foundation/ports/index.ts";
import { isHandedOver, nodeDigest } from "../host/index.ts";
import type { CompilePool, CompileRequest, CompileResult } from "./compile-pool.ts";

interface CachedResult extends CompileResult {
  readonly cached: boolean;
}

/** The files that were read are kept as texts. */
type Description = Omit<CompiledSource, "units" | "work" | "files"> & { readonly unitBytes: readonly number[] };

type NameOf = (request: CompileRequest) => string;

/** The name of a request's result: everything that decides about it but the files it reads. */
function resultNames(workingDirectory: string): NameOf {
  // COST: the features of a kernel are in the settings, which all requests of a run share.
  const digests = new Map<CompileRequest["policy"], string>();
  const settingsOf = (policy: CompileRequest["policy"]): string => {
    const known = digests.get(policy);
    if (known !== undefined) return known;
    const made = nodeDigest.sha256(JSON.stringify([COMPILER_VERSION, workingDirectory, policy]));
    digests.set(policy, made);
    return made;
  };
  return ({ bytes, goal, path, policy }) =>
    nodeDigest.sha256(`${settingsOf(policy)} ${goal} ${path}\0`, isHandedOver(path) ? bytes : "");
}

// INVARIANT: what the digest of the entry covers was written by `describe` of this very version, which the name says.
function isDescription(value: unknown): value is Description {
  return typeof value === "object" && value !== null && "unitBytes" in value && "profiles" in value && "texts" in value;
}

function describe(source: CompiledSource): Description {
  const { files: _files, units, work: _work, ...rest } = source;
  // Only texts that something is said about are needed again.
  const spans = source.diagnostics.flatMap(({ at, also }) => [at.span.file, ...also.map((label) => label.span.file)]);
  const wanted = new Set(spans);
  const texts = source.texts.filter((text) => wanted.has(text.id));
  return { ...rest, texts, unitBytes: units.map((unit) => unit.bytes.length) };
}

function restore({ about, bytes: readBytes, observations, texts: files }: FoundResult): CachedResult | undefined {
  if (!isDescription(about)) return undefined;
  const bytes = readBytes();
  if (bytes === undefined) return undefined;
  const { unitBytes, ...source } = about;
  let at = 0;
  const units = unitBytes.map((length, index) => {
    const outline = source.profiles[index];
    const unit = bytes.subarray(at, at + length);
    at += length;
    return outline === undefined ? undefined : { outline, bytes: unit, tables: [] };
  });
  const whole = units.filter((unit) => unit !== undefined);
  if (whole.length !== unitBytes.length || at !== bytes.length) return undefined;
  return {
    source: { ...source, files, units: whole, work: noWork },
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

/** All of a file's policy. COST: nearly every file has one unit, which is not copied. */
export function bytesOfUnits(units: readonly CompiledUnit[]): Uint8Array {
  const [only] = units;
  return units.length === 1 && only !== undefined ? only.bytes : Buffer.concat(units.map(({ bytes }) => bytes));
}

/** The tables in all of a file's policy. */
function tablesOfUnits(units: readonly CompiledUnit[]): readonly StoredTables[] {
  let before = 0;
  return units.flatMap(({ bytes, tables }) => {
    const start = before;
    before += bytes.length;
    return tables.map((one) => ({ ...one, start: start + one.start, end: start + one.end }));
  });
}

type GistOf = Awaited<ReturnType<typeof loadGists>>;

/** Whether anything that is said of a source, or of its profiles, is said of a place in one of these files. */
function namesPlaceIn({ diagnostics, path, profiles }: Description, files: ReadonlySet<string>): boolean {
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
  readonly #nameOf: NameOf;
  readonly #replay: Replay;
  #gistOf: GistOf | undefined;
  #held = 0;

  constructor(cache: ResultCache, { files, workingDirectory }: World) {
    this.#cache = cache;
    this.#nameOf = resultNames(workingDirectory);
    this.#replay = replayer(files, nodeDigest);
  }

  /** The result of a request; `"there"` for one that is not kept in memory: `take` reads it. */
  async find(request: CompileRequest): Promise<CachedResult | "there" | undefined> {
    const stored = this.#stored(request);
    if (stored === undefined || !(await this.#isCurrent(stored))) return undefined;
    this.#held += stored.sizeBytes;
    return this.#held > MOST_HELD ? "there" : restore(stored);
  }

  /** A result that was found to be there, and judged, in this run, unless somebody has removed it since. */
  take(request: CompileRequest): CachedResult | undefined {
    const stored = this.#stored(request);
    return stored && restore(stored);
  }

  keep(request: CompileRequest, { source, observations }: CompileResult): void {
    const bytes = bytesOfUnits(source.units);
    const result = { observations, about: describe(source), texts: source.files, bytes };
    this.#cache.keep(this.#nameOf(request), result, tablesOfUnits(source.units));
  }

  /** COST: read once, and then judged: by all that was seen, and if that is not so any more, by what it says. */
  #stored(request: CompileRequest): FoundResult | undefined {
    return this.#cache.find(this.#nameOf(request), () => true);
  }

  /** Whether it is what would be made today: all is as it was, or texts differ in comments alone, of which nothing is said. */
  async #isCurrent({ about, observations }: FoundResult): Promise<boolean> {
    if (this.#replay.isCurrent(observations)) return true;
    const changed = this.#replay.changesOnly(observations, (this.#gistOf ??= await loadGists()));
    return changed !== undefined && isDescription(about) && !namesPlaceIn(about, changed);
  }
}

interface World {
  readonly files: FilesPort;
  readonly workingDirectory: string;
}

/** COST: the texts to compile are there: what is asked of them again, for a result, is not read again. */
function withTexts(files: FilesPort, requests: readonly CompileRequest[]): FilesPort {
  const texts = new Map(requests.map(({ bytes, path }) => [path, bytes]));
  return {
    list: (path) => files.list(path),
    kind: (path) => files.kind(path),
    read: (path) => {
      const bytes = isHandedOver(path) ? undefined : texts.get(path);
      return bytes === undefined ? files.read(path) : ok(bytes);
    },
  };
}

/** Results in the order of the requests. Only what compiles without error is kept. */
export async function* runCached(
  pool: CompilePool,
  requests: readonly CompileRequest[],
  cache: ResultCache | undefined,
  world: World,
): AsyncGenerator<CachedResult> {
  const shelf = cache && new Shelf(cache, { ...world, files: withTexts(world.files, requests) });
  try {
    yield* answerFrom(shelf, pool, requests);
  } finally {
    cache?.flush();
  }
}

async function* answerFrom(
  shelf: Shelf | undefined,
  pool: CompilePool,
  requests: readonly CompileRequest[],
): AsyncGenerator<CachedResult> {
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

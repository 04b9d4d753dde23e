/**
 * What a computation asked of the files, and whether it would be answered the same today. Everything that went into a result is
 * recorded: bytes, listings, and what was looked for and not found, so a result is used again exactly when making it again would give
 * the same. Time stamps play no part: clocks lie (a cache "from the future" has kept stale policy in force on real machines).
 *
 * Of an included text its gist is recorded beside its bytes (what is left without comments and the like): a result in which no place of that
 * text is named stays the same while the gist does.
 */
import { type Outcome, compareText } from "../../foundation/basics/index.ts";
import { encodeBytes } from "../../foundation/text/index.ts";
import type { DigestPort, FileEntry, FileRefusal, FilesPort, FileStorePort } from "../../foundation/ports/index.ts";

/**
 * One question and its answer, as text: `read DIGEST PATH`, `list DIGEST PATH` or `kind ANSWER PATH`; an errno name after `!` stands
 * for a digest of what could not be had, and a digest of the gist may follow that of the bytes: `read DIGEST:DIGEST PATH`. COST: a warm cache of all of Debian's policy has 9,000 of them, most of them the same
 * few; texts are compared, and kept, far faster than objects.
 */
export type Observation = string;

type Question = "read" | "list" | "kind";

/** What the text of a file says but for comments and the like; `undefined`: nobody knows. */
export type FindGist = (path: string) => string | undefined;

export interface TracedFiles extends FilesPort {
  /** Bytes that the computation was given and did not ask for: they count as the answer to having read the file. */
  readonly given: (path: string, bytes: Uint8Array) => void;
  /** Sorted, each question once; with gists as far as they are known. */
  readonly observations: (gist?: FindGist) => readonly Observation[];
}

function digestOf(observed: Outcome<Uint8Array, FileRefusal>, digest: DigestPort): string {
  return observed.ok ? digest.sha256(observed.value) : `!${observed.error.errno}`;
}

function listingText(listing: Outcome<readonly FileEntry[], FileRefusal>): string {
  if (!listing.ok) return `!${listing.error.errno}`;
  return listing.value
    .map((entry) => `${entry.kind} ${entry.name}\0`)
    .toSorted(compareText)
    .join("");
}

/** Files for a run: each is read once, however many policies include it, and each policy's questions are written down. */
export interface FileTracer {
  /** The files as they were when first asked for. */
  readonly plain: FilesPort;
  /** The same, with every question of one computation written down. */
  readonly trace: () => TracedFiles;
  /** When a file that was read had last been changed before it was read; `undefined` when it was not read, or nobody knows. */
  readonly modifiedNs: (path: string) => bigint | undefined;
}

/** Files to trace. Where they can tell their age, it is asked for first: what changes before it is read then seems older than it is. */
export type TraceableFiles = FilesPort & Partial<Pick<FileStorePort, "status">>;

interface Known<T> {
  readonly question: Question;
  readonly path: string;
  readonly value: T;
  /** Made when somebody writes it down for the first time. */
  observation: Observation | undefined;
  /** The same with the gist. */
  withGist?: Observation;
}

function remembering<T>(question: Question, ask: (path: string) => T): (path: string) => Known<T> {
  const memory = new Map<string, Known<T>>();
  return (path) => {
    let known = memory.get(path);
    if (known === undefined) {
      known = { question, path, value: ask(path), observation: undefined };
      memory.set(path, known);
    }
    return known;
  };
}

/** Each question is put to the files below once. */
export function rememberedFiles(below: FilesPort): FilesPort {
  const reads = remembering("read", (path) => below.read(path));
  const lists = remembering("list", (path) => below.list(path));
  const kinds = remembering("kind", (path) => below.kind(path));
  return plainFiles({ reads, lists, kinds });
}

function plainFiles({ reads, lists, kinds }: Memory): FilesPort {
  return {
    read: (path) => reads(path).value,
    list: (path) => lists(path).value,
    kind: (path) => kinds(path).value,
  };
}

/** A tracer over files that do not change while it is used. Digests are made once, and only of what is traced. */
export function createTracer(below: TraceableFiles, digest: DigestPort): FileTracer {
  const ages = new Map<string, bigint | undefined>();
  const reads = remembering("read", (path) => {
    const status = below.status?.(path);
    ages.set(path, status?.ok === true ? status.value.modifiedNs : undefined);
    return below.read(path);
  });
  const lists = remembering("list", (path) => below.list(path));
  const kinds = remembering("kind", (path) => below.kind(path));
  const memory = { reads, lists, kinds };
  return {
    plain: plainFiles(memory),
    trace: () => traceOne(memory, digest),
    modifiedNs: (path) => ages.get(path),
  };
}

interface Memory {
  readonly reads: (path: string) => Known<Outcome<Uint8Array, FileRefusal>>;
  readonly lists: (path: string) => Known<Outcome<readonly FileEntry[], FileRefusal>>;
  readonly kinds: (path: string) => Known<FileEntry["kind"] | undefined>;
}

function traceOne({ reads, lists, kinds }: Memory, digest: DigestPort): TracedFiles {
  const given: Observation[] = [];
  // COST: policies ask the same again and again; what is known of a question is told from others by itself, not by a text.
  const seen = new Map<Known<unknown>, Observation>();
  const withGist = (known: Known<unknown>, observation: Observation, gist: FindGist): Observation => {
    if (known.withGist !== undefined) return known.withGist;
    const text = gist(known.path);
    if (text === undefined) return observation;
    const digests = `${observation.split(" ", 2)[1]}:${digest.sha256(text)}`;
    return (known.withGist = `read ${digests} ${known.path}`);
  };
  const tell = <T>(known: Known<T>, answer: (value: T) => string): T => {
    const { path, question, value } = known;
    if (!seen.has(known)) seen.set(known, (known.observation ??= `${question} ${answer(value)} ${path}`));
    return value;
  };
  return {
    read: (path) => tell(reads(path), (value) => digestOf(value, digest)),
    list: (path) => tell(lists(path), (value) => digest.sha256(encodeBytes(listingText(value)))),
    kind: (path) => tell(kinds(path), (value) => value ?? ""),
    // Beside the same file read by itself: if that gave other bytes, one of the two is never so again, and that is right.
    given: (path, bytes) => void given.push(`read ${digest.sha256(bytes)} ${path}`),
    observations: (gist) => {
      const all = Array.from(seen, ([known, observation]) =>
        gist !== undefined && known.question === "read" ? withGist(known, observation, gist) : observation,
      );
      // COST: as `compareText` has it, which the engine knows by itself.
      return [...new Set([...given, ...all])].toSorted();
    },
  };
}

const OBSERVATION = /^(read|list|kind) ([^\s:]*)(?::(\S+))? (.*)$/s;

/** Whether questions have the answers they had. */
export interface Replay {
  readonly isCurrent: (observations: readonly Observation[]) => boolean;
  /** The files of which only comments and the like have changed, if nothing else has. `gistOf` gives the gist of bytes. */
  readonly changesOnly: (
    observations: readonly Observation[],
    gistOf: (bytes: Uint8Array, path: string) => string | undefined,
  ) => ReadonlySet<string> | undefined;
}

/** Asks again. One replay remembers what was still so, for the files of a run share most of their includes. */
export function replayer(files: FilesPort, digest: DigestPort): Replay {
  const confirmed = new Set<Observation>();
  /** By observation that is no longer so: whether the gist still is. */
  const gists = new Map<Observation, boolean>();
  const answer = (question: string | undefined, path: string): string => {
    if (question === "read") return digestOf(files.read(path), digest);
    if (question === "list") return digest.sha256(encodeBytes(listingText(files.list(path))));
    return files.kind(path) ?? "";
  };
  const confirm = (observation: Observation): boolean => {
    if (confirmed.has(observation)) return true;
    // What is known to have changed is not read for each of those that include it.
    if (gists.has(observation)) return false;
    const [, question, before, , path] = OBSERVATION.exec(observation) ?? [];
    if (path === undefined || answer(question, path) !== before) return false;
    confirmed.add(observation);
    return true;
  };
  return {
    isCurrent: (observations) => observations.every(confirm),
    changesOnly: (observations, gistOf) => {
      const changed = new Set<string>();
      const hasSameGist = (observation: Observation): boolean => {
        const [, , , before, path] = OBSERVATION.exec(observation) ?? [];
        if (before === undefined || path === undefined) return false;
        changed.add(path);
        const known = gists.get(observation);
        if (known !== undefined) return known;
        const bytes = files.read(path);
        const gist = bytes.ok ? gistOf(bytes.value, path) : undefined;
        const isSame = gist !== undefined && digest.sha256(gist) === before;
        gists.set(observation, isSame);
        return isSame;
      };
      return observations.every((one) => confirm(one) || hasSameGist(one)) ? changed : undefined;
    },
  };
}

/** Reads back what `JSON.stringify` made of texts, as observations are; `undefined` for anything else. */
export function parseTexts(value: unknown): readonly string[] | undefined {
  const isList = Array.isArray(value) && value.every((item): item is string => typeof item === "string");
  return isList ? value : undefined;
}

/** The fields of an object; none for anything else. */
export function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/** The JSON value of a text; `undefined` when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

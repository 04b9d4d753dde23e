/**
 * What a computation asked of the files, and whether it would be answered the same today. Everything that went into a result is
 * recorded: bytes, listings, and what was looked for in vain, so a result is used again exactly when making it again would give
 * the same. Time stamps play no part: clocks lie (a cache "from the future" has kept stale policy in force on real machines).
 */
import { type Outcome, compareText } from "../foundation/basics/index.ts";
import { encodeBytes } from "../foundation/text/index.ts";
import type { DigestPort, FileEntry, FileRefusal, FilesPort } from "../foundation/ports/index.ts";

/** One question and the digest of its answer. */
export interface Observation {
  readonly question: "read" | "list" | "kind";
  readonly path: string;
  readonly answer: string;
}

export interface TracedFiles extends FilesPort {
  /** Sorted, each question once. */
  readonly observations: () => readonly Observation[];
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
}

interface Known<T> {
  readonly value: T;
  answer: string | undefined;
}

function remembering<T>(ask: (path: string) => T): (path: string) => Known<T> {
  const memory = new Map<string, Known<T>>();
  return (path) => {
    let known = memory.get(path);
    if (known === undefined) {
      known = { value: ask(path), answer: undefined };
      memory.set(path, known);
    }
    return known;
  };
}

/** A tracer over files that do not change while it is used. Digests are made once, and only of what is traced. */
export function createTracer(below: FilesPort, digest: DigestPort): FileTracer {
  const reads = remembering((path) => below.read(path));
  const lists = remembering((path) => below.list(path));
  const kinds = remembering((path) => below.kind(path));
  const plain: FilesPort = {
    read: (path) => reads(path).value,
    list: (path) => lists(path).value,
    kind: (path) => kinds(path).value,
  };
  return { plain, trace: () => traceOne({ reads, lists, kinds }, digest) };
}

interface Memory {
  readonly reads: (path: string) => Known<Outcome<Uint8Array, FileRefusal>>;
  readonly lists: (path: string) => Known<Outcome<readonly FileEntry[], FileRefusal>>;
  readonly kinds: (path: string) => Known<FileEntry["kind"] | undefined>;
}

function traceOne({ reads, lists, kinds }: Memory, digest: DigestPort): TracedFiles {
  const seen = new Map<string, Observation>();
  const tell = <T>(question: Observation["question"], path: string, known: Known<T>, answer: () => string): T => {
    const key = `${question} ${path}`;
    if (!seen.has(key)) seen.set(key, { question, path, answer: (known.answer ??= answer()) });
    return known.value;
  };
  return {
    read: (path) => {
      const known = reads(path);
      return tell("read", path, known, () => digestOf(known.value, digest));
    },
    list: (path) => {
      const known = lists(path);
      return tell("list", path, known, () => digest.sha256(encodeBytes(listingText(known.value))));
    },
    kind: (path) => {
      const known = kinds(path);
      return tell("kind", path, known, () => known.value ?? "");
    },
    observations: () => [...seen].toSorted(([a], [b]) => compareText(a, b)).map(([, observation]) => observation),
  };
}

/** Asks again. One replay remembers what it was told, for the files of a run share most of their includes. */
export function replayer(files: FilesPort, digest: DigestPort): (observations: readonly Observation[]) => boolean {
  const known = new Map<string, string>();
  const ask = ({ question, path }: Observation): string => {
    if (question === "read") return digestOf(files.read(path), digest);
    if (question === "list") return digest.sha256(encodeBytes(listingText(files.list(path))));
    return files.kind(path) ?? "";
  };
  return (observations) =>
    observations.every((observation) => {
      const key = `${observation.question} ${observation.path}`;
      let answer = known.get(key);
      if (answer === undefined) {
        answer = ask(observation);
        known.set(key, answer);
      }
      return answer === observation.answer;
    });
}

/** Reads back what `JSON.stringify` made of observations; `undefined` for anything else. */
export function parseObservations(value: unknown): readonly Observation[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const observations: Observation[] = [];
  for (const item of value) {
    const { question, path, answer } = asRecord(item);
    if (question !== "read" && question !== "list" && question !== "kind") return undefined;
    if (typeof path !== "string" || typeof answer !== "string") return undefined;
    observations.push({ question, path, answer });
  }
  return observations;
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

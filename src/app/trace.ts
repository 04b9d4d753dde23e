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

/** The same files, with every question written down. */
export function traceFiles(below: FilesPort, digest: DigestPort): TracedFiles {
  const seen = new Map<string, Observation>();
  const note = (question: Observation["question"], path: string, answer: () => string): void => {
    const key = `${question} ${path}`;
    if (!seen.has(key)) seen.set(key, { question, path, answer: answer() });
  };
  return {
    read: (path) => {
      const answer = below.read(path);
      note("read", path, () => digestOf(answer, digest));
      return answer;
    },
    list: (path) => {
      const answer = below.list(path);
      note("list", path, () => digest.sha256(encodeBytes(listingText(answer))));
      return answer;
    },
    kind: (path) => {
      const answer = below.kind(path);
      note("kind", path, () => answer ?? "");
      return answer;
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

/**
 * Taking back what was written: each writing is kept as what the files held before and after, and is undone only where they still hold
 * that; what somebody changed since is nobody's to take back.
 */
import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import type { FileRefusal, FileStorePort } from "../foundation/ports/index.ts";
import { decodeBytes, encodeBytes, isInside, plainPath } from "../foundation/text/index.ts";

/** One file of a writing; `before` is `undefined` where there was none. */
export interface WrittenFile {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string;
}

/** A writing that is kept. */
export interface Writing {
  /** Where it is kept. */
  readonly record: string;
  readonly files: readonly WrittenFile[];
}

/** What became of a file: `changed` by somebody else since, or `gone`, so that nothing was undone. */
type UndoState = "restored" | "removed" | "as-before" | "changed" | "gone";

/** Nothing is undone where one of the files is not what was written. */
export function standsInTheWay({ state }: Undone): boolean {
  return state === "changed" || state === "gone";
}

export interface Undone {
  readonly path: string;
  readonly state: UndoState;
}

const RECORD = /^writing-(\d{6,15})\.json$/;
/** Older ones are forgotten. */
const MOST_KEPT = 50;

function records(directory: string, store: FileStorePort): Outcome<readonly string[], FileRefusal> {
  const listing = store.list(directory);
  if (!listing.ok) return listing;
  const names = listing.value.filter(({ name, kind }) => kind === "file" && RECORD.test(name)).map(({ name }) => name);
  return ok(names.toSorted((a, b) => numberOf(a) - numberOf(b)));
}

function numberOf(name: string): number {
  return Number(RECORD.exec(name)?.[1] ?? 0);
}

/** Keeps a writing that is about to happen. */
export function keepWriting(
  directory: string,
  files: readonly WrittenFile[],
  store: FileStorePort,
): Outcome<string, FileRefusal> {
  const known = records(directory, store);
  if (!known.ok) return known;
  const last = numberOf(known.value.at(-1) ?? "");
  const record = `${directory}/writing-${String(last + 1).padStart(6, "0")}.json`;
  const document = { files: files.map(({ path, before, after }) => ({ path, before: before ?? null, after })) };
  const written = store.write(record, encodeBytes(JSON.stringify(document)), { mode: 0o600, expected: "absent" });
  if (!written.ok) return written;
  for (const name of known.value.slice(0, Math.max(0, known.value.length + 1 - MOST_KEPT)))
    store.remove(`${directory}/${name}`);
  return ok(record);
}

/** The last writing that is kept, or the last one to a directory of policy; `undefined`: there is none. */
export function lastWriting(
  directory: string,
  store: FileStorePort,
  base?: string,
): Outcome<Writing | undefined, FileRefusal> {
  const known = records(directory, store);
  if (!known.ok) return known;
  for (const name of known.value.toReversed()) {
    const record = `${directory}/${name}`;
    const file = store.readOwn(record);
    if (!file.ok) return file;
    const files = readRecord(decodeBytes(file.value.bytes));
    if (files === undefined) return fail({ path: record, errno: "EINVAL" });
    if (base === undefined || isWithin({ record, files }, base)) return ok({ record, files });
  }
  return ok(undefined);
}

/** Whether all of a writing is below a directory. */
export function isWithin({ files }: Writing, directory: string): boolean {
  const top = plainPath(directory);
  return files.every(({ path }) => isInside(plainPath(path), top));
}

/** Gives up a writing: its files stay as they are. */
export function forgetWriting(writing: Writing, store: FileStorePort): Outcome<void, FileRefusal> {
  return store.remove(writing.record);
}

function readRecord(text: string): readonly WrittenFile[] | undefined {
  try {
    const document: unknown = JSON.parse(text);
    const files = fieldOf(document, "files");
    if (!Array.isArray(files)) return undefined;
    const read = files.map(readFile);
    return read.every((file) => file !== undefined) ? read : undefined;
  } catch {
    return undefined;
  }
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function readFile(value: unknown): WrittenFile | undefined {
  const [path, before, after] = ["path", "before", "after"].map((name) => fieldOf(value, name));
  if (typeof path !== "string" || !path.startsWith("/") || typeof after !== "string") return undefined;
  if (before !== null && typeof before !== "string") return undefined;
  return { path, before: before ?? undefined, after };
}

function stateOf(now: string | undefined, before: string | undefined, after: string): UndoState {
  if (now === before) return "as-before";
  if (now === undefined) return "gone";
  if (now !== after) return "changed";
  return before === undefined ? "removed" : "restored";
}

/** What undoing a writing would do to each of its files. */
export function judgeUndo({ files }: Writing, store: FileStorePort): Outcome<readonly Undone[], FileRefusal> {
  const judged: Undone[] = [];
  for (const { path, before, after } of files) {
    const bytes = store.read(path);
    // Absent is what is not there, not what could not be read to its end.
    if (!bytes.ok && (bytes.error.errno !== "ENOENT" || store.kind(path) !== undefined)) return bytes;
    judged.push({ path, state: stateOf(bytes.ok ? decodeBytes(bytes.value) : undefined, before, after) });
  }
  return ok(judged);
}

/** Undoes a writing: all of it, or nothing where a file was changed since. */
export function undoWriting(writing: Writing, store: FileStorePort): Outcome<readonly Undone[], FileRefusal> {
  const judged = judgeUndo(writing, store);
  if (!judged.ok || judged.value.some(standsInTheWay)) return judged;
  for (const [at, { state }] of judged.value.entries()) {
    const file = writing.files[at];
    if (file === undefined || state === "as-before") continue;
    const { path, before, after } = file;
    const done =
      before === undefined
        ? store.remove(path, { expected: encodeBytes(after) })
        : store.write(path, encodeBytes(before), { expected: encodeBytes(after) });
    if (!done.ok) return done;
  }
  const forgotten = forgetWriting(writing, store);
  return forgotten.ok ? judged : forgotten;
}

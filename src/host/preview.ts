import { type Outcome, fail, ok } from "../foundation/basics/index.ts";
import {
  type FileEntry,
  type FileRefusal,
  type FileStorePort,
  type WriteOptions,
  collectOutput,
} from "../foundation/ports/index.ts";

/** What a run would have written: `undefined` is "no such file". */
export interface FileChange {
  readonly path: string;
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array | undefined;
}

export interface PreviewStore extends FileStorePort {
  /** In order of first change. */
  readonly changes: () => readonly FileChange[];
}

const missing = (path: string): Outcome<never, FileRefusal> => fail({ path, errno: "ENOENT" });

/** A store that keeps writes to itself: reading sees them, the files below stay as they are. For dry runs and diffs. */
export function previewFiles(below: FileStorePort): PreviewStore {
  const changed = new Map<string, Uint8Array | undefined>();
  const before = new Map<string, Uint8Array | undefined>();
  const put = (path: string, bytes: Uint8Array | undefined): Outcome<void, FileRefusal> => {
    if (!before.has(path)) {
      const old = below.read(path);
      before.set(path, old.ok ? old.value : undefined);
    }
    changed.set(path, bytes);
    return ok(undefined);
  };
  const read: FileStorePort["read"] = (path, options) => {
    if (!changed.has(path)) return below.read(path, options);
    const bytes = changed.get(path);
    return bytes === undefined ? missing(path) : ok(bytes);
  };
  return {
    read,
    kind: (path) => (changed.has(path) ? (changed.get(path) === undefined ? undefined : "file") : below.kind(path)),
    list: (path) => mergeList(below.list(path), path, changed),
    status: (path) => {
      const status = below.status(path);
      if (!changed.has(path)) return status;
      const bytes = changed.get(path);
      if (bytes === undefined) return missing(path);
      const old = status.ok ? status.value : { mode: 0o644, modifiedNs: 0n };
      return ok({ kind: "file", sizeBytes: bytes.length, mode: old.mode, modifiedNs: old.modifiedNs });
    },
    write: (path, bytes, { expected }: WriteOptions = {}) =>
      expected === undefined || isExpected(read(path), expected) ? put(path, bytes.slice()) : changedMeanwhile(path),
    output: (path) => ok(collectOutput((bytes) => put(path, bytes))),
    readOwn: (path) => {
      if (!changed.has(path)) return below.readOwn(path);
      const bytes = changed.get(path);
      return bytes === undefined ? missing(path) : ok({ bytes, modifiedNs: 0n });
    },
    within: (path, action) => ok(action(path)),
    remove: (path, { expected } = {}) =>
      expected === undefined || isExpected(read(path), expected) ? put(path, undefined) : changedMeanwhile(path),
    makeDirectory: () => ok(undefined),
    changes: () => [...changed].map(([path, after]) => ({ path, before: before.get(path), after })),
  };
}

function isExpected(now: Outcome<Uint8Array, FileRefusal>, expected: Uint8Array | "absent"): boolean {
  if (!now.ok) return expected === "absent" && now.error.errno === "ENOENT";
  return expected !== "absent" && Buffer.compare(now.value, expected) === 0;
}

function changedMeanwhile(path: string): Outcome<never, FileRefusal> {
  return fail({ path, errno: "EBUSY", trouble: { kind: "changed", kept: undefined } });
}

function mergeList(
  below: Outcome<readonly FileEntry[], FileRefusal>,
  directory: string,
  changed: ReadonlyMap<string, Uint8Array | undefined>,
): Outcome<readonly FileEntry[], FileRefusal> {
  const entries = new Map((below.ok ? below.value : []).map((entry) => [entry.name, entry]));
  let touched = false;
  for (const [path, bytes] of changed) {
    const name = path.slice(directory.length + 1);
    if (!path.startsWith(`${directory}/`) || name.includes("/")) continue;
    touched = true;
    if (bytes === undefined) entries.delete(name);
    else entries.set(name, { name, kind: "file" });
  }
  return touched || below.ok ? ok([...entries.values()]) : below;
}

import { type Outcome, fail, ok } from "../basics/index.ts";
import { decodeBytes, encodeBytes } from "../text/index.ts";
import { collectOutput } from "./collect.ts";
import type { FileEntry, FileRefusal, FileStorePort } from "./files.ts";

/** Files in memory, and a way to change them behind everybody's back. */
export interface MemoryFiles extends FileStorePort {
  /** By absolute path. */
  readonly contents: Map<string, Uint8Array>;
  /** All that is there now, as texts. */
  readonly texts: () => Record<string, string>;
}

/**
 * A file system that is nothing but a table: absolute paths to texts or bytes; `null` is a link to nothing. A directory is there when it was
 * made or something is in it.
 *
 * @example
 * memoryFiles({ "/etc/apparmor.d/tunables/global": "@{A}=/a\n" }).kind("/etc/apparmor.d/tunables"); // "directory"
 */
export function memoryFiles(files: Readonly<Record<string, string | Uint8Array | null>> = {}): MemoryFiles {
  const { contents, kind, list, make, put, remove } = openTable(files);
  const read: FileStorePort["read"] = (path) => {
    const bytes = contents.get(normal(path));
    return bytes === undefined ? refused(path, "ENOENT") : ok(bytes);
  };
  const write: FileStorePort["write"] = (path, bytes, { expected } = {}) => {
    if (kind(path) === "directory") return refused(path, "EISDIR");
    const there = contents.get(normal(path));
    const isExpected =
      expected === undefined || (expected === "absent" ? there === undefined : there && isSame(there, expected));
    if (isExpected !== true) return changedMeanwhile(path);
    return ok(put(path, bytes));
  };
  return {
    contents,
    texts: () => Object.fromEntries([...contents].map(([path, bytes]) => [path, decodeBytes(bytes)])),
    kind,
    read,
    list,
    status: (path) => {
      const found = kind(path);
      if (found === undefined || found === "dangling") return refused(path, "ENOENT");
      return ok({ kind: found, sizeBytes: contents.get(normal(path))?.length ?? 0, mode: 0o600, modifiedNs });
    },
    readOwn: (path, range) => {
      const bytes = read(path);
      return bytes.ok ? ok({ bytes: bytes.value.subarray(range?.start, range?.end), modifiedNs }) : bytes;
    },
    write,
    output: (path) => ok(collectOutput((bytes) => write(path, bytes))),
    within: (path, action) => ok(action(normal(path))),
    remove: (path, { expected } = {}) => {
      const there = contents.get(normal(path));
      if (expected !== undefined && there !== undefined && !isSame(there, expected)) return changedMeanwhile(path);
      return remove(path) ? ok(undefined) : refused(path, "ENOENT");
    },
    makeDirectory: (path) => (kind(path) === undefined ? ok(make(path)) : refused(path, "EEXIST")),
  };
}

function changedMeanwhile(path: string): Outcome<never, FileRefusal> {
  return fail({ path, errno: "EBUSY", trouble: { kind: "changed", kept: undefined } });
}

/** What there is, by path. */
interface Table {
  readonly contents: Map<string, Uint8Array>;
  readonly kind: FileStorePort["kind"];
  readonly list: FileStorePort["list"];
  readonly put: (path: string, bytes: Uint8Array) => void;
  readonly make: (path: string) => void;
  readonly remove: (path: string) => boolean;
}

function openTable(files: Readonly<Record<string, string | Uint8Array | null>>): Table {
  const contents = new Map<string, Uint8Array>();
  const links = new Set<string>();
  const directories = new Set<string>();
  const everything = (): readonly string[] => [...contents.keys(), ...links, ...directories];
  const isDirectory = (at: string): boolean =>
    directories.has(at) || everything().some((name) => name.startsWith(below(at)));
  const kind = (path: string): FileEntry["kind"] | undefined => {
    const at = normal(path);
    if (links.has(at)) return "dangling";
    return contents.has(at) ? "file" : isDirectory(at) ? "directory" : undefined;
  };
  const put = (path: string, bytes: Uint8Array): void => {
    const at = normal(path);
    contents.set(at, bytes.slice());
    for (let end = at.lastIndexOf("/"); end > 0; end = at.lastIndexOf("/", end - 1)) directories.add(at.slice(0, end));
  };
  for (const [path, content] of Object.entries(files)) {
    if (content === null) links.add(normal(path));
    else put(path, typeof content === "string" ? encodeBytes(content) : content);
  }
  return {
    contents,
    kind,
    put,
    list: (path) => {
      const prefix = below(normal(path));
      const names = everything().filter((name) => name.startsWith(prefix));
      if (names.length === 0 && !directories.has(normal(path))) return refused(path, "ENOENT");
      const first = new Set(names.map((name) => name.slice(prefix.length).split("/")[0] ?? ""));
      return ok([...first].map((name) => ({ name, kind: kind(prefix + name) ?? "other" })));
    },
    make: (path) => void directories.add(normal(path)),
    remove: (path) => [contents, links, directories].some((those) => those.delete(normal(path))),
  };
}

/** What the paths of everything in a directory begin with. */
function below(at: string): string {
  return at === "/" ? at : `${at}/`;
}

const modifiedNs = 5n;

function refused(path: string, errno: string): Outcome<never, FileRefusal> {
  return fail({ path, errno });
}

function normal(path: string): string {
  return path.replaceAll(/\/+/g, "/").replace(/(?<=.)\/\.?$/, "");
}

function isSame(some: Uint8Array, others: Uint8Array): boolean {
  return some.length === others.length && some.every((byte, index) => byte === others[index]);
}

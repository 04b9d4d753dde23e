import { type Outcome, fail, ok } from "../../src/foundation/basics/index.ts";
import {
  collectOutput,
  type FileEntry,
  type FileRefusal,
  type FileStorePort,
} from "../../src/foundation/ports/index.ts";
import { decodeBytes, encodeBytes } from "../../src/foundation/text/index.ts";

/** Files in memory, and what a test may do to them behind everybody's back. */
export interface MemoryStore extends FileStorePort {
  readonly contents: Map<string, Uint8Array>;
  /** All that is there now, as texts. */
  readonly texts: () => Record<string, string>;
}

/** Files in memory, for tests: paths to texts; `null` is a link to nothing. A directory is there when it was made or something is in it. */
export function memoryStore(texts: Readonly<Record<string, string | null>> = {}): MemoryStore {
  const contents = new Map<string, Uint8Array>();
  const links = new Set<string>();
  const directories = new Set<string>();
  const everything = (): readonly string[] => [...contents.keys(), ...links, ...directories];
  const isDirectory = (path: string): boolean =>
    directories.has(path) || everything().some((name) => name.startsWith(`${path}/`));
  const kind = (path: string): FileEntry["kind"] | undefined => {
    const at = normal(path);
    if (links.has(at)) return "dangling";
    return contents.has(at) ? "file" : isDirectory(at) ? "directory" : undefined;
  };
  const read: FileStorePort["read"] = (path) => {
    const bytes = contents.get(normal(path));
    return bytes === undefined ? refused(path, "ENOENT") : ok(bytes);
  };
  const put = (at: string, bytes: Uint8Array): void => {
    contents.set(at, bytes.slice());
    for (let end = at.lastIndexOf("/"); end > 0; end = at.lastIndexOf("/", end - 1)) directories.add(at.slice(0, end));
  };
  const write: FileStorePort["write"] = (path, bytes, { expected } = {}) => {
    if (kind(path) === "directory") return refused(path, "EISDIR");
    const there = contents.get(normal(path));
    const isExpected =
      expected === undefined || (expected === "absent" ? there === undefined : there && isSame(there, expected));
    if (isExpected !== true) return fail({ path, errno: "EBUSY", trouble: { kind: "changed", kept: undefined } });
    return ok(put(normal(path), bytes));
  };
  for (const [path, text] of Object.entries(texts)) {
    if (text === null) links.add(path);
    else put(path, encodeBytes(text));
  }
  return {
    contents,
    texts: () => Object.fromEntries([...contents].map(([path, bytes]) => [path, decodeBytes(bytes)])),
    kind,
    read,
    list: (path) => {
      const prefix = normal(path) === "/" ? "/" : `${normal(path)}/`;
      const below = everything().filter((name) => name.startsWith(prefix));
      if (below.length === 0 && !directories.has(normal(path))) return refused(path, "ENOENT");
      const names = new Set(below.map((name) => name.slice(prefix.length).split("/")[0] ?? ""));
      return ok([...names].map((name) => ({ name, kind: kind(prefix + name) ?? "other" })));
    },
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
    remove: (path) => {
      const at = normal(path);
      const isThere = [contents, links, directories].some((those) => those.delete(at));
      return isThere ? ok(undefined) : refused(path, "ENOENT");
    },
    makeDirectory: (path) =>
      kind(path) === undefined ? ok(void directories.add(normal(path))) : refused(path, "EEXIST"),
  };
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

import { fail, ok } from "../../src/foundation/basics/index.ts";
import { collectOutput, type FileEntry, type FilesPort, type FileStorePort } from "../../src/foundation/ports/index.ts";
import { decodeBytes, encodeBytes } from "../../src/foundation/text/index.ts";

function normal(path: string): string {
  return path.replaceAll(/\/+/g, "/").replace(/(?<=.)\/$/, "");
}

/** Files in memory, for tests: paths to texts; `null` is a link to nothing. Directories are there because files are in them. */
export function memoryFiles(texts: Readonly<Record<string, string | null>>): FilesPort {
  const kind = (path: string): FileEntry["kind"] | undefined => {
    const at = normal(path);
    const text = texts[at];
    if (text === null) return "dangling";
    if (text !== undefined) return "file";
    return Object.keys(texts).some((name) => name.startsWith(`${at}/`)) ? "directory" : undefined;
  };
  return {
    kind,
    read: (path) => {
      const text = texts[normal(path)];
      return typeof text === "string" ? ok(encodeBytes(text)) : fail({ path, errno: "ENOENT" });
    },
    list: (path) => {
      const prefix = `${normal(path)}/`;
      const names = new Set(
        Object.keys(texts)
          .filter((name) => name.startsWith(prefix))
          .map((name) => name.slice(prefix.length).split("/")[0] ?? ""),
      );
      return ok([...names].map((name) => ({ name, kind: kind(prefix + name) ?? "other" })));
    },
  };
}

/** Files in memory that can be written, too; `texts` is what is there now. */
export function memoryStore(texts: Record<string, string | null>): FileStorePort {
  const files = memoryFiles(texts);
  const write: FileStorePort["write"] = (path, bytes, { expected } = {}) => {
    if (files.kind(path) === "directory") return fail({ path, errno: "EISDIR" });
    const there = texts[normal(path)];
    const isExpected =
      expected === undefined || (expected === "absent" ? there === undefined : there === decodeBytes(expected));
    if (!isExpected) return fail({ path, errno: "EBUSY", trouble: { kind: "changed", kept: undefined } });
    texts[normal(path)] = decodeBytes(bytes);
    return ok(undefined);
  };
  return {
    ...files,
    status: (path) => {
      const kind = files.kind(path);
      if (kind === undefined || kind === "dangling") return fail({ path, errno: "ENOENT" });
      return ok({ kind, sizeBytes: encodeBytes(texts[normal(path)] ?? "").length, mode: 0o644, modifiedNs: 0n });
    },
    readOwn: (path) => {
      const bytes = files.read(path);
      return bytes.ok ? ok({ bytes: bytes.value, modifiedNs: 0n }) : bytes;
    },
    write,
    output: (path) => ok(collectOutput((bytes) => write(path, bytes))),
    within: (path, action) => ok(action(path)),
    remove: (path) => {
      if (texts[normal(path)] === undefined) return fail({ path, errno: "ENOENT" });
      delete texts[normal(path)];
      return ok(undefined);
    },
    makeDirectory: (path) => fail({ path, errno: "EPERM" }),
  };
}

import { fail, ok } from "../../src/foundation/basics/index.ts";
import type { FileStorePort } from "../../src/foundation/ports/index.ts";

/** Files in memory that can be written; directories need no making. */
export function memoryStore(): FileStorePort & { readonly contents: Map<string, Uint8Array> } {
  const contents = new Map<string, Uint8Array>();
  return {
    contents,
    kind: (path) => (contents.has(path) ? "file" : "directory"),
    read: (path) => {
      const bytes = contents.get(path);
      return bytes === undefined ? fail({ path, errno: "ENOENT" }) : ok(bytes);
    },
    list: (path) =>
      ok(
        [...contents.keys()]
          .filter((name) => name.startsWith(`${path}/`))
          .map((name) => ({ name: name.slice(path.length + 1), kind: "file" as const })),
      ),
    status: (path) => {
      const bytes = contents.get(path);
      if (bytes === undefined) return fail({ path, errno: "ENOENT" });
      return ok({ kind: "file", sizeBytes: bytes.length, mode: 0o600, modifiedNs: 0n });
    },
    readOwn: (path) => {
      const bytes = contents.get(path);
      return bytes === undefined ? fail({ path, errno: "ENOENT" }) : ok({ bytes, modifiedNs: 0n });
    },
    write: (path, bytes) => ok(void contents.set(path, bytes.slice())),
    within: (path, action) => ok(action(path)),
    remove: (path) => ok(void contents.delete(path)),
    makeDirectory: () => ok(undefined),
  };
}

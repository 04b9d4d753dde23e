/** Policy texts to models, with files from a table: for tests that ask what a text means. */
import { fail } from "../../src/foundation/basics/index.ts";
import { encodeBytes, sourceFile } from "../../src/foundation/text/index.ts";
import type { FilesPort } from "../../src/foundation/ports/index.ts";
import { type ResolvedPolicy, resolvePolicy } from "../../src/language/resolve/index.ts";

/** A files port over texts by path. */
function filesOf(texts: Readonly<Record<string, string>>): FilesPort {
  return {
    read: (path) => {
      const text = texts[path];
      return text === undefined ? fail({ path, errno: "ENOENT" }) : { ok: true, value: encodeBytes(text) };
    },
    list: (path) => fail({ path, errno: "ENOTDIR" }),
    kind: (path) => (texts[path] === undefined ? undefined : "file"),
  };
}

/** The model of a text; includes are looked for below `/etc/apparmor.d/`. */
export function resolveText(text: string, texts: Readonly<Record<string, string>> = {}): ResolvedPolicy {
  return resolvePolicy({ source: sourceFile("/p", text) }, { files: filesOf(texts), search: ["/etc/apparmor.d"] });
}

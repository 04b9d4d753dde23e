import { fail, ok } from "../../src/foundation/basics/index.ts";
import type { FileEntry, FilesPort } from "../../src/foundation/ports/index.ts";
import { encodeBytes } from "../../src/foundation/text/index.ts";

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
